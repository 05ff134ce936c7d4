-- What records and trends are made of: calendar years, months, 12 months in a row, or the same days of each year, numbered by step so
-- that neighbours are one apart. Sums of days or months only where each is covered: never part of a month as the month.
CREATE TEMP TABLE span_line AS
SELECT DISTINCT t.span, c.line_no, c.is_own
FROM (SELECT test_id, line_no, true AS is_own FROM candidate UNION ALL SELECT test_id, line_no, false FROM peer_candidate) AS c
JOIN test AS t USING (test_id)
WHERE t.kind IN ('record', 'trend');

CREATE TEMP TABLE span_wanted AS
WITH asked AS (
    SELECT span, line_no FROM span_line
    UNION
    SELECT t.span, c.line_no FROM candidate AS c JOIN test AS t USING (test_id)
    UNION
    -- those that a rank or a contrast compares the place with
    SELECT t.span, o.line_no
    FROM test AS t
    JOIN test_peer_group AS g USING (test_id)
    JOIN test_measure AS m USING (test_id)
    JOIN member AS o ON o.peer_group = g.peer_group AND o.measure = m.measure
    WHERE t.kind IN ('rank', 'contrast') AND t.span IS NOT NULL
)
SELECT a.span, l.*, coalesce(r.numerator, l.measure) AS counted
FROM asked AS a
JOIN line AS l USING (line_no)
LEFT JOIN rate_asked AS r USING (measure)
WHERE a.span <> 'year';

CREATE TEMP TABLE span_day AS
SELECT d.dataset, d.vintage, d.place, d.measure, d.definition, d.day, d.n
FROM mart.daily AS d
SEMI JOIN span_wanted AS w
    ON (w.dataset, w.vintage, w.place, w.counted, w.definition) = (d.dataset, d.vintage, d.place, d.measure, d.definition);

CREATE TEMP TABLE span_month AS
SELECT
    dataset, vintage, place, measure, definition, date_trunc('month', day)::DATE AS period_start,
    last_day(any_value(day)) AS period_end, sum(n)::DOUBLE AS value, 'count' AS unit, 'final' AS status,
    own_id(dataset, vintage, measure, definition, place, date_trunc('month', day)::DATE, last_day(any_value(day))) AS figure_ids,
    true AS of_days
FROM span_day
GROUP BY dataset, vintage, place, measure, definition, date_trunc('month', day)
HAVING count(*) = day(last_day(any_value(day)))
UNION ALL
SELECT s.dataset, s.vintage, s.place, s.measure, s.definition, s.period_start, s.period_end, s.value, s.unit, s.status, [s.figure_id], false
FROM mart.series AS s
SEMI JOIN span_wanted AS w
    ON (w.dataset, w.vintage, w.place, w.counted, w.definition) = (s.dataset, s.vintage, s.place, s.measure, s.definition)
WHERE s.year IS NULL AND s.period_start = date_trunc('month', s.period_start) AND s.period_end = last_day(s.period_start);

CREATE TEMP TABLE span_sum AS
WITH months AS (
    SELECT * REPLACE (
            first(period_start) OVER w AS period_start, sum(value) OVER w AS value,
            CASE WHEN of_days THEN own_id(dataset, vintage, measure, definition, place, first(period_start) OVER w, period_end)
                ELSE flatten(list(figure_ids) OVER w) END AS figure_ids
        ),
        count(value) OVER w AS n_known
    FROM span_month
    WINDOW w AS (
        PARTITION BY dataset, vintage, place, measure, definition
        ORDER BY period_start RANGE BETWEEN INTERVAL 11 MONTHS PRECEDING AND CURRENT ROW
    )
), part AS (
    SELECT span, step_start(span, y) AS period_start, step_end(span, y) AS period_end
    FROM (SELECT DISTINCT span FROM span_wanted WHERE span LIKE '%..%')
    CROSS JOIN (SELECT DISTINCT year(day)::INTEGER AS y FROM span_day UNION SELECT DISTINCT year(period_start) FROM span_month)
), found AS (
    SELECT 'month' AS span, * EXCLUDE (of_days) FROM span_month
    UNION ALL
    SELECT '12 months', * EXCLUDE (n_known, of_days) FROM months WHERE n_known = 12 AND unit = 'count'
    UNION ALL
    SELECT
        p.span, d.dataset, d.vintage, d.place, d.measure, d.definition, p.period_start, p.period_end,
        sum(d.n), 'count', 'final', own_id(d.dataset, d.vintage, d.measure, d.definition, d.place, p.period_start, p.period_end)
    FROM part AS p
    JOIN span_day AS d ON d.day BETWEEN p.period_start AND p.period_end
    GROUP BY ALL
    HAVING count(*) = p.period_end - p.period_start + 1
    UNION ALL
    -- of published months, parts of the year that are whole months
    SELECT
        p.span, m.dataset, m.vintage, m.place, m.measure, m.definition, p.period_start, p.period_end,
        sum(m.value), 'count', CASE WHEN bool_or(m.status = 'estimated') THEN 'estimated' ELSE 'final' END,
        flatten(list(m.figure_ids ORDER BY m.period_start))
    FROM part AS p
    JOIN span_month AS m ON m.period_start BETWEEN p.period_start AND p.period_end
    WHERE NOT m.of_days AND m.unit = 'count' AND day(p.period_start) = 1 AND p.period_end = last_day(p.period_end)
    GROUP BY ALL
    HAVING count(m.value) = datediff('month', p.period_start, p.period_end) + 1
)
SELECT
    f.* REPLACE (f.value::DOUBLE AS value), NULL::DOUBLE AS denominator,
    CASE WHEN span LIKE '%..%' THEN year(period_start) ELSE year(period_end) * 12 + month(period_end) - 1 END::INTEGER AS step
