-- Of each peer: one side over the other, as in ratio.sql. Both sides are the peer's where the two are of one place; else the
-- peer's figure is over that of the other place, which is summed already if it is several.
INSERT INTO peer_reading
WITH figure_of AS (
    SELECT
        c.test_id, c.role, c.place AS peer, 0 AS meaning, l.measure, l.dataset, l.definition, f.fit, d.evidence,
        p.option, p.period_fit, p.statistic, s.value
    FROM peer_candidate AS c
    JOIN line AS l USING (line_no)
    JOIN place_candidate AS f ON f.place_meant = c.place AND f.place = l.place
    JOIN meta.dataset AS d USING (dataset)
    JOIN test_period AS p ON p.test_id = c.test_id AND p.role = c.role AND p.stated AND p.statistic = 'total'
    JOIN period_point AS s ON s.line_no = c.line_no AND s.period_start = p.period_start AND s.period_end = p.period_end
    WHERE c.kind = 'ratio'
    UNION ALL
    SELECT
        c.test_id, c.role, c.place, 0, l.measure, l.dataset, l.definition, f.fit, d.evidence, p.option, p.period_fit, p.statistic,
        CASE WHEN enough_years(count(s.value), any_value(year(p.period_end) - year(p.period_start) + 1))
            THEN over_years(any_value(p.statistic), s.value) END
    FROM peer_candidate AS c
    JOIN line AS l USING (line_no)
    JOIN place_candidate AS f ON f.place_meant = c.place AND f.place = l.place
    JOIN meta.dataset AS d USING (dataset)
    JOIN test_period AS p ON p.test_id = c.test_id AND p.role = c.role AND p.stated AND p.statistic IN ('mean', 'peak')
    JOIN point AS s ON s.line_no = c.line_no AND s.year BETWEEN year(p.period_start) AND year(p.period_end)
    WHERE c.kind = 'ratio'
    GROUP BY ALL
), divisor AS (
    FROM figure_of WHERE role = 'to'
    UNION ALL
    SELECT
        o.test_id, o.role, NULL, o.meaning, o.measure, o.dataset, o.definition, o.fit, o.evidence, o.option, o.period_fit, o.statistic,
        o.value
    FROM operand_value AS o
    JOIN test AS t USING (test_id)
    WHERE t.kind = 'ratio' AND NOT t.same_place AND o.role = 'to' AND o.stated AND o.latest
), pair AS (
    SELECT
        a.test_id, a.peer, a.value / nullif(b.value, 0) AS value, ratio_bound(a.fit, m.kind, b.fit, n.kind) AS bound,
        worse_fit(a.fit, b.fit) AS fit, worse_evidence(a.evidence, b.evidence) AS evidence,
        worse_period(a.period_fit, b.period_fit) AS period_fit,
        a.dataset = b.dataset AND a.definition = b.definition AS same_source,
        bool_or(same_source AND a.value / nullif(b.value, 0) IS NOT NULL) OVER (
            PARTITION BY a.test_id, a.peer, b.meaning, a.option, a.measure, b.measure, a.statistic, b.statistic
        ) AS has_same_source
    FROM figure_of AS a
    JOIN divisor AS b ON b.test_id = a.test_id AND b.option = a.option AND a.role = 'of'
    JOIN test AS t ON t.test_id = a.test_id
    JOIN core.measure AS m ON m.measure = a.measure
    JOIN core.measure AS n ON n.measure = b.measure
    WHERE (a.measure = b.measure OR NOT t.same_measure) AND (a.peer = b.peer OR b.peer IS NULL)
)
SELECT
    p.test_id, p.peer, outcome(p.value, t.low, t.low_open, t.high, t.high_open, p.bound), f.weight * e.weight * w.weight
FROM pair AS p
JOIN test AS t USING (test_id)
JOIN weight AS f ON f.aspect = 'fit' AND f.word = p.fit
JOIN weight AS e ON e.aspect = 'evidence' AND e.word = p.evidence
JOIN weight AS w ON w.aspect = 'period' AND w.word = p.period_fit
WHERE p.same_source OR NOT p.has_same_source;
