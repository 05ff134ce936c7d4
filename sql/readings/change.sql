-- change: from one period to another of the same series, in percent. Nearby: the starts of nearby_start, the end up to
-- one year away, where both are calendar years, and the rate for a count or the count for a rate; no year that had not
-- ended on the day of the claim. Of an exact percentage a nearby reading asks whether the change is as strong as claimed:
-- that is what a picked start inflates.
INSERT INTO reading BY NAME
WITH share AS (
    SELECT test_id, option, period_share(test_id, nearness) AS share FROM test_period WHERE role = 'subject'
), pair AS (
    SELECT
        e.*, s.value AS start_value, s.why AS start_why, s.lack AS start_lack, s.figure_ids AS start_keys,
        s.period_start AS start_from, s.period_end AS start_to, s.period_words AS start_words
    FROM operand_value AS e
    -- several places together have the line of one of them; their names are the place
    JOIN operand_value AS s
        ON s.test_id = e.test_id AND s.meaning = e.meaning AND s.option = e.option AND s.line_no = e.line_no AND s.place = e.place
        AND e.role = 'subject' AND s.role = 'start'
    JOIN test AS t ON t.test_id = e.test_id
    WHERE t.kind = 'change'
), measured AS (
    SELECT
        p.* REPLACE (
            p.stated AND p.restated IS NULL AS stated,
            nearness_of(p.nearness, h.share, p.restated, NULL) AS nearness
        ),
        100 * (p.value - p.start_value) / nullif(p.start_value, 0) AS change_pct,
        NOT p.stated AND t.low > 0 AND t.high IS NOT NULL AS only_up,
        NOT p.stated AND t.high < 0 AND t.low IS NOT NULL AS only_down
    FROM pair AS p
    JOIN share AS h USING (test_id, option)
    JOIN test AS t USING (test_id)
), banded AS (
    SELECT
        m.*,
        CASE WHEN NOT coalesce(only_down, false) THEN t.low END AS low, t.low_open,
        CASE WHEN NOT coalesce(only_up, false) THEN t.high END AS high, t.high_open
    FROM measured AS m
    JOIN test AS t USING (test_id)
)
SELECT
    m.test_id, m.stated, m.meaning, m.nearness, m.steps, m.restated,
    restated_words(CASE WHEN m.start_to = year_end(year(m.start_from)) AND m.period_end = year_end(year(m.period_start))
        THEN m.start_words || ' to ' || m.period_words
        ELSE m.period_words || ', against ' || m.start_words
    END, m.restated) AS variant,
    m.dataset, m.vintage, m.contemporaneous, m.definition, m.place, m.fit, m.evidence, m.period_fit,
    m.change_pct AS value, 'percent' AS unit, m.low, m.low_open, m.high, m.high_open,
    outcome(m.change_pct, m.low, m.low_open, m.high, m.high_open, NULL) AS outcome,
    CASE WHEN m.change_pct IS NULL
        THEN coalesce(nullif(concat_ws('; ', m.start_why, nullif(m.why, m.start_why)), ''), 'the figure it starts from is zero') END AS why,
    lacks_of(m.start_lack, m.lack) AS lacks,
    concat(m.start_value, '|', m.value) AS closest, m.start_from AS window_start, m.period_end AS window_end,
    [figure('start', m.dataset, m.vintage, m.measure, m.definition, m.place, m.start_from, m.start_to, m.start_value,
        m.unit, m.start_keys),
     figure('end', m.dataset, m.vintage, m.measure, m.definition, m.place, m.period_start, m.period_end, m.value,
        m.unit, m.figure_ids)] AS figures
FROM banded AS m
JOIN core.measure AS o USING (measure);
