-- All readings with their weights, in a fixed order. The same figures in two states of a dataset are one
-- reading, shown with the state that was public on the day of the claim.
WITH weighed AS (
    SELECT
        r.*,
        CASE WHEN stated THEN f.weight * e.weight * p.weight ELSE f.weight * e.weight * nearness END AS weight
    FROM reading AS r
    JOIN weight AS f ON f.aspect = 'fit' AND f.word = r.fit
    JOIN weight AS e ON e.aspect = 'evidence' AND e.word = r.evidence
    JOIN weight AS p ON p.aspect = 'period' AND p.word = r.period_fit
)
SELECT
    test_id, stated, meaning, variant, nearness, dataset, vintage, contemporaneous, definition, place, fit, evidence,
    period_fit, value, unit, low, coalesce(low_open, false), high, coalesce(high_open, false), outcome, why, closest,
    figures, weight
FROM weighed
QUALIFY row_number() OVER (
    PARTITION BY test_id, stated, meaning, variant, dataset, definition, place, outcome,
        list_transform(figures, lambda f: f.observation_keys)
    ORDER BY contemporaneous DESC, vintage, list_transform(figures, lambda f: f.vintage)
) = 1
ORDER BY
    test_id, stated DESC, meaning, outcome = 'missing', weight DESC,
    dataset, vintage, definition, variant, place, fit, list_transform(figures, lambda f: f.observation_keys);
