-- For the chance check: all yearly counts of the series that decided stated readings stand on.
SELECT s.dataset, s.vintage, s.measure, s.definition, s.place, s.year, any_value(s.value) AS value
FROM (
    SELECT dataset, vintage, measure, definition, place, year, value, unit FROM mart.series
    UNION ALL
    -- the places of a group taken together have no row there
    SELECT l.dataset, l.vintage, l.measure, l.definition, l.place, p.year, p.value, p.unit
    FROM sum_point AS p
    JOIN line AS l USING (line_no)
) AS s
SEMI JOIN (
    SELECT unnest(w.figures) AS f
    FROM weighed AS w
    SEMI JOIN (SELECT test_id FROM test WHERE kind IN ('change', 'ratio', 'record')) AS own USING (test_id)
    WHERE w.stated AND w.outcome IN ('holds', 'fails')
) AS used
    ON (s.dataset, s.vintage, s.measure, s.definition, s.place)
    = (used.f.dataset, used.f.vintage, used.f.measure, used.f.definition, used.f.place)
WHERE s.year IS NOT NULL AND s.value IS NOT NULL AND s.unit = 'count'
GROUP BY ALL
ORDER BY ALL;
