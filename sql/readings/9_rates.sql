-- For the chance check: of the rates that decided stated readings of records stand on, what each step of their series was made from, by
-- the span of the record. Of 12 months in a row the months too, which have no population of their own. A rate that was published as
-- such has neither.
WITH used AS (
    SELECT DISTINCT t.span, f.dataset, f.vintage, f.measure, r.numerator, f.definition, f.place
    FROM (SELECT test_id, unnest(figures) AS f FROM weighed WHERE stated AND outcome IN ('holds', 'fails')) AS w
    JOIN test AS t USING (test_id)
    JOIN core.measure AS r ON r.measure = f.measure AND r.kind = 'rate' AND r.denominator = 'population'
    WHERE t.kind = 'record'
), step AS (
    SELECT 'year' AS span, dataset, vintage, measure, definition, place, year AS step, value, denominator, unit
    FROM mart.series
    WHERE year IS NOT NULL AND value IS NOT NULL
    UNION ALL
    SELECT span, dataset, vintage, measure, definition, place, step, value, denominator, unit FROM span_sum WHERE value IS NOT NULL
)
SELECT u.span, u.dataset, u.vintage, u.measure, u.definition, u.place, n.step, n.value, r.denominator AS population
FROM used AS u
JOIN step AS n
    ON n.span = u.span AND n.dataset = u.dataset AND n.vintage = u.vintage AND n.measure = u.numerator AND n.definition = u.definition
    AND n.place = u.place AND n.unit = 'count'
JOIN step AS r
    ON r.span = u.span AND r.dataset = u.dataset AND r.vintage = u.vintage AND r.measure = u.measure AND r.definition = u.definition
    AND r.place = u.place AND r.step = n.step AND r.denominator > 0
UNION
SELECT 'month', u.dataset, u.vintage, u.measure, u.definition, u.place, year(m.period_start) * 12 + month(m.period_start) - 1, m.value, NULL
FROM used AS u
JOIN span_month AS m
    ON m.dataset = u.dataset AND m.vintage = u.vintage AND m.measure = u.numerator AND m.definition = u.definition AND m.place = u.place
WHERE u.span = '12 months' AND m.unit = 'count' AND m.value IS NOT NULL
ORDER BY ALL;
