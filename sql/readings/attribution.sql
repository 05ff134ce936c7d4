-- attribution: what figures can show about a cause. Did the measure already move the way claimed before it? Is the mean of the
-- years after it higher (or lower) than the mean of the years before? Did it change as much at other dates of the series, which
-- had no such cause? And in other places (attribution_peers.sql)? "holds" only means that this does not speak against the cause:
-- nothing here proves one.
-- Compared are the full years before the cause with the full years after it that had ended on the day of the claim. The year in
-- which it happened is neither, unless it happened on 1 January: then that is the first year after.
-- closest: which step of the argument a reading is, and its numbers, for the words.
SET VARIABLE attribution_bars = (SELECT map(list(name), list(amount)) FROM attribution_bar);
CREATE OR REPLACE TEMP MACRO bar(wanted) AS getvariable('attribution_bars')[wanted];
CREATE OR REPLACE TEMP MACRO before_and_after(from_year, cause_year, since_year, to_year) AS
    from_year || ' to ' || (cause_year - 1) || ' and ' || span_words(year_start(since_year), year_end(to_year));

-- Every series that can serve for the place of a test, with the years that the test looks at. Nearby, in the newest state: up to two
-- years more or less before and after, as far as they had ended. As many weigh double where the years before are round in number
-- or begin in a year that people choose, or where a number of years after that nobody named is round.
CREATE OR REPLACE TEMP TABLE attribution_asked AS
WITH worded AS (
    SELECT
        c.* EXCLUDE (kind, claim_date, role, n_places, place_meant), l.sheet_no, u.unit, u.unit = 'percent' AS in_points,
        CASE t.direction WHEN 'rising' THEN 1 ELSE -1 END AS sign,
        year(t.cause_date) AS cause_year, t.years_before, year(t.claim_date) - 1 AS last_ended,
        (t.cause_date > year_start(year(t.cause_date)))::INTEGER AS gap,
        least(t.years_after, year(t.claim_date) - year(t.cause_date) - gap)::INTEGER AS years_after
    FROM candidate AS c
    JOIN test AS t USING (test_id)
    JOIN core.measure AS u USING (measure)
    JOIN line AS l USING (line_no)
    WHERE t.kind = 'attribution' AND t.test_id BETWEEN getvariable('first_test') AND getvariable('last_test')
)
SELECT *, true AS stated, NULL::DOUBLE AS nearness, NULL::INTEGER AS steps, 0 AS more_after FROM worded
UNION ALL
SELECT
    w.* REPLACE (w.years_before - i.shift AS years_before, w.years_after + j.shift AS years_after), false,
    moved_nearness(CASE WHEN j.shift <> 0 AND (w.years_after + j.shift) % 5 = 0 THEN nearby_weight('round') ELSE i.naturalness END,
        i.shift, j.shift),
    abs(i.shift) + abs(j.shift), j.shift
FROM worded AS w
JOIN nearby_start AS i ON i.test_id = w.test_id AND abs(i.shift) <= 2
CROSS JOIN (VALUES (-2), (-1), (0), (1), (2)) AS j(shift)
-- as few years as a claim can name
WHERE w.latest AND (i.shift <> 0 OR j.shift <> 0) AND w.years_before - i.shift >= 2
    AND (j.shift = 0 OR w.years_after + j.shift >= 1) AND w.cause_year + w.gap + w.years_after + j.shift - 1 <= w.last_ended;

-- The figures of a series as lists, from its first year to its last, a gap being NULL, so that a span of years is a slice.
CREATE OR REPLACE TEMP TABLE attribution_series AS
WITH known AS (
    SELECT line_no, year, value, figure_id
    FROM point
    SEMI JOIN attribution_asked USING (line_no)
    WHERE year IS NOT NULL AND value IS NOT NULL
), span AS (
    SELECT line_no, unnest(range(min(year), max(year) + 1))::INTEGER AS year FROM known GROUP BY line_no
)
SELECT
    line_no, first, last, list_transform(points, lambda p: p.amount) AS amounts, list_transform(points, lambda p: p.id) AS ids
FROM (
    SELECT
        line_no, min(year) AS first, max(year) AS last,
        list_sort(list(struct_pack(year := year, amount := value, id := figure_id))) AS points
    FROM span
    LEFT JOIN known USING (line_no, year)
    GROUP BY line_no
);

