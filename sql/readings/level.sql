-- value, share, threshold in a period: a figure against the band claimed.
INSERT INTO reading BY NAME
SELECT
    o.test_id, o.stated, o.meaning, o.nearness,
    o.period_words AS variant,
    o.dataset, o.vintage, o.contemporaneous, o.definition, o.place, o.fit, o.evidence, o.period_fit,
    o.value, o.unit, t.low, t.low_open, t.high, t.high_open,
    outcome(o.value, t.low, t.low_open, t.high, t.high_open, bound) AS outcome,
    CASE
        WHEN o.value IS NULL THEN o.why
        WHEN outcome = 'undetermined' THEN 'only part of the place is counted: the whole has this many or more'
    END AS why,
    o.value::VARCHAR AS closest, o.period_start AS window_start, o.period_end AS window_end,
    [figure('figure', o.dataset, o.vintage, o.measure, o.definition, o.place, o.period_start, o.period_end,
        o.value, o.unit, o.figure_ids)] AS figures
FROM (
    SELECT *, part_bound(fit, m.kind) AS bound
    FROM operand_value
    JOIN (SELECT measure, kind FROM core.measure) AS m USING (measure)
) AS o
JOIN test AS t USING (test_id)
WHERE t.kind IN ('value', 'share', 'threshold');
