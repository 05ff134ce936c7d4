-- trend: rising or falling over a window of years (or of months, or of the 12 months up to each), by the slope of the least
-- squares line and from its first to its last year; "every year" is year by year. For a peer group: the sum over its members
-- with a figure in every year of the window, if those are at least half of it, and the share of those members that moved so.
INSERT INTO reading BY NAME
WITH this_slice AS (
    FROM test WHERE kind = 'trend' AND test_id BETWEEN getvariable('first_test') AND getvariable('last_test')
), windows AS (
    SELECT test_id, start_year, end_year, true AS stated, NULL::DOUBLE AS nearness, NULL::INTEGER AS steps
    FROM this_slice
    UNION ALL
    SELECT test_id, start_year + i.shift, end_year + j.shift, false, i.naturalness / (abs(i.shift) + abs(j.shift)), abs(i.shift) + abs(j.shift)
    FROM this_slice
    JOIN nearby_start AS i USING (test_id)
    CROSS JOIN (VALUES (-2), (-1), (0), (1), (2)) AS j(shift)
    WHERE (i.shift <> 0 OR j.shift <> 0) AND end_year + j.shift > start_year + i.shift
        -- no year or month that had not ended on the day of the claim
        AND end_year + j.shift < CASE per_year WHEN 1 THEN year(claim_date) ELSE 12 * year(claim_date) + month(claim_date) - 1 END
), wanted AS (
    SELECT
        c.test_id, c.meaning, c.fit, c.contemporaneous, c.evidence, w.stated, w.nearness, w.steps, c.restated, t.span, t.per_year,
        c.place, c.definition, c.dataset, c.vintage, w.start_year, w.end_year, k.series_no,
        t.peer_of IS NULL AS is_own  -- nobody reads the figures of a peer
    FROM candidate AS c
    JOIN this_slice AS t USING (test_id)
    JOIN windows AS w USING (test_id)
    JOIN span_key AS k USING (span, place, measure, definition, dataset, vintage)
    WHERE w.stated OR (c.latest AND c.restated IS NULL)
), window_sums AS (
    -- each window of a series once, however many tests ask for it
    SELECT
        w.*, e.n AS n_up_to, e.unit, coalesce(b.n, 0) AS n_before, e.n - n_before AS n_years,
        coalesce(b.next_value, a.values[1]) AS first, e.value AS last,
        e.x - coalesce(b.x, 0) AS x, e.xx - coalesce(b.xx, 0) AS xx, e.y - coalesce(b.y, 0) AS y, e.xy - coalesce(b.xy, 0) AS xy,
        -- the first figure of the window has none before it
        e.rises - coalesce(b.rises, 0) - coalesce(b.next_value > b.value, false)::INTEGER AS n_rises,
        e.falls - coalesce(b.falls, 0) - coalesce(b.next_value < b.value, false)::INTEGER AS n_falls
    FROM (SELECT DISTINCT series_no, start_year, end_year FROM wanted) AS w
    ASOF JOIN span_point AS e ON w.series_no = e.series_no AND w.end_year >= e.step
    ASOF LEFT JOIN span_point AS b ON w.series_no = b.series_no AND w.start_year > b.step
    JOIN span_whole AS a ON a.series_no = w.series_no
    WHERE e.n > coalesce(b.n, 0)
), place_line AS (
    SELECT
        test_id, meaning, fit, contemporaneous, evidence, stated, nearness, steps, restated, span, NULL::VARCHAR AS peer_group, place,
        definition, dataset, vintage, start_year, end_year, unit, n_years, 1 AS n_members, 0 AS n_up, 0 AS n_down,
        -- least squares; rounded, so that a level series has a slope of zero whatever the order in which it was summed
        round(CASE WHEN unit = 'percent' THEN 1 ELSE 100 * n_years / nullif(y, 0) END * per_year
            * (n_years * xy - x * y) / nullif(n_years * xx - x * x, 0), 9) AS slope,
        moved(first, last, unit = 'percent') AS change, n_rises, n_falls, n_years - 1 AS n_steps,
        CASE WHEN is_own THEN series_no END AS series_no, n_before, n_up_to
    FROM wanted
    JOIN window_sums USING (series_no, start_year, end_year)
), group_wanted AS (
    SELECT t.test_id, 0 AS meaning, 'exact' AS fit, u.contemporaneous, u.evidence, w.stated, w.nearness, w.steps, m.restated,
        g.peer_group, m.measure, u.dataset, u.vintage, w.start_year, w.end_year
    FROM this_slice AS t
    JOIN test_peer_group AS g USING (test_id)
    JOIN test_measure AS m USING (test_id)
    JOIN usable_state AS u USING (claim_date)
    JOIN windows AS w USING (test_id)
    WHERE CASE WHEN m.restated IS NULL THEN w.stated OR u.latest ELSE w.stated AND u.latest END
), group_key AS MATERIALIZED (
    -- each line once, however many tests ask for it
    SELECT *, row_number() OVER () AS key_no
    FROM (SELECT DISTINCT peer_group, measure, dataset, vintage, start_year, end_year FROM group_wanted)
), member AS (
    SELECT g.peer_group, s.*, dense_rank() OVER (ORDER BY s.dataset, s.vintage, s.measure, s.definition, s.place) AS member_no
    FROM core.peer_group AS g
    JOIN series AS s USING (place)
    SEMI JOIN (SELECT DISTINCT peer_group, measure, dataset, vintage FROM group_key) AS k USING (peer_group, measure, dataset, vintage)
    WHERE s.year IS NOT NULL AND s.value IS NOT NULL
), panel AS (
    -- members with a figure in every year of the window
    SELECT
        k.key_no, m.definition, m.year, m.value, m.denominator, m.unit, m.figure_ids[1] AS figure_id,
        count(*) OVER w AS n_years, arg_min(m.value, m.year) OVER w AS first, arg_max(m.value, m.year) OVER w AS last
    FROM group_key AS k
    JOIN member AS m
        ON (m.peer_group, m.measure, m.dataset, m.vintage) = (k.peer_group, k.measure, k.dataset, k.vintage)
        AND m.year BETWEEN k.start_year AND k.end_year
    WINDOW w AS (PARTITION BY k.key_no, m.member_no)
    QUALIFY n_years = k.end_year - k.start_year + 1
), yearly AS (
    SELECT
        key_no, definition, year, any_value(unit) AS unit, any_value(n_years) AS n_years, together(value, denominator) AS value,
        count(*) AS n_members, count(*) FILTER (WHERE last > first) AS n_up, count(*) FILTER (WHERE last < first) AS n_down,
        list_sort(list(figure_id)) AS figure_ids
    FROM panel
    GROUP BY key_no, definition, year
), stepped AS (
    SELECT *, value - lag(value) OVER (PARTITION BY key_no, definition ORDER BY year) AS step
    FROM yearly
), group_line AS MATERIALIZED (
    SELECT
        key_no, definition, any_value(s.unit) AS unit, any_value(n_years) AS n_years, any_value(n_members) AS n_members,
        any_value(n_up) AS n_up, any_value(n_down) AS n_down,
        round(CASE WHEN any_value(s.unit) = 'percent' THEN 1 ELSE 100 / nullif(avg(value), 0) END * regr_slope(value, year), 9) AS slope,
        moved(arg_min(value, year), arg_max(value, year), any_value(s.unit) = 'percent') AS change,
        count(*) FILTER (WHERE step > 0) AS n_rises, count(*) FILTER (WHERE step < 0) AS n_falls, count(step) AS n_steps,
        row_number() OVER () AS line_no,
        list(figure('sum of ' || n_members || ' places', k.dataset, k.vintage, k.measure, definition, k.peer_group, year_start(year),
            year_end(year), value, s.unit, figure_ids) ORDER BY year) AS figures
    FROM stepped AS s
    JOIN group_key AS k USING (key_no)
    GROUP BY key_no, definition
), asked AS (
    FROM place_line
    UNION ALL BY NAME
    SELECT
        w.* EXCLUDE (measure), 'year' AS span, w.peer_group AS place, l.* EXCLUDE (key_no, figures)
    FROM group_wanted AS w
    JOIN group_key AS k USING (peer_group, measure, dataset, vintage, start_year, end_year)
    JOIN group_line AS l USING (key_no)
), wording AS (
    SELECT l.*, CASE t.direction WHEN 'rising' THEN 1 ELSE -1 END AS sign, t.per_year, t.step_name, v.*
    FROM asked AS l
    JOIN (SELECT *, CASE per_year WHEN 1 THEN 'year' ELSE 'month' END AS step_name FROM this_slice) AS t USING (test_id)
    LEFT JOIN group_size AS z USING (peer_group)
    CROSS JOIN LATERAL (VALUES
        ('slope of the line through all ' || t.step_name || 's', l.slope,
            CASE l.unit WHEN 'percent' THEN 'percentage points a year' ELSE 'percent a year' END, 0.0,
            NOT t.every_year AND l.stated AND l.n_years > 2),
        ('from the first to the last ' || t.step_name, l.change, change_unit(l.unit = 'percent'),
            0.0, NOT t.every_year),
        (t.step_name || ' by ' || t.step_name, CASE t.direction WHEN 'rising' THEN l.n_rises ELSE l.n_falls END, 'steps',
            l.n_years - 1.0, t.every_year),
        ('share of the places that moved so',
            100.0 * CASE t.direction WHEN 'rising' THEN l.n_up ELSE l.n_down END / l.n_members,
            'percent of places', 50.0, NOT t.every_year AND l.stated AND l.peer_group IS NOT NULL)
    ) AS v(wording, quantity, quantity_unit, bar, applies)
    WHERE applies AND (l.peer_group IS NULL OR l.n_members >= z.n_needed)
)
SELECT
    w.test_id, stated AND restated IS NULL AS stated, meaning, w.steps, restated,
    CASE WHEN restated IS NULL THEN nearness ELSE nearby_weight('measure') END AS nearness,
    restated_words(CASE WHEN span IN ('year', 'month') THEN '' WHEN span = '12 months' THEN '12 months ending in each of '
            ELSE part_words(span) || ' of each year, ' END
        || step_words(start_year, per_year) || ' to ' || step_words(end_year, per_year) || ', ' || wording
        || CASE WHEN peer_group IS NULL THEN '' ELSE ', ' || members_words(n_members, l.title) END, restated) AS variant,
    dataset, vintage, contemporaneous, definition, place, fit, evidence, 'exact' AS period_fit,
    quantity AS value, quantity_unit AS unit,
    -- a falling trend is a slope below zero; counts and shares of years or places are always "at least"
    CASE WHEN sign = 1 OR bar > 0 THEN bar END AS low, bar = 0 OR wording LIKE 'share%' AS low_open,
    CASE WHEN sign = -1 AND bar = 0 THEN bar END AS high, true AS high_open,
    CASE
        -- a step the other way contradicts "every year" whatever the missing years were
        WHEN quantity_unit = 'steps' AND quantity < n_steps THEN 'fails'
        WHEN n_years < end_year - start_year + 1 THEN 'missing'
        ELSE outcome(quantity, low, low_open, high, high_open, NULL) END AS outcome,
    CASE WHEN n_years < end_year - start_year + 1 AND outcome = 'missing'
        THEN n_years || ' of ' || (end_year - start_year + 1) || ' ' || step_name || 's have a figure' END AS why,
    -- attached at the end, as they are long
    NULL AS closest, coalesce(g.figures, a.figures[n_before + 1 : n_up_to], []) AS figures
FROM wording AS w
LEFT JOIN core.peer_group_list AS l USING (peer_group)
LEFT JOIN span_whole AS a USING (series_no)
LEFT JOIN (SELECT line_no, figures FROM group_line) AS g USING (line_no);
