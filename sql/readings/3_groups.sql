-- The places of a group taken together are one more place, named after the group, how many of its members have a figure
-- in each of the years compared, and those years. In other years it has a figure where all of these members have one.
CREATE TEMP TABLE group_series AS
WITH wanted AS (
    SELECT DISTINCT g.peer_group, g.years, g.label, m.measure FROM test_sum AS g JOIN test_measure AS m USING (test_id, role)
), member AS (
    SELECT w.peer_group, w.years, w.label, w.measure, s.dataset, s.vintage, s.definition, s.place
    FROM wanted AS w
    JOIN core.peer_group AS p USING (peer_group)
    JOIN series AS s ON s.place = p.place AND s.measure = w.measure AND list_contains(w.years, s.year)
    WHERE s.value IS NOT NULL
    GROUP BY ALL
    HAVING count(*) = len(any_value(w.years))
), panel AS (
    SELECT *, count(*) OVER (PARTITION BY peer_group, label, measure, dataset, vintage, definition) AS n_places
    FROM member
)
SELECT
    p.peer_group || '@' || p.label AS place_meant, p.peer_group || '+' || p.n_places || '@' || p.label AS place,
    s.state_no, s.dataset, s.vintage, s.measure, s.definition, s.period_start, s.period_end, s.year,
    CASE WHEN count(s.value) = any_value(p.n_places) THEN together(s.value, s.denominator) END AS value,
    CASE WHEN count(s.value) = any_value(p.n_places) THEN sum(s.denominator) END AS denominator,
    any_value(s.unit) AS unit, CASE WHEN count(s.value) = any_value(p.n_places) THEN 'final' ELSE 'not_reported' END AS status,
    flatten(list(s.figure_ids ORDER BY s.place)) AS figure_ids,
    p.peer_group, p.n_places, any_value(z.n_members) AS n_members
FROM panel AS p
JOIN group_size AS z USING (peer_group)
JOIN series AS s USING (dataset, vintage, measure, definition, place)
WHERE s.year IS NOT NULL AND p.n_places >= greatest(2, z.n_needed)
GROUP BY
    p.peer_group, p.label, p.n_places, s.state_no, s.dataset, s.vintage, s.measure, s.definition, s.period_start, s.period_end,
    s.year;

INSERT INTO line
SELECT
    (SELECT max(line_no) FROM line) + row_number() OVER (), (SELECT max(sheet_no) FROM line) + row_number() OVER (),
    state_no, dataset, vintage, place, measure, definition
FROM (SELECT DISTINCT state_no, dataset, vintage, place, measure, definition FROM group_series);

INSERT INTO sum_point BY NAME
SELECT l.line_no, g.* EXCLUDE (place_meant, state_no, dataset, vintage, place, measure, definition, peer_group, n_places, n_members)
FROM group_series AS g
JOIN line AS l USING (dataset, vintage, place, measure, definition);

-- Where members have no figure, what the others count is only part of what the group does; of changes the same places are compared.
INSERT INTO group_taken
SELECT DISTINCT
    place, peer_group, n_places,
    CASE WHEN n_places < n_members THEN n_places || ' of ' || n_members || ' places of the group have a figure: all have this many or more' END
FROM group_series;

INSERT INTO place_candidate SELECT DISTINCT place_meant, place, 'exact' FROM group_series;

INSERT INTO test_place SELECT test_id, role, 0, peer_group || '@' || label, 1 FROM test_sum;
