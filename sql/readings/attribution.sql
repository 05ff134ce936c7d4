-- attribution: whether the measure already moved the way claimed in the full years before the cause. "holds" means
-- only that it did not, so that a change after the cause would need another explanation; it proves no cause. A
-- slope of less than one percent a year is within what revisions move, so it is no trend.
INSERT INTO reading BY NAME
WITH point AS (
    SELECT
        c.*, s.year, s.value, s.unit, s.figure_ids, t.direction,
        year(t.cause_date) - t.years_before AS from_year, year(t.cause_date) - 1 AS to_year, t.years_before
    FROM candidate AS c
    JOIN test AS t USING (test_id)
    JOIN series AS s
        ON (s.dataset, s.vintage, s.place, s.measure, s.definition)
        = (c.dataset, c.vintage, c.place, c.measure, c.definition)
        AND s.year BETWEEN year(t.cause_date) - t.years_before AND year(t.cause_date) - 1
    WHERE t.kind = 'attribution'
), line AS (
    SELECT
        test_id, meaning, dataset, vintage, definition, place, fit, measure, unit, direction, from_year, to_year, years_before,
        any_value(contemporaneous) AS contemporaneous, any_value(evidence) AS evidence,
        count(value) AS n_known,
        -- the slope of a single point is not a number
        CASE WHEN count(value) > 1 THEN round(100 * regr_slope(value, year) / nullif(avg(value), 0), 9) END AS slope_pct,
        list(figure('year', dataset, vintage, measure, definition, place, year_start(year), year_end(year), value, unit,
            figure_ids) ORDER BY year) FILTER (WHERE value IS NOT NULL) AS figures
    FROM point
    GROUP BY test_id, meaning, dataset, vintage, definition, place, fit, measure, unit, direction, from_year, to_year, years_before
)
SELECT
    test_id, true AS stated, meaning, NULL AS nearness,
    'trend before the cause, ' || from_year || ' to ' || to_year AS variant,
    dataset, vintage, contemporaneous, definition, place, fit, evidence, 'exact' AS period_fit,
    slope_pct AS value, 'percent a year' AS unit,
    CASE WHEN direction = 'falling' THEN -1 END AS low, false AS low_open,
    CASE WHEN direction = 'rising' THEN 1 END AS high, false AS high_open,
    CASE WHEN n_known < years_before THEN 'missing' ELSE outcome(slope_pct, low, low_open, high, high_open, NULL) END AS outcome,
    CASE WHEN n_known < years_before THEN n_known || ' of ' || years_before || ' years before the cause have a figure' END AS why,
    NULL AS closest, coalesce(figures, []) AS figures
FROM line;
