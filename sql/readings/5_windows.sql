-- The windows in which a trend is looked for, and the sums of each window of each series: once, however many tests and peers ask
-- for it.
CREATE TEMP TABLE trend_window AS
WITH window_ AS (
    SELECT test_id, start_year, end_year, true AS stated, NULL::DOUBLE AS nearness, NULL::INTEGER AS steps
    FROM test
    WHERE kind = 'trend'
    UNION ALL
    SELECT
        test_id, start_year + i.shift, end_year + j.shift, false, moved_nearness(i.naturalness, i.shift, j.shift),
        abs(i.shift) + abs(j.shift)
    FROM test
    JOIN nearby_start AS i USING (test_id)
    CROSS JOIN (VALUES (-2), (-1), (0), (1), (2)) AS j(shift)
    WHERE kind = 'trend' AND (i.shift <> 0 OR j.shift <> 0) AND end_year + j.shift > start_year + i.shift
        -- no year, part of a year or month that had not ended on the day of the claim
        AND end_year + j.shift < CASE per_year WHEN 1 THEN first_open_year(span, claim_date)
            ELSE 12 * year(claim_date) + month(claim_date) - 1 END
        AND NOT (per_year = 1 AND nobodys_pick(start_year, end_year, first_open_year(span, claim_date)))
)
SELECT *, period_share(test_id, nearness) AS share FROM window_;

CREATE TEMP TABLE window_sum AS
WITH asked AS (
    SELECT k.series_no, w.start_year, w.end_year
    FROM candidate AS c
    JOIN test AS t USING (test_id)
    JOIN trend_window AS w USING (test_id)
    JOIN span_key AS k ON k.span = t.span AND k.line_no = c.line_no
    UNION
    SELECT k.series_no, t.start_year, t.end_year
    FROM peer_candidate AS c
    JOIN test AS t USING (test_id)
    JOIN span_key AS k ON k.span = t.span AND k.line_no = c.line_no
    WHERE t.kind = 'trend'
)
SELECT
    w.*, e.n AS n_up_to, e.unit, coalesce(b.n, 0) AS n_before, e.n - n_before AS n_years,
    coalesce(b.next_value, a.values[1]) AS first, e.value AS last,
    e.ids - coalesce(b.ids, 0) AS ids, e.x - coalesce(b.x, 0) AS x, e.xx - coalesce(b.xx, 0) AS xx, e.y - coalesce(b.y, 0) AS y, e.xy - coalesce(b.xy, 0) AS xy,
    -- the first figure of the window has none before it
    e.rises - coalesce(b.rises, 0) - coalesce(b.next_value > b.value, false)::INTEGER AS n_rises,
    e.falls - coalesce(b.falls, 0) - coalesce(b.next_value < b.value, false)::INTEGER AS n_falls
FROM asked AS w
ASOF JOIN span_point AS e ON w.series_no = e.series_no AND w.end_year >= e.step
ASOF LEFT JOIN span_point AS b ON w.series_no = b.series_no AND w.start_year > b.step
JOIN span_whole AS a ON a.series_no = w.series_no
WHERE e.n > coalesce(b.n, 0);

-- Least squares; rounded, so that a level series has a slope of zero whatever the order in which it was summed.
CREATE TEMP MACRO window_slope(unit, per_year, n, x, xx, y, xy) AS round(
    CASE WHEN unit = 'percent' THEN 1 ELSE 100 * n / nullif(y, 0) END * per_year
        * (n * xy - x * y) / nullif(n * xx - x * x, 0), 9);

-- A step the other way contradicts "every year" whatever the missing years were.
CREATE TEMP MACRO trend_outcome(quantity, is_steps, n_steps, n_known, n_needed, if_all_known) AS CASE
    WHEN is_steps AND quantity < n_steps THEN 'fails'
    WHEN n_known < n_needed THEN 'missing'
    ELSE if_all_known
END;
