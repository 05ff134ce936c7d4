-- Which readings compare figures on both sides of a change in what is counted by one name (checks/definition_breaks.yml). A total of
-- violent crime counts rape by the old definition in one year and by the new one in another, and not from the same year on in each
-- source and place: what it counts in a year is what the definition counts under which the same figure stands. Where none has
-- it, the published year decides. A record compares all years of its window, others the years of their figures.
CREATE TEMP TABLE total_kind AS
WITH total AS (
    SELECT DISTINCT b.id, b.total_measure, b.definition, b.dataset, b."before", b."after" FROM definition_break AS b
    SEMI JOIN test_measure AS m ON m.measure = b.measure
), figure_of AS (
    SELECT
        t.id, s.dataset, s.vintage, t.definition, s.place, s.year, max(s.value) FILTER (WHERE s.definition = t.definition) AS v,
        max(s.value) FILTER (WHERE s.definition = t."before") AS v_before, max(s.value) FILTER (WHERE s.definition = t."after") AS v_after
    FROM total AS t
    JOIN mart.series AS s ON (s.dataset, s.measure) = (t.dataset, t.total_measure) AND s.definition IN (t.definition, t."before", t."after")
    WHERE s.year IS NOT NULL AND s.value IS NOT NULL
    GROUP BY ALL
)
-- sums of rounded parts differ by a few (sql/staging/fbi_estimated_crimes.sql)
SELECT id, dataset, vintage, definition, place, year, CASE WHEN abs(v - v_before) <= 10 THEN 'before' WHEN abs(v - v_after) <= 10 THEN 'after' END AS kind
FROM figure_of
WHERE v IS NOT NULL;

CREATE TEMP TABLE reading_break AS
WITH compared AS (
    SELECT
        r.rowid AS reading_id, r.test_id, r.stated, r.meaning, r.restated, r.outcome, r.compared_since, f."unnest" AS f,
        w.weight * e.weight * p.weight AS weight
    FROM reading AS r
    JOIN weight AS w ON w.aspect = 'fit' AND w.word = r.fit
    JOIN weight AS e ON e.aspect = 'evidence' AND e.word = r.evidence
    JOIN weight AS p ON p.aspect = 'period' AND p.word = r.period_fit
    JOIN test AS t USING (test_id)
    SEMI JOIN (SELECT m.test_id FROM test_measure AS m SEMI JOIN definition_break AS b ON b.measure = m.measure) AS m
        ON m.test_id = r.test_id
    CROSS JOIN unnest(r.figures) AS f
    -- each year against a number is no comparison of years
    WHERE t.share_needed IS NULL AND r.outcome IN ('holds', 'fails')
), span AS (
    SELECT
        c.reading_id, b.id, b.first_year, b.definition, c.f.dataset AS dataset, c.f.vintage AS vintage, c.f.place AS place,
        year(c.f.period_start) - b.years_before AS from_year, year(c.f.period_end) AS to_year, c.compared_since
    FROM compared AS c
    JOIN definition_break AS b ON (b.measure, b.dataset, b.definition) = (c.f.measure, c.f.dataset, c.f.definition)
), year_of AS (
    SELECT DISTINCT s.reading_id, s.id, s.first_year, s.dataset, s.vintage, s.definition, s.place, y.year
    FROM (
        SELECT * EXCLUDE (from_year, compared_since), from_year FROM span
        UNION ALL
        -- the years of a record's window that are not among its figures
        SELECT * EXCLUDE (from_year, compared_since), compared_since FROM span WHERE compared_since IS NOT NULL
    ) AS s
    CROSS JOIN LATERAL (SELECT unnest(range(s.from_year, s.to_year + 1)) AS year) AS y
), counted AS (
    SELECT y.reading_id, y.id, count(DISTINCT coalesce(k.kind, CASE WHEN y.year < y.first_year THEN 'before' ELSE 'after' END)) AS n_kinds
    FROM year_of AS y
    LEFT JOIN total_kind AS k USING (id, dataset, vintage, definition, place, year)
    GROUP BY y.reading_id, y.id
), mixed AS (
    SELECT reading_id, min(id) AS id FROM counted WHERE n_kinds > 1 GROUP BY reading_id
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
