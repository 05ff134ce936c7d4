-- What records and trends are made of: calendar years, months, 12 months in a row, or the same days of each year, numbered by step so
-- that neighbours are one apart. Sums of days or months only where each is covered: never part of a month as the month.
CREATE TEMP TABLE span_wanted AS
SELECT DISTINCT t.span, c.dataset, c.vintage, c.place, c.measure, c.definition, coalesce(r.numerator, c.measure) AS counted
FROM candidate AS c
JOIN test AS t USING (test_id)
LEFT JOIN rate_asked AS r USING (measure)
WHERE t.span <> 'year'
UNION
-- those that a rank or a contrast compares the place with
SELECT DISTINCT t.span, s.dataset, s.vintage, s.place, m.measure, s.definition, s.measure
FROM test AS t
JOIN test_peer_group AS g USING (test_id)
JOIN core.peer_group AS p USING (peer_group)
JOIN test_measure AS m USING (test_id)
LEFT JOIN rate_asked AS r USING (measure)
JOIN (
    SELECT dataset, vintage, place, measure, definition FROM mart.daily_series
    UNION
    SELECT dataset, vintage, place, measure, definition FROM mart.series WHERE year IS NULL
) AS s ON s.place = p.place AND s.measure = coalesce(r.numerator, m.measure)
SEMI JOIN usable_state AS u ON (u.dataset, u.vintage, u.claim_date) = (s.dataset, s.vintage, t.claim_date)
WHERE t.span LIKE '%..%' AND t.kind IN ('rank', 'contrast');

CREATE TEMP TABLE span_day AS
SELECT d.dataset, d.vintage, d.place, d.measure, d.definition, d.day, d.n
FROM mart.daily AS d
SEMI JOIN span_wanted AS w
    ON (w.dataset, w.vintage, w.place, w.counted, w.definition) = (d.dataset, d.vintage, d.place, d.measure, d.definition);

-- A sum of days has no row in mart.series; its number is only its own.
CREATE TEMP MACRO own_id(dataset, vintage, measure, definition, place, period_start, period_end) AS
    [hash(dataset, vintage, measure, definition, place, period_start, period_end)];

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
    SELECT
        span, make_date(y, start_month, start_day) AS period_start,
        -- the 29th of February is the 28th of most years
        least(last_day(make_date(y, end_month, 1)), make_date(y, end_month, 1) + (end_day - 1)) AS period_end
    FROM (
        SELECT DISTINCT span, span[1:2]::INTEGER AS start_month, span[4:5]::INTEGER AS start_day,
            span[8:9]::INTEGER AS end_month, span[11:12]::INTEGER AS end_day
        FROM span_wanted
        WHERE span LIKE '%..%'
    )
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
SELECT 'year' AS span, dataset, vintage, place, measure, definition, period_start, period_end, value, denominator, unit, status, figure_ids,
    year::INTEGER AS step
FROM series
WHERE year IS NOT NULL
UNION ALL
SELECT span, dataset, vintage, place, measure, definition, period_start, period_end, value, denominator, unit, status, figure_ids, step
FROM span_sum;

-- Each series that a record or a trend asks for, by a number.
CREATE TEMP TABLE span_key AS
SELECT *, row_number() OVER () AS series_no
FROM (
    SELECT DISTINCT t.span, c.place, c.measure, c.definition, c.dataset, c.vintage
    FROM candidate AS c
    JOIN test AS t USING (test_id)
    WHERE t.kind IN ('record', 'trend')
);

-- Its figures in their order. x counts the steps from the first; the sums up to a figure give those of any window as the
-- difference of two. run_start: since which step there has been no gap.
CREATE TEMP TABLE span_point AS
WITH point AS (
    SELECT
        k.series_no, s.step, s.value, s.unit, (s.step - min(s.step) OVER p)::DOUBLE AS x, row_number() OVER (p ORDER BY s.step) AS n,
        lag(s.value) OVER (p ORDER BY s.step) AS before,
        figure(CASE WHEN span IN ('month', '12 months') THEN span ELSE 'year' END, dataset, vintage, measure, definition, place,
            s.period_start, s.period_end, s.value, s.unit, s.figure_ids) AS figure
    FROM span_series AS s
    JOIN span_key AS k USING (span, place, measure, definition, dataset, vintage)
    WHERE s.value IS NOT NULL
    WINDOW p AS (PARTITION BY k.series_no)
)
SELECT
    series_no, step, value, unit, figure, n, lead(value) OVER o AS next_value,
    sum(x) OVER o AS x, sum(x * x) OVER o AS xx, sum(value) OVER o AS y, sum(x * value) OVER o AS xy,
    coalesce(sum((value > before)::INTEGER) OVER o, 0) AS rises, coalesce(sum((value < before)::INTEGER) OVER o, 0) AS falls,
    min(step) OVER (PARTITION BY series_no, step - n) AS run_start
FROM point
WINDOW o AS (PARTITION BY series_no ORDER BY step);

-- The same as lists, of which a window is a slice.
CREATE TEMP TABLE span_whole AS
SELECT series_no, list(step ORDER BY step) AS steps, list(value ORDER BY step) AS values, list(figure ORDER BY step) AS figures
FROM span_point
GROUP BY series_no;

ALTER TABLE span_point DROP COLUMN figure;
