-- threshold over a window: in how many of its years the figure is above or below the number.
-- A year without a figure may be either, so it decides nothing; a part of the place can only show "above".
INSERT INTO reading BY NAME
WITH year_value AS (
    SELECT
        c.*, s.year, s.value, s.unit, s.figure_ids, t.low, t.low_open, t.high, t.high_open,
        t.start_year, t.end_year, t.share_needed,
        outcome(
            s.value, t.low, t.low_open, t.high, t.high_open,
            CASE WHEN c.fit = 'part' AND m.kind IN ('count', 'population', 'money') THEN 'lower' END
        ) AS year_outcome
    FROM candidate AS c
    JOIN test AS t USING (test_id)
    JOIN core.measure AS m ON m.measure = c.measure
    JOIN series AS s
        ON (s.dataset, s.vintage, s.place, s.measure, s.definition)
        = (c.dataset, c.vintage, c.place, c.measure, c.definition)
        AND s.year BETWEEN t.start_year AND t.end_year
    WHERE t.kind = 'threshold' AND t.share_needed IS NOT NULL
), counted AS (
    SELECT
        test_id, meaning, dataset, vintage, definition, place, fit, measure, unit,
        any_value(contemporaneous) AS contemporaneous, any_value(evidence) AS evidence,
        any_value(low) AS low, any_value(low_open) AS low_open, any_value(high) AS high, any_value(high_open) AS high_open,
        any_value(end_year) - any_value(start_year) + 1 AS n_years,
        ceil(any_value(share_needed) * (any_value(end_year) - any_value(start_year) + 1)) AS n_needed,
        count(value) AS n_known,
        count(*) FILTER (WHERE year_outcome = 'holds') AS n_true,
        count(*) FILTER (WHERE year_outcome = 'fails') AS n_false,
        any_value(start_year) AS start_year, any_value(end_year) AS end_year,
        list(figure(year::VARCHAR, dataset, vintage, measure, definition, place, year_start(year), year_end(year),
            value, unit, figure_ids) ORDER BY year) FILTER (WHERE value IS NOT NULL) AS figures
    FROM year_value
    GROUP BY test_id, meaning, dataset, vintage, definition, place, fit, measure, unit
)
SELECT
    test_id, true AS stated, meaning, NULL AS nearness,
    start_year || ' to ' || end_year || ': ' || n_true || ' of the ' || n_known || ' years with a figure, '
        || n_needed::INTEGER || ' of ' || n_years || ' needed' AS variant,
    dataset, vintage, contemporaneous, definition, place, fit, evidence, 'exact' AS period_fit,
    n_true AS value, 'years' AS unit, n_needed AS low, false AS low_open, NULL AS high, false AS high_open,
    CASE
        WHEN n_known = 0 THEN 'missing'
        WHEN n_true >= n_needed THEN 'holds'
        WHEN n_years - n_false < n_needed THEN 'fails'
        ELSE 'undetermined'
    END AS outcome,
    CASE
        WHEN n_known = 0 THEN 'no year of the window was reported'
        WHEN outcome = 'undetermined' AND fit = 'part'
            THEN 'only part of the place is counted: the whole has this many or more'
        WHEN outcome = 'undetermined' THEN (n_years - n_known) || ' of ' || n_years || ' years have no figure'
    END AS why,
    n_true::VARCHAR AS closest,
    coalesce(figures, []) AS figures
FROM counted;
