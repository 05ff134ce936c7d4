-- Florida's incident-based reports: months of the agencies we know, and the years of which all twelve are there.

CREATE OR REPLACE TABLE stg.fdle_fibrs AS
WITH agencies (county, beginning, place) AS (
    -- How an agency's name begins there -> our place. Miami-Dade's police became the Sheriff's Office in 2025.
    VALUES ('Miami-Dade', 'Miami-Dade', 'miami-dade-pd'), ('Miami-Dade', 'Miami Police', 'miami-pd'),
        ('Orange', 'Orlando Police', 'orlando-pd'), ('Hillsborough', 'Tampa Police', 'tampa-pd'),
        ('Duval', 'Jacksonville Sheriff', 'jacksonville-so'),
        ('Broward', 'Fort Lauderdale Police', 'fort-lauderdale-pd'), ('Broward', 'Broward', 'broward-county-so')
)
SELECT
    CAST(r.year AS INTEGER) AS year,
    CAST(r.month AS INTEGER) AS month,
    r.county,
    r.agency,
    p.place,
    CAST(r.population AS BIGINT) AS population,
    r.offense,
    CASE
        WHEN lower(r.offense) LIKE 'murder%' THEN 'murder'
        WHEN lower(r.offense) = 'robbery' THEN 'robbery'
        WHEN lower(r.offense) = 'aggravated assault' THEN 'aggravated_assault'
        WHEN lower(r.offense) LIKE 'burglary%' THEN 'burglary'
        WHEN lower(r.offense) = 'motor vehicle theft' THEN 'motor_vehicle_theft'
    END AS measure,  -- other offenses are divided otherwise than in the summary reports
    CAST(r.offenses AS BIGINT) AS offenses,
    r._snapshot,
    r._row
FROM raw.fdle_fibrs AS r
LEFT JOIN agencies AS p ON p.county = r.county AND starts_with(r.agency, p.beginning);

CREATE OR REPLACE TABLE stg.fdle_fibrs__observation AS
WITH period AS (
    SELECT
        _snapshot, _row, place, measure, offenses AS value, 1 AS n_rows, NULL AS gap,
        make_date(year, month, 1) AS period_start, last_day(make_date(year, month, 1)) AS period_end
    FROM stg.fdle_fibrs
    WHERE place IS NOT NULL AND measure IS NOT NULL
    UNION ALL BY NAME
    SELECT
        _snapshot, min(_row) AS _row, place, measure, sum(offenses) AS value, count(*) AS n_rows,
        CASE WHEN count(offenses) < 12 THEN format('{} months reported', count(offenses)) END AS gap,
        make_date(year, 1, 1) AS period_start, make_date(year, 12, 31) AS period_end
    FROM stg.fdle_fibrs
    WHERE place IS NOT NULL AND measure IS NOT NULL
    GROUP BY _snapshot, place, measure, year
    UNION ALL BY NAME
    SELECT
        _snapshot, min(_row) AS _row, place, 'population' AS measure, max(population) AS value, 1 AS n_rows,
        make_date(year, 1, 1) AS period_start, make_date(year, 12, 31) AS period_end
    FROM stg.fdle_fibrs
    WHERE place IS NOT NULL AND population > 0
    GROUP BY _snapshot, place, year
)
SELECT
    p._snapshot AS snapshot_id,
    p.measure,
    'fdle_fibrs' AS definition,
    p.place,
    p.period_start,
    p.period_end,
    CAST(p.value AS DOUBLE) AS value,
    CASE
        WHEN p.value IS NULL THEN 'not_reported'
        WHEN p.gap IS NOT NULL OR p.period_end > s.vintage THEN 'partial'
        WHEN p.measure = 'population' THEN 'estimated'
        ELSE 'final'
    END AS status,
    CAST(p._row AS INTEGER) AS source_row,
    CAST(p.n_rows AS INTEGER) AS n_rows,
    p.gap AS note
FROM period AS p
JOIN meta.snapshot AS s ON s.snapshot_id = p._snapshot
-- months to come stand in the sheet of a year that is not over
WHERE p.period_start <= s.vintage;
