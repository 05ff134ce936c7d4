-- Real-Time Crime Index: preliminary months of police agencies, and the years of which all twelve are there.

CREATE OR REPLACE TABLE stg.rtci AS
SELECT
    agency,
    state,
    place,
    CAST(month AS DATE) AS month,
    CAST(COLUMNS('^(murder|rape|robbery|aggravated_assault|burglary|larceny|motor_vehicle_theft|population)$') AS BIGINT),
    source_type,
    last_updated,
    _snapshot,
    _row
FROM raw.rtci;

CREATE OR REPLACE TABLE stg.rtci__observation AS
WITH monthly AS (
    SELECT
        s._snapshot, s._row, s.place, s.month AS period_start, last_day(s.month) AS period_end,
        f.measure, f.value
    FROM stg.rtci AS s,
    LATERAL (VALUES
        ('murder', s.murder), ('rape', s.rape), ('robbery', s.robbery),
        ('aggravated_assault', s.aggravated_assault), ('burglary', s.burglary), ('larceny', s.larceny),
        ('motor_vehicle_theft', s.motor_vehicle_theft)
    ) AS f(measure, value)
    WHERE s.place IS NOT NULL
), period AS (
    SELECT _snapshot, _row, place, period_start, period_end, measure, value, 1 AS n_rows, NULL AS gap
    FROM monthly
    UNION ALL BY NAME
    SELECT
        _snapshot, min(_row) AS _row, place,
        make_date(year(period_start), 1, 1) AS period_start, make_date(year(period_start), 12, 31) AS period_end,
        measure, sum(value) AS value, count(*) AS n_rows,
        CASE WHEN count(value) < 12 THEN format('{} months reported', count(value)) END AS gap
    FROM monthly
    GROUP BY _snapshot, place, year(period_start), measure
    UNION ALL BY NAME
    SELECT
        _snapshot, min(_row) AS _row, place,
        make_date(year(month), 1, 1) AS period_start, make_date(year(month), 12, 31) AS period_end,
        'population' AS measure, arg_max(population, month) AS value, 1 AS n_rows
    FROM stg.rtci
    WHERE place IS NOT NULL AND population > 0
    GROUP BY _snapshot, place, year(month)
)
SELECT
    _snapshot AS snapshot_id,
    measure,
    'rtci' AS definition,
    place,
    period_start,
    period_end,
    CAST(value AS DOUBLE) AS value,
    -- preliminary, whatever is complete of it
    CASE WHEN value IS NULL THEN 'not_reported' WHEN gap IS NOT NULL THEN 'partial' ELSE 'estimated' END AS status,
    CAST(_row AS INTEGER) AS source_row,
    CAST(n_rows AS INTEGER) AS n_rows,
    gap AS note
FROM period;
