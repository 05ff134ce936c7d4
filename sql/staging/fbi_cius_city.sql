-- Offenses by city as first published. A blank cell is a figure the FBI left out; its footnote is the note.
-- Rape is published by the definition the agency used, and violent crime contains whichever it is: the two
-- definitions of violent crime keep a change of definition from looking like a change of crime.

CREATE OR REPLACE TABLE stg.fbi_cius_city AS
SELECT
    CAST(year AS INTEGER) AS year,
    state,
    city,
    place,
    CAST(nullif(population, '') AS BIGINT) AS population,
    CAST(nullif(violent_crime, '') AS BIGINT) AS violent_crime,
    CAST(nullif(murder, '') AS BIGINT) AS murder,
    CAST(nullif(rape_revised, '') AS BIGINT) AS rape_revised,
    CAST(nullif(rape_legacy, '') AS BIGINT) AS rape_legacy,
    CAST(nullif(robbery, '') AS BIGINT) AS robbery,
    CAST(nullif(agg_assault, '') AS BIGINT) AS aggravated_assault,
    CAST(nullif(property_crime, '') AS BIGINT) AS property_crime,
    CAST(nullif(burglary, '') AS BIGINT) AS burglary,
    CAST(nullif(larceny, '') AS BIGINT) AS larceny,
    CAST(nullif(mvt, '') AS BIGINT) AS motor_vehicle_theft,
    source_table,
    nullif(note, '') AS note,
    -- which definition of rape the row uses; the FBI's footnote marks agencies that changed within the year
    CASE
        WHEN note LIKE '%began the year submitting rape data classified according to the legacy%' THEN 'mixed'
        WHEN nullif(rape_revised, '') IS NOT NULL THEN 'revised'
        WHEN nullif(rape_legacy, '') IS NOT NULL THEN 'legacy'
    END AS rape_kind,
    _snapshot,
    _row
FROM raw.fbi_cius_city;

CREATE OR REPLACE TABLE stg.fbi_cius_city__observation AS
SELECT
    s._snapshot AS snapshot_id,
    f.measure,
    f.definition,
    s.place,
    make_date(s.year, 1, 1) AS period_start,
    make_date(s.year, 12, 31) AS period_end,
    CAST(f.value AS DOUBLE) AS value,
    CASE
        WHEN f.value IS NULL THEN 'not_reported'
        WHEN f.measure = 'population' THEN 'estimated'
        ELSE 'final'
    END AS status,
    CAST(s._row AS INTEGER) AS source_row,
    1 AS n_rows,
    nullif(concat_ws('; ',
        CASE WHEN f.measure = 'violent_crime' THEN s.rape_kind || ' rape' END,
        CASE WHEN s.source_table LIKE 'Return A%' THEN concat('from ', s.source_table) END,
        s.note), '') AS note
FROM stg.fbi_cius_city AS s,
LATERAL (VALUES
    ('murder', 'ucr', s.murder),
    ('robbery', 'ucr', s.robbery),
    ('aggravated_assault', 'ucr', s.aggravated_assault),
    ('violent_crime', 'ucr', s.violent_crime),
    ('property_crime', 'ucr', s.property_crime),
    ('burglary', 'ucr', s.burglary),
    ('larceny', 'ucr', s.larceny),
    ('motor_vehicle_theft', 'ucr', s.motor_vehicle_theft),
    ('population', 'ucr', s.population)
) AS f(measure, definition, value)
UNION ALL
-- Rape, and violent crime by its definition; an agency that changed within the year belongs to neither
-- definition of violent crime. Where the FBI published neither column, revised rape was not reported.
SELECT
    s._snapshot, f.measure, f.definition, s.place,
    make_date(s.year, 1, 1), make_date(s.year, 12, 31),
    CAST(f.value AS DOUBLE),
    CASE WHEN f.value IS NULL THEN 'not_reported' ELSE 'final' END,
    CAST(s._row AS INTEGER), 1,
    nullif(concat_ws('; ',
        CASE WHEN s.source_table LIKE 'Return A%' THEN concat('from ', s.source_table) END,
        s.note), '')
FROM stg.fbi_cius_city AS s,
LATERAL (VALUES
    ('rape', 'ucr_revised_rape', s.rape_revised, s.rape_revised IS NOT NULL OR s.rape_kind IS NULL),
    ('rape', 'ucr_legacy_rape', s.rape_legacy, s.rape_legacy IS NOT NULL),
    ('violent_crime', 'ucr_revised_rape', s.violent_crime, coalesce(s.rape_kind, 'revised') = 'revised'),
    ('violent_crime', 'ucr_legacy_rape', s.violent_crime, s.rape_kind = 'legacy')
) AS f(measure, definition, value, offered)
WHERE f.offered;
