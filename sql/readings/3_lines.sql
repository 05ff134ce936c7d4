-- Which state of each dataset a claim may be read with: the one known on the day of the claim (or, if there
-- was none, the first one after) and the newest one known on setting.as_of.
CREATE TEMP TABLE usable_state AS
WITH known AS (
    SELECT
        s.state_no, s.dataset, s.vintage, s.published, d.evidence, t.claim_date, s.published <= t.claim_date AS contemporaneous
    FROM (SELECT *, row_number() OVER (ORDER BY dataset, vintage)::INTEGER AS state_no FROM mart.state) AS s
    JOIN meta.dataset AS d USING (dataset)
    CROSS JOIN (SELECT DISTINCT claim_date FROM test) AS t
    WHERE s.published <= coalesce((SELECT as_of FROM setting), DATE '9999-12-31')
)
SELECT *, vintage = max(vintage) OVER w AS latest
FROM known
WINDOW w AS (PARTITION BY claim_date, dataset)
QUALIFY vintage = max(vintage) OVER w
    OR vintage = coalesce(
        max(vintage) FILTER (WHERE contemporaneous) OVER w,
        min(vintage) OVER w
    );

-- A place is meant; which places' figures can serve.
CREATE TEMP TABLE place_candidate AS
SELECT place AS place_meant, place, 'exact' AS fit FROM core.place
UNION ALL
SELECT place, stands_in, fit FROM core.place_fit;

-- A statement about a group needs figures of at least half of it.
CREATE TEMP TABLE group_size AS
SELECT peer_group, count(*) AS n_members, count(*) / 2 AS n_needed FROM core.peer_group GROUP BY peer_group;

-- The part of mart.series that can matter: in usable states, each measure spoken of for the places and groups of which it is
-- spoken. Each series has a number ("line"), so that what follows compares one integer instead of five words; lines of
-- different places from the same state of a dataset, measure and definition are one "sheet", within which places are compared.
-- (Rows, as in (a, b) = (c, d), are compared as structs of words: the slowest way to join, and one that cannot be planned.)
CREATE TEMP TABLE line AS
WITH asked AS (
    SELECT m.measure, c.place
    FROM (SELECT test_id, role, place FROM test_place UNION ALL SELECT test_id, role, place FROM peer JOIN peer_role USING (test_id)) AS t
    JOIN test_measure AS m USING (test_id, role)
    JOIN place_candidate AS c ON c.place_meant = t.place
    UNION
    SELECT m.measure, c.place
    FROM (SELECT test_id, peer_group FROM test_peer_group UNION ALL SELECT test_id, peer_group FROM test_sum) AS t
    JOIN test AS k USING (test_id)
    JOIN test_measure AS m USING (test_id)
    -- these two try other groups than those that are named
    JOIN core.peer_group AS g ON g.peer_group = t.peer_group OR k.kind IN ('places', 'attribution')
    JOIN place_candidate AS c ON c.place_meant = g.place
), found AS (
    SELECT dataset, vintage, place, measure, definition FROM mart.series SEMI JOIN asked USING (measure, place)
    UNION
    SELECT dataset, vintage, place, measure, definition FROM mart.daily_series SEMI JOIN asked USING (measure, place)
)
SELECT row_number() OVER ()::INTEGER AS line_no, s.sheet_no, u.state_no, dataset, vintage, place, measure, definition
FROM found
JOIN (SELECT DISTINCT state_no, dataset, vintage FROM usable_state) AS u USING (dataset, vintage)
JOIN (
    SELECT *, row_number() OVER ()::INTEGER AS sheet_no FROM (SELECT DISTINCT dataset, vintage, measure, definition FROM found)
) AS s USING (dataset, vintage, measure, definition);

-- The lines of the members of each group.
CREATE TEMP TABLE member AS
SELECT g.peer_group, l.measure, l.state_no, l.sheet_no, l.line_no, l.place FROM core.peer_group AS g JOIN line AS l USING (place);

-- Their figures; line_year finds one by its year.
CREATE TEMP TABLE point AS
SELECT
    l.line_no, line_year(l.line_no, s.year) AS line_year, s.period_start, s.period_end, s.year::INTEGER AS year, s.value,
    s.denominator, s.unit, s.status, s.figure_id
FROM mart.series AS s
JOIN line AS l USING (dataset, vintage, place, measure, definition);

-- Figures of groups taken together (3_groups.sql), each made from several.
CREATE TEMP TABLE sum_point AS SELECT * EXCLUDE (line_year, figure_id), [figure_id] AS figure_ids FROM point LIMIT 0;

CREATE TEMP VIEW figure_point AS
SELECT * EXCLUDE (line_year, figure_id), [figure_id] AS figure_ids FROM point UNION ALL FROM sum_point;

CREATE TEMP VIEW series AS
SELECT l.*, p.* EXCLUDE (line_no) FROM line AS l JOIN figure_point AS p USING (line_no);
