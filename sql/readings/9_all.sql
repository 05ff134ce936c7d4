-- All readings, in a fixed order: by test, stated first, decided first, heaviest first. Figures are most of what is fetched: those of
-- nearby readings more than a step away are looked at only where readings are shown (variable all_figures).
SELECT
    test_id, stated, meaning, variant, steps, restated, dataset, vintage, contemporaneous, definition, place, fit, evidence,
    period_fit, value, unit, low, coalesce(low_open, false), high, coalesce(high_open, false), outcome, why, coalesce(lacks, []), closest,
    CASE WHEN getvariable('all_figures') OR stated OR steps = 1 THEN figures ELSE [] END AS figures, weight, margin, definition_break,
    window_start, window_end, way, peer_group, n_peers
FROM weighed
ORDER BY
    test_id, stated DESC, meaning, outcome = 'missing', weight DESC,
    dataset, vintage, definition, variant, place, fit, list_transform(weighed.figures, lambda f: f.figure_ids);
