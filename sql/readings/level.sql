-- value, share, threshold in a period: a figure against the band claimed. By other definitions than those that the words choose only
-- where a figure decides: together, over the period of the words and those near it, they weigh what the table says, each definition as
-- much as another, however many datasets count by it.
INSERT INTO reading BY NAME
WITH judged AS (
    SELECT
        o.*, t.low, t.low_open, t.high, t.high_open, h.share, g.part_why,
        taken_bound(o.fit, g.part_why, m.kind) AS bound,
        outcome(o.value, t.low, t.low_open, t.high, t.high_open, bound) AS outcome
    FROM operand_value AS o
    JOIN (SELECT measure, kind FROM core.measure) AS m USING (measure)
    JOIN test AS t USING (test_id)
    JOIN (SELECT test_id, option, period_share(test_id, nearness) AS share FROM test_period WHERE role = 'subject') AS h
        USING (test_id, option)
    LEFT JOIN group_taken AS g ON g.place = o.place
    WHERE t.kind IN ('value', 'share', 'threshold') AND (o.restated IS NULL OR outcome IN ('holds', 'fails'))
)
SELECT
    o.test_id, o.stated AND o.restated IS NULL AS stated, o.meaning, o.steps, o.restated,
    CASE WHEN o.restated IS NULL THEN o.nearness ELSE o.share * nearby_weight('definition') / n.n_definitions / k.n_alike END AS nearness,
    restated_words(o.period_words, o.restated) AS variant,
    o.dataset, o.vintage, o.contemporaneous, o.definition, o.place, o.fit, o.evidence, o.period_fit,
    o.value, o.unit, o.low, o.low_open, o.high, o.high_open, o.outcome,
    CASE
        WHEN o.value IS NULL THEN o.why
        WHEN o.outcome = 'undetermined' AND o.part_why IS NOT NULL THEN o.part_why
        WHEN o.outcome = 'undetermined' THEN 'only part of the place is counted: the whole has this many or more'
    END AS why,
    lacks_of(o.lack, NULL) AS lacks,
    -- of members that are named by their number the sum is exact, whatever the others do
    CASE WHEN o.part_why IS NULL THEN o.bound END AS closest, o.period_start AS window_start, o.period_end AS window_end,
    [figure('figure', o.dataset, o.vintage, o.measure, o.definition, o.place, o.period_start, o.period_end,
        o.value, o.unit, o.figure_ids)] AS figures
FROM judged AS o
LEFT JOIN (SELECT test_id, count(DISTINCT restated) AS n_definitions FROM judged GROUP BY test_id) AS n USING (test_id)
LEFT JOIN (SELECT test_id, option, restated, count(*) AS n_alike FROM judged GROUP BY ALL) AS k USING (test_id, option, restated);
