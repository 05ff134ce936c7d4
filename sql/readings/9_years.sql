-- For the chance check: all yearly counts of the series that decided stated readings stand on, also of groups taken together.
SELECT s.dataset, s.vintage, s.measure, s.definition, s.place, s.year, any_value(s.value) AS value
FROM series AS s
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
