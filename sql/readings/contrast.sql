-- contrast: the place moved one way from the first to the last year of a window while its peers, taken together
-- (those with both years, at least half of the group), moved the other way. Both by the same state of the same dataset; value is how far they moved apart.
INSERT INTO reading BY NAME
WITH windows AS (
    SELECT test_id, start_year, end_year, true AS stated, NULL::DOUBLE AS nearness
    FROM test WHERE kind = 'contrast'
    UNION ALL
    SELECT test_id, start_year + i.shift, end_year + j.shift, false, 1.0 / (abs(i.shift) + abs(j.shift))
    FROM test
    CROSS JOIN (VALUES (-1), (0), (1)) AS i(shift)
    CROSS JOIN (VALUES (-1), (0), (1)) AS j(shift)
    WHERE kind = 'contrast' AND (i.shift <> 0 OR j.shift <> 0) AND end_year + j.shift > start_year + i.shift
        AND end_year + j.shift < year(claim_date)
), move AS (
    SELECT
        b.dataset, b.vintage, b.definition, b.measure, b.place, w.test_id, w.start_year, w.end_year, w.stated, w.nearness,
        b.value AS first, e.value AS last, b.unit, b.figure_ids AS first_keys, e.figure_ids AS last_keys
    FROM windows AS w
    JOIN test_measure AS m USING (test_id)
    JOIN series AS b ON b.measure = m.measure AND b.year = w.start_year
    JOIN series AS e
        ON (e.dataset, e.vintage, e.definition, e.measure, e.place, e.year)
        = (b.dataset, b.vintage, b.definition, b.measure, b.place, w.end_year)
), subject AS (
    SELECT c.meaning, c.fit, c.contemporaneous, c.latest, c.evidence, m.*
    FROM candidate AS c
    JOIN move AS m
        ON (m.test_id, m.dataset, m.vintage, m.measure, m.place, m.definition)
        = (c.test_id, c.dataset, c.vintage, c.measure, c.place, c.definition)
    WHERE m.stated OR c.latest
), peers AS (
    SELECT
        g.test_id, g.peer_group, m.dataset, m.vintage, m.definition, m.measure, m.start_year, m.end_year,
        z.n_needed, count(*) AS n_peers, sum(m.first) AS first, sum(m.last) AS last,
        flatten(list(m.first_keys ORDER BY m.place)) AS first_keys, flatten(list(m.last_keys ORDER BY m.place)) AS last_keys
    FROM test_peer_group AS g
    JOIN core.peer_group AS p USING (peer_group)
    JOIN group_size AS z USING (peer_group)
    JOIN move AS m ON m.test_id = g.test_id AND m.place = p.place
    WHERE m.first IS NOT NULL AND m.last IS NOT NULL
        AND p.place NOT IN (SELECT c.place FROM candidate AS c WHERE c.test_id = g.test_id)
    GROUP BY ALL
    HAVING count(*) >= greatest(3, z.n_needed)
), compared AS (
    SELECT
        s.*, p.peer_group, p.n_peers, p.first AS peer_first, p.last AS peer_last,
        p.first_keys AS peer_first_keys, p.last_keys AS peer_last_keys,
        100 * (s.last - s.first) / nullif(s.first, 0) AS change_pct,
        100 * (p.last - p.first) / nullif(p.first, 0) AS peer_change_pct,
        CASE t.direction WHEN 'rising' THEN 1 ELSE -1 END AS sign
    FROM subject AS s
    JOIN test AS t USING (test_id)
    JOIN peers AS p
        ON (p.test_id, p.dataset, p.vintage, p.definition, p.measure, p.start_year, p.end_year)
        = (s.test_id, s.dataset, s.vintage, s.definition, s.measure, s.start_year, s.end_year)
)
SELECT
    test_id, stated, meaning, nearness,
    start_year || ' to ' || end_year || ', against ' || n_peers || ' ' || lower(l.title[1]) || l.title[2:] AS variant,
    dataset, vintage, contemporaneous, definition, place, fit, evidence, 'exact' AS period_fit,
    change_pct - peer_change_pct AS value, 'percentage points' AS unit,
    CASE WHEN sign = 1 THEN 0 END AS low, true AS low_open, CASE WHEN sign = -1 THEN 0 END AS high, true AS high_open,
    CASE
        WHEN change_pct IS NULL OR peer_change_pct IS NULL THEN 'missing'
        WHEN sign * change_pct > 0 AND sign * peer_change_pct < 0 THEN 'holds'
        ELSE 'fails'
    END AS outcome,
    CASE WHEN change_pct IS NULL THEN 'a figure of the first or the last year is not usable' END AS why,
    concat(change_pct, '|', peer_change_pct) AS closest,
    [figure('first year', dataset, vintage, measure, definition, place, year_start(start_year), year_end(start_year), first, unit, first_keys),
     figure('last year', dataset, vintage, measure, definition, place, year_start(end_year), year_end(end_year), last, unit, last_keys),
     figure('peers, first year', dataset, vintage, measure, definition, peer_group, year_start(start_year), year_end(start_year), peer_first, unit, peer_first_keys),
     figure('peers, last year', dataset, vintage, measure, definition, peer_group, year_start(end_year), year_end(end_year), peer_last, unit, peer_last_keys)] AS figures
FROM compared
JOIN core.peer_group_list AS l USING (peer_group);
