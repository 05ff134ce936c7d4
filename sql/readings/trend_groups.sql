-- Trends of groups: the sum over the members with a figure in every year of a window, if those are at least half of the group,
-- and how many of these members rose and fell. Not by group_series of 3_groups.sql, whose members are chosen once for a test, by
-- the years in its words: each window that a trend tries has members of its own.
CREATE TEMP TABLE group_wanted AS
SELECT
    t.test_id, g.peer_group, m.measure, m.restated, u.state_no, u.dataset, u.vintage, u.contemporaneous, u.evidence,
    w.stated, w.nearness, w.share, w.steps, w.start_year, w.end_year
FROM test AS t
JOIN test_peer_group AS g USING (test_id)
JOIN test_measure AS m USING (test_id)
JOIN usable_state AS u USING (claim_date)
JOIN trend_window AS w USING (test_id)
WHERE t.kind = 'trend' AND (u.latest OR m.restated IS NULL);

-- Which members there are in each window: once, however many tests ask for it.
CREATE TEMP TABLE group_cast AS
WITH asked AS (
    SELECT DISTINCT peer_group, measure, state_no, start_year, end_year FROM group_wanted
), asked_member AS MATERIALIZED (
    -- materialized, so that figures are looked up for these only
    SELECT
        a.*, m.sheet_no, m.line_no, line_year(m.line_no, a.start_year) AS first_at, line_year(m.line_no, a.end_year) AS last_at
    FROM asked AS a
    JOIN member AS m USING (peer_group, measure, state_no)
), known AS MATERIALIZED (
    -- run_start: since which year there has been no gap
    SELECT line_year, value, min(year) OVER (PARTITION BY line_no, year - n) AS run_start
    FROM (
        SELECT line_no, line_year, year, value, row_number() OVER (PARTITION BY line_no ORDER BY year) AS n
        FROM point
        SEMI JOIN asked_member USING (line_no)
        WHERE year IS NOT NULL AND value IS NOT NULL
    )
)
SELECT
    m.peer_group, m.measure, m.state_no, m.start_year, m.end_year, m.sheet_no, count(*) AS n_members,
    count(*) FILTER (WHERE e.value > b.value) AS n_up, count(*) FILTER (WHERE e.value < b.value) AS n_down,
    list_sort(list(m.line_no)) AS members
FROM asked_member AS m
JOIN known AS e ON e.line_year = m.last_at AND e.run_start <= m.start_year
JOIN known AS b ON b.line_year = m.first_at
JOIN group_size AS z USING (peer_group)
GROUP BY m.peer_group, m.measure, m.state_no, m.start_year, m.end_year, m.sheet_no
HAVING count(*) >= any_value(z.n_needed);

CREATE TEMP TABLE group_line AS
WITH cast_ AS (
    -- most windows of a group have the same members
    SELECT row_number() OVER () AS cast_no, *
    FROM (SELECT members, min(start_year) AS first, max(end_year) AS last FROM group_cast GROUP BY members)
), yearly AS (
    SELECT
        c.cast_no, p.year, any_value(p.unit) AS unit, together(p.value, p.denominator) AS value,
        list_sort(list(p.figure_id)) AS figure_ids
    FROM (SELECT cast_no, first, last, unnest(members) AS line_no FROM cast_) AS c
    JOIN point AS p ON p.line_no = c.line_no AND p.year BETWEEN c.first AND c.last
    WHERE p.value IS NOT NULL
    GROUP BY c.cast_no, p.year
), stepped AS (
    SELECT *, value - lag(value) OVER (PARTITION BY cast_no ORDER BY year) AS step
    FROM yearly
)
SELECT
    row_number() OVER () AS group_line_no, f.* EXCLUDE (sheet_no, points), l.definition,
    list_transform(points, lambda p: figure('sum of ' || n_members || ' places', l.dataset, l.vintage, l.measure, l.definition,
        f.peer_group, year_start(p.year), year_end(p.year), p.amount, f.unit, p.ids)) AS figures
FROM (
    SELECT
        k.peer_group, k.measure, k.state_no, k.start_year, k.end_year, k.sheet_no, any_value(s.unit) AS unit,
        k.end_year - k.start_year + 1 AS n_years, any_value(k.n_members) AS n_members, any_value(k.n_up) AS n_up,
        any_value(k.n_down) AS n_down,
        round(CASE WHEN any_value(s.unit) = 'percent' THEN 1 ELSE 100 / nullif(avg(s.value), 0) END
            * regr_slope(s.value, s.year), 9) AS slope,
        moved(arg_min(s.value, s.year), arg_max(s.value, s.year), any_value(s.unit) = 'percent') AS change,
        count(*) FILTER (WHERE s.step > 0 AND s.year > k.start_year) AS n_rises,
        count(*) FILTER (WHERE s.step < 0 AND s.year > k.start_year) AS n_falls,
        count(s.step) FILTER (WHERE s.year > k.start_year) AS n_steps,
        list_sort(list(struct_pack(year := s.year, amount := s.value, ids := s.figure_ids))) AS points
    FROM group_cast AS k
    JOIN cast_ AS c USING (members)
    JOIN stepped AS s ON s.cast_no = c.cast_no AND s.year BETWEEN k.start_year AND k.end_year
    GROUP BY k.peer_group, k.measure, k.state_no, k.start_year, k.end_year, k.sheet_no
) AS f
JOIN (SELECT DISTINCT sheet_no, dataset, vintage, measure, definition FROM line) AS l USING (sheet_no);
