-- rank: the place among the members of a peer group by the figures of one year. Peers are compared within one
-- state, dataset and definition; the place too where that has it, else by another source, which is said.
-- Members whose figure was not reported are not ranked; at least half of the group must be.
INSERT INTO reading BY NAME
WITH years AS (
    SELECT test_id, year, true AS stated, NULL::DOUBLE AS nearness FROM test WHERE kind = 'rank'
    UNION ALL
    -- adjacent years, as for shares and ratios
    SELECT test_id, year + v.shift, false, 0.5 FROM test CROSS JOIN (VALUES (-1), (1)) AS v(shift)
    WHERE kind = 'rank' AND year <> year(claim_date) - 1 AND year + v.shift < year(claim_date)
), subject AS (
    SELECT c.*, y.year, y.stated, y.nearness, s.value, s.unit, s.status, s.figure_ids
    FROM candidate AS c
    JOIN years AS y USING (test_id)
    JOIN series AS s
        ON (s.dataset, s.vintage, s.place, s.measure, s.definition, s.year)
        = (c.dataset, c.vintage, c.place, c.measure, c.definition, y.year)
    WHERE y.stated OR c.latest
), pool AS (
    SELECT
        t.test_id, y.year, u.dataset, u.vintage, u.latest, s.definition, g.peer_group, z.n_needed, p.place, s.value, s.figure_ids
    FROM test AS t
    JOIN years AS y USING (test_id)
    JOIN test_peer_group AS g USING (test_id)
    JOIN core.peer_group AS p USING (peer_group)
    JOIN group_size AS z USING (peer_group)
    JOIN test_measure AS m USING (test_id)
    JOIN usable_state AS u USING (claim_date)
    JOIN series AS s
        ON (s.dataset, s.vintage, s.place, s.measure, s.year) = (u.dataset, u.vintage, p.place, m.measure, y.year)
    WHERE t.kind = 'rank' AND s.value IS NOT NULL
        -- the place itself, under any of its names, is no peer of itself
        AND p.place NOT IN (SELECT c.place FROM candidate AS c WHERE c.test_id = t.test_id)
), big_enough AS (
    SELECT *, count(*) OVER p AS n_peers
    FROM pool
    WINDOW p AS (PARTITION BY test_id, year, peer_group, dataset, vintage, definition)
    QUALIFY n_peers >= greatest(5, n_needed)
), compared AS (
    SELECT
        s.test_id, s.stated, s.meaning, s.nearness, s.year, s.dataset, s.vintage, s.contemporaneous, s.definition, s.place,
        s.fit, s.evidence, s.measure, s.value, s.unit, s.status, s.figure_ids,
        p.peer_group, p.dataset AS peer_dataset, p.vintage AS peer_vintage, p.definition AS peer_definition,
        t.direction, t.nth, t.within_share,
        (p.dataset, p.vintage, p.definition) = (s.dataset, s.vintage, s.definition) AS same_source,
        count(*) AS n_peers,
        1 + count(*) FILTER (WHERE CASE t.direction WHEN 'highest' THEN p.value > s.value ELSE p.value < s.value END) AS rank,
        median(p.value) AS peer_median,
        flatten(list(p.figure_ids ORDER BY p.place)) AS peer_keys
    FROM subject AS s
    JOIN test AS t USING (test_id)
    JOIN big_enough AS p ON p.test_id = s.test_id AND p.year = s.year
    WHERE p.latest OR (p.dataset, p.vintage) = (s.dataset, s.vintage)
    GROUP BY ALL
), chosen AS (
    SELECT *, bool_or(same_source AND value IS NOT NULL) OVER (PARTITION BY test_id, year, meaning, peer_group, dataset, vintage, definition) AS has_same_source
    FROM compared
)
SELECT
    test_id, stated, meaning, nearness,
    year || ', among ' || (n_peers + 1) || ' ' || lower(l.title[1]) || l.title[2:]
        || CASE WHEN same_source THEN '' ELSE ' (peers from ' || peer_dataset || ')' END AS variant,
    dataset, vintage, contemporaneous, definition, place, fit, evidence, 'exact' AS period_fit,
    CASE WHEN value IS NOT NULL THEN rank END AS value, 'rank from ' || direction AS unit,
    NULL AS low, false AS low_open, coalesce(nth, floor(within_share * (n_peers + 1))) AS high, false AS high_open,
    outcome(CASE WHEN value IS NOT NULL THEN rank END, NULL, false, coalesce(nth, floor(within_share * (n_peers + 1))), false, NULL) AS outcome,
    CASE WHEN value IS NULL AND status = 'partial' THEN 'the figure covers only part of the year'
        WHEN value IS NULL THEN 'the figure was not reported' END AS why,
    CASE WHEN value IS NOT NULL THEN rank || '|' || (n_peers + 1) END AS closest,
    [figure('figure', dataset, vintage, measure, definition, place, year_start(year), year_end(year), value, unit, figure_ids),
     figure('median of ' || n_peers || ' peers', peer_dataset, peer_vintage, measure, peer_definition, peer_group,
        year_start(year), year_end(year), peer_median, unit, peer_keys)] AS figures
FROM chosen
JOIN core.peer_group_list AS l USING (peer_group)
WHERE same_source OR NOT has_same_source;
