-- All rows of the portal's table of crimes. The snapshot is typed Parquet, so raw has the declared types and
-- nothing is copied: with 8.6 million rows a second copy would be most of a build.

CREATE OR REPLACE VIEW stg.chicago_crimes AS
SELECT * FROM raw.chicago_crimes;

-- Index offenses by the department's FBI code, as in its list of crime types (which the portal's column fbi_code
-- refers to: http://gis.chicagopolice.org/clearmap_crime_sums/crime_types.html). 01B (involuntary manslaughter) is no
-- murder; 04A is aggravated assault, 04B aggravated battery: together the FBI's aggravated assault; 08A and 08B are
-- simple. Arson (09) is not among the measures.
CREATE OR REPLACE TABLE stg.chicago_crimes__daily AS
WITH day AS (
    SELECT _snapshot AS snapshot_id, fbi_code, CAST(occurred_at AS DATE) AS day, count(*) AS n
    FROM raw.chicago_crimes
    GROUP BY ALL
), code(fbi_code, measure) AS (
    VALUES ('01A', 'murder'), ('02', 'rape'), ('03', 'robbery'), ('04A', 'aggravated_assault'),
        ('04B', 'aggravated_assault'), ('05', 'burglary'), ('06', 'larceny'), ('07', 'motor_vehicle_theft')
)
SELECT day.snapshot_id, code.measure, 'portal_index' AS definition, 'chicago-il' AS place, day.day, sum(day.n)::BIGINT AS n
FROM day
JOIN code USING (fbi_code)
JOIN meta.snapshot AS s USING (snapshot_id)
WHERE day.day BETWEEN s.covers_start AND s.covers_end
GROUP BY ALL;

-- Months from the first covered day to the last one; a month without an offense is a true zero there. The month that
-- the last covered day cuts is partial, and a year is there only if all twelve months are covered.
CREATE OR REPLACE TABLE stg.chicago_crimes__observation AS
WITH month AS (
    SELECT
        s.snapshot_id, s.covers_start, s.covers_end,
        unnest(generate_series(date_trunc('month', s.covers_start), s.covers_end, INTERVAL 1 MONTH))::DATE AS month
    FROM meta.snapshot AS s
    WHERE s.dataset = 'chicago_crimes'
), counted AS (
    SELECT snapshot_id, measure, definition, place, date_trunc('month', day)::DATE AS month, sum(n) AS n
    FROM stg.chicago_crimes__daily
    GROUP BY ALL
), monthly AS (
    SELECT
        m.snapshot_id, k.measure, k.definition, k.place, m.month, coalesce(c.n, 0) AS n,
        m.month >= m.covers_start AND last_day(m.month) <= m.covers_end AS whole
    FROM month AS m
    JOIN (SELECT DISTINCT snapshot_id, measure, definition, place FROM counted) AS k USING (snapshot_id)
    LEFT JOIN counted AS c USING (snapshot_id, measure, definition, place, month)
), period AS (
    SELECT
        snapshot_id, measure, definition, place, month AS period_start, last_day(month) AS period_end, n,
        CASE WHEN whole THEN 'final' ELSE 'partial' END AS status
    FROM monthly
    UNION ALL
    SELECT
        snapshot_id, measure, definition, place, make_date(year(month), 1, 1), make_date(year(month), 12, 31),
        sum(n), 'final'
    FROM monthly
    GROUP BY snapshot_id, measure, definition, place, year(month)
    HAVING count(*) FILTER (whole) = 12
)
SELECT
    snapshot_id,
    measure,
    definition,
    place,
    period_start,
    period_end,
    CAST(n AS DOUBLE) AS value,
    status,
    CAST(NULL AS INTEGER) AS source_row,
    CAST(n AS INTEGER) AS n_rows,
    CASE WHEN status = 'partial' THEN 'not covered to its end' END AS note
FROM period;
