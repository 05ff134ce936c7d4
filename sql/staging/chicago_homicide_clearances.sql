-- The police department's own list of homicides with their clearance, one row a victim.

CREATE OR REPLACE TABLE stg.chicago_homicide_clearances AS
SELECT
    rd_number,
    homicide_number,
    CAST(injury_at AS TIMESTAMP) AS injury_at,
    CAST(death_at AS TIMESTAMP) AS death_at,
    CAST(compstat_at AS TIMESTAMP) AS compstat_at,
    CAST(cleared AS BOOLEAN) AS cleared,
    cleared_exceptionally_by,
    CAST(cleared_on AS DATE) AS cleared_on,
    _snapshot,
    _row
FROM raw.chicago_homicide_clearances;

-- Homicides by day, dated as CompStat does. A case counts on its first day; none has two years.
CREATE OR REPLACE TABLE stg.chicago_homicide_clearances__daily AS
WITH counted AS (
    SELECT _snapshot AS snapshot_id, 'victims' AS definition, CAST(compstat_at AS DATE) AS day
    FROM stg.chicago_homicide_clearances
    UNION ALL
    SELECT _snapshot, 'cases', CAST(min(compstat_at) AS DATE)
    FROM stg.chicago_homicide_clearances
    GROUP BY _snapshot, rd_number
)
SELECT
    counted.snapshot_id,
    'murder' AS measure,
    counted.definition,
    'chicago-il' AS place,
    counted.day,
    count(*) AS n
FROM counted
JOIN meta.snapshot AS snapshot USING (snapshot_id)
WHERE counted.day BETWEEN snapshot.covers_start AND snapshot.covers_end
GROUP BY ALL;

-- Years. The release holds the homicides *handled* from covers_start (2010) to its vintage: older
-- homicides are in it only if they were cleared since, so no earlier year has a true denominator
-- and none is offered. The years run from covers_start to the vintage; the last is partial.
CREATE OR REPLACE TABLE stg.chicago_homicide_clearances__observation AS
WITH definition (measure, definition, basis, arrests_only, counts) AS (
    -- basis: which date decides the year. counts: victims are rows, cases are distinct RD numbers.
    -- cases_over_victims has the cases as numerator and, in its denominator_definition, victims:
    -- how CBS News computed its rates from this release.
    VALUES
        ('murder', 'victims', 'compstat', false, 'victims'),
        ('murder', 'cases', 'compstat', false, 'cases'),
        ('murder', 'victims_by_injury_date', 'injury', false, 'victims'),
        ('murder', 'victims_by_death_date', 'death', false, 'victims'),
        ('murder_cleared', 'any_year_victims', 'any_year', false, 'victims'),
        ('murder_cleared', 'any_year_cases', 'any_year', false, 'cases'),
        ('murder_cleared', 'any_year_cases_over_victims', 'any_year', false, 'cases'),
        ('murder_cleared', 'any_year_arrest_victims', 'any_year', true, 'victims'),
        ('murder_cleared', 'any_year_arrest_cases', 'any_year', true, 'cases'),
        ('murder_cleared', 'any_year_arrest_cases_over_victims', 'any_year', true, 'cases'),
        ('murder_cleared', 'same_year_victims', 'same_year', false, 'victims'),
        ('murder_cleared', 'same_year_cases', 'same_year', false, 'cases'),
        ('murder_cleared', 'same_year_arrest_victims', 'same_year', true, 'victims'),
        ('murder_cleared', 'same_year_arrest_cases', 'same_year', true, 'cases'),
        ('murder_cleared', 'to_date_victims', 'to_date', false, 'victims'),
        ('murder_cleared', 'to_date_cases', 'to_date', false, 'cases'),
        ('murder_cleared', 'to_date_arrest_victims', 'to_date', true, 'victims'),
        ('murder_cleared', 'to_date_arrest_cases', 'to_date', true, 'cases')
),

homicide AS (
    SELECT
        _snapshot AS snapshot_id,
        rd_number,
        -- the release: cleared without an exceptional reason means cleared by arrest
        cleared AND cleared_exceptionally_by IS NULL AS by_arrest,
        cleared,
        year(compstat_at) AS compstat_year,
        year(injury_at) AS injury_year,
        year(death_at) AS death_year,
        year(cleared_on) AS cleared_year
    FROM stg.chicago_homicide_clearances
),

-- Each homicide in the year each basis puts it in; a homicide without such a year is left out.
dated AS (
    SELECT snapshot_id, rd_number, by_arrest, 'compstat' AS basis, compstat_year AS year
    FROM homicide
    UNION ALL
    SELECT snapshot_id, rd_number, by_arrest, 'injury', injury_year FROM homicide
    UNION ALL
    SELECT snapshot_id, rd_number, by_arrest, 'death', death_year FROM homicide
    UNION ALL
    SELECT snapshot_id, rd_number, by_arrest, 'any_year', cleared_year
    FROM homicide
    WHERE cleared
    UNION ALL
    SELECT snapshot_id, rd_number, by_arrest, 'same_year', compstat_year
    FROM homicide
    WHERE cleared AND cleared_year = compstat_year
    UNION ALL
    SELECT snapshot_id, rd_number, by_arrest, 'to_date', compstat_year
    FROM homicide
    WHERE cleared
),

-- Every year in every definition, so that a year without clearances is a true zero.
grid AS (
    SELECT snapshot.snapshot_id, snapshot.covers_end, years.year, definition.*
    FROM meta.snapshot AS snapshot
    CROSS JOIN LATERAL (
        SELECT unnest(range(year(snapshot.covers_start), year(snapshot.vintage) + 1)) AS year
    ) AS years
    CROSS JOIN definition
    WHERE snapshot.dataset = 'chicago_homicide_clearances'
)

SELECT
    grid.snapshot_id,
    grid.measure,
    grid.definition,
    'chicago-il' AS place,
    make_date(grid.year, 1, 1) AS period_start,
    make_date(grid.year, 12, 31) AS period_end,
    CAST(
        if(grid.counts = 'victims', count(dated.rd_number), count(DISTINCT dated.rd_number))
        AS DOUBLE
    ) AS value,
    if(make_date(grid.year, 12, 31) <= grid.covers_end, 'final', 'partial') AS status,
    CAST(NULL AS INTEGER) AS source_row,
    CAST(count(dated.rd_number) AS INTEGER) AS n_rows,
    CAST(NULL AS VARCHAR) AS note
FROM grid
LEFT JOIN dated
    ON dated.snapshot_id = grid.snapshot_id
    AND dated.basis = grid.basis
    AND dated.year = grid.year
    AND (dated.by_arrest OR NOT grid.arrests_only)
GROUP BY grid.snapshot_id, grid.measure, grid.definition, grid.year, grid.counts, grid.covers_end;
