-- trend: rising or falling over a window of years (or of months, or of the 12 months up to each), by the slope of the least squares line and from its first to
-- its last year; "every year" is year by year. For a peer group: the sum over its members with a figure in every
-- year of the window, if those are at least half of it, and the share of those members that moved so.
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
    -- which line each test asks for: of its place by its candidates, or of its peer groups
    SELECT c.test_id, c.meaning, NULL AS peer_group, c.place AS name, c.fit, c.measure, c.definition, c.dataset, c.vintage,
        c.contemporaneous, c.evidence, t.span, w.start_year, w.end_year, w.stated, w.nearness, w.steps, c.restated
    FROM candidate AS c
    JOIN test AS t USING (test_id)
    JOIN windows AS w USING (test_id)
    WHERE w.stated OR (c.latest AND c.restated IS NULL)
    UNION ALL
    SELECT t.test_id, 0, g.peer_group, g.peer_group, 'exact', m.measure, NULL, u.dataset, u.vintage,
        u.contemporaneous, u.evidence, t.span, w.start_year, w.end_year, w.stated, w.nearness, w.steps, m.restated
    FROM test AS t
    JOIN test_peer_group AS g USING (test_id)
    JOIN test_measure AS m USING (test_id)
    JOIN usable_state AS u USING (claim_date)
    JOIN windows AS w USING (test_id)
    WHERE CASE WHEN m.restated IS NULL THEN w.stated OR u.latest ELSE w.stated AND u.latest END
), span AS (
    -- each line once, however many tests ask for it
    SELECT DISTINCT span, peer_group, name, measure, definition, dataset, vintage, start_year, end_year FROM wanted
), point AS (
    SELECT
        p.span, p.peer_group, p.name, p.member, p.measure, p.dataset, p.vintage, p.start_year, p.end_year,
        s.definition, s.step AS year, s.period_start, s.period_end, s.value, s.denominator, s.unit, s.figure_ids
    FROM (
        SELECT *, name AS member FROM span WHERE peer_group IS NULL
        UNION ALL
        SELECT span.*, g.place FROM span JOIN core.peer_group AS g USING (peer_group)
    ) AS p
    JOIN span_series AS s
        ON (s.span, s.dataset, s.vintage, s.place, s.measure) = (p.span, p.dataset, p.vintage, p.member, p.measure)
        AND s.definition = coalesce(p.definition, s.definition)
        AND s.step BETWEEN p.start_year AND p.end_year
    WHERE s.value IS NOT NULL
), panel AS (
    -- members with a figure in every year of the window; without a peer group the place itself, whatever it has
    SELECT *, count(*) OVER p AS n_years, first_value(value) OVER o AS first, last_value(value) OVER o AS last
    FROM point
    WINDOW
        p AS (PARTITION BY span, name, member, measure, dataset, vintage, definition, start_year, end_year),
        o AS (PARTITION BY span, name, member, measure, dataset, vintage, definition, start_year, end_year
              ORDER BY year ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
), yearly AS (
    SELECT
        span, peer_group, name, measure, dataset, vintage, definition, start_year, end_year, year,
        min(period_start) AS period_start, max(period_end) AS period_end, any_value(unit) AS unit, any_value(n_years) AS n_years, together(value, denominator) AS value, count(*) AS n_members,
        count(*) FILTER (WHERE last > first) AS n_up, count(*) FILTER (WHERE last < first) AS n_down,
        flatten(list(figure_ids ORDER BY member)) AS figure_ids
    FROM panel
    WHERE peer_group IS NULL OR n_years = end_year - start_year + 1
    GROUP BY span, peer_group, name, measure, dataset, vintage, definition, start_year, end_year, year
), stepped AS (
    SELECT *, value - lag(value) OVER (
        PARTITION BY span, name, measure, dataset, vintage, definition, start_year, end_year ORDER BY year
    ) AS step
    FROM yearly
), line AS (
    SELECT
        span, peer_group, name, measure, dataset, vintage, definition, start_year, end_year,
        any_value(unit) AS unit, any_value(n_years) AS n_years,
        max(n_members) AS n_members, max(n_up) AS n_up, max(n_down) AS n_down,
        -- rounded, so that a level series has a slope of zero whatever the order in which it was summed
        CASE WHEN count(*) > 1 THEN 
            round(CASE WHEN any_value(unit) = 'percent' THEN 1 ELSE 100 / nullif(avg(value), 0) END
                * CASE WHEN span IN ('month', '12 months') THEN 12 ELSE 1 END * regr_slope(value, year), 9) END AS slope,
        CASE WHEN any_value(unit) = 'percent' THEN arg_max(value, year) - arg_min(value, year)
            ELSE 100 * (arg_max(value, year) - arg_min(value, year)) / nullif(arg_min(value, year), 0) END AS change,
        count(*) FILTER (WHERE step > 0) AS n_rises, count(*) FILTER (WHERE step < 0) AS n_falls,
        count(step) AS n_steps,
        list(figure(CASE WHEN span IN ('month', '12 months') THEN span WHEN peer_group IS NULL THEN 'year' ELSE 'sum of ' || n_members || ' places' END,
            dataset, vintage, measure, definition, name, period_start, period_end, value, unit,
            figure_ids) ORDER BY year) AS figures
    FROM stepped
    GROUP BY span, peer_group, name, measure, dataset, vintage, definition, start_year, end_year
), asked AS (
    SELECT
        w.test_id, w.meaning, w.fit, w.contemporaneous, w.evidence, w.stated, w.nearness, w.steps, w.restated, l.* RENAME (name AS place)
    FROM wanted AS w
    JOIN line AS l
        ON (l.span, l.name, l.measure, l.dataset, l.vintage, l.start_year, l.end_year)
        = (w.span, w.name, w.measure, w.dataset, w.vintage, w.start_year, w.end_year)
        AND l.definition = coalesce(w.definition, l.definition)
        AND (w.peer_group IS NULL) = (l.peer_group IS NULL)
), wording AS (
    SELECT l.*, CASE t.direction WHEN 'rising' THEN 1 ELSE -1 END AS sign, t.per_year, t.step_name, v.*
    FROM asked AS l
    JOIN (SELECT *, CASE per_year WHEN 1 THEN 'year' ELSE 'month' END AS step_name FROM this_slice) AS t USING (test_id)
    LEFT JOIN group_size AS z USING (peer_group)
    CROSS JOIN LATERAL (VALUES
        ('slope of the line through all ' || t.step_name || 's', l.slope,
            CASE l.unit WHEN 'percent' THEN 'points a year' ELSE 'percent a year' END, 0.0,
            NOT t.every_year AND l.stated AND l.n_years > 2),
        ('from the first to the last ' || t.step_name, l.change, CASE l.unit WHEN 'percent' THEN 'percentage points' ELSE 'percent' END,
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
    test_id, stated AND restated IS NULL AS stated, meaning, steps, restated,
    CASE WHEN restated IS NULL THEN nearness ELSE nearby_weight('measure') END AS nearness,
    restated_words(CASE WHEN span IN ('year', 'month') THEN '' WHEN span = '12 months' THEN '12 months ending in each of '
            ELSE replace(span, '..', ' to ') || ' of each year, ' END
        || step_words(start_year, per_year) || ' to ' || step_words(end_year, per_year) || ', ' || wording
        || CASE WHEN peer_group IS NULL THEN '' ELSE ', ' || n_members || ' ' || lower(l.title[1]) || l.title[2:] END, restated) AS variant,
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
    NULL AS closest, figures
FROM wording
LEFT JOIN core.peer_group_list AS l USING (peer_group);