FROM found AS f
SEMI JOIN (SELECT DISTINCT span FROM span_wanted) AS w USING (span);

-- Rates of the same spans; 4_populations.sql says by which population.
INSERT INTO span_sum BY NAME
SELECT
    s.* REPLACE (
        r.measure AS measure, 100000 * s.value / p.population AS value, p.population AS denominator,
        rate_unit(s.period_start, s.period_end) AS unit,
        CASE WHEN s.value IS NOT NULL AND p.population IS NULL THEN 'no_population' ELSE s.status END AS status,
        CASE WHEN p.figure_id IS NULL THEN s.figure_ids ELSE list_append(s.figure_ids, p.figure_id) END AS figure_ids
    )
FROM span_sum AS s
JOIN rate_asked AS r ON r.numerator = s.measure
SEMI JOIN span_wanted AS w ON (w.span, w.measure) = (s.span, r.measure)
LEFT JOIN rate_population AS p
    ON (p.dataset, p.vintage, p.place, p.year) = (s.dataset, s.vintage, s.place, year_of_span(s.period_start, s.period_end))
WHERE s.unit = 'count';

CREATE TEMP VIEW span_series AS
SELECT 'year' AS span, line_no, period_start, period_end, value, denominator, unit, status, figure_ids, year AS step
FROM figure_point
WHERE year IS NOT NULL
UNION ALL
SELECT s.span, l.line_no, s.period_start, s.period_end, s.value, s.denominator, s.unit, s.status, s.figure_ids, s.step
FROM span_sum AS s
JOIN line AS l USING (dataset, vintage, place, measure, definition);

-- Each series that a record or a trend asks for, by a number.
CREATE TEMP TABLE span_key AS
SELECT row_number() OVER ()::INTEGER AS series_no, k.span, k.is_own, l.*
FROM (SELECT span, line_no, bool_or(is_own) AS is_own FROM span_line GROUP BY span, line_no) AS k
JOIN line AS l USING (line_no);

-- Its figures in their order. x counts the steps from the first; the sums up to a figure give those of any window as the
-- difference of two. run_start: since which step there has been no gap.
CREATE TEMP TABLE span_point AS
WITH point AS (
    SELECT
        k.series_no, s.step, s.value, s.unit, hash(s.figure_ids) AS id, (s.step - min(s.step) OVER p)::DOUBLE AS x, row_number() OVER (p ORDER BY s.step) AS n,
        lag(s.value) OVER (p ORDER BY s.step) AS before
    FROM span_series AS s
    JOIN span_key AS k USING (span, line_no)
    WHERE s.value IS NOT NULL
    WINDOW p AS (PARTITION BY k.series_no)
)
SELECT
    series_no, step, value, unit, n, lead(value) OVER o AS next_value,
    sum(id) OVER o AS ids, sum(x) OVER o AS x, sum(x * x) OVER o AS xx, sum(value) OVER o AS y, sum(x * value) OVER o AS xy,
    coalesce(sum((value > before)::INTEGER) OVER o, 0) AS rises, coalesce(sum((value < before)::INTEGER) OVER o, 0) AS falls,
    min(step) OVER (PARTITION BY series_no, step - n) AS run_start
FROM point
WINDOW o AS (PARTITION BY series_no ORDER BY step);

-- The same as lists, of which a window is a slice.
CREATE TEMP TABLE span_whole AS
SELECT series_no, list(step ORDER BY step) AS steps, list(value ORDER BY step) AS values
FROM span_point
GROUP BY series_no;

-- And as figures; nobody reads those of a peer. The names are added last, as they are long.
INSERT INTO span_figures BY NAME
SELECT
    k.series_no,
    list_transform(s.points, lambda p: figure(CASE WHEN k.span IN ('month', '12 months') THEN k.span ELSE 'year' END, k.dataset,
        k.vintage, k.measure, k.definition, k.place, p.period_start, p.period_end, p."value", p.unit, p.figure_ids)) AS figures
FROM (
    SELECT
        span, line_no,
        list_sort(list(struct_pack(step := step, period_start := period_start, period_end := period_end, "value" := value,
            unit := unit, figure_ids := figure_ids))) AS points
    FROM span_series
    SEMI JOIN (FROM span_key WHERE is_own) AS own USING (span, line_no)
    WHERE value IS NOT NULL
    GROUP BY span, line_no
) AS s
JOIN span_key AS k USING (span, line_no);
