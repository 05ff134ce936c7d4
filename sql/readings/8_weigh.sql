-- All readings with their weights and margins. The same figures in two states of a dataset are one reading, shown
-- with the state that was public on the day of the claim.
-- Only what is worked out here is kept, by the number of the reading: its figures are long.
CREATE TEMP TABLE weight_of_reading AS
WITH kept AS (
    SELECT arg_min(r.rowid, (NOT contemporaneous, vintage, list_transform(r.figures, lambda f: f.vintage))) AS id
    FROM reading AS r
    GROUP BY test_id, stated, meaning, variant, dataset, definition, place, outcome,
        ids,
        hash(list_transform(figures, lambda f: f.figure_ids))
), joined AS (
    SELECT
        r.rowid AS id, r.outcome,
        CASE WHEN r.stated THEN f.weight * e.weight * p.weight ELSE f.weight * e.weight * r.nearness END
            * CASE WHEN b.has_consistent THEN d.weight ELSE 1 END AS weight,
        -- distance from the nearest bound as a share of it; of a change without a bound, the change itself
        least(1.0, coalesce(
            least(abs(r.value - nullif(r.low, 0)) / abs(r.low), abs(r.value - nullif(r.high, 0)) / abs(r.high)),
            abs(r.value) / 100
        )) AS distance
    FROM reading AS r
    JOIN weight AS f ON f.aspect = 'fit' AND f.word = r.fit
    JOIN weight AS e ON e.aspect = 'evidence' AND e.word = r.evidence
    JOIN weight AS p ON p.aspect = 'period' AND p.word = r.period_fit
    JOIN weight AS d ON d.aspect = 'definition' AND d.word = 'mixed'
    LEFT JOIN reading_break AS b ON b.reading_id = r.rowid
)
SELECT id, weight, CASE outcome WHEN 'holds' THEN distance WHEN 'fails' THEN -distance END AS margin
FROM joined
SEMI JOIN kept USING (id);

CREATE TEMP VIEW weighed AS
SELECT
    r.* EXCLUDE (series_no, n_before, n_up_to, ids)
        REPLACE (
            coalesce(r.figures, a.figures[r.n_before + 1 : r.n_up_to], []) AS figures,
            coalesce(r.peer_group, g.peer_group) AS peer_group, coalesce(r.n_peers, g.n_places) AS n_peers
        ),
    w.weight, w.margin, b.id AS definition_break
FROM reading AS r
JOIN weight_of_reading AS w ON w.id = r.rowid
LEFT JOIN span_figures AS a USING (series_no)
LEFT JOIN group_taken AS g ON g.place = r.place
LEFT JOIN reading_break AS b ON b.reading_id = r.rowid;

-- The readings of each test summed up.
--   open        weight of the meanings of the words that no reading decides
--   fairness    mean margin of the nearby readings, by closeness (Wu et al., PVLDB 2014): below zero, most
--               rewordings are weaker than what is claimed
--   robustness  exp(-mean squared shortfall) of the nearby readings (same source): 1 if none of them fails
CREATE TEMP TABLE tally AS
WITH meaning AS (
    -- "in 20 years" has a window as a meaning of its own
    SELECT
        test_id, meaning, CASE WHEN t.kind = 'record' THEN variant END AS window_,
        bool_or(outcome IN ('holds', 'fails')) AS decided, max(weight) AS weight
    FROM weighed
    JOIN test AS t USING (test_id)
    WHERE stated
    GROUP BY ALL
), undecided AS (
    SELECT test_id, sum(exact(weight)) AS weight FROM meaning WHERE NOT decided GROUP BY test_id
)
SELECT
    w.test_id,
    coalesce(sum(exact(w.weight)) FILTER (WHERE stated AND outcome = 'holds'), 0)::DOUBLE AS holds,
    coalesce(sum(exact(w.weight)) FILTER (WHERE stated AND outcome = 'fails'), 0)::DOUBLE AS fails,
    coalesce(any_value(u.weight), 0)::DOUBLE AS open,
    coalesce(sum(exact(w.weight)) FILTER (WHERE NOT stated AND outcome = 'holds'), 0)::DOUBLE AS nearby_holds,
    coalesce(sum(exact(w.weight)) FILTER (WHERE NOT stated AND outcome = 'fails'), 0)::DOUBLE AS nearby_fails,
    sum(exact(w.weight * margin)) FILTER (WHERE NOT stated)::DOUBLE
        / nullif(sum(exact(w.weight)) FILTER (WHERE NOT stated AND margin IS NOT NULL), 0)::DOUBLE AS fairness,
    exp(-sum(exact(w.weight * least(margin, 0) ** 2)) FILTER (WHERE NOT stated)::DOUBLE
        / nullif(sum(exact(w.weight)) FILTER (WHERE NOT stated AND margin IS NOT NULL), 0)::DOUBLE) AS robustness
FROM weighed AS w
LEFT JOIN undecided AS u USING (test_id)
GROUP BY w.test_id;