-- Before and after, at every year for which a series has all figures of both: each once, however many tests ask for it. Nearby
-- only at the cause.
CREATE OR REPLACE TEMP TABLE attribution_move AS
WITH shape AS (
    SELECT DISTINCT line_no, in_points, years_before, gap, years_after
    FROM attribution_asked
    WHERE years_after > 0 AND stated
), spot AS (
    SELECT h.*, unnest(range(s.first + h.years_before, s.last - h.gap - h.years_after + 2))::INTEGER AS at_year
    FROM shape AS h
    JOIN attribution_series AS s USING (line_no)
    UNION
    SELECT a.line_no, a.in_points, a.years_before, a.gap, a.years_after, a.cause_year
    FROM attribution_asked AS a
    JOIN attribution_series AS s USING (line_no)
    WHERE NOT a.stated AND a.years_after > 0 AND a.cause_year - a.years_before >= s.first
        AND a.cause_year + a.gap + a.years_after - 1 <= s.last
), sliced AS (
    SELECT
        p.*, at_year - s.first AS n_before, s.amounts[n_before - years_before + 1 : n_before] AS amounts_before,
        s.amounts[n_before + gap + 1 : n_before + gap + years_after] AS amounts_after,
        s.ids[n_before - years_before + 1 : n_before] || s.ids[n_before + gap + 1 : n_before + gap + years_after] AS figure_ids
    FROM spot AS p
    JOIN attribution_series AS s USING (line_no)
), mean AS (
    SELECT
        line_no, in_points, years_before, gap, years_after, at_year, list_avg(amounts_before) AS before,
        list_avg(amounts_after) AS after, figure_ids
    FROM sliced
    WHERE list_count(amounts_before) = years_before AND list_count(amounts_after) = years_after
)
SELECT *, moved(before, after, in_points) AS change FROM mean;

-- 1. The trend before the cause.
INSERT INTO reading BY NAME
WITH fitted AS (
    SELECT
        test_id, meaning, line_no, years_before, count(s.value) AS n_known, avg(s.value) AS mean,
        -- the slope of a single point is not a number
        CASE WHEN count(s.value) > 1 THEN regr_slope(s.value, s.year) END AS slope,
        list_sort(list(struct_pack(year := s.year, amount := s.value, unit := s.unit, id := s.figure_id))
            FILTER (WHERE s.value IS NOT NULL)) AS points
    FROM attribution_asked AS a
    JOIN point AS s USING (line_no)
    WHERE s.year BETWEEN cause_year - years_before AND least(cause_year - 1, last_ended) AND more_after = 0
    GROUP BY test_id, meaning, line_no, years_before
), sloped AS (
    SELECT
        *, round(CASE WHEN in_points THEN slope ELSE 100 * slope / nullif(mean, 0) END, 9) AS a_year,
        list_transform(points, lambda p: figure('year', dataset, vintage, measure, definition, place, year_start(p.year),
            year_end(p.year), p.amount, p.unit, [p.id])) AS figures
    FROM fitted
    JOIN (FROM attribution_asked WHERE more_after = 0) AS a USING (test_id, meaning, line_no, years_before)
)
SELECT
    test_id, stated, meaning, nearness, steps,
    'already before the cause: trend ' || (cause_year - years_before) || ' to ' || (cause_year - 1) AS variant,
    dataset, vintage, contemporaneous, definition, place, fit, evidence, 'exact' AS period_fit,
    a_year AS value, CASE WHEN in_points THEN 'percentage points a year' ELSE 'percent a year' END AS unit,
    CASE WHEN sign = -1 THEN -bar('slope') END AS low, false AS low_open,
    CASE WHEN sign = 1 THEN bar('slope') END AS high, false AS high_open,
    CASE WHEN n_known < years_before THEN 'missing' ELSE outcome(a_year, low, low_open, high, high_open, NULL) END AS outcome,
    CASE WHEN n_known < years_before THEN n_known || ' of ' || years_before || ' years before the cause have a figure'
        WHEN a_year IS NULL THEN 'the mean of the years before the cause is zero' END AS why,
    'trend' AS closest, coalesce(figures, []) AS figures,
    year_start(cause_year - years_before) AS window_start, year_end(cause_year - 1) AS window_end, 'trend' AS way
FROM sloped
WHERE stated OR (n_known = years_before AND a_year IS NOT NULL);

-- The change at the cause, or why there is none.
CREATE OR REPLACE TEMP TABLE attribution_now AS
WITH counted AS (
    SELECT
        test_id, meaning, line_no, count(s.value) FILTER (WHERE s.year < cause_year) AS n_before,
        count(s.value) FILTER (WHERE s.year >= cause_year + gap) AS n_after
    FROM attribution_asked AS a
    JOIN point AS s USING (line_no)
    WHERE s.year BETWEEN cause_year - years_before AND cause_year + gap + greatest(years_after, 0) - 1 AND stated
    GROUP BY test_id, meaning, line_no
), known AS (
    SELECT
        *, cause_year - years_before AS from_year, cause_year + gap AS since_year, cause_year + gap + years_after - 1 AS to_year
    FROM attribution_asked
    LEFT JOIN counted USING (test_id, meaning, line_no)
)
SELECT
    k.*, m.before, m.after, m.figure_ids, m.change,
    CASE WHEN m.change IS NOT NULL THEN NULL
        WHEN years_after < 1 THEN 'no full year after the cause had ended on the day of the claim'
        WHEN n_after < years_after THEN n_after || ' of ' || years_after || ' years after the cause have a figure'
        ELSE 'the mean of the years before the cause is zero' END AS why,
    CASE WHEN m.change IS NULL THEN [] ELSE [
        figure('mean of the years before', dataset, vintage, measure, definition, place, year_start(from_year),
            year_end(cause_year - 1), m.before, unit, m.figure_ids[:years_before]),
        figure('mean of the years after', dataset, vintage, measure, definition, place, year_start(since_year),
            year_end(to_year), m.after, unit, m.figure_ids[years_before + 1:])] END AS figures
