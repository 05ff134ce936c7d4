-- All readings, in a fixed order: by test, stated first, decided first, heaviest first.
SELECT
    test_id, stated, meaning, variant, steps, restated, dataset, vintage, contemporaneous, definition, place, fit, evidence,
    period_fit, value, unit, low, coalesce(low_open, false), high, coalesce(high_open, false), outcome, why, closest,
    figures, weight, margin, definition_break, window_start, window_end, way, peer_group, n_peers
FROM weighed
ORDER BY
    test_id, stated DESC, meaning, outcome = 'missing', weight DESC,
    dataset, vintage, definition, variant, place, fit, list_transform(figures, lambda f: f.figure_ids);
