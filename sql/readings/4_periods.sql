-- Figures of periods that are no calendar years: sums of days, several published months added, and rates per 100,000 of either
-- (4_populations.sql).
CREATE TEMP TABLE period_asked AS
SELECT DISTINCT
    l.line_no, l.dataset, l.vintage, l.place, l.measure, l.definition, coalesce(r.numerator, l.measure) AS counted,
    r.measure IS NOT NULL AS is_rate, p.period_start, p.period_end
FROM (SELECT test_id, line_no FROM candidate UNION ALL SELECT test_id, line_no FROM peer_candidate) AS c
JOIN test_period AS p USING (test_id)
JOIN line AS l USING (line_no)
LEFT JOIN rate_asked AS r USING (measure)
WHERE p.statistic = 'total'
    AND NOT is_year(p.period_start, p.period_end);

CREATE TEMP TABLE day_sum AS
WITH day AS (
    SELECT l.line_no, d.day, d.cumulative
    FROM mart.daily AS d
    JOIN (SELECT DISTINCT line_no, dataset, vintage, place, counted AS measure, definition FROM period_asked) AS l
        USING (dataset, vintage, place, measure, definition)
)
SELECT
    a.*, (e.cumulative - coalesce(b.cumulative, 0))::DOUBLE AS n, 'final' AS status,
    own_id(a.dataset, a.vintage, a.counted, a.definition, a.place, a.period_start, a.period_end) AS figure_ids
FROM period_asked AS a
JOIN day AS e ON e.line_no = a.line_no AND e.day = a.period_end
JOIN day AS f ON f.line_no = a.line_no AND f.day = a.period_start  -- the first day must be covered too
LEFT JOIN day AS b ON b.line_no = a.line_no AND b.day = a.period_start - 1;

-- What nobody published as such joins the figures that 4_operands.sql reads; sums of days as counts are apart, in day_sum.
INSERT INTO sum_point BY NAME
WITH of_months AS (
    SELECT
        a.*, CASE WHEN count(s.value) = any_value(a.n_months) THEN sum(s.value) END AS n,
        CASE WHEN n IS NULL THEN 'partial' WHEN bool_or(s.status = 'estimated') THEN 'estimated' ELSE 'final' END AS status,
        list(s.figure_id ORDER BY s.period_start) AS figure_ids
    FROM (
        SELECT *, datediff('month', period_start, period_end) + 1 AS n_months
        FROM period_asked
        WHERE day(period_start) = 1 AND period_end = last_day(period_end)
    ) AS a
    JOIN mart.series AS s
        ON (s.dataset, s.vintage, s.place, s.measure, s.definition) = (a.dataset, a.vintage, a.place, a.counted, a.definition)
        AND s.period_start BETWEEN a.period_start AND a.period_end
        AND s.year IS NULL AND s.period_start = date_trunc('month', s.period_start) AND s.period_end = last_day(s.period_start)
    -- one month is a figure of its own; where there are days, they are counted
    WHERE (a.is_rate OR a.n_months > 1) AND s.unit = 'count'
        AND NOT EXISTS (
            FROM mart.daily_series AS d
            WHERE (d.dataset, d.vintage, d.place, d.measure, d.definition)
                = (a.dataset, a.vintage, a.place, a.counted, a.definition)
        )
    GROUP BY ALL
)
SELECT
    f.line_no, f.period_start, f.period_end,
    CASE WHEN f.is_rate THEN 100000 * f.n / p.population ELSE f.n END AS value, p.population AS denominator,
    CASE WHEN f.is_rate THEN rate_unit(f.period_start, f.period_end) ELSE 'count' END AS unit,
    CASE WHEN f.is_rate AND f.n IS NOT NULL AND p.population IS NULL THEN 'no_population' ELSE f.status END AS status,
    CASE WHEN p.figure_id IS NULL THEN f.figure_ids ELSE list_append(f.figure_ids, p.figure_id) END AS figure_ids
FROM (FROM day_sum WHERE is_rate UNION ALL SELECT * EXCLUDE (n_months) FROM of_months) AS f
LEFT JOIN rate_population AS p
    ON f.is_rate AND (p.dataset, p.vintage, p.place, p.year)
    = (f.dataset, f.vintage, f.place, year_of_span(f.period_start, f.period_end));
