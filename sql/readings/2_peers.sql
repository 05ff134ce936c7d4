-- Uniqueness: the same sentence about the other members of the groups that the place (or an agency that stands in for
-- it) belongs to. Each such peer is read by the stated meanings of the test, in the newest state only. No peer is a place that
-- the test is about, under any of its names, or a part of the place.
INSERT INTO peer
WITH subject AS (
    -- of a ratio the place that is said to have so many times what another, or itself, has
    SELECT p.test_id, any_value(p.place) AS place
    FROM test_place AS p
    JOIN test AS t USING (test_id)
    WHERE p.role = CASE WHEN t.kind = 'ratio' THEN 'of' ELSE 'subject' END AND p.meaning = 0 AND p.n_places = 1
        AND t.kind IN ('value', 'threshold', 'share', 'ratio', 'change', 'record', 'trend')
    GROUP BY p.test_id
), also AS (
    SELECT place AS meant, place FROM core.place UNION ALL SELECT place, stands_in FROM core.place_fit
), within AS (
    SELECT p.place AS meant, a.place FROM core.place_part AS p JOIN also AS a ON a.meant = p.part
), neighbour AS (
    -- of each place once, however many tests are about it
    SELECT DISTINCT o.meant AS subject, g.peer_group, m.place
    FROM also AS o
    SEMI JOIN subject AS s ON s.place = o.meant
    JOIN core.peer_group AS g ON g.place = o.place
    JOIN core.peer_group AS m ON m.peer_group = g.peer_group
    ANTI JOIN within AS i ON i.meant = o.meant AND i.place = m.place
), named AS (
    SELECT p.test_id, a.place FROM test_place AS p JOIN also AS a ON a.meant = p.place
    UNION
    -- an agency that stands in for it has its figures
    SELECT p.test_id, f.place FROM test_place AS p JOIN core.place_fit AS f ON f.stands_in = p.place
)
SELECT s.test_id, n.peer_group, n.place
FROM subject AS s
JOIN neighbour AS n ON n.subject = s.place
ANTI JOIN named AS o ON o.test_id = s.test_id AND o.place = n.place;

-- Of a ratio to another place, that place stays; of two periods or measures of one place, both are the peer's.
INSERT INTO peer_role
SELECT t.test_id, r.role
FROM test AS t
SEMI JOIN peer USING (test_id)
JOIN (VALUES ('subject'), ('of'), ('to')) AS r(role)
    ON CASE r.role WHEN 'subject' THEN t.kind <> 'ratio' WHEN 'of' THEN t.kind = 'ratio' ELSE t.kind = 'ratio' AND t.same_place END;
