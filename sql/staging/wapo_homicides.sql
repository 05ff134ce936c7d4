-- The Washington Post's homicides: victims by city and year, and those of them with an arrest by the vintage.

CREATE OR REPLACE TABLE stg.wapo_homicides AS
SELECT
    uid,
    CAST(reported_date AS DATE) AS reported_date,
    CAST(year AS INTEGER) AS year,
    city,
    state,
    place,
    disposition,
    _snapshot,
    _row
FROM raw.wapo_homicides;

CREATE OR REPLACE TABLE stg.wapo_homicides__observation AS
WITH years AS (
    SELECT
        _snapshot, place, year, min(_row) AS _row, count(*) AS victims,
        count(*) FILTER (disposition = 'Closed by arrest') AS arrested,
        count(DISTINCT month(reported_date)) AS n_months,
        -- The file does not say which years of a city are whole. The first and the last of a city count as such
        -- only if every month has a homicide.
        year IN (min(year) OVER cities, max(year) OVER cities) AS at_the_edge
    FROM stg.wapo_homicides
    WHERE place IS NOT NULL
    GROUP BY _snapshot, place, year
    WINDOW cities AS (PARTITION BY _snapshot, place)
)
SELECT
    y._snapshot AS snapshot_id,
    f.measure,
    f.definition,
    y.place,
    make_date(y.year, 1, 1) AS period_start,
    make_date(y.year, 12, 31) AS period_end,
    CAST(f.value AS DOUBLE) AS value,
    CASE WHEN y.at_the_edge AND y.n_months < 12 THEN 'partial' ELSE 'final' END AS status,
    CAST(y._row AS INTEGER) AS source_row,
    CAST(y.victims AS INTEGER) AS n_rows,
    CASE WHEN y.at_the_edge AND y.n_months < 12 THEN format('homicides in {} months', y.n_months) END AS note
FROM years AS y,
LATERAL (VALUES
    ('murder', 'wapo_victims', y.victims),
    ('murder_cleared', 'wapo_arrest', y.arrested)
) AS f(measure, definition, value);