FROM known AS k
LEFT JOIN (SELECT * RENAME (at_year AS cause_year) FROM attribution_move) AS m
    USING (line_no, in_points, cause_year, years_before, gap, years_after)
WHERE k.stated OR m.change IS NOT NULL;

-- Of all slices, for attribution_peers.sql.
CREATE TEMP TABLE IF NOT EXISTS attribution_effect AS FROM attribution_now LIMIT 0;
INSERT INTO attribution_effect FROM attribution_now;

-- 2. From before the cause to after it.
INSERT INTO reading BY NAME
SELECT
    test_id, stated, meaning, nearness, steps,
    'before and after the cause: ' || CASE WHEN years_after < 1 THEN from_year || ' to ' || (cause_year - 1)
        ELSE before_and_after(from_year, cause_year, since_year, to_year) END AS variant,
    dataset, vintage, contemporaneous, definition, place, fit, evidence, 'exact' AS period_fit,
    change AS value, change_unit(in_points) AS unit,
    CASE WHEN sign = 1 THEN 0 END AS low, true AS low_open, CASE WHEN sign = -1 THEN 0 END AS high, true AS high_open,
    outcome(change, low, true, high, true, NULL) AS outcome, why, concat_ws('|', 'change', change, in_points) AS closest, figures,
    year_start(from_year) AS window_start, year_end(CASE WHEN years_after < 1 THEN cause_year - 1 ELSE to_year END) AS window_end, 'change' AS way
FROM attribution_now
-- else the trend before says what is missing
WHERE n_before = years_before OR NOT stated;

-- 3. The same change at other dates of the series, whose years are neither the cause's nor those looked at after it. Neighbouring
-- dates share years, so that the share of dates is a rank and no probability.
INSERT INTO reading BY NAME
WITH date AS (
    SELECT
        e.test_id, e.meaning, e.line_no, count(*) AS n, count(*) FILTER (WHERE e.sign * m.change >= e.sign * e.change) AS n_as_much,
        median(m.change) AS median_change,
        min(m.at_year) - any_value(e.years_before) AS first, max(m.at_year) + any_value(e.gap + e.years_after) - 1 AS last,
        list_sort(list_distinct(flatten(list(m.figure_ids)))) AS ids
    FROM attribution_now AS e
    JOIN attribution_move AS m USING (line_no, years_before, gap, years_after)
    WHERE e.stated AND (m.at_year + m.gap + m.years_after - 1 < e.cause_year OR m.at_year - m.years_before > e.to_year)
        AND m.at_year + m.gap + m.years_after - 1 <= e.last_ended AND m.change IS NOT NULL
    GROUP BY e.test_id, e.meaning, e.line_no
), elsewhen AS (
    -- joined apart: which dates count is too much for an outer join
    SELECT e.*, coalesce(d.n, 0) AS n, coalesce(d.n_as_much, 0) AS n_as_much, d.median_change, d.first, d.last, d.ids
    FROM attribution_now AS e
    LEFT JOIN date AS d USING (test_id, meaning, line_no)
    WHERE e.change IS NOT NULL AND e.stated
)
SELECT
    test_id, true AS stated, meaning, NULL AS nearness,
    'compared with other dates: the same change without the cause' AS variant,
    dataset, vintage, contemporaneous, definition, place, fit, evidence, 'exact' AS period_fit,
    CASE WHEN n >= bar('fewest_others') THEN 100 * (1 + n_as_much) / (1 + n) END AS value, 'percent of dates' AS unit,
    NULL AS low, false AS low_open, bar('extreme') AS high, false AS high_open,
    outcome(value, low, false, high, false, NULL) AS outcome,
    CASE WHEN n < bar('fewest_others') THEN n || CASE n WHEN 1 THEN ' other date has' ELSE ' other dates have' END
        || ' all figures, and at least ' || bar('fewest_others')::INTEGER || ' are needed' END AS why,
    concat_ws('|', 'dates', change, n_as_much, n, in_points) AS closest,
    figures || CASE WHEN n = 0 THEN [] ELSE [
        figure('median change at ' || n || ' other dates', dataset, vintage, measure, definition, place, year_start(first),
            year_end(last), median_change, change_unit(in_points), ids)] END AS figures,
    year_start(from_year) AS window_start, year_end(to_year) AS window_end, 'dates' AS way
FROM elsewhen;
