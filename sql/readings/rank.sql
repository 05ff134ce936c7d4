-- rank: the place among the members of a peer group by the figures of one year, or of the same days of it. Peers are compared within one
-- state, dataset and definition; the place too where that has it, else by another source, which is said.
-- Members whose figure was not reported are not ranked; at least half of the group must be.
-- A count of part of the place is at least that of the place: it comes no further down from the highest, and no nearer to the lowest.
INSERT INTO reading BY NAME
WITH years AS (
    SELECT test_id, coalesce(span, 'year') AS span, year, true AS stated, NULL::DOUBLE AS nearness, NULL::INTEGER AS steps FROM test WHERE kind = 'rank'
    UNION ALL
    -- years near it, as for shares and ratios
    SELECT test_id, coalesce(span, 'year'), year + v.shift, false, v.nearness, v.steps
    FROM test
    CROSS JOIN near_year AS v
    WHERE kind = 'rank' AND year <> first_open_year(span, claim_date) - 1 AND year + v.shift < first_open_year(span, claim_date)
), shared AS (
    SELECT *, period_share(test_id, nearness) AS share FROM years
), subject AS (
    SELECT c.*, l.state_no, y.span, y.year, s.period_start, s.period_end, y.stated AND c.restated IS NULL AS stated,
        y.nearness, y.share, y.steps, s.value, s.unit, s.status,
        [s.figure_id] AS figure_ids
    FROM candidate AS c
    JOIN shared AS y USING (test_id)
    JOIN line AS l USING (line_no)
    LEFT JOIN part_line AS p ON p.of_line = c.line_no AND p.span = y.span
    JOIN any_point AS s ON s.line_year = line_year(CASE y.span WHEN 'year' THEN c.line_no ELSE p.line_no END, y.year)
), pool AS (
    -- the members of a group with their figures, once for all tests that ask for it
    SELECT
        peer_group, measure, span, w.year, any_value(state_no) AS state_no, any_value(m.line_no) AS line_no,  -- all are of one sheet
        -- in the order of their places; quicker than an ordered list
        list_sort(list(struct_pack(place := place, amount := value, id := figure_id))) AS members
    FROM (
        SELECT DISTINCT g.peer_group, m.measure, y.span, y.year
        FROM years AS y
        JOIN test_peer_group AS g USING (test_id)
        JOIN test_measure AS m USING (test_id)
    ) AS w
    JOIN any_member AS m USING (peer_group, measure, span)
    JOIN any_point AS s ON s.line_year = line_year(m.line_no, w.year)
    WHERE value IS NOT NULL
    GROUP BY peer_group, measure, span, w.year, sheet_no
), own AS (
    -- the place itself, under any of its names, is no peer of itself
    SELECT test_id, list(place) AS places FROM own_place WHERE kind = 'rank' GROUP BY test_id
), inside AS (
    -- which of the groups it belongs to
    SELECT DISTINCT o.test_id, g.peer_group FROM own_place AS o JOIN core.peer_group AS g USING (place) WHERE o.kind = 'rank'
), grouped AS MATERIALIZED (
    -- with which groups
    SELECT
        s.* EXCLUDE (nearness, share, stated), s.stated AND g.nearness IS NULL AS stated,
        nearness_of(s.nearness, s.share, s.restated, g.nearness) AS nearness, t.direction, t.nth, t.within_share, g.peer_group
    FROM subject AS s
    JOIN test AS t USING (test_id)
    JOIN test_peer_group AS g USING (test_id)
    WHERE g.nearness IS NULL OR (s.latest AND s.restated IS NULL)
), asked AS MATERIALIZED (
    -- by which states
    SELECT s.* EXCLUDE (state_no), u.state_no
    FROM grouped AS s
    JOIN usable_state AS u ON u.claim_date = s.claim_date AND (u.latest OR u.state_no = s.state_no)
), met AS (
    SELECT
        s.*, l.dataset AS peer_dataset, l.vintage AS peer_vintage, l.definition AS peer_definition, z.n_needed,
        l.dataset = s.dataset AND l.vintage = s.vintage AND l.definition = s.definition AS same_source,
        list_filter(p.members, lambda x: NOT list_contains(o.places, x.place)) AS peers
    FROM asked AS s
    JOIN pool AS p USING (peer_group, measure, span, year, state_no)
    JOIN any_line AS l ON l.line_no = p.line_no
    JOIN own AS o USING (test_id)
    JOIN group_size AS z USING (peer_group)
), compared AS MATERIALIZED (
    SELECT
        * EXCLUDE (peers), lack_of(value, status) AS lack,
        len(peers) AS n_peers,
        1 + len(list_filter(peers, lambda x:
            CASE direction WHEN 'highest' THEN x.amount > value ELSE x.amount < value END)) AS rank,
        list_aggregate(list_transform(peers, lambda x: x.amount), 'median') AS peer_median,
        list_transform(peers, lambda x: x.id) AS peer_ids,
        CASE WHEN part_bound(fit, k.kind) = 'lower' THEN CASE direction WHEN 'highest' THEN 'upper' ELSE 'lower' END END AS bound
    FROM met
    JOIN (SELECT measure, kind FROM core.measure) AS k USING (measure)
    WHERE len(peers) >= greatest(5, n_needed)
), with_own AS (
    -- found by a join and not by a window, through which all the lists of peers would go
    SELECT DISTINCT test_id, year, meaning, measure, peer_group, dataset, vintage, definition, true AS has_same_source
    FROM compared
    WHERE same_source AND value IS NOT NULL
), shown AS MATERIALIZED (
    SELECT *
    FROM compared
    LEFT JOIN with_own USING (test_id, year, meaning, measure, peer_group, dataset, vintage, definition)
    WHERE same_source OR has_same_source IS NULL
), ways AS (
    -- in how many ways each year is read by the measure of the words, and by the other one: which has more sources weighs no more for it
    SELECT
        test_id, year, peer_group,
        greatest(1, count(*) FILTER (WHERE restated IS NULL)) / count(*) FILTER (WHERE restated IS NOT NULL) AS of_each
    FROM shown
    WHERE value IS NOT NULL AND latest
    GROUP BY test_id, year, peer_group
    HAVING bool_or(restated IS NOT NULL)
)
SELECT
    test_id, stated, meaning, nearness * CASE WHEN restated IS NULL THEN 1 ELSE coalesce(w.of_each, 1) END AS nearness, steps, restated,
    restated_words(span_words(period_start, period_end) || ', among ' ||
            CASE WHEN i.peer_group IS NULL THEN members_words(n_peers, l.title) || ' and itself' ELSE members_words(n_peers + 1, l.title) END
        || CASE WHEN same_source THEN '' ELSE ' (peers from ' || peer_dataset || ')' END, restated) AS variant,
    dataset, vintage, contemporaneous, definition, place, fit, evidence, 'exact' AS period_fit,
    CASE WHEN value IS NOT NULL THEN rank END AS value, 'rank from ' || direction AS unit,
    NULL AS low, false AS low_open, coalesce(nth, floor(within_share * (n_peers + 1))) AS high, false AS high_open,
    outcome(CASE WHEN value IS NOT NULL THEN rank END, NULL, false, coalesce(nth, floor(within_share * (n_peers + 1))), false, bound) AS outcome,
    CASE WHEN lack = 'partial' THEN 'the figure covers only part of the year'
        WHEN lack = 'no_population' THEN 'there is no population of ' || year_of_span(period_start, period_end) || ' to divide by'
        WHEN lack IS NOT NULL THEN 'the figure was not reported'
        WHEN outcome = 'undetermined' THEN 'only part of the place is counted: the whole has this many or more' END AS why,
    lacks_of(lack, NULL) AS lacks,
    CASE WHEN value IS NOT NULL THEN rank || '|' || (n_peers + 1) END AS closest,
    period_start AS window_start, period_end AS window_end, peer_group, n_peers,
    [figure('figure', dataset, vintage, measure, definition, place, period_start, period_end, value, unit, behind(figure_ids, n, ids_of)),
     figure('median of ' || n_peers || ' peers', peer_dataset, peer_vintage, measure, peer_definition, peer_group,
        period_start, period_end, peer_median, unit, behind(peer_ids, n, ids_of))] AS figures
FROM shown
JOIN core.peer_group_list AS l USING (peer_group)
LEFT JOIN inside AS i USING (test_id, peer_group)
LEFT JOIN ways AS w USING (test_id, year, peer_group)
CROSS JOIN part_ids;
