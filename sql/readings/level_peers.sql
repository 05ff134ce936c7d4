-- Of each peer: a figure against the band claimed, as in level.sql.
INSERT INTO peer_reading
SELECT c.test_id, c.place, outcome(s.value, t.low, t.low_open, t.high, t.high_open, c.bound) AS outcome, c.weight * w.weight
FROM peer_candidate AS c
JOIN test AS t USING (test_id)
JOIN test_period AS p ON p.test_id = c.test_id AND p.role = 'subject' AND p.stated
JOIN period_point AS s USING (line_no, period_start, period_end)
JOIN weight AS w ON w.aspect = 'period' AND w.word = p.period_fit
WHERE c.kind IN ('value', 'threshold', 'share');
