-- record: the year against all years of its window. "In 20 years" counts the year itself (inclusive) or the
-- twenty years before it (exclusive); "since 1971" is the years after 1971. A year without a figure can hide a
-- higher one, so it never makes a record true. A month, 12 months in a row or a part of the year likewise: all are
-- steps of 5_spans.sql.
INSERT INTO reading BY NAME
WITH shifts AS (
    SELECT test_id, shift, moved_nearness(naturalness, shift, 0) AS nearness FROM nearby_start WHERE shift <> 0
    UNION ALL
    SELECT test_id, 0, NULL FROM test WHERE kind = 'record'
), spans AS (
    SELECT test_id, 'counting ' || step_words(step, per_year) || ' itself' AS counting,
        step - n_steps + 1 - shift * per_year AS from_step, shift, nearness, 0 AS kind_no
    FROM test JOIN shifts USING (test_id)
    -- no window without a year
    WHERE kind = 'record' AND n_steps - 1 + shift * per_year > 0
    UNION ALL
    SELECT test_id, 'counting the years before ' || step_words(step, per_year), step - n_steps, 0, NULL, 1
    FROM test WHERE kind = 'record' AND n_steps IS NOT NULL
    UNION ALL
    SELECT test_id, 'since ' || (since_step // per_year + shift), since_step + shift * per_year + 1, shift, nearness, 2
    FROM test JOIN shifts USING (test_id)
    WHERE kind = 'record' AND since_step IS NOT NULL AND since_step + shift * per_year + 1 < step
), merged AS (
    -- a window that is both a stated and a nearby one is the stated one, in its words
    SELECT
        test_id, from_step, bool_or(shift = 0) AS stated, CASE WHEN NOT stated THEN max(nearness) END AS nearness,
        min(abs(shift)) AS steps,
        max_by(counting, CASE WHEN shift = 0 THEN 10 ELSE 0 END - kind_no) AS counting
    FROM spans
    GROUP BY test_id, from_step
), window_ AS (
    -- longer windows together weigh as much as shorter ones: a record that cannot be claimed of a longer window is not
    -- picked for that alone
    SELECT m.* REPLACE (
        -- rounded: the order of a sum must not decide the order of readings
        round(m.nearness / sum(m.nearness) OVER (PARTITION BY m.test_id, m.from_step < f.first), 9)
        AS nearness)
    FROM merged AS m
    JOIN (SELECT test_id, min(from_step) AS first FROM merged WHERE stated GROUP BY test_id) AS f USING (test_id)
), shared AS (
    SELECT *, period_share(test_id, nearness) AS share FROM window_
), focus AS (
    -- the figure spoken of, and the n figures before it
    SELECT
        c.test_id, c.meaning, c.fit, c.contemporaneous, c.evidence, c.restated, c.dataset, c.vintage, c.measure, c.definition,
        c.place, k.series_no, s.step, s.period_start, s.period_end, s.value, s.unit, s.figure_ids, lack_of(s.value, s.status) AS lack, t.span, t.per_year,
        t.direction, CASE t.direction WHEN 'highest' THEN 1 ELSE -1 END AS sign
    FROM candidate AS c
    JOIN test AS t USING (test_id)
    JOIN span_key AS k ON k.span = t.span AND k.line_no = c.line_no
    JOIN span_series AS s ON s.span = t.span AND s.line_no = c.line_no AND s.step = t.step
    WHERE t.kind = 'record'
), before AS (
    SELECT f.*, coalesce(p.n, 0) AS n_before, p.last_step, p.run_start
    FROM focus AS f
    JOIN (
        SELECT s.*, p.n, p.step AS last_step, p.run_start
        FROM (SELECT DISTINCT series_no, step FROM focus) AS s
        ASOF LEFT JOIN span_point AS p ON s.series_no = p.series_no AND s.step > p.step
    ) AS p USING (series_no, step)
), closest AS (
    -- for the closest true statement: the last year that stood higher, and the last year without a figure
    SELECT
        b.* EXCLUDE (last_step, run_start),
        list_position(list_reverse(list_transform(a.values[1 : n_before], lambda v: b.sign * v > b.sign * b.value)), true) AS steps_back,
        n_before + 1 - steps_back AS higher, a.steps[higher] AS higher_step, a.values[higher] AS higher_value,
        CASE WHEN last_step < step - 1 THEN step - 1 ELSE run_start - 1 END AS gap_step
    FROM before AS b
    LEFT JOIN span_whole AS a USING (series_no)
), windowed AS (
    SELECT
        c.*, w.counting, w.from_step, w.steps, w.stated AND c.restated IS NULL AS stated,
        nearness_of(w.nearness, w.share, c.restated, NULL) AS nearness, c.step - w.from_step AS n_needed
    FROM closest AS c
    JOIN shared AS w USING (test_id)
), counted AS (
    SELECT w.*, w.n_before - coalesce(p.n, 0) AS n_known
    FROM windowed AS w
    JOIN (
        SELECT s.*, p.n
        FROM (SELECT DISTINCT series_no, from_step FROM windowed) AS s
        ASOF LEFT JOIN span_point AS p ON s.series_no = p.series_no AND s.from_step > p.step
    ) AS p USING (series_no, from_step)
), judged AS (
    SELECT
        w.*, a.values[w.n_before - w.n_known + 1 : w.n_before] AS rivals,
        CASE w.sign WHEN 1 THEN list_max(rivals) ELSE list_min(rivals) END AS top_value,
        -- the last of those that are as high
        g.figures[w.n_before + 1 - list_position(list_reverse(rivals), top_value)] AS top
    FROM counted AS w
    LEFT JOIN span_whole AS a USING (series_no)
    LEFT JOIN span_figures AS g USING (series_no)
)
SELECT
    j.test_id, j.stated, j.meaning, j.nearness, j.steps, j.restated,
    restated_words(CASE WHEN j.span LIKE '%..%' THEN part_words(j.span) || ' of each year, '
        WHEN j.span = '12 months' THEN '12 months ending in each month, ' ELSE '' END
        || j.counting || ': ' || step_words(j.from_step, j.per_year) || ' to ' || step_words(j.step - 1, j.per_year), j.restated) AS variant,
    j.dataset, j.vintage, j.contemporaneous, j.definition, j.place, j.fit, j.evidence, 'exact' AS period_fit,
    j.value, j.unit,
    CASE WHEN j.sign = 1 THEN j.top_value END AS low, false AS low_open,
    CASE WHEN j.sign = -1 THEN j.top_value END AS high, false AS high_open,
    record_outcome(j.value, j.top_value, j.sign, j.n_known, j.n_needed) AS outcome,
    CASE
        WHEN j.lack = 'partial' THEN 'the figure for ' || step_words(j.step, j.per_year) || ' covers only part of the year'
        WHEN j.lack = 'no_population' THEN 'there is no population of ' || year_of_span(j.period_start, j.period_end) || ' to divide by'
        WHEN j.lack IS NOT NULL THEN 'the figure for ' || step_words(j.step, j.per_year) || ' was not reported'
        WHEN outcome = 'missing' THEN (j.n_needed - j.n_known) || ' of the ' || j.n_needed || CASE j.per_year WHEN 1 THEN ' years' ELSE ' months' END
            || ' before ' || CASE j.n_needed - j.n_known WHEN 1 THEN 'has' ELSE 'have' END || ' no figure'
    END AS why,
    lacks_of(j.lack, NULL) AS lacks,
    j.from_step // j.per_year AS compared_since, step_start(j.span, j.from_step) AS window_start, step_end(j.span, j.step - 1) AS window_end,
    concat(j.higher_step, '|', j.higher_value, '|', j.gap_step, '|', j.step) AS closest,
    [figure(CASE WHEN j.span IN ('month', '12 months') THEN j.span ELSE 'year' END, j.dataset,
            j.vintage, j.measure, j.definition, j.place, j.period_start, j.period_end, j.value, j.unit, j.figure_ids)]
        || CASE WHEN j.n_known = 0 THEN [] ELSE [figure('next ' || j.direction, j.dataset, j.vintage, j.measure, j.definition,
            j.place, j.top.period_start, j.top.period_end, j.top."value", j.unit, j.top.figure_ids)] END AS figures
FROM judged AS j;
