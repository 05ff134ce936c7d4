-- contrast: the place moved one way from the first to the last year of a window (or from the same days of the one to those of the
-- other) while its peers, taken together (those with both years, at least half of the group), moved the other way. Both by the same
-- state of the same dataset; value is how far they moved apart.

-- Tables and not parts of one query, so that the planner knows how few rows they have when it looks up figures.
CREATE OR REPLACE TEMP TABLE contrast_window AS
WITH this_slice AS (
    FROM test WHERE kind = 'contrast' AND test_id BETWEEN getvariable('first_test') AND getvariable('last_test')
), windows AS (
    SELECT test_id, start_year, end_year, true AS stated, NULL::DOUBLE AS nearness, NULL::INTEGER AS steps
    FROM this_slice
    UNION ALL
    SELECT test_id, start_year + i.shift, end_year + j.shift, false, moved_nearness(i.naturalness, i.shift, j.shift),
        abs(i.shift) + abs(j.shift)
    FROM this_slice
    JOIN nearby_start AS i USING (test_id)
    CROSS JOIN (VALUES (-2), (-1), (0), (1), (2)) AS j(shift)
    WHERE (i.shift <> 0 OR j.shift <> 0) AND end_year + j.shift > start_year + i.shift
        AND end_year + j.shift < first_open_year(span, claim_date)
        AND NOT nobodys_pick(start_year, end_year, first_open_year(span, claim_date))
), shared AS (
    SELECT *, period_share(test_id, nearness) AS share FROM windows
)
SELECT
    c.test_id, c.meaning, c.fit, c.latest, c.contemporaneous, c.evidence, w.stated AND c.restated IS NULL AS stated,
    w.nearness, w.share, w.steps, c.restated,
    l.line_no, l.sheet_no, w.start_year, w.end_year,
    line_year(l.line_no, w.start_year) AS first_at, line_year(l.line_no, w.end_year) AS last_at
FROM candidate AS c
JOIN this_slice AS t USING (test_id)
JOIN shared AS w USING (test_id)
LEFT JOIN part_line AS p ON p.of_line = c.line_no AND p.span = t.span
JOIN any_line AS l ON l.line_no = CASE WHEN t.span IS NULL THEN c.line_no ELSE p.line_no END;

-- Which groups over which years; of what is not in the words only the newest state. span_no: each group over each span of each
-- sheet once, however many tests ask for it.
CREATE OR REPLACE TEMP TABLE contrast_asked AS
SELECT
    s.* EXCLUDE (first_at, last_at), g.peer_group, g.nearness AS group_nearness,
    b.period_start AS first_from, b.period_end AS first_to, e.period_start AS last_from, e.period_end AS last_to,
    b.value AS first, e.value AS last, b.unit, b.figure_id AS first_id, e.figure_id AS last_id,
    dense_rank() OVER (ORDER BY g.peer_group, s.sheet_no, s.start_year, s.end_year)::INTEGER AS span_no
FROM contrast_window AS s
JOIN any_point AS b ON b.line_year = s.first_at
JOIN any_point AS e ON e.line_year = s.last_at
JOIN test_peer_group AS g USING (test_id)
WHERE g.nearness IS NULL OR (s.latest AND s.restated IS NULL);

CREATE OR REPLACE TEMP TABLE contrast_member AS
SELECT s.span_no, m.place, line_year(m.line_no, s.start_year) AS first_at, line_year(m.line_no, s.end_year) AS last_at
FROM (SELECT DISTINCT span_no, peer_group, sheet_no, start_year, end_year FROM contrast_asked) AS s
JOIN any_member AS m USING (peer_group, sheet_no);

