-- Uniqueness of a test: among the peers of the group that has most of them decided (at least five), the share of
-- which the same sentence is true.
CREATE TEMP TABLE uniqueness AS
WITH answer AS (
    SELECT
        test_id, place, coalesce(sum(exact(weight)) FILTER (WHERE outcome = 'holds'), 0) AS holds,
        coalesce(sum(exact(weight)) FILTER (WHERE outcome = 'fails'), 0) AS fails
    FROM peer_reading
    GROUP BY test_id, place
    HAVING holds + fails > 0
), grouped AS (
    SELECT test_id, peer_group, count(*) AS n_peers, count(*) FILTER (WHERE holds >= fails) AS n_true
    FROM peer
    JOIN answer USING (test_id, place)
    GROUP BY test_id, peer_group
    HAVING count(*) >= 5
)
SELECT test_id, n_true / n_peers AS share, n_true, n_peers, l.title, peer_group
FROM grouped
JOIN core.peer_group_list AS l USING (peer_group)
QUALIFY row_number() OVER (PARTITION BY test_id ORDER BY n_peers DESC, peer_group) = 1;
