-- Which state of each dataset a claim may be read with: the one known on the day of the claim (or, if there
-- was none, the first one after) and the newest one known on setting.as_of.
CREATE TEMP TABLE usable_state AS
WITH known AS (
    SELECT s.dataset, s.vintage, s.published, d.evidence, t.claim_date, s.published <= t.claim_date AS contemporaneous
    FROM mart.state AS s
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

-- The part of mart.series that can matter: the measures and places spoken of, in usable states.
CREATE TEMP TABLE series AS
SELECT
    s.dataset, s.vintage, s.measure, s.definition, s.place, s.period_start, s.period_end, s.year,
    s.value, s.denominator, s.unit, s.status, [s.figure_id] AS figure_ids
FROM mart.series AS s
SEMI JOIN test_measure AS m ON m.measure = s.measure
SEMI JOIN (
    SELECT c.place FROM test_place AS t JOIN place_candidate AS c ON c.place_meant = t.place
    UNION
    SELECT g.place FROM core.peer_group AS g
    SEMI JOIN (SELECT peer_group FROM test_peer_group UNION SELECT peer_group FROM test_sum) AS t USING (peer_group)
) AS p ON p.place = s.place
SEMI JOIN usable_state AS u ON (u.dataset, u.vintage) = (s.dataset, s.vintage);

-- A statement about a group needs figures of at least half of it.
CREATE TEMP TABLE group_size AS
SELECT peer_group, count(*) AS n_members, count(*) / 2 AS n_needed FROM core.peer_group GROUP BY peer_group;

-- The places of a group taken together are one more place, named after the group, how many of its members have a figure
-- in each of the years compared, and those years. In other years it has a figure where all of these members have one.
CREATE TEMP TABLE group_series AS
WITH wanted AS (
    SELECT DISTINCT g.peer_group, g.years, g.label, m.measure FROM test_sum AS g JOIN test_measure AS m USING (test_id, role)
), member AS (
    SELECT w.peer_group, w.years, w.label, w.measure, s.dataset, s.vintage, s.definition, s.place
    FROM wanted AS w
    JOIN core.peer_group AS p USING (peer_group)
    JOIN series AS s ON (s.place, s.measure) = (p.place, w.measure) AND list_contains(w.years, s.year)
    WHERE s.value IS NOT NULL
    GROUP BY ALL
    HAVING count(*) = len(any_value(w.years))
), panel AS (
    SELECT *, count(*) OVER (PARTITION BY peer_group, label, measure, dataset, vintage, definition) AS n_places
    FROM member
)
SELECT
    p.peer_group || '@' || p.label AS place_meant, p.peer_group || '+' || p.n_places || '@' || p.label AS place,
    s.dataset, s.vintage, s.measure, s.definition, s.period_start, s.period_end, s.year,
    CASE WHEN count(s.value) = any_value(p.n_places) THEN together(s.value, s.denominator) END AS value,
    CASE WHEN count(s.value) = any_value(p.n_places) THEN sum(s.denominator) END AS denominator,
    any_value(s.unit) AS unit, CASE WHEN count(s.value) = any_value(p.n_places) THEN 'final' ELSE 'not_reported' END AS status,
    flatten(list(s.figure_ids ORDER BY s.place)) AS figure_ids
FROM panel AS p
JOIN group_size AS z USING (peer_group)
JOIN series AS s USING (dataset, vintage, measure, definition, place)
WHERE s.year IS NOT NULL AND p.n_places >= greatest(2, z.n_needed)
GROUP BY p.peer_group, p.label, p.n_places, s.dataset, s.vintage, s.measure, s.definition, s.period_start, s.period_end, s.year;

INSERT INTO series BY NAME SELECT * EXCLUDE (place_meant) FROM group_series;

INSERT INTO place_candidate SELECT DISTINCT place_meant, place, 'exact' FROM group_series;

INSERT INTO test_place SELECT test_id, role, 0, peer_group || '@' || label, 1 FROM test_sum;

-- Which series can serve for which place of which test.
CREATE TEMP TABLE candidate AS
SELECT
    t.test_id, t.kind, t.claim_date, p.role, p.meaning, p.n_places, p.place AS place_meant, c.place, c.fit,
    m.measure, m.restated, s.definition, u.dataset, u.vintage, u.contemporaneous, u.latest, u.evidence
FROM test AS t
JOIN test_place AS p USING (test_id)
JOIN test_measure AS m USING (test_id, role)
JOIN place_candidate AS c ON c.place_meant = p.place
JOIN usable_state AS u USING (claim_date)
JOIN (
    SELECT dataset, vintage, place, measure, definition FROM series
    UNION
    SELECT dataset, vintage, place, measure, definition FROM mart.daily_series
) AS s
    ON (s.dataset, s.vintage, s.place, s.measure) = (u.dataset, u.vintage, c.place, m.measure)
WHERE (m.definitions IS NULL OR list_contains(m.definitions, s.definition))
    AND ((t.peer_of IS NULL AND m.restated IS NULL) OR u.latest);
