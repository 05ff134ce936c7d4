-- Of each peer: the change claimed, as in change.sql.
INSERT INTO peer_reading
SELECT
    c.test_id, c.place,
    outcome(100 * (e.value - b.value) / nullif(b.value, 0), t.low, t.low_open, t.high, t.high_open, NULL), c.weight * w.weight
FROM peer_candidate AS c
JOIN test AS t USING (test_id)
JOIN test_period AS p ON p.test_id = c.test_id AND p.role = 'subject' AND p.stated
JOIN test_period AS q ON q.test_id = c.test_id AND q.role = 'start' AND q.option = p.option
JOIN period_point AS b ON b.line_no = c.line_no AND b.period_start = q.period_start AND b.period_end = q.period_end
JOIN period_point AS e ON e.line_no = c.line_no AND e.period_start = p.period_start AND e.period_end = p.period_end
JOIN weight AS w ON w.aspect = 'period' AND w.word = p.period_fit
WHERE c.kind = 'change';
