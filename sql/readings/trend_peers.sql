-- Of each peer: its line through the window and its first and last figure, or year after year, as in trend.sql.
INSERT INTO peer_reading
WITH line_ AS (
    SELECT
        c.test_id, c.place, c.weight, t.every_year, CASE t.direction WHEN 'rising' THEN 1 ELSE -1 END AS sign,
        window_slope(s.unit, t.per_year, n_years, x, xx, y, xy) AS slope, moved(s.first, s.last, s.unit = 'percent') AS change,
        CASE t.direction WHEN 'rising' THEN n_rises ELSE n_falls END AS n_so, n_years,
        t.end_year - t.start_year + 1 AS n_needed
    FROM peer_candidate AS c
    JOIN test AS t USING (test_id)
    JOIN span_key AS k ON k.span = t.span AND k.line_no = c.line_no
    JOIN window_sum AS s ON s.series_no = k.series_no AND s.start_year = t.start_year AND s.end_year = t.end_year
    WHERE c.kind = 'trend'
), asked AS (
    SELECT *, sign * slope AS quantity, false AS is_steps, 0 AS bar FROM line_ WHERE NOT every_year AND n_years > 2
    UNION ALL
    SELECT *, sign * change, false, 0 FROM line_ WHERE NOT every_year
    UNION ALL
    SELECT *, n_so, true, n_years - 1 FROM line_ WHERE every_year
)
SELECT
    a.test_id, a.place,
    trend_outcome(quantity, is_steps, n_years - 1, n_years, n_needed, outcome(quantity, bar, bar = 0, NULL, NULL, NULL)),
    a.weight * w.weight
FROM asked AS a
JOIN weight AS w ON w.aspect = 'period' AND w.word = 'exact';
