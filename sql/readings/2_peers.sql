-- Uniqueness: the same sentence about the other members of the groups that the place (or an agency that stands in for
-- it) belongs to. Each such peer is read by the stated meanings of the test, in the newest state only.
INSERT INTO peer
WITH subject AS (
    SELECT p.test_id, any_value(p.place) AS place
    FROM test_place AS p
    JOIN test AS t USING (test_id)
    WHERE p.role = 'subject' AND p.meaning = 0 AND p.n_places = 1
        AND t.kind IN ('threshold', 'share', 'change', 'record', 'trend')
    GROUP BY p.test_id
), also AS (
    SELECT place AS meant, place FROM core.place UNION ALL SELECT place, stands_in FROM core.place_fit
), neighbour AS (
    -- of each place once, however many tests are about it
    SELECT DISTINCT o.meant AS subject, g.peer_group, m.place
    FROM also AS o
    SEMI JOIN subject AS s ON s.place = o.meant
    JOIN core.peer_group AS g ON g.place = o.place
    JOIN core.peer_group AS m ON m.peer_group = g.peer_group
    ANTI JOIN also AS own ON own.meant = o.meant AND own.place = m.place
)
SELECT s.test_id, n.peer_group, n.place
FROM subject AS s
JOIN neighbour AS n ON n.subject = s.place;
