-- What a rate per 100,000 of a month, of 12 months in a row or of another span that is no calendar year is divided by: the population
-- of the calendar year that holds the middle day of the span, which for spans of up to a year is the year of most of its days (of
-- as many in two, the later). A publisher gives one population a year: interpolated, a rate would stand on a number that nobody
-- published, while the step at new year is the growth of a year, a percent or so; and 12 months to December have the rate of their
-- year. Whose population: as for years (sql/mart/2_series.sql), the dataset's own, else the newest Census estimate.
-- A rate of anything but 12 months is not annualised: it is how many of 100,000 people it came to within the span.
CREATE TEMP MACRO year_of_span(period_start, period_end) AS year(period_start + ((period_end - period_start + 1) // 2)::INTEGER);

CREATE TEMP MACRO rate_unit(period_start, period_end) AS
    CASE WHEN period_end + 1 = period_start + INTERVAL 12 MONTHS THEN 'per_100k' ELSE 'per_100k_not_annualised' END;

-- The tests that speak of such a span, and the rates that they read.
CREATE TEMP TABLE odd_test AS
SELECT test_id FROM test WHERE span <> 'year'
UNION
SELECT test_id FROM test_period WHERE NOT is_year(period_start, period_end);

CREATE TEMP TABLE rate_asked AS
SELECT r.measure, r.numerator
FROM core.measure AS r
SEMI JOIN (FROM test_measure SEMI JOIN odd_test USING (test_id)) AS m USING (measure)
WHERE r.kind = 'rate' AND r.denominator = 'population';

CREATE TEMP TABLE rate_population AS
WITH asked AS (
    SELECT DISTINCT l.dataset, l.vintage, l.place
    FROM (
        SELECT test_id, line_no FROM candidate
        UNION ALL
        SELECT test_id, line_no FROM peer_candidate
        UNION ALL
        -- those that a rank or a contrast compares the place with
        SELECT g.test_id, m.line_no FROM test_peer_group AS g JOIN member AS m USING (peer_group)
    ) AS c
    SEMI JOIN odd_test USING (test_id)
    JOIN line AS l USING (line_no)
    SEMI JOIN rate_asked USING (measure)
), known AS MATERIALIZED (
    SELECT dataset, vintage, place, year, value, figure_id
    FROM mart.series
    SEMI JOIN asked USING (place)
    WHERE measure = 'population' AND year IS NOT NULL AND value > 0
), census AS (
    SELECT * FROM known
    WHERE dataset = 'census_population' AND vintage = (SELECT max(vintage) FROM mart.state WHERE dataset = 'census_population')
), found AS (
    SELECT a.*, k.year, k.value, k.figure_id, true AS own FROM asked AS a JOIN known AS k USING (dataset, vintage, place)
    UNION ALL
    SELECT a.*, c.year, c.value, c.figure_id, false FROM asked AS a JOIN census AS c USING (place)
)
SELECT dataset, vintage, place, year, max_by(value, own) AS population, max_by(figure_id, own) AS figure_id
FROM found
GROUP BY dataset, vintage, place, year;