INSERT INTO reading BY NAME
WITH known AS MATERIALIZED (
    -- of rates and shares what they were made from; exact, so that sums do not depend on their order
    SELECT line_year, exact(amount(value, denominator)) AS value, exact(denominator) AS of_, figure_id
    FROM any_point
    WHERE value IS NOT NULL AND line_year IN (SELECT first_at FROM contrast_member UNION SELECT last_at FROM contrast_member)
), moved_ AS MATERIALIZED (
    SELECT
        m.span_no, m.place, b.value AS first, e.value AS last, b.of_ AS first_of, e.of_ AS last_of,
        b.figure_id AS first_id, e.figure_id AS last_id
    FROM contrast_member AS m
    JOIN known AS b ON b.line_year = m.first_at
    JOIN known AS e ON e.line_year = m.last_at
), group_move AS (
    SELECT
        span_no, count(*) AS n_peers, sum(first) AS first, sum(last) AS last, sum(first_of) AS first_of, sum(last_of) AS last_of,
        list_sort(list(first_id)) AS first_ids, list_sort(list(last_id)) AS last_ids
    FROM moved_
    GROUP BY span_no
), own AS MATERIALIZED (
    SELECT DISTINCT a.test_id, a.span_no, c.place
    FROM contrast_asked AS a
    JOIN own_place AS c USING (test_id)
), own_move AS (
    -- the place itself, under any of its names, is no peer of itself: what it adds to a group is taken out
    SELECT
        test_id, span_no, count(*) AS n_peers, sum(first) AS first, sum(last) AS last,
        sum(first_of) AS first_of, sum(last_of) AS last_of, list(first_id) AS first_ids, list(last_id) AS last_ids
    FROM own
    JOIN moved_ USING (span_no, place)
    GROUP BY test_id, span_no
), against AS (
    SELECT
        s.* REPLACE (
            s.stated AND group_nearness IS NULL AS stated,
            nearness_of(s.nearness, s.share, s.restated, group_nearness) AS nearness
        ),
        p.n_peers - coalesce(o.n_peers, 0) AS n_peers,
        (p.first - coalesce(o.first, 0))::DOUBLE / coalesce(nullif(p.first_of - coalesce(o.first_of, 0), 0), 1) AS peer_first,
        (p.last - coalesce(o.last, 0))::DOUBLE / coalesce(nullif(p.last_of - coalesce(o.last_of, 0), 0), 1) AS peer_last,
        p.first_ids, p.last_ids, o.first_ids AS own_first_ids, o.last_ids AS own_last_ids
    FROM contrast_asked AS s
    JOIN group_move AS p USING (span_no)
    LEFT JOIN own_move AS o USING (test_id, span_no)
), compared AS (
    SELECT
        s.*, l.dataset, l.vintage, l.measure, l.definition, l.place,
        100 * (s.last - s.first) / nullif(s.first, 0) AS change_pct,
        100 * (s.peer_last - s.peer_first) / nullif(s.peer_first, 0) AS peer_change_pct,
        CASE t.direction WHEN 'rising' THEN 1 ELSE -1 END AS sign,
        CASE WHEN own_first_ids IS NULL THEN first_ids ELSE list_filter(first_ids, lambda x: NOT list_contains(own_first_ids, x))
            END AS peer_first_ids,
        CASE WHEN own_last_ids IS NULL THEN last_ids ELSE list_filter(last_ids, lambda x: NOT list_contains(own_last_ids, x))
            END AS peer_last_ids
    FROM against AS s
    JOIN test AS t USING (test_id)
    JOIN any_line AS l USING (line_no)
    JOIN group_size AS z USING (peer_group)
    WHERE s.n_peers >= greatest(3, z.n_needed)
)
SELECT
    test_id, stated, meaning, nearness, steps, restated,
    restated_words(span_words(first_from, first_to) || ' to ' || span_words(last_from, last_to) || ', against ' || members_words(n_peers, l.title), restated) AS variant,
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
    first_from AS window_start, last_to AS window_end, peer_group, n_peers,
    [figure('first year', dataset, vintage, measure, definition, place, first_from, first_to, first, unit, behind([first_id], n, ids_of)),
     figure('last year', dataset, vintage, measure, definition, place, last_from, last_to, last, unit, behind([last_id], n, ids_of)),
     figure('peers, first year', dataset, vintage, measure, definition, peer_group, first_from, first_to, peer_first, unit, behind(peer_first_ids, n, ids_of)),
     figure('peers, last year', dataset, vintage, measure, definition, peer_group, last_from, last_to, peer_last, unit, behind(peer_last_ids, n, ids_of))] AS figures
FROM compared
JOIN core.peer_group_list AS l USING (peer_group)
CROSS JOIN part_ids;
