-- trend: rising or falling over a window of years (or of months, or of the 12 months up to each), by the slope of the least
-- squares line and from its first to its last year; "every year" is year by year. For a peer group: the sum over its members
-- with a figure in every year of the window, if those are at least half of it, and the share of those members that moved so
-- (trend_groups.sql).
INSERT INTO reading BY NAME
WITH this_slice AS (
    FROM test WHERE kind = 'trend' AND test_id BETWEEN getvariable('first_test') AND getvariable('last_test')
), wanted AS (
    SELECT
        c.test_id, c.meaning, c.fit, c.contemporaneous, c.evidence, w.stated, w.nearness, w.share, w.steps, c.restated, t.span, t.per_year,
        c.place, c.definition, c.dataset, c.vintage, w.start_year, w.end_year, k.series_no
    FROM candidate AS c
    JOIN this_slice AS t USING (test_id)
    JOIN trend_window AS w USING (test_id)
    JOIN span_key AS k ON k.span = t.span AND k.line_no = c.line_no
), place_line AS (
    SELECT
        test_id, meaning, fit, contemporaneous, evidence, stated, nearness, share, steps, restated, span, NULL::VARCHAR AS peer_group, place,
        definition, dataset, vintage, start_year, end_year, unit, n_years, 1 AS n_members, 0 AS n_up, 0 AS n_down,
        window_slope(unit, per_year, n_years, x, xx, y, xy) AS slope,
        moved(first, last, unit = 'percent') AS change, n_rises, n_falls, n_years - 1 AS n_steps,
        series_no, n_before, n_up_to, ids
    FROM wanted
    JOIN window_sum USING (series_no, start_year, end_year)
), asked AS (
    FROM place_line
    UNION ALL BY NAME
    SELECT
        w.* EXCLUDE (measure, state_no), 0 AS meaning, 'exact' AS fit, 'year' AS span, w.peer_group AS place,
        l.* EXCLUDE (peer_group, measure, state_no, start_year, end_year, figures)
    FROM group_wanted AS w
    SEMI JOIN this_slice USING (test_id)
    JOIN group_line AS l USING (peer_group, measure, state_no, start_year, end_year)
), wording AS (
    SELECT l.*, CASE t.direction WHEN 'rising' THEN 1 ELSE -1 END AS sign, t.per_year, t.step_name, v.*
    FROM asked AS l
    JOIN (SELECT *, CASE per_year WHEN 1 THEN 'year' ELSE 'month' END AS step_name FROM this_slice) AS t USING (test_id)
    CROSS JOIN LATERAL (VALUES
        ('slope of the line through all ' || t.step_name || 's', l.slope,
            CASE l.unit WHEN 'percent' THEN 'percentage points a year' ELSE 'percent a year' END, 0.0,
            NOT t.every_year AND l.n_years > 2, 'slope'),
        ('from the first to the last ' || t.step_name, l.change, change_unit(l.unit = 'percent'),
            0.0, NOT t.every_year, 'ends'),
        (t.step_name || ' by ' || t.step_name, CASE t.direction WHEN 'rising' THEN l.n_rises ELSE l.n_falls END, 'steps',
            l.n_years - 1.0, t.every_year, 'each_step'),
        ('share of the places that moved so',
            100.0 * CASE t.direction WHEN 'rising' THEN l.n_up ELSE l.n_down END / l.n_members,
            'percent of places', 50.0, NOT t.every_year AND l.stated AND l.peer_group IS NOT NULL, 'members')
    ) AS v(wording, quantity, quantity_unit, bar, applies, way)
    WHERE applies
)
SELECT
    w.test_id, stated AND restated IS NULL AS stated, meaning, w.steps, restated,
    nearness_of(nearness, share, restated, NULL) AS nearness,
    restated_words(CASE WHEN span IN ('year', 'month') THEN '' WHEN span = '12 months' THEN '12 months ending in each of '
            ELSE part_words(span) || ' of each year, ' END
        || step_words(start_year, per_year) || ' to ' || step_words(end_year, per_year) || ', ' || wording
        || CASE WHEN peer_group IS NULL THEN '' ELSE ', ' || members_words(n_members, l.title) END, restated) AS variant,
    dataset, vintage, contemporaneous, definition, place, fit, evidence, 'exact' AS period_fit,
    quantity AS value, quantity_unit AS unit,
    -- a falling trend is a slope below zero; counts and shares of years or places are always "at least"
    CASE WHEN sign = 1 OR bar > 0 THEN bar END AS low, bar = 0 OR wording LIKE 'share%' AS low_open,
    CASE WHEN sign = -1 AND bar = 0 THEN bar END AS high, true AS high_open,
    trend_outcome(quantity, quantity_unit = 'steps', n_steps, n_years, end_year - start_year + 1,
        outcome(quantity, low, low_open, high, high_open, NULL)) AS outcome,
    CASE WHEN n_years < end_year - start_year + 1 AND outcome = 'missing'
        THEN n_years || ' of ' || (end_year - start_year + 1) || ' ' || step_name || 's have a figure' END AS why,
    -- attached at the end, as they are long
    NULL AS closest, g.figures, series_no, n_before, n_up_to, ids,
    step_start(span, start_year) AS window_start, step_end(span, end_year) AS window_end, way, peer_group,
    CASE WHEN peer_group IS NOT NULL THEN n_members END AS n_peers
FROM wording AS w
LEFT JOIN core.peer_group_list AS l USING (peer_group)
LEFT JOIN (SELECT group_line_no, figures FROM group_line) AS g USING (group_line_no);
