-- The value of each side of a value, share, threshold or ratio test: for every dataset, state, definition,
-- place that can serve and period. One row a possible operand.

-- Years up to two away as nearby readings of shares and ratios whose periods are calendar years. Not of the last full
-- year before the claim: to speak of that is no choice, so nothing can have been picked. No reading is of a year
-- that had not ended on the day of the claim.
INSERT INTO test_period
SELECT
    p.test_id, p.role, 1000 + n.shift, year_start(year(p.period_start) + n.shift),
    year_end(year(p.period_end) + n.shift), p.period_fit, p.statistic, false,
    n.nearness, n.steps
FROM test_period AS p
JOIN test AS t USING (test_id)
CROSS JOIN near_year AS n
WHERE t.kind IN ('share', 'ratio') AND p.option = 0 AND p.stated AND p.statistic = 'total'
    AND is_year(p.period_start, p.period_end)
    AND year(p.period_start) <> year(t.claim_date) - 1
    -- of an exact number the neighbours have another one: that says nothing about it
    AND (t.low IS NULL) <> (t.high IS NULL)
    AND year(p.period_start) + n.shift < year(t.claim_date)
    -- what stands in for the period is stated: it is no rewording, to bear itself out
    AND NOT EXISTS (
        SELECT 1 FROM test_period AS q
        WHERE q.test_id = p.test_id AND q.role = p.role AND q.stated AND year(q.period_start) = year(p.period_start) + n.shift
            AND is_year(q.period_start, q.period_end)
    )
    -- of a ratio over different periods the two ends are moved, below
    AND NOT EXISTS (
        SELECT 1 FROM test_period AS q
        WHERE q.test_id = p.test_id AND q.option = 0 AND q.period_start <> p.period_start
    );

-- Nearby starts and ends of a change between calendar years, and of a year that is more or less than so many times another one;
-- closer and more natural ones weighing more.
INSERT INTO test_period
WITH shift AS (
    SELECT s.test_id, s.shift AS start_shift, e.years AS end_shift, 2000 + 10 * s.shift + e.years AS option,
        moved_nearness(s.naturalness, s.shift, e.years) AS nearness, abs(s.shift) + abs(e.years) AS steps
    FROM nearby_start AS s
    CROSS JOIN (VALUES (-1), (0), (1)) AS e(years)
    WHERE s.shift <> 0 OR e.years <> 0
), span AS (
    SELECT
        e.test_id, s.role AS start_role, e.role AS end_role, year(s.period_start) AS start_year, year(e.period_start) AS end_year,
        t.claim_date
    FROM test_period AS e
    JOIN test_period AS s ON s.test_id = e.test_id
    JOIN test AS t ON t.test_id = e.test_id
    WHERE CASE t.kind
            WHEN 'change' THEN s.role = 'start' AND e.role = 'subject' AND NOT coalesce(t.years_named, false)
            WHEN 'ratio' THEN s.role <> e.role AND s.option = 0 AND e.option = 0 AND s.period_start < e.period_start
                AND s.statistic = 'total' AND e.statistic = 'total'
                -- an exact number is another one there, as above
                AND (t.low IS NULL) <> (t.high IS NULL)
        END
        AND NOT nobodys_pick(year(s.period_start), year(e.period_start), year(t.claim_date))
        AND is_year(s.period_start, s.period_end) AND is_year(e.period_start, e.period_end)
)
SELECT
    p.test_id, CASE WHEN is_start THEN p.start_role ELSE p.end_role END, h.option,
    year_start(CASE WHEN is_start THEN p.start_year + h.start_shift ELSE p.end_year + h.end_shift END),
    year_end(CASE WHEN is_start THEN p.start_year + h.start_shift ELSE p.end_year + h.end_shift END),
    'exact', 'total', false, h.nearness, h.steps
FROM span AS p
JOIN shift AS h USING (test_id)
CROSS JOIN (VALUES (true), (false)) AS role(is_start)
WHERE p.start_year + h.start_shift < p.end_year + h.end_shift
    AND p.end_year + h.end_shift < year(p.claim_date);

CREATE TEMP VIEW period_point AS
FROM figure_point
UNION ALL BY NAME
SELECT
    line_no, period_start, period_end, NULL::INTEGER AS year, n AS value, NULL::DOUBLE AS denominator, 'count' AS unit, status, figure_ids
FROM day_sum
WHERE NOT is_rate;

