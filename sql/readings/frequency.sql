-- threshold over a window: in how many of its years the figure is above or below the number.
-- A year without a figure may be either, so it decides nothing; a part of the place can only show "above".
INSERT INTO reading BY NAME
WITH year_value AS (
    SELECT
        c.*, s.year, s.value, s.unit, s.figure_ids, t.start_year, t.end_year, t.end_year - t.start_year + 1 AS n_years,
        ceil(t.share_needed * n_years) AS n_needed,
        g.part_why,
        outcome(s.value, t.low, t.low_open, t.high, t.high_open, taken_bound(c.fit, g.part_why, m.kind)) AS year_outcome
    FROM candidate AS c
    JOIN test AS t USING (test_id)
    JOIN core.measure AS m ON m.measure = c.measure
    JOIN figure_point AS s ON s.line_no = c.line_no AND s.year BETWEEN t.start_year AND t.end_year
    LEFT JOIN group_taken AS g ON g.place = c.place
    WHERE t.kind = 'threshold' AND t.share_needed IS NOT NULL
), counted AS (
    SELECT
        test_id, meaning, fit, line_no, any_value(dataset) AS dataset, any_value(vintage) AS vintage,
        any_value(restated) AS restated, any_value(contemporaneous) AS contemporaneous, any_value(evidence) AS evidence,
        any_value(definition) AS definition, any_value(place) AS place,
        any_value(start_year) AS start_year, any_value(end_year) AS end_year,
        any_value(n_years) AS n_years, any_value(n_needed) AS n_needed, any_value(part_why) AS part_why,
        count(value) AS n_known,
        count(*) FILTER (WHERE year_outcome = 'holds') AS n_true,
        count(*) FILTER (WHERE year_outcome = 'fails') AS n_false,
        frequency_outcome(n_known, n_true, n_false, any_value(n_years), any_value(n_needed)) AS outcome,
        list(figure(year::VARCHAR, dataset, vintage, measure, definition, place, year_start(year), year_end(year),
            value, unit, figure_ids) ORDER BY year) FILTER (WHERE value IS NOT NULL) AS figures
    FROM year_value
    GROUP BY test_id, meaning, fit, line_no
    -- as in level.sql
    HAVING any_value(restated) IS NULL OR outcome IN ('holds', 'fails')
)
SELECT
    test_id, restated IS NULL AS stated, meaning, restated,
    CASE WHEN restated IS NOT NULL THEN nearby_weight('definition') / n.n_definitions / k.n_alike END AS nearness,
    restated_words(start_year || ' to ' || end_year || ': ' || n_true || ' of the ' || n_known || ' years with a figure, '
        || n_needed::INTEGER || ' of ' || n_years || ' needed', restated) AS variant,
    dataset, vintage, contemporaneous, definition, place, fit, evidence, 'exact' AS period_fit,
    n_true AS value, 'years' AS unit, n_needed AS low, false AS low_open, NULL AS high, false AS high_open,
    outcome,
    CASE
        WHEN n_known = 0 THEN 'no year of the window was reported'
        WHEN outcome = 'undetermined' AND part_why IS NOT NULL THEN part_why
        WHEN outcome = 'undetermined' AND fit = 'part'
            THEN 'only part of the place is counted: the whole has this many or more'
        WHEN outcome = 'undetermined' THEN (n_years - n_known) || ' of ' || n_years || ' years have no figure'
    END AS why,
    n_true::VARCHAR AS closest, year_start(start_year) AS window_start, year_end(end_year) AS window_end,
    coalesce(figures, []) AS figures
FROM counted
LEFT JOIN (SELECT test_id, count(DISTINCT restated) AS n_definitions FROM counted GROUP BY test_id) AS n USING (test_id)
LEFT JOIN (SELECT test_id, restated, count(*) AS n_alike FROM counted GROUP BY ALL) AS k USING (test_id, restated);
