-- Crime Data Explorer: months as published, and the years of which all twelve are there.

CREATE OR REPLACE TABLE stg.fbi_cde AS
SELECT
    r.level,
    r.code,
    r.name,
    p.place,
    r.offense,
    CAST(r.month AS DATE) AS month,
    CAST(r.offenses AS BIGINT) AS offenses,
    CAST(r.cleared AS BIGINT) AS cleared,
    CAST(r.population AS BIGINT) AS population,
    CAST(r.participated_population AS BIGINT) AS participated_population,
    CAST(r.last_refresh_date AS DATE) AS last_refresh_date,
    r._snapshot,
    r._row
FROM raw.fbi_cde AS r
LEFT JOIN core.place AS p  -- a place we do not know keeps its row, for a check to find
    ON (r.level = 'agency' AND p.ori = r.code)
    OR (r.level = 'state' AND p.kind = 'state' AND p.state = r.code)
    OR (r.level = 'national' AND p.kind = 'nation');

CREATE OR REPLACE TABLE stg.fbi_cde__observation AS
WITH named (offense, measure) AS (
    VALUES ('HOM', 'murder'), ('RPE', 'rape'), ('ROB', 'robbery'), ('ASS', 'aggravated_assault'),
        ('V', 'violent_crime'), ('BUR', 'burglary'), ('LAR', 'larceny'), ('MVT', 'motor_vehicle_theft'),
        ('P', 'property_crime')
), monthly AS (
    SELECT
        s._snapshot, s._row, s.place, n.measure, s.month AS period_start, last_day(s.month) AS period_end,
        -- nobody took part: a 0 is nothing reported
        CASE WHEN s.participated_population IS DISTINCT FROM 0 THEN s.offenses END AS offenses,
        CASE WHEN s.participated_population IS DISTINCT FROM 0 THEN s.cleared END AS cleared,
        1 AS n_rows,
        CASE WHEN s.participated_population < s.population
            THEN format('reported by the police of {:.1f}% of the people',
                100.0 * s.participated_population / s.population) END AS gap
    FROM stg.fbi_cde AS s
    LEFT JOIN named AS n USING (offense)
), yearly AS (
    SELECT
        _snapshot, min(_row) AS _row, place, measure,
        make_date(year(period_start), 1, 1) AS period_start,
        make_date(year(period_start), 12, 31) AS period_end,
        sum(offenses) AS offenses, sum(cleared) AS cleared,
        count(*) AS n_rows, count(offenses) AS n_offenses, count(cleared) AS n_cleared,
        any_value(gap ORDER BY period_start) AS gap
    FROM monthly
    GROUP BY ALL
), period AS (
    SELECT * EXCLUDE (gap), gap AS offenses_gap, gap AS cleared_gap FROM monthly
    UNION ALL BY NAME
    SELECT
        * EXCLUDE (gap, n_offenses, n_cleared),
        CASE WHEN n_offenses < 12 THEN format('{} months reported', n_offenses) ELSE gap END AS offenses_gap,
        CASE WHEN n_cleared < 12 THEN format('{} months reported', n_cleared) ELSE gap END AS cleared_gap
    FROM yearly
), cell AS (
    SELECT
        p._snapshot, p._row, p.place, p.period_start, p.period_end, p.n_rows, p.measure AS offense,
        f.measure, f.value, f.gap, f.missing
    FROM period AS p,
    LATERAL (VALUES
        (p.measure, p.offenses, p.offenses_gap, NULL),
        (concat(p.measure, '_cleared'), p.cleared, p.cleared_gap,
            -- the rule of fbi_return_a, where the reason of the bound is
            CASE WHEN p.measure = 'murder' AND p.cleared = 0 AND p.offenses >= 20
                THEN format('0 of {} murders cleared', p.offenses) END)
    ) AS f(measure, value, gap, missing)
), stated AS (
    SELECT
        c.* EXCLUDE (gap, missing),
        d.definition,
        CASE
            WHEN c.value IS NULL OR c.missing IS NOT NULL THEN 'not_reported'
            WHEN c.gap IS NOT NULL THEN 'partial'
            ELSE 'final'
        END AS status,
        concat_ws('; ', c.missing, c.gap) AS note
    FROM cell AS c,
    LATERAL (VALUES
        ('ucr', c.offense <> 'rape'),
        (if(year(c.period_start) < 2013, 'ucr_legacy_rape', 'ucr_revised_rape'),
            c.offense IN ('rape', 'violent_crime'))
    ) AS d(definition, offered)
    WHERE d.offered
    UNION ALL BY NAME
    SELECT
        _snapshot, min(_row) AS _row, place,
        make_date(year(month), 1, 1) AS period_start, make_date(year(month), 12, 31) AS period_end,
        1 AS n_rows, 'population' AS measure, 'ucr' AS definition,
        arg_max(population, month) AS value, 'estimated' AS status
    FROM stg.fbi_cde
    WHERE population > 0
    GROUP BY ALL
)
SELECT
    _snapshot AS snapshot_id,
    measure,
    definition,
    place,
    period_start,
    period_end,
    CASE WHEN status <> 'not_reported' THEN CAST(value AS DOUBLE) END AS value,
    status,
    CAST(_row AS INTEGER) AS source_row,
    CAST(n_rows AS INTEGER) AS n_rows,
    nullif(note, '') AS note
FROM stated;
