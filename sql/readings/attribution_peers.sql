-- attribution, against other places: the change less that of the peers taken together, and the same of each peer against the
-- other peers, as if it had had the cause: placebos in space after Abadie, Diamond and Hainmueller (2010), JASA 105, 493-505,
-- with the mean of the peers as the control. Peers have all years, by the same state of the same dataset; one that counted
-- nothing before has no percentage. Neither the place under any of its names nor what lies in it is a peer, of any of them: what
-- the cause did to a large place would make its peers look as if they had moved the other way. With the change less that of all
-- peers goes what it would be without any one of them: it shows whether one place makes it, and decides nothing. The group named
-- first is meant;
-- others that are named, and others that the place is in, are nearby readings, and so is the group that is meant over other numbers of
-- years.
INSERT INTO reading BY NAME
WITH this_slice AS (
    SELECT test_id FROM test
    WHERE kind = 'attribution' AND test_id BETWEEN getvariable('first_test') AND getvariable('last_test')
), effect AS (
    FROM attribution_effect SEMI JOIN this_slice USING (test_id) WHERE change IS NOT NULL
), alias AS (
    SELECT DISTINCT test_id, place FROM candidate SEMI JOIN this_slice USING (test_id)
), own AS (
    FROM alias
    UNION
    SELECT a.test_id, f.place FROM alias AS a JOIN core.place_fit AS f ON f.stands_in = a.place
    UNION
    SELECT a.test_id, p.part FROM alias AS a JOIN core.place_part AS p USING (place)
    UNION
    SELECT a.test_id, i.place
    FROM alias AS a
    JOIN core.place AS o USING (place)
    JOIN core.place AS i ON o.kind = 'nation' OR (o.kind = 'state' AND i.state = o.state)
), donor AS (
    SELECT test_id, peer_group, ordinal = 0 AS stated, CASE WHEN ordinal > 0 THEN nearby_weight('group_named') END AS nearness
    FROM test_peer_group
    SEMI JOIN this_slice USING (test_id)
    UNION ALL
    SELECT DISTINCT a.test_id, g.peer_group, false, nearby_weight('group_of_cause')
    FROM alias AS a
    JOIN core.peer_group AS g USING (place)
    SEMI JOIN test_peer_group AS t ON t.test_id = a.test_id
    ANTI JOIN test_peer_group AS named ON named.test_id = a.test_id AND named.peer_group = g.peer_group
), wanted AS MATERIALIZED (
    SELECT
        row_number() OVER () AS row, e.* REPLACE (e.stated AND d.stated AS stated, coalesce(e.nearness, d.nearness) AS nearness),
        e.stated AS of_years, d.peer_group
    FROM effect AS e
    JOIN donor AS d USING (test_id)
    WHERE CASE WHEN e.stated THEN d.stated OR e.latest ELSE d.stated END
), spot AS MATERIALIZED (
    SELECT w.row, m.line_no, m.place, w.from_year, w.years_before, w.since_year, w.years_after, w.in_points
    FROM wanted AS w
    JOIN member AS m USING (peer_group, sheet_no)
    ANTI JOIN own ON own.test_id = w.test_id AND own.place = m.place
), side AS MATERIALIZED (
    -- the mean of each place over each span of years once, however many groups it is in, and spans it is compared with
    SELECT line_year(a.line_no, a.from_year) * 100 + a.n AS side_no, sum(exact(s.value))::DOUBLE / a.n AS mean,
        list_transform(list_sort(list(struct_pack(year := s.year, id := s.figure_id))), lambda x: x.id) AS ids
    FROM (
        SELECT line_no, from_year, years_before AS n FROM spot
        UNION
        SELECT line_no, since_year, years_after FROM spot
    ) AS a
    JOIN point AS s ON s.line_no = a.line_no AND s.year BETWEEN a.from_year AND a.from_year + a.n - 1
    WHERE s.value IS NOT NULL
    GROUP BY a.line_no, a.from_year, a.n
    HAVING count(*) = a.n
), pool AS MATERIALIZED (
    SELECT p.row, p.place, b.mean AS before, a.mean AS after, b.ids AS before_ids, a.ids AS after_ids
    FROM spot AS p
    JOIN side AS b ON b.side_no = line_year(p.line_no, p.from_year) * 100 + p.years_before
    JOIN side AS a ON a.side_no = line_year(p.line_no, p.since_year) * 100 + p.years_after
    WHERE p.in_points OR b.mean <> 0
), together AS (
    SELECT
        row, count(*) AS n, sum(exact(before))::DOUBLE AS sum_before, sum(exact(after))::DOUBLE AS sum_after,
        list_sort(list(struct_pack(place := place, before := before_ids, after := after_ids))) AS ids
    FROM pool
    GROUP BY row
), compared AS (
    SELECT
        w.*, coalesce(t.n, 0) AS n_peers, t.sum_before, t.sum_after,
        flatten(list_transform(t.ids, lambda x: x.before)) AS before_ids, flatten(list_transform(t.ids, lambda x: x.after)) AS after_ids,
        moved(t.sum_before / t.n, t.sum_after / t.n, in_points) AS peer_change, round(change - peer_change, 9) AS difference
    FROM wanted AS w
    LEFT JOIN together AS t USING (row)
), placebo AS (
    SELECT
        row, c.sign, c.difference AS own_difference, p.place AS left_out,
        moved((sum_before - p.before) / (n_peers - 1), (sum_after - p.after) / (n_peers - 1), in_points) AS others_change,
        round(moved(p.before, p.after, in_points) - others_change, 9) AS difference,
        round(c.change - others_change, 9) AS difference_without
    FROM compared AS c
    JOIN pool AS p USING (row)
    WHERE n_peers > 1
), ranked AS (
    SELECT
        row, count(*) FILTER (WHERE sign * difference >= sign * own_difference) AS n_as_much,
        median(difference) AS median_difference,
        -- the same against all peers but one, whichever is left out
        min(difference_without) AS least, max(difference_without) AS most,
        arg_min(left_out, (difference_without, left_out)) AS least_without,
        arg_max(left_out, (difference_without, left_out)) AS most_without
    FROM placebo
    GROUP BY row
), judged AS (
    SELECT
        c.*, r.* EXCLUDE (row),
        lower(l.title[1]) || l.title[2:] || CASE WHEN of_years THEN '' ELSE ', ' || before_and_after(from_year, cause_year, since_year, to_year) END AS title,
        n_peers || ' of ' || z.n_members || ' places of the group are apart from it and have figures in all years' AS of_group,
        n_peers >= greatest(3, z.n_needed) AS is_group, n_peers >= bar('fewest_others') AS is_enough
    FROM compared AS c
    LEFT JOIN ranked AS r USING (row)
    JOIN group_size AS z USING (peer_group)
    JOIN core.peer_group_list AS l USING (peer_group)
), step AS (
    SELECT
        *, 'peers' AS way, 'compared with peers: ' || title AS variant, CASE WHEN is_group THEN difference END AS value,
        'percentage points' AS unit_, CASE WHEN sign = 1 THEN 0.0 END AS low, CASE WHEN sign = -1 THEN 0.0 END AS high,
        true AS high_open, of_group AS why_, concat_ws('|', 'peers', change, peer_change, n_peers, in_points, least, least_without, most, most_without) AS closest,
        [figure('mean of ' || n_peers || ' peers, years before', dataset, vintage, measure, definition, peer_group,
            year_start(from_year), year_end(cause_year - 1), sum_before / n_peers, unit, before_ids),
         figure('mean of ' || n_peers || ' peers, years after', dataset, vintage, measure, definition, peer_group,
            year_start(since_year), year_end(to_year), sum_after / n_peers, unit, after_ids)] AS peer_figures
    FROM judged
    UNION ALL
    SELECT
        *, 'places', 'each of the peers as if it had had the cause: ' || title,
        CASE WHEN is_group AND is_enough THEN (1 + n_as_much) / (1 + n_peers) END, 'p-value', NULL, bar('extreme') / 100, false,
        CASE WHEN NOT is_group THEN of_group
            ELSE n_peers || ' peers have all figures, and at least ' || bar('fewest_others')::INTEGER || ' are needed' END,
        concat_ws('|', 'places', difference, n_as_much, n_peers, in_points),
        [figure('median of ' || n_peers || ' peers, each against the other peers', dataset, vintage, measure, definition,
            peer_group, year_start(from_year), year_end(to_year), median_difference, 'percentage points',
            before_ids || after_ids)]
    FROM judged
)
SELECT
    test_id, stated, meaning, nearness, steps, variant, dataset, vintage, contemporaneous, definition, place, fit, evidence,
    'exact' AS period_fit, value, unit_ AS unit, low, true AS low_open, high, high_open,
    outcome(value, low, true, high, high_open, NULL) AS outcome, CASE WHEN value IS NULL THEN why_ END AS why,
    closest, figures || CASE WHEN n_peers = 0 THEN [] ELSE peer_figures END AS figures,
    year_start(from_year) AS window_start, year_end(to_year) AS window_end, way, peer_group, n_peers
FROM step
WHERE stated OR (is_group AND (of_years OR value IS NOT NULL));
