-- Total population by the American Community Survey. A figure is the average of five years and stands for all of
-- them together: no series of years has it, and no rate is computed from it
-- (dataset.yml says why; the check census_acs5.feeds_no_rate holds it to that).

CREATE OR REPLACE TABLE stg.census_acs5 AS
SELECT
    place,
    level,
    fips,
    name,
    CAST(first_year AS INTEGER) AS first_year,
    CAST(last_year AS INTEGER) AS last_year,
    CAST(population AS BIGINT) AS population,
    _snapshot,
    _row
FROM raw.census_acs5;

CREATE OR REPLACE TABLE stg.census_acs5__observation AS
SELECT
    _snapshot AS snapshot_id,
    'population' AS measure,
    'census_acs5' AS definition,
    place,
    make_date(first_year, 1, 1) AS period_start,
    make_date(last_year, 12, 31) AS period_end,
    CAST(population AS DOUBLE) AS value,
    CASE WHEN population IS NULL THEN 'not_reported' ELSE 'estimated' END AS status,
    CAST(_row AS INTEGER) AS source_row,
    1 AS n_rows,
    'average of five years of the survey' AS note
FROM stg.census_acs5;
