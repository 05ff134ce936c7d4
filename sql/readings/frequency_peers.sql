-- Of each peer: in how many years of the window the figure is above or below the number, as in frequency.sql.
INSERT INTO peer_reading
WITH counted AS (
    SELECT
        c.test_id, c.place, c.line_no, c.bound, any_value(c.weight) AS weight,
        any_value(t.end_year - t.start_year + 1) AS n_years, ceil(any_value(t.share_needed) * n_years) AS n_needed,
        count(s.value) AS n_known,
        count(*) FILTER (WHERE outcome(s.value, t.low, t.low_open, t.high, t.high_open, c.bound) = 'holds') AS n_true,
        count(*) FILTER (WHERE outcome(s.value, t.low, t.low_open, t.high, t.high_open, c.bound) = 'fails') AS n_false
    FROM peer_candidate AS c
    JOIN test AS t USING (test_id)
    JOIN point AS s ON s.line_no = c.line_no AND s.year BETWEEN t.start_year AND t.end_year
    WHERE c.kind = 'threshold' AND t.share_needed IS NOT NULL
    GROUP BY c.test_id, c.place, c.line_no, c.bound
)
SELECT c.test_id, c.place, frequency_outcome(n_known, n_true, n_false, n_years, n_needed), c.weight * w.weight
FROM counted AS c
JOIN weight AS w ON w.aspect = 'period' AND w.word = 'exact';
