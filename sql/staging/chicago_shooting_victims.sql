-- Chicago's table of victims, one row a victimization: homicides since 1991, non-fatal shootings since 2010.

CREATE OR REPLACE TABLE stg.chicago_shooting_victims AS
SELECT
    unique_id,
    CAST(occurred_at AS TIMESTAMP) AS occurred_at,
    victimization,
    iucr,
    fbi_code,
    gunshot_injury,
    community_area,
    CAST(updated_at AS TIMESTAMP) AS updated_at,
    _snapshot,
    _row
FROM raw.chicago_shooting_victims;

-- Calendar years; one that is not covered to its last day is partial. Who was shot and lived is listed from 2010 on
-- only, so victims of shootings are counted from then: earlier years would be the dead alone. A homicide whose
-- injury is UNKNOWN is no shooting here.
CREATE OR REPLACE TABLE stg.chicago_shooting_victims__observation AS
WITH counted AS (
    SELECT
        _snapshot AS snapshot_id,
        year(occurred_at) AS year,
        count(*) FILTER (victimization = 'HOMICIDE') AS murder,
        count(*) FILTER (victimization = 'HOMICIDE' AND gunshot_injury = 'YES') AS fatal_shooting_victims,
        count(*) FILTER (gunshot_injury = 'YES') AS shooting_victims
    FROM stg.chicago_shooting_victims
    GROUP BY ALL
), figure AS (
    UNPIVOT counted ON murder, fatal_shooting_victims, shooting_victims INTO NAME measure VALUE n
)
SELECT
    f.snapshot_id,
    f.measure,
    'victims_table' AS definition,
    'chicago-il' AS place,
    make_date(f.year, 1, 1) AS period_start,
    make_date(f.year, 12, 31) AS period_end,
    CAST(f.n AS DOUBLE) AS value,
    CASE
        WHEN make_date(f.year, 1, 1) >= s.covers_start AND make_date(f.year, 12, 31) <= s.covers_end THEN 'final'
        ELSE 'partial'
    END AS status,
    CAST(NULL AS INTEGER) AS source_row,
    CAST(f.n AS INTEGER) AS n_rows,
    CAST(NULL AS VARCHAR) AS note
FROM figure AS f
JOIN meta.snapshot AS s USING (snapshot_id)
WHERE f.measure <> 'shooting_victims' OR f.year >= 2010;
