-- For the chance check: the counts of months, or of the same days of each year, of the series that decided stated readings of
-- records stand on. Of 12 months in a row, the months.
WITH used AS (
    SELECT DISTINCT t.span, f.dataset, f.vintage, f.measure, f.definition, f.place
    FROM (SELECT test_id, outcome, stated, unnest(figures) AS f FROM weighed) AS w
    JOIN test AS t USING (test_id)
    WHERE t.kind = 'record' AND t.span <> 'year' AND w.stated AND w.outcome IN ('holds', 'fails')
)
SELECT 'month' AS span, dataset, vintage, measure, definition, place, year(period_start) * 12 + month(period_start) - 1 AS step, value
FROM span_month
SEMI JOIN (FROM used WHERE span IN ('month', '12 months')) AS u USING (dataset, vintage, measure, definition, place)
WHERE unit = 'count' AND value IS NOT NULL
UNION ALL
SELECT span, dataset, vintage, measure, definition, place, step, value
FROM span_sum
SEMI JOIN (FROM used WHERE span LIKE '%..%') AS u USING (span, dataset, vintage, measure, definition, place)
WHERE unit = 'count' AND value IS NOT NULL
ORDER BY ALL;
