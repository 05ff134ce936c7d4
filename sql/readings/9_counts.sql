-- For the chance check: the counts that a percentage of a decided stated reading was made from.
SELECT DISTINCT o.observation_key, o.value
FROM core.observation AS o
SEMI JOIN (
    SELECT unnest(s.observation_keys) AS observation_key
    FROM mart.series AS s
    SEMI JOIN (
        SELECT unnest(w.figures) AS f
        FROM weighed AS w
        SEMI JOIN (SELECT test_id FROM test WHERE kind IN ('share', 'value', 'threshold')) AS own
            USING (test_id)
        WHERE w.stated AND w.outcome IN ('holds', 'fails') AND w.unit = 'percent'
    ) AS used
        ON (s.dataset, s.vintage, s.measure, s.definition, s.place, s.period_start, s.period_end)
        = (used.f.dataset, used.f.vintage, used.f.measure, used.f.definition, used.f.place, used.f.period_start,
            used.f.period_end)
) AS behind USING (observation_key)
WHERE o.unit = 'count' AND o.value IS NOT NULL
ORDER BY ALL;
