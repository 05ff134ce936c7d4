-- record: the year against all years of its window. "In 20 years" counts the year itself (inclusive) or the
-- twenty years before it (exclusive); "since 1971" is the years after 1971. A year without a figure can hide a
-- higher one, so it never makes a record true. A month, 12 months in a row or a part of the year likewise: all are
-- steps of 5_spans.sql.
INSERT INTO reading BY NAME
WITH shifts AS (
    SELECT test_id, shift, naturalness / abs(shift) AS nearness FROM nearby_start WHERE shift <> 0
    UNION ALL
    SELECT test_id, 0, NULL FROM test WHERE kind = 'record'
), spans AS (
    SELECT test_id, 'counting ' || step_words(step, per_year) || ' itself' AS counting,
        step - n_steps + 1 - shift * per_year AS from_step, shift, nearness, 0 AS kind_no
    FROM test JOIN shifts USING (test_id)
    -- no window without a year
    WHERE kind = 'record' AND n_steps - 1 + shift * per_year > 0
    UNION ALL
    SELECT test_id, 'counting the years before ' || step_words(step, per_year), step - n_steps, 0, NULL, 1
    FROM test WHERE kind = 'record' AND n_steps IS NOT NULL
    UNION ALL
    SELECT test_id, 'since ' || (since_step // per_year + shift), since_step + shift * per_year + 1, shift, nearness, 2
    FROM test JOIN shifts USING (test_id)
    WHERE kind = 'record' AND since_step IS NOT NULL AND since_step + shift * per_year + 1 < step
), merged AS (
    -- a window that is both a stated and a nearby one is the stated one, in its words
    SELECT
        test_id, from_step, bool_or(shift = 0) AS stated, max(nearness) AS nearness, min(abs(shift)) AS steps,
        max_by(counting, CASE WHEN shift = 0 THEN 10 ELSE 0 END - kind_no) AS counting
    FROM spans
    GROUP BY test_id, from_step
), window_ AS (
    -- longer windows together weigh as much as shorter ones: a record that cannot be claimed of a longer window is not
    -- picked for that alone
    SELECT m.* REPLACE (
        m.nearness / sum(m.nearness) FILTER (WHERE NOT m.stated) OVER (PARTITION BY m.test_id, m.from_step < f.first)
        AS nearness)
    FROM merged AS m
    JOIN (SELECT test_id, min(from_step) AS first FROM merged WHERE stated GROUP BY test_id) AS f USING (test_id)
), focus AS (
    SELECT c.*, s.step, s.period_start, s.period_end, s.value, s.unit, s.figure_ids, s.status, t.span, t.per_year,
        t.direction, t.peer_of,
        CASE t.direction WHEN 'highest' THEN 1 ELSE -1 END AS sign
    FROM candidate AS c
    JOIN test AS t USING (test_id)
    JOIN span_series AS s
        ON (s.span, s.dataset, s.vintage, s.place, s.measure, s.definition, s.step)
        = (t.span, c.dataset, c.vintage, c.place, c.measure, c.definition, t.step)
    WHERE t.kind = 'record'
), rival AS (
    SELECT
        f.test_id, f.dataset, f.vintage, f.place, f.measure, f.definition, f.meaning, r.step, r.period_start,
        r.period_end, r.value, r.figure_ids, f.sign * r.value AS height
    FROM focus AS f
    JOIN span_series AS r
        ON (r.span, r.dataset, r.vintage, r.place, r.measure, r.definition)
        = (f.span, f.dataset, f.vintage, f.place, f.measure, f.definition)
        AND r.step < f.step AND r.value IS NOT NULL
        -- of a peer only the window matters, of the claim's place also what is closest to true
        AND (f.peer_of IS NULL OR r.step >= (SELECT min(w.from_step) FROM window_ AS w WHERE w.test_id = f.test_id))
), judged AS (
    SELECT
        f.*, w.counting, w.from_step, w.steps, w.stated AND f.restated IS NULL AS stated,
        CASE WHEN f.restated IS NULL THEN w.nearness ELSE nearby_weight('measure') END AS nearness,
        f.step - w.from_step AS n_needed,
        count(r.step) AS n_known,
        max_by(struct_pack(s := r.period_start, e := r.period_end, v := r.value, k := r.figure_ids), (r.height, r.step)) AS top
    FROM focus AS f
    JOIN window_ AS w USING (test_id)
    LEFT JOIN rival AS r
        ON (r.test_id, r.dataset, r.vintage, r.place, r.measure, r.definition, r.meaning)
        = (f.test_id, f.dataset, f.vintage, f.place, f.measure, f.definition, f.meaning)
        AND r.step >= w.from_step
    WHERE w.stated OR (f.latest AND f.restated IS NULL)
    GROUP BY ALL
), run AS (
    SELECT *, lag(step) OVER (
        PARTITION BY test_id, dataset, vintage, place, measure, definition, meaning ORDER BY step
    ) AS previous_step
    FROM rival
    SEMI JOIN (SELECT test_id FROM test WHERE peer_of IS NULL) AS own USING (test_id)
), last_higher AS (
    -- for the closest true statement: the last year that stood higher, and the last year without a figure
    SELECT
        test_id, dataset, vintage, place, measure, definition, meaning,
        max(r.step) FILTER (WHERE r.height > f.sign * f.value) AS higher_step,
        arg_max(r.value, r.step) FILTER (WHERE r.height > f.sign * f.value) AS higher_value,
        greatest(
            max(r.step - 1) FILTER (WHERE r.previous_step IS DISTINCT FROM r.step - 1),
            CASE WHEN max(r.step) < f.step - 1 THEN f.step - 1 END
        ) AS gap_step
    FROM focus AS f
    JOIN run AS r USING (test_id, dataset, vintage, place, measure, definition, meaning)
    GROUP BY test_id, dataset, vintage, place, measure, definition, meaning, f.step
)
SELECT
    j.test_id, j.stated, j.meaning, j.nearness, j.steps, j.restated,
    restated_words(CASE WHEN j.span LIKE '%..%' THEN replace(j.span, '..', ' to ') || ' of each year, '
        WHEN j.span = '12 months' THEN '12 months ending in each month, ' ELSE '' END
        || j.counting || ': ' || step_words(j.from_step, j.per_year) || ' to ' || step_words(j.step - 1, j.per_year), j.restated) AS variant,
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
        WHEN j.value IS NULL AND j.status = 'partial' THEN 'the figure for ' || step_words(j.step, j.per_year) || ' covers only part of the year'
        WHEN j.value IS NULL THEN 'the figure for ' || step_words(j.step, j.per_year) || ' was not reported'
        WHEN outcome = 'missing' THEN (j.n_needed - j.n_known) || ' of the ' || j.n_needed || CASE j.per_year WHEN 1 THEN ' years' ELSE ' months' END || ' before have no figure'
    END AS why,
    concat(h.higher_step, '|', h.higher_value, '|', h.gap_step, '|', j.step) AS closest,
    [figure(CASE WHEN j.span IN ('month', '12 months') THEN j.span ELSE 'year' END, j.dataset, j.vintage, j.measure,
        j.definition, j.place, j.period_start, j.period_end, j.value, j.unit, j.figure_ids)]
    || CASE WHEN j.n_known = 0 THEN [] ELSE [figure(
        'next ' || j.direction, j.dataset, j.vintage, j.measure, j.definition, j.place, top.s, top.e,
        top.v, j.unit, top.k)] END AS figures
FROM judged AS j
LEFT JOIN last_higher AS h USING (test_id, dataset, vintage, place, measure, definition, meaning);