CREATE TEMP MACRO over_years(statistic, v) AS CASE WHEN statistic = 'mean' THEN avg(v) ELSE max(v) END;
-- A mean or peak stands on at least four fifths of its years.
CREATE TEMP MACRO enough_years(n_known, n_years) AS n_known >= 0.8 * n_years;

CREATE TEMP TABLE operand_value AS
WITH place_value AS (
    -- published or derived figures of exactly the period
    SELECT
        c.* EXCLUDE (kind, claim_date), p.option, p.period_fit, p.statistic, p.stated, p.nearness, p.steps,
        s.period_start, s.period_end, s.value, s.denominator, s.status, s.unit, s.figure_ids, 1 AS n_years,
        (s.value IS NOT NULL)::INTEGER AS n_known
    FROM candidate AS c
    JOIN test_period AS p USING (test_id, role)
    JOIN period_point AS s USING (line_no, period_start, period_end)
    WHERE p.statistic = 'total'
    UNION ALL
    -- mean or peak of the years of a window: a year without a figure is left out, and counted
    SELECT
        c.* EXCLUDE (kind, claim_date), p.option, p.period_fit, p.statistic, p.stated, p.nearness, p.steps,
        p.period_start, p.period_end,
        over_years(any_value(p.statistic), s.value) AS value,
        sum(s.denominator) FILTER (WHERE s.value IS NOT NULL), 'final', any_value(s.unit),
        flatten(list(s.figure_ids ORDER BY s.year) FILTER (WHERE s.value IS NOT NULL)),
        year(p.period_end) - year(p.period_start) + 1 AS n_years, count(s.value) AS n_known
    FROM candidate AS c
    JOIN test_period AS p USING (test_id, role)
    JOIN figure_point AS s ON s.line_no = c.line_no AND s.year BETWEEN year(p.period_start) AND year(p.period_end)
    WHERE p.statistic IN ('mean', 'peak')
    GROUP BY ALL
), ranked AS (
    -- places that are taken together: each by the best fitting place of the same dataset, state and definition
    SELECT *, row_number() OVER (
        PARTITION BY test_id, role, meaning, option, measure, dataset, vintage, definition, place_meant
        ORDER BY array_position(['exact', 'coextensive', 'wider', 'part'], fit), place
    ) AS best
    FROM place_value
    WHERE n_places > 1
), operand AS (
    SELECT
        test_id, role, meaning, option, period_fit, statistic, stated, nearness, steps, measure, restated, dataset, vintage,
        contemporaneous, latest, evidence, definition, place, fit, period_start, period_end, unit, status, line_no,
        CASE WHEN enough_years(n_known, n_years) THEN value END AS value,
        figure_ids,
        CASE WHEN n_years = 1 THEN lack_of(value, status) END AS lack,
        CASE
            WHEN n_years > 1 AND n_known < n_years THEN n_known || ' of ' || n_years || ' years are known'
            WHEN lack = 'partial' THEN 'the figure covers only part of the period'
            WHEN lack = 'no_population' THEN 'there is no population of ' || year_of_span(period_start, period_end) || ' to divide by'
            WHEN lack IS NOT NULL THEN 'the figure was not reported'
        END AS why
    FROM place_value
    WHERE n_places = 1
    UNION ALL
    SELECT
        test_id, role, meaning, option, period_fit, statistic, stated, nearness, steps, measure, restated, dataset, vintage,
        any_value(contemporaneous), any_value(latest), any_value(evidence), definition,
        string_agg(place, ' + ' ORDER BY place) AS place,
        max_by(fit, array_position(['exact', 'coextensive', 'wider', 'part'], fit)) AS fit,
        period_start, period_end, any_value(unit), 'final' AS status, min(line_no) AS line_no,
        CASE WHEN count(value) = any_value(n_places) THEN together(value, denominator) END AS value,
        flatten(list(figure_ids ORDER BY place)) AS figure_ids, NULL AS lack,
        CASE WHEN count(value) < any_value(n_places)
            THEN count(value) || ' of ' || any_value(n_places) || ' places have a figure' END AS why
    FROM ranked
    WHERE best = 1
    GROUP BY test_id, role, meaning, option, period_fit, statistic, stated, nearness, steps, measure, restated, dataset, vintage,
        definition, period_start, period_end
)
-- in words once, not for each side that a change or a ratio compares
SELECT *, span_words(period_start, period_end) AS period_words FROM operand;
