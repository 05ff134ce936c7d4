-- Of each peer: whether the figure is the highest (or lowest) of each window that the words can mean, as in record.sql.
INSERT INTO peer_reading
WITH window_ AS (
    SELECT test_id, step - n_steps + 1 AS from_step FROM test WHERE kind = 'record' AND n_steps > 1
    UNION
    SELECT test_id, step - n_steps FROM test WHERE kind = 'record' AND n_steps IS NOT NULL
    UNION
    SELECT test_id, since_step + 1 FROM test WHERE kind = 'record' AND since_step + 1 < step
), focus AS (
    SELECT
        c.test_id, c.place, c.weight, w.from_step, t.step, CASE t.direction WHEN 'highest' THEN 1 ELSE -1 END AS sign,
        s.value, k.series_no, p.n, p.run_start
    FROM peer_candidate AS c
    JOIN test AS t USING (test_id)
    JOIN window_ AS w USING (test_id)
    JOIN span_key AS k ON k.span = t.span AND k.line_no = c.line_no
    JOIN span_series AS s ON s.span = t.span AND s.line_no = c.line_no AND s.step = t.step
    LEFT JOIN span_point AS p ON p.series_no = k.series_no AND p.step = t.step
), counted AS (
    SELECT
        f.*, a.values,
        CASE
            -- without a gap in the window all of its steps are known
            WHEN run_start <= from_step THEN step - from_step
            ELSE len(list_filter(a.steps[: n - 1], lambda x: x >= f.from_step))
        END AS n_known
    FROM focus AS f
    LEFT JOIN span_whole AS a USING (series_no)
)
SELECT
    c.test_id, c.place,
    record_outcome(value, CASE sign WHEN 1 THEN list_max(values[n - n_known : n - 1]) ELSE list_min(values[n - n_known : n - 1]) END,
        sign, n_known, step - from_step),
    c.weight * w.weight
FROM counted AS c
JOIN weight AS w ON w.aspect = 'period' AND w.word = 'exact';
