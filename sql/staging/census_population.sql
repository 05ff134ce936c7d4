-- Population estimates. Each is of 1 July and stands for its calendar year, as rates use it.

CREATE OR REPLACE TABLE stg.census_population AS
SELECT
    place,
    sumlev,
    state_fips,
    place_or_county_fips,
    name,
    CAST(year AS INTEGER) AS year,
    CAST(population AS BIGINT) AS population,
    'estimated' AS status,
    _snapshot,
    _row
FROM raw.census_population;

CREATE OR REPLACE TABLE stg.census_population__observation AS
SELECT
    _snapshot AS snapshot_id,
    'population' AS measure,
    'census' AS definition,
    place,
    make_date(year, 1, 1) AS period_start,
    make_date(year, 12, 31) AS period_end,
    CAST(population AS DOUBLE) AS value,
    status,
    CAST(_row AS INTEGER) AS source_row,
    1 AS n_rows,
    'July 1 estimate' AS note
FROM stg.census_population;
