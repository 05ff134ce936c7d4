-- The portal's homicide rows, one row a victim. Murder is fbi_code 01A: 01B (involuntary
-- manslaughter, reckless homicide) stays in stg.chicago_homicides and is never counted.

CREATE OR REPLACE TABLE stg.chicago_homicides AS
SELECT
    CAST(id AS BIGINT) AS id,
    case_number,
    CAST(occurred_at AS TIMESTAMP) AS occurred_at,
    iucr,
    fbi_code,
    CAST(arrest AS BOOLEAN) AS arrest,
    CAST(domestic AS BOOLEAN) AS domestic,
    CAST(year AS INTEGER) AS year,
    CAST(updated_at AS TIMESTAMP) AS updated_at,
    _snapshot,
    _row
FROM raw.chicago_homicides;

-- A victim is a row; a case is a case number, dated by its first victim: six cases of the 2024
-- export have victims dated in different years, and each counts once.
CREATE OR REPLACE TABLE stg.chicago_homicides__daily AS
WITH counted AS (
    SELECT _snapshot AS snapshot_id, 'victims' AS definition, CAST(occurred_at AS DATE) AS day
    FROM stg.chicago_homicides
    WHERE fbi_code = '01A'
    UNION ALL
    SELECT _snapshot, 'cases', CAST(min(occurred_at) AS DATE)
    FROM stg.chicago_homicides
    WHERE fbi_code = '01A'
    GROUP BY _snapshot, case_number
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

-- Calendar years. A year not covered to its last day is partial. The arrest flag is the portal's,
-- a clearance in a loose sense only, so its definitions have names of their own. A case has an
-- arrest when any of its victims has: the flag differs within five cases. n_rows is the number of
-- portal rows behind a figure.
CREATE OR REPLACE TABLE stg.chicago_homicides__observation AS
WITH counted AS (
    SELECT
        _snapshot AS snapshot_id,
        'victims' AS unit,
        year(occurred_at) AS year,
        arrest,
        1 AS n_rows
    FROM stg.chicago_homicides
    WHERE fbi_code = '01A'
    UNION ALL
    SELECT _snapshot, 'cases', year(min(occurred_at)), bool_or(arrest), count(*)
    FROM stg.chicago_homicides
    WHERE fbi_code = '01A'
    GROUP BY _snapshot, case_number
),

yearly AS (
    SELECT
        snapshot_id,
        unit,
        year,
        count(*) AS murders,
        sum(n_rows) AS murder_rows,
        count(*) FILTER (arrest) AS arrests,
        coalesce(sum(n_rows) FILTER (arrest), 0) AS arrest_rows
    FROM counted
    GROUP BY ALL
),

figure AS (
    SELECT
        snapshot_id,
        'murder' AS measure,
        unit AS definition,
        year,
        murders AS value,
        murder_rows AS n_rows
    FROM yearly
    UNION ALL
    SELECT snapshot_id, 'murder_cleared', 'arrest_flag_' || unit, year, arrests, arrest_rows
    FROM yearly
)

SELECT
    figure.snapshot_id,
    figure.measure,
    figure.definition,
    'chicago-il' AS place,
    make_date(figure.year, 1, 1) AS period_start,
    make_date(figure.year, 12, 31) AS period_end,
    CAST(figure.value AS DOUBLE) AS value,
    CASE
        WHEN make_date(figure.year, 1, 1) >= snapshot.covers_start
            AND make_date(figure.year, 12, 31) <= snapshot.covers_end
            THEN 'final'
        ELSE 'partial'
    END AS status,
    CAST(NULL AS INTEGER) AS source_row,
    CAST(figure.n_rows AS INTEGER) AS n_rows,
    CAST(NULL AS VARCHAR) AS note
FROM figure
JOIN meta.snapshot AS snapshot USING (snapshot_id);
