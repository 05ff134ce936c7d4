-- Uniqueness: the same sentence about the other members of the groups that the place (or an agency that stands in for
-- it) belongs to. Each such peer is a test of its own, read by its stated meanings in the newest state only.
INSERT INTO peer
WITH subject AS (
    SELECT p.test_id, any_value(p.place) AS place
    FROM test_place AS p
    JOIN test AS t USING (test_id)
    WHERE p.role = 'subject' AND p.meaning = 0 AND p.n_places = 1
        AND t.kind IN ('threshold', 'share', 'change', 'record', 'trend')
    GROUP BY p.test_id
), own AS (
    SELECT s.test_id, s.place, c.place AS also
    FROM subject AS s
    JOIN (SELECT place AS meant, place FROM core.place UNION ALL SELECT place, stands_in FROM core.place_fit) AS c
        ON c.meant = s.place
), neighbour AS (
    SELECT DISTINCT o.test_id, o.place AS subject, g.peer_group, m.place
    FROM own AS o
    JOIN core.peer_group AS g ON g.place = o.also
    JOIN core.peer_group AS m ON m.peer_group = g.peer_group
    WHERE m.place NOT IN (SELECT also FROM own AS x WHERE x.test_id = o.test_id)
), numbered AS (
    SELECT test_id, place, row_number() OVER (ORDER BY test_id, place) AS n
    FROM (SELECT DISTINCT test_id, place FROM neighbour)
)
SELECT n.*, (SELECT max(test_id) FROM test) + u.n AS peer_id
FROM neighbour AS n
JOIN numbered AS u USING (test_id, place);

INSERT INTO test
SELECT t.* REPLACE (p.peer_id AS test_id, t.test_id AS peer_of)
FROM test AS t
JOIN (SELECT DISTINCT test_id, peer_id FROM peer) AS p USING (test_id);

INSERT INTO test_place
SELECT DISTINCT p.peer_id, t.role, 0, p.place, 1
FROM test_place AS t
JOIN peer AS p USING (test_id)
WHERE t.meaning = 0;

INSERT INTO test_measure
SELECT t.* REPLACE (p.peer_id AS test_id)
FROM test_measure AS t
JOIN (SELECT DISTINCT test_id, peer_id FROM peer) AS p USING (test_id)
WHERE t.restated IS NULL;

INSERT INTO test_period
SELECT t.* REPLACE (p.peer_id AS test_id)
FROM test_period AS t
JOIN (SELECT DISTINCT test_id, peer_id FROM peer) AS p USING (test_id);
