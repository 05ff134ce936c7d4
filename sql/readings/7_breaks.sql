-- Which readings compare figures on both sides of a change in what is counted by one name (checks/definition_breaks.yml). A total of
-- violent crime counts rape by the old definition in one year and by the new one in another, and not from the same year on in each
-- source and place: what it counts in a year is what the definition counts under which the same figure stands. Where none has
-- it, the published year decides. A record compares all years of its window, others the years of their figures.
CREATE TEMP TABLE reading_break AS
WITH of_break AS MATERIALIZED (
    SELECT
        r.rowid AS reading_id, r.test_id, r.stated, r.meaning, r.restated, r.compared_since, r.series_no, r.n_before, r.n_up_to,
        r.figures, w.weight * e.weight * p.weight AS weight
    FROM reading AS r
    JOIN weight AS w ON w.aspect = 'fit' AND w.word = r.fit
    JOIN weight AS e ON e.aspect = 'evidence' AND e.word = r.evidence
    JOIN weight AS p ON p.aspect = 'period' AND p.word = r.period_fit
    JOIN test AS t USING (test_id)
    SEMI JOIN (SELECT m.test_id FROM test_measure AS m SEMI JOIN definition_break AS b ON b.measure = m.measure) AS m
        ON m.test_id = r.test_id
    -- each year against a number is no comparison of years
    WHERE t.share_needed IS NULL AND r.outcome IN ('holds', 'fails')
), of_series AS MATERIALIZED (
    SELECT series_no, generate_subscripts(figures, 1) AS n, unnest(figures) AS f
    FROM span_figures
    SEMI JOIN of_break USING (series_no)
), compared AS MATERIALIZED (
    SELECT r.* EXCLUDE (figures, series_no, n_before, n_up_to), f."unnest" AS f FROM of_break AS r CROSS JOIN unnest(r.figures) AS f
    UNION ALL
    -- of a window of a series its ends: once what is counted has changed, it stays so
    SELECT r.* EXCLUDE (figures, series_no, n_before, n_up_to, n), s.f
    FROM (SELECT *, unnest([n_before + 1, n_up_to]) AS n FROM of_break WHERE series_no IS NOT NULL) AS r
    JOIN of_series AS s USING (series_no, n)
), span AS (
    SELECT
        c.reading_id, b.id, b.total_measure, b.first_year, b.definition, c.f.dataset AS dataset, c.f.vintage AS vintage, c.f.place AS place,
        year(c.f.period_start) - b.years_before AS from_year, year(c.f.period_end) AS to_year, c.compared_since
    FROM compared AS c
    JOIN definition_break AS b ON (b.measure, b.dataset, b.definition) = (c.f.measure, c.f.dataset, c.f.definition)
), years_of AS MATERIALIZED (
    SELECT * EXCLUDE (compared_since) FROM span
    UNION
    -- the years of a record's window that are not among its figures
    SELECT * EXCLUDE (compared_since) REPLACE (compared_since AS from_year) FROM span WHERE compared_since IS NOT NULL
), total_figure AS (
    SELECT
        b.id, b.total_measure, s.dataset, s.vintage, b.definition, s.place, s.year, max(s.value) FILTER (WHERE s.definition = b.definition) AS v,
        max(s.value) FILTER (WHERE s.definition = b."before") AS v_before, max(s.value) FILTER (WHERE s.definition = b."after") AS v_after
    FROM (SELECT DISTINCT id, total_measure, definition, dataset, "before", "after" FROM definition_break SEMI JOIN years_of USING (id, total_measure)) AS b
    JOIN mart.series AS s
        ON s.measure = b.total_measure AND s.dataset = b.dataset AND s.definition IN (b.definition, b."before", b."after")
    SEMI JOIN years_of AS y ON y.place = s.place
    WHERE s.year IS NOT NULL AND s.value IS NOT NULL
    GROUP BY ALL
), total_kind AS (
    -- sums of rounded parts differ by a few (sql/staging/fbi_estimated_crimes.sql)
    SELECT id, total_measure, dataset, vintage, definition, place, year, CASE WHEN abs(v - v_before) <= 10 THEN 'before' WHEN abs(v - v_after) <= 10 THEN 'after' END AS kind
    FROM total_figure
    WHERE v IS NOT NULL
), counted AS (
    -- each span of years of a series once, however many readings compare it
    SELECT
        id, total_measure, first_year, definition, dataset, vintage, place, from_year, to_year,
        bool_or(kind_ = 'before') AS has_before, bool_or(kind_ = 'after') AS has_after
    FROM (
        SELECT y.*, coalesce(k.kind, CASE WHEN y.year < y.first_year THEN 'before' ELSE 'after' END) AS kind_
        FROM (
            SELECT *, unnest(range(from_year, to_year + 1)) AS year
            FROM (SELECT DISTINCT * EXCLUDE (reading_id) FROM years_of)
        ) AS y
        LEFT JOIN total_kind AS k USING (id, total_measure, dataset, vintage, definition, place, year)
    )
    GROUP BY ALL
), mixed AS (
    SELECT reading_id, min(id) AS id
    FROM (
        SELECT reading_id, id
        FROM years_of
        JOIN counted USING (id, total_measure, first_year, definition, dataset, vintage, place, from_year, to_year)
        GROUP BY reading_id, id
        HAVING bool_or(has_before) AND bool_or(has_after)
    )
    GROUP BY reading_id
), weighty AS (
    -- what a reading compares: the same years of the same meaning, by whatever source and definition
    SELECT
        c.reading_id, any_value(m.id) AS id, c.test_id, c.stated, c.meaning, c.restated, c.weight, min(c.f.measure) AS measure,
        least(min(year(c.f.period_start)), any_value(c.compared_since)) AS first, max(year(c.f.period_end)) AS last
    FROM compared AS c
    LEFT JOIN mixed AS m USING (reading_id)
    GROUP BY ALL
)
SELECT
    reading_id, id,
    -- one thing is counted throughout by a reading of the same years that fits as well
    coalesce(max(weight) FILTER (WHERE id IS NULL) OVER (PARTITION BY test_id, stated, meaning, restated, measure, first, last), 0) >= weight AS has_consistent
FROM weighty
QUALIFY id IS NOT NULL;
