-- ratio: one side over the other. Both sides from the same state of the same dataset and definition; across
-- datasets only where no dataset has both for that meaning, measures and period.
CREATE TEMP MACRO worse_fit(a, b) AS ['exact', 'coextensive', 'wider', 'part'][list_max([
    array_position(['exact', 'coextensive', 'wider', 'part'], a), array_position(['exact', 'coextensive', 'wider', 'part'], b)])];
CREATE TEMP MACRO worse_evidence(a, b) AS
    CASE WHEN 'secondary' IN (a, b) THEN 'secondary' WHEN 'compiled' IN (a, b) THEN 'compiled' ELSE 'primary' END;
CREATE TEMP MACRO worse_period(a, b) AS CASE WHEN 'stand_in' IN (a, b) THEN 'stand_in' ELSE 'exact' END;
-- Of counts only, as for one figure: the rate of a part can be above or below that of the whole.
CREATE TEMP MACRO ratio_bound(of_fit, of_kind, to_fit, to_kind) AS CASE
    WHEN part_bound(of_fit, of_kind) = 'lower' AND to_fit <> 'part' THEN 'lower'
    WHEN part_bound(to_fit, to_kind) = 'lower' AND of_fit <> 'part' THEN 'upper'
END;

INSERT INTO reading BY NAME
WITH pair AS MATERIALIZED (
    SELECT
        a.test_id, a.stated AND b.stated AS stated, least(a.nearness, b.nearness) AS nearness,
        100 * a.meaning + b.meaning AS meaning, a.option,
        a.statistic AS of_statistic, b.statistic AS to_statistic,
        a.dataset AS of_dataset, b.dataset AS to_dataset,
        a.definition AS of_definition, b.definition AS to_definition,
        a.place AS of_place, b.place AS to_place,
        a.measure AS of_measure, b.measure AS to_measure,
        a.contemporaneous AND b.contemporaneous AS contemporaneous,
        CASE WHEN a.dataset = b.dataset THEN a.vintage ELSE greatest(a.vintage, b.vintage) END AS vintage,
        worse_evidence(a.evidence, b.evidence) AS evidence, worse_fit(a.fit, b.fit) AS fit,
        ratio_bound(a.fit, m.kind, b.fit, n.kind) AS bound,
        worse_period(a.period_fit, b.period_fit) AS period_fit,
        least(a.period_start, b.period_start) AS window_start, greatest(a.period_end, b.period_end) AS window_end,
        a.period_words AS of_span, b.period_words AS to_span,
        a.value / nullif(b.value, 0) AS value,
        concat_ws('; ', a.why, b.why) AS why, lacks_of(a.lack, b.lack) AS lacks,
        [figure('of', a.dataset, a.vintage, a.measure, a.definition, a.place, a.period_start, a.period_end,
            a.value, a.unit, a.figure_ids),
         figure('to', b.dataset, b.vintage, b.measure, b.definition, b.place, b.period_start, b.period_end,
            b.value, b.unit, b.figure_ids)] AS figures,
        a.dataset = b.dataset AND a.vintage = b.vintage AND a.definition = b.definition AS same_source,
        t.low, t.low_open, t.high, t.high_open
    FROM operand_value AS a
    JOIN operand_value AS b ON a.test_id = b.test_id AND a.option = b.option AND a.role = 'of' AND b.role = 'to'
    JOIN test AS t ON t.test_id = a.test_id
    JOIN core.measure AS m ON m.measure = a.measure
    JOIN core.measure AS n ON n.measure = b.measure
    WHERE t.kind = 'ratio'
        AND (a.measure = b.measure OR NOT t.same_measure)
        AND (a.place = b.place AND a.meaning = b.meaning OR NOT t.same_place)
        AND (a.dataset <> b.dataset OR a.vintage = b.vintage)
), with_own AS (
    -- found by a join and not by a window, through which all figures would go
    SELECT DISTINCT test_id, meaning, option, of_measure, to_measure, of_statistic, to_statistic, true AS has_same_source
    FROM pair
    WHERE same_source AND value IS NOT NULL
)
SELECT
    test_id, stated, meaning, nearness,
    of_span || CASE of_statistic WHEN 'mean' THEN ' (mean of the years)' WHEN 'peak' THEN ' (highest year)' ELSE '' END
        || CASE WHEN of_span <> to_span OR of_statistic <> to_statistic THEN ' against ' || to_span
            || CASE to_statistic WHEN 'mean' THEN ' (mean of the years)' WHEN 'peak' THEN ' (highest year)' ELSE '' END
            ELSE '' END AS variant,
    CASE WHEN of_dataset = to_dataset THEN of_dataset ELSE of_dataset || ' ÷ ' || to_dataset END AS dataset,
    vintage, contemporaneous,
    CASE WHEN of_definition = to_definition THEN of_definition ELSE of_definition || ' ÷ ' || to_definition END AS definition,
    of_place || ' ÷ ' || to_place AS place,
    fit, evidence, period_fit, value, 'ratio' AS unit, low, low_open, high, high_open,
    outcome(value, low, low_open, high, high_open, bound) AS outcome,
    CASE
        WHEN value IS NULL THEN coalesce(nullif(why, ''), 'the divisor is zero')
        WHEN outcome = 'undetermined' THEN 'one side counts only part of its place, so this is a bound, not the ratio'
    END AS why,
    lacks,
    bound AS closest, window_start, window_end,
    figures
FROM pair
LEFT JOIN with_own USING (test_id, meaning, option, of_measure, to_measure, of_statistic, to_statistic)
WHERE same_source OR has_same_source IS NULL;
