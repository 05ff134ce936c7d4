-- For the chance check: which kinds of measures (count, rate) the words of records are about.
SELECT DISTINCT m.kind
FROM test AS t
JOIN test_measure AS w USING (test_id)
JOIN core.measure AS m USING (measure)
WHERE t.kind = 'record' AND w.restated IS NULL;
