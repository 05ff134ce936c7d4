-- contrast: the place moved one way from the first to the last year of a window while its peers, taken together
-- (those with both years, at least half of the group), moved the other way; or from the same days of the first year to those of the last. Both by the same state of the same dataset; value is how far they moved apart.
INSERT INTO reading BY NAME
WITH this_slice AS (
    SELECT * REPLACE (coalesce(span, 'year') AS span)
    FROM test
    WHERE kind = 'contrast' AND test_id BETWEEN getvariable('first_test') AND getvariable('last_test')
), windows AS (
    SELECT test_id, span, start_year, end_year, true AS stated, NULL::DOUBLE AS nearness, NULL::INTEGER AS steps
    FROM this_slice
    UNION ALL
    SELECT test_id, span, start_year + i.shift, end_year + j.shift, false, i.naturalness / (abs(i.shift) + abs(j.shift)),
        abs(i.shift) + abs(j.shift)
    FROM this_slice
    JOIN nearby_start AS i USING (test_id)
    CROSS JOIN (VALUES (-1), (0), (1)) AS j(shift)
    WHERE (i.shift <> 0 OR j.shift <> 0) AND end_year + j.shift > start_year + i.shift
        AND end_year + j.shift < first_open_year(span, claim_date)
), point AS MATERIALIZED (
    SELECT * FROM span_series
    SEMI JOIN (SELECT DISTINCT m.measure, t.span FROM this_slice AS t JOIN test_measure AS m USING (test_id)) AS m USING (measure, span)
), subject AS (
    SELECT
        c.test_id, c.meaning, c.fit, c.latest, c.contemporaneous, c.evidence, w.stated AND c.restated IS NULL AS stated,
        CASE WHEN c.restated IS NULL THEN w.nearness ELSE nearby_weight('measure') END AS nearness, w.steps, c.restated,
        b.dataset, b.vintage, b.definition, b.measure, b.place, w.span, w.start_year, w.end_year,
        b.period_start AS first_from, b.period_end AS first_to, e.period_start AS last_from, e.period_end AS last_to,
        b.value AS first, e.value AS last, b.unit, b.figure_ids AS first_ids, e.figure_ids AS last_ids
    FROM candidate AS c
    JOIN windows AS w USING (test_id)
    JOIN point AS b
        ON (b.dataset, b.vintage, b.measure, b.place, b.definition, b.span, b.step)
        = (c.dataset, c.vintage, c.measure, c.place, c.definition, w.span, w.start_year)
    JOIN point AS e
        ON (e.dataset, e.vintage, e.measure, e.place, e.definition, e.span, e.step)
        = (c.dataset, c.vintage, c.measure, c.place, c.definition, w.span, w.end_year)
    WHERE w.stated OR (c.latest AND c.restated IS NULL)
), wanted AS (
    -- each group over each span of each state once, however many tests ask for it
    SELECT DISTINCT g.peer_group, s.dataset, s.vintage, s.definition, s.measure, s.span, s.start_year, s.end_year
    FROM subject AS s
    JOIN test_peer_group AS g USING (test_id)
), member_year AS (
    -- figures of members in the years that matter, so that each is found once however many spans it begins or ends
    SELECT
        y.peer_group, y.dataset, y.vintage, y.definition, y.measure, y.span, y.year, s.place, s.value, s.denominator,
        s.figure_ids
    FROM (
        SELECT peer_group, dataset, vintage, definition, measure, span, start_year AS year FROM wanted
        UNION
        SELECT peer_group, dataset, vintage, definition, measure, span, end_year FROM wanted
    ) AS y
    JOIN core.peer_group AS p USING (peer_group)
    JOIN point AS s
        ON (s.dataset, s.vintage, s.measure, s.place, s.definition, s.span, s.step)
        = (y.dataset, y.vintage, y.measure, p.place, y.definition, y.span, y.year)
    WHERE s.value IS NOT NULL
), group_move AS (
    SELECT
        w.peer_group, w.dataset, w.vintage, w.definition, w.measure, w.span, w.start_year, w.end_year,
        count(*) AS n_peers, sum(amount(b.value, b.denominator)) AS first, sum(amount(e.value, e.denominator)) AS last,
        sum(b.denominator) AS first_of, sum(e.denominator) AS last_of,
        list_sort(flatten(list(b.figure_ids))) AS first_ids, list_sort(flatten(list(e.figure_ids))) AS last_ids
    FROM wanted AS w
    JOIN member_year AS b
        ON (b.peer_group, b.dataset, b.vintage, b.definition, b.measure, b.span, b.year)
        = (w.peer_group, w.dataset, w.vintage, w.definition, w.measure, w.span, w.start_year)
    JOIN member_year AS e
        ON (e.peer_group, e.dataset, e.vintage, e.definition, e.measure, e.span, e.year, e.place)
        = (w.peer_group, w.dataset, w.vintage, w.definition, w.measure, w.span, w.end_year, b.place)
    GROUP BY w.peer_group, w.dataset, w.vintage, w.definition, w.measure, w.span, w.start_year, w.end_year
), own_move AS (
    -- the place itself, under any of its names, is no peer of itself: what it adds to a group is taken out
    SELECT
        a.test_id, a.peer_group, a.dataset, a.vintage, a.definition, a.measure, a.span, a.start_year, a.end_year,
        count(*) AS n_peers, sum(amount(b.value, b.denominator)) AS first, sum(amount(e.value, e.denominator)) AS last,
        sum(b.denominator) AS first_of, sum(e.denominator) AS last_of,
        flatten(list(b.figure_ids)) AS first_ids, flatten(list(e.figure_ids)) AS last_ids
    FROM (
        SELECT DISTINCT s.test_id, g.peer_group, s.dataset, s.vintage, s.definition, s.measure, s.span, s.start_year, s.end_year
        FROM subject AS s
        JOIN test_peer_group AS g USING (test_id)
    ) AS a
    JOIN (SELECT DISTINCT test_id, place FROM candidate WHERE kind = 'contrast') AS c USING (test_id)
    JOIN member_year AS b
        ON (b.peer_group, b.dataset, b.vintage, b.definition, b.measure, b.span, b.year, b.place)
        = (a.peer_group, a.dataset, a.vintage, a.definition, a.measure, a.span, a.start_year, c.place)
    JOIN member_year AS e
        ON (e.peer_group, e.dataset, e.vintage, e.definition, e.measure, e.span, e.year, e.place)
        = (a.peer_group, a.dataset, a.vintage, a.definition, a.measure, a.span, a.end_year, c.place)
    GROUP BY a.test_id, a.peer_group, a.dataset, a.vintage, a.definition, a.measure, a.span, a.start_year, a.end_year
), against AS (
    SELECT
        s.* REPLACE (s.stated AND g.nearness IS NULL AS stated, coalesce(g.nearness, s.nearness) AS nearness), p.peer_group,
        p.n_peers - coalesce(o.n_peers, 0) AS n_peers,
        -- of rates and shares the sums of what they were made from
        (p.first - coalesce(o.first, 0)) / coalesce(nullif(p.first_of - coalesce(o.first_of, 0), 0), 1) AS peer_first,
        (p.last - coalesce(o.last, 0)) / coalesce(nullif(p.last_of - coalesce(o.last_of, 0), 0), 1) AS peer_last,
        list_filter(p.first_ids, lambda x: NOT list_contains(coalesce(o.first_ids, []), x)) AS peer_first_ids,
        list_filter(p.last_ids, lambda x: NOT list_contains(coalesce(o.last_ids, []), x)) AS peer_last_ids
    FROM subject AS s
    JOIN test_peer_group AS g USING (test_id)
    JOIN group_move AS p
        ON (p.peer_group, p.dataset, p.vintage, p.definition, p.measure, p.span, p.start_year, p.end_year)
        = (g.peer_group, s.dataset, s.vintage, s.definition, s.measure, s.span, s.start_year, s.end_year)
    LEFT JOIN own_move AS o
        ON (o.test_id, o.peer_group, o.dataset, o.vintage, o.definition, o.measure, o.span, o.start_year, o.end_year)
        = (s.test_id, g.peer_group, s.dataset, s.vintage, s.definition, s.measure, s.span, s.start_year, s.end_year)
    WHERE g.nearness IS NULL OR (s.stated AND s.latest)
), compared AS (
    SELECT
        s.*,
        100 * (s.last - s.first) / nullif(s.first, 0) AS change_pct,
        100 * (s.peer_last - s.peer_first) / nullif(s.peer_first, 0) AS peer_change_pct,
        CASE t.direction WHEN 'rising' THEN 1 ELSE -1 END AS sign
    FROM against AS s
    JOIN test AS t USING (test_id)
    JOIN group_size AS z USING (peer_group)
    WHERE s.n_peers >= greatest(3, z.n_needed)
)
SELECT
    test_id, stated, meaning, nearness, steps, restated,
    restated_words(CASE span WHEN 'year' THEN start_year || ' to ' || end_year
        ELSE span_words(first_from, first_to) || ' to ' || span_words(last_from, last_to) END || ', against ' || members_words(n_peers, l.title), restated) AS variant,
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
    [figure('first year', dataset, vintage, measure, definition, place, first_from, first_to, first, unit, first_ids),
     figure('last year', dataset, vintage, measure, definition, place, last_from, last_to, last, unit, last_ids),
     figure('peers, first year', dataset, vintage, measure, definition, peer_group, first_from, first_to, peer_first, unit, peer_first_ids),
     figure('peers, last year', dataset, vintage, measure, definition, peer_group, last_from, last_to, peer_last, unit, peer_last_ids)] AS figures
FROM compared
JOIN core.peer_group_list AS l USING (peer_group);
