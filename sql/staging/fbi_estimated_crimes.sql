-- The FBI's estimates for the nation and the states. Violent crime contains rape by the legacy or by the
-- revised definition, differently by year and edition (the nation: legacy up to 2015, revised from 2016 in
-- the files of 2020 and 2023). `ucr` is the total as published; `ucr_legacy_rape` and `ucr_revised_rape` are
-- its parts summed with the one and the other, so that a change of definition is no change of crime.

CREATE OR REPLACE TABLE stg.fbi_estimated_crimes AS
WITH typed AS (
    SELECT
        CAST(year AS INTEGER) AS year,
        place,
        nullif(state_abbr, '') AS state_abbr,
        CAST(nullif(population, '') AS BIGINT) AS population,
        CAST(nullif(violent_crime, '') AS BIGINT) AS violent_crime,
        CAST(nullif(murder, '') AS BIGINT) AS murder,
        CAST(nullif(rape_legacy, '') AS BIGINT) AS rape_legacy,
        -- Wyoming 2012 is -100 in a column that is blank for every other state: no count
        CASE WHEN CAST(nullif(rape_revised, '') AS BIGINT) >= 0 THEN CAST(rape_revised AS BIGINT) END
            AS rape_revised,
        CAST(nullif(robbery, '') AS BIGINT) AS robbery,
        CAST(nullif(aggravated_assault, '') AS BIGINT) AS aggravated_assault,
        CAST(nullif(property_crime, '') AS BIGINT) AS property_crime,
        CAST(nullif(burglary, '') AS BIGINT) AS burglary,
        CAST(nullif(larceny, '') AS BIGINT) AS larceny,
        CAST(nullif(motor_vehicle_theft, '') AS BIGINT) AS motor_vehicle_theft,
        nullif(caveats, '') AS caveats,
        source,
        _snapshot,
        _row
    FROM raw.fbi_estimated_crimes
), summed AS (
    SELECT
        *,
        murder + robbery + aggravated_assault + rape_legacy AS violent_legacy,
        murder + robbery + aggravated_assault + rape_revised AS violent_revised
    FROM typed
)
SELECT
    *,
    -- A difference of up to 10 is rounding (before 1982) or a slip of the publisher (Rhode Island 2012).
    CASE
        WHEN abs(violent_crime - violent_legacy) <= 10 THEN 'legacy rape'
        WHEN abs(violent_crime - violent_revised) <= 10 THEN 'revised rape'
    END AS rape_kind,
    'estimated' AS status
FROM summed;

CREATE OR REPLACE TABLE stg.fbi_estimated_crimes__observation AS
SELECT
    s._snapshot AS snapshot_id,
    f.measure,
    f.definition,
    s.place,
    make_date(s.year, 1, 1) AS period_start,
    make_date(s.year, 12, 31) AS period_end,
    CAST(f.value AS DOUBLE) AS value,
    s.status,
    CAST(s._row AS INTEGER) AS source_row,
    1 AS n_rows,
    nullif(concat_ws('; ',
        CASE WHEN s.source = 'CORGIS cross-check' THEN 'cross-check source' END,
        f.note,
        s.caveats), '') AS note
FROM stg.fbi_estimated_crimes AS s,
LATERAL (VALUES
    ('population', 'ucr', s.population, NULL),
    ('murder', 'ucr', s.murder, NULL),
    ('rape', 'ucr_legacy_rape', s.rape_legacy, NULL),
    ('rape', 'ucr_revised_rape', s.rape_revised, NULL),
    ('robbery', 'ucr', s.robbery, NULL),
    ('aggravated_assault', 'ucr', s.aggravated_assault, NULL),
    ('violent_crime', 'ucr', s.violent_crime,
        coalesce(s.rape_kind, 'not the sum of its parts by either definition of rape')),
    -- not where the published total contradicts the parts (New Hampshire 2013, Hawaii 2015)
    ('violent_crime', 'ucr_legacy_rape', if(s.rape_kind IS NULL, NULL, s.violent_legacy), 'sum of its parts'),
    ('violent_crime', 'ucr_revised_rape', if(s.rape_kind IS NULL, NULL, s.violent_revised), 'sum of its parts'),
    ('property_crime', 'ucr', s.property_crime, NULL),
    ('burglary', 'ucr', s.burglary, NULL),
    ('larceny', 'ucr', s.larceny, NULL),
    ('motor_vehicle_theft', 'ucr', s.motor_vehicle_theft, NULL)
) AS f(measure, definition, value, note)
WHERE f.value IS NOT NULL;
