-- record: the year against all years of its window. "In 20 years" counts the year itself (inclusive) or the
-- twenty years before it (exclusive); "since 1971" is the years after 1971. A year without a figure can hide a
-- higher one, so it never makes a record true.
INSERT INTO reading BY NAME
WITH shifts AS (
    SELECT * FROM (VALUES (-3, 0.25), (-2, 0.5), (-1, 1.0), (0, NULL), (1, 1.0), (2, 0.5), (3, 0.25)) AS v(shift, nearness)
), spans AS (
    SELECT test_id, 'counting ' || year || ' itself' AS counting, year - n_years + 1 - shift AS from_year, shift, nearness, 0 AS kind_no
    FROM test CROSS JOIN shifts
    WHERE kind = 'record' AND n_years - 1 + shift > 0 AND (peer_of IS NULL OR shift = 0)  -- no window without a year
    UNION ALL
    SELECT test_id, 'counting the years before ' || year, year - n_years, 0, NULL, 1
    FROM test WHERE kind = 'record' AND n_years IS NOT NULL
    UNION ALL
    SELECT test_id, 'since ' || (since_year + shift), since_year + shift + 1, shift, nearness, 2
    FROM test CROSS JOIN shifts WHERE kind = 'record' AND since_year IS NOT NULL AND since_year + shift + 1 < year
        AND (peer_of IS NULL OR shift = 0)
), window_ AS (
    -- a window that is both a stated and a nearby one is the stated one, in its words
    SELECT
        test_id, from_year, bool_or(shift = 0) AS stated, max(nearness) AS nearness,
        max_by(counting, CASE WHEN shift = 0 THEN 10 ELSE 0 END - kind_no) AS counting
    FROM spans
    GROUP BY test_id, from_year
), focus AS (
    SELECT c.*, s.year, s.value, s.unit, s.figure_ids, s.status, t.direction, t.peer_of,
        CASE t.direction WHEN 'highest' THEN 1 ELSE -1 END AS sign
    FROM candidate AS c
    JOIN test AS t USING (test_id)
    JOIN series AS s
        ON (s.dataset, s.vintage, s.place, s.measure, s.definition, s.year)
        = (c.dataset, c.vintage, c.place, c.measure, c.definition, t.year)
    WHERE t.kind = 'record'
), rival AS (
    SELECT
        f.test_id, f.dataset, f.vintage, f.place, f.measure, f.definition, f.meaning, r.year, r.value, r.figure_ids,
        f.sign * r.value AS height
    FROM focus AS f
    JOIN series AS r
        ON (r.dataset, r.vintage, r.place, r.measure, r.definition)
        = (f.dataset, f.vintage, f.place, f.measure, f.definition)
        AND r.year < f.year AND r.value IS NOT NULL
        -- of a peer only the window matters, of the claim's place also what is closest to true
        AND (f.peer_of IS NULL OR r.year >= (SELECT min(w.from_year) FROM window_ AS w WHERE w.test_id = f.test_id))
), judged AS (
    SELECT
        f.*, w.counting, w.from_year, w.stated, w.nearness,
        f.year - w.from_year AS n_needed,
        count(r.year) AS n_known,
        max_by(struct_pack(y := r.year, v := r.value, k := r.figure_ids), (r.height, r.year)) AS top
    FROM focus AS f
    JOIN window_ AS w USING (test_id)
    LEFT JOIN rival AS r
        ON (r.test_id, r.dataset, r.vintage, r.place, r.measure, r.definition, r.meaning)
        = (f.test_id, f.dataset, f.vintage, f.place, f.measure, f.definition, f.meaning)
        AND r.year >= w.from_year
    WHERE w.stated OR f.latest
    GROUP BY ALL
), run AS (
    SELECT *, lag(year) OVER (
        PARTITION BY test_id, dataset, vintage, place, measure, definition, meaning ORDER BY year
    ) AS previous_year
    FROM rival
    SEMI JOIN (SELECT test_id FROM test WHERE peer_of IS NULL) AS own USING (test_id)
), last_higher AS (
    -- for the closest true statement: the last year that stood higher, and the last year without a figure
    SELECT
        test_id, dataset, vintage, place, measure, definition, meaning,
        max(r.year) FILTER (WHERE r.height > f.sign * f.value) AS higher_year,
        arg_max(r.value, r.year) FILTER (WHERE r.height > f.sign * f.value) AS higher_value,
        greatest(
            max(r.year - 1) FILTER (WHERE r.previous_year IS DISTINCT FROM r.year - 1),
            CASE WHEN max(r.year) < f.year - 1 THEN f.year - 1 END
        ) AS gap_year
    FROM focus AS f
    JOIN run AS r USING (test_id, dataset, vintage, place, measure, definition, meaning)
    GROUP BY test_id, dataset, vintage, place, measure, definition, meaning, f.year
)
SELECT
    j.test_id, j.stated, j.meaning, j.nearness,
    j.counting || ': ' || j.from_year || ' to ' || (j.year - 1) AS variant,
    j.dataset, j.vintage, j.contemporaneous, j.definition, j.place, j.fit, j.evidence, 'exact' AS period_fit,
    j.value, j.unit,
    CASE WHEN j.sign = 1 THEN top.v END AS low, false AS low_open,
    CASE WHEN j.sign = -1 THEN top.v END AS high, false AS high_open,
    CASE
        WHEN j.value IS NULL OR j.n_known = 0 THEN 'missing'
        WHEN j.sign * top.v > j.sign * j.value THEN 'fails'
        WHEN j.n_known < j.n_needed THEN 'missing'
        ELSE 'holds'
    END AS outcome,
    CASE
        WHEN j.value IS NULL AND j.status = 'partial' THEN 'the figure for ' || j.year || ' covers only part of the year'
        WHEN j.value IS NULL THEN 'the figure for ' || j.year || ' was not reported'
        WHEN outcome = 'missing' THEN (j.n_needed - j.n_known) || ' of the ' || j.n_needed || ' years before have no figure'
    END AS why,
    concat(h.higher_year, '|', h.higher_value, '|', h.gap_year) AS closest,
    [figure('year', j.dataset, j.vintage, j.measure, j.definition, j.place, year_start(j.year), year_end(j.year),
        j.value, j.unit, j.figure_ids)]
    || CASE WHEN j.n_known = 0 THEN [] ELSE [figure(
        'next ' || j.direction, j.dataset, j.vintage, j.measure, j.definition, j.place, year_start(top.y), year_end(top.y),
        top.v, j.unit, top.k)] END AS figures
FROM judged AS j
LEFT JOIN last_higher AS h USING (test_id, dataset, vintage, place, measure, definition, meaning);
