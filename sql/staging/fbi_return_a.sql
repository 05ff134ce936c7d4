-- Return A: what each agency reported, and which of it can stand for the year.
-- Figures stay as published here; `*_status` and `*_reason` say which are not what they look like.

CREATE OR REPLACE TABLE stg.fbi_return_a AS
WITH typed AS (
    SELECT
        r.ori,
        p.place,
        CAST(r.year AS INTEGER) AS year,
        CAST(nullif(r.population, '') AS BIGINT) AS population,
        CAST(nullif(r.murder, '') AS BIGINT) AS murder,
        CAST(nullif(r.rape, '') AS BIGINT) AS rape,
        CAST(nullif(r.robbery, '') AS BIGINT) AS robbery,
        CAST(nullif(r.agg_assault, '') AS BIGINT) AS aggravated_assault,
        CAST(nullif(r.burglary, '') AS BIGINT) AS burglary,
        CAST(nullif(r.larceny, '') AS BIGINT) AS larceny,
        CAST(nullif(r.mvt, '') AS BIGINT) AS motor_vehicle_theft,
        CAST(nullif(r.index_violent, '') AS BIGINT) AS violent_crime,
        CAST(nullif(r.murder_cleared, '') AS BIGINT) AS murder_cleared,
        r.source,
        r._snapshot,
        r._row
    FROM raw.fbi_return_a AS r
    LEFT JOIN core.place AS p ON p.ori = r.ori  -- an unknown agency keeps its row, for a check to find
), known AS (
    -- Cases no rule below can see, with the day and the reason they were entered.
    SELECT * FROM (VALUES
        ('PAPEP0000', 2019, 'year', 'partial',
            '2026-11-22: 265 murders after 316 and 351, and 201 in 2020 when national murders rose by more than a quarter: months are missing'),
        ('PAPEP0000', 2020, 'year', 'partial',
            '2026-11-22: 201 murders after 351 in 2018, in the year in which national murders rose by more than a quarter: months are missing'),
        ('FL0130000', 2018, 'year', 'partial',
            '2026-11-22: one compiler has no figures at all, the other 44 murders between 90 and 90'),
        ('FL0130600', 2018, 'year', 'partial',
            '2026-11-22: 27 murders between 52 and 43, with no other offense to tell by; the county police''s year is incomplete too'),
        ('ILCPD0000', 1985, 'rape', 'partial',
            '2026-11-22: 1,792 rapes where the department''s annual report has 3,357; none are counted from 1986 on'),
        ('ILCPD0000', 2022, 'year', 'partial',
            '2026-11-22: 604 murders where the city portal has 724, and 3,395 aggravated assaults after 16,597 in 2020: the change to incident reporting'),
        ('ILCPD0000', 2023, 'year', 'partial',
            '2026-11-22: 499 murders where the city portal has 626, and 3,368 aggravated assaults after 16,597 in 2020: the change to incident reporting'),
        ('ILCPD0000', 2022, 'cleared', 'partial',
            '2026-11-22: 20% cleared in the first full year of incident reporting, after 27 years without clearances; the department''s own records had 48% for 2021'),
        ('ILCPD0000', 2023, 'cleared', 'partial',
            '2026-11-22: 18% cleared in the second full year of incident reporting; the department''s own records had 48% for 2021')
    ) AS v(ori, year, what, status, reason)
), neighbours AS (
    -- What to expect of a year: the mean of the nearest reported years before and after.
    SELECT
        *,
        lag(murder IGNORE NULLS) OVER years AS murder_before,
        lead(murder IGNORE NULLS) OVER years AS murder_after,
        lag(robbery IGNORE NULLS) OVER years AS robbery_before,
        lead(robbery IGNORE NULLS) OVER years AS robbery_after
    FROM typed
    WINDOW years AS (PARTITION BY _snapshot, ori ORDER BY year)
), expected AS (
    SELECT
        * EXCLUDE (murder_before, murder_after, robbery_before, robbery_after),
        (coalesce(murder_before, murder_after) + coalesce(murder_after, murder_before)) / 2
            AS murder_expected,
        (robbery_before + robbery_after) / 2 AS robbery_expected
    FROM neighbours
), clearance AS (
    -- The agency's usual share of murders cleared: median of the five reported years up to this one,
    -- of the five from this one on, and of all.
    SELECT
        _snapshot, ori, year,
        median(murder_cleared / murder) OVER (
            PARTITION BY _snapshot, ori ORDER BY year ROWS BETWEEN 4 PRECEDING AND CURRENT ROW
        ) AS up_to,
        median(murder_cleared / murder) OVER (
            PARTITION BY _snapshot, ori ORDER BY year ROWS BETWEEN CURRENT ROW AND 4 FOLLOWING
        ) AS from_here,
        median(murder_cleared / murder) OVER (PARTITION BY _snapshot, ori) AS ever
    FROM typed
    WHERE murder > 0 AND murder_cleared > 0
), usual AS (
    SELECT
        e.*,
        -- 30%: below what nearly every large agency clears, used where an agency never reported any
        coalesce(b.up_to, a.from_here, 0.3) AS usual_share,
        coalesce(b.ever, a.ever) AS long_run_share
    FROM expected AS e
    ASOF LEFT JOIN clearance AS b
        ON (b._snapshot, b.ori) = (e._snapshot, e.ori) AND e.year > b.year
    ASOF LEFT JOIN clearance AS a
        ON (a._snapshot, a.ori) = (e._snapshot, e.ori) AND e.year < a.year
), judged AS (
    SELECT
        *,
        CASE
            WHEN murder IS NULL THEN 'no figures for the year'
            -- Poisson: 0 where 10 are usual happens once in 20,000 years
            WHEN murder = 0 AND murder_expected >= 10
                THEN format('0 murders where {:.0f} are usual: the year was not reported', murder_expected)
        END AS year_missing,
        -- Two offenses that have different causes do not both drop by 40% for one year.
        -- Small counts can, by chance: not judged.
        CASE
            WHEN murder_expected >= 20 AND murder < 0.6 * murder_expected
                AND robbery < 0.6 * robbery_expected
                THEN format('murder and robbery both below 60% of the years around ({} of {:.0f}, {} of {:.0f})',
                    murder, murder_expected, robbery, robbery_expected)
        END AS year_incomplete,
        -- 1,000 robberies and no rape at all: rape was not reported (Chicago 1986-2012, whose figures
        -- the FBI did not accept).
        CASE WHEN rape = 0 AND robbery >= 1000 THEN '0 rapes beside 1,000 robberies or more' END
            AS rape_missing,
        CASE
            -- Nothing cleared: believed only if that had a chance of 1 in 1,000 at the usual share. At
            -- 30% that is 20 murders (0.08%).
            WHEN murder_cleared = 0 AND power(1 - least(usual_share, 0.99), murder) < 0.001
                THEN format('0 of {} murders cleared where {:.0f}% are usual', murder, 100 * usual_share)
            -- A collapse of clearances, not of solving: below 10%, and below a fifth of what is usual, with
            -- 20 murders or more. So with the change to incident reporting (Miami-Dade 2021-2023). A fall
            -- to a quarter is not enough: Compton and Los Angeles County have had such years and recovered.
            WHEN murder >= 20 AND murder_cleared < 0.1 * murder
                AND usual_share > 0.3 AND murder_cleared < 0.2 * usual_share * murder
                THEN format('{} of {} murders cleared where {:.0f}% are usual',
                    murder_cleared, murder, 100 * usual_share)
        END AS cleared_missing
    FROM usual
), adjacent AS (
    -- Next to a year without clearances, a share below two thirds of the long run covers part of a year.
    SELECT
        *,
        CASE
            WHEN murder_cleared > 0 AND murder >= 20
                AND murder_cleared < long_run_share * murder * 2 / 3
                AND (lag(cleared_missing) OVER years IS NOT NULL
                    OR lead(cleared_missing) OVER years IS NOT NULL)
                THEN format('{:.0f}% cleared beside a year without reported clearances; {:.0f}% in the long run',
                    100 * murder_cleared / murder, 100 * long_run_share)
        END AS cleared_incomplete
    FROM judged
    WINDOW years AS (PARTITION BY _snapshot, ori ORDER BY year)
), reasoned AS (
    SELECT
        a.*,
        CASE WHEN a.year_missing IS NOT NULL THEN 'not_reported'
            WHEN coalesce(a.year_incomplete, y.reason) IS NOT NULL THEN 'partial'
            ELSE 'final' END AS status,
        coalesce(a.year_missing, y.reason, a.year_incomplete) AS reason,
        CASE WHEN a.rape_missing IS NOT NULL THEN 'not_reported' ELSE r.status END AS rape_exception,
        coalesce(a.rape_missing, r.reason) AS rape_reason,
        CASE WHEN a.cleared_missing IS NOT NULL THEN 'not_reported'
            WHEN a.cleared_incomplete IS NOT NULL THEN 'partial'
            ELSE c.status END AS cleared_exception,
        coalesce(a.cleared_missing, c.reason, a.cleared_incomplete) AS cleared_reason
    FROM adjacent AS a
    LEFT JOIN known AS y ON (y.ori, y.year, y.what) = (a.ori, a.year, 'year')
    LEFT JOIN known AS r ON (r.ori, r.year, r.what) = (a.ori, a.year, 'rape')
    LEFT JOIN known AS c ON (c.ori, c.year, c.what) = (a.ori, a.year, 'cleared')
)
SELECT
    ori, place, year, population, murder, rape, robbery, aggravated_assault, burglary, larceny,
    motor_vehicle_theft, violent_crime, murder_cleared, source,
    status,
    reason,
    CASE WHEN status = 'not_reported' THEN status ELSE coalesce(rape_exception, status) END AS rape_status,
    coalesce(rape_reason, reason) AS rape_reason,
    CASE WHEN status = 'not_reported' THEN status ELSE coalesce(cleared_exception, status) END
        AS cleared_status,
    coalesce(cleared_reason, reason) AS cleared_reason,
    _snapshot,
    _row
FROM reasoned;

CREATE OR REPLACE TABLE stg.fbi_return_a__observation AS
WITH cell AS (
    -- One row a figure. An offense that was not extracted for a year (blank beside a murder count) is
    -- no observation; every offense of a year without figures is one, not reported.
    SELECT s.*, f.measure, f.definition, f.value, f.value_status, f.value_note
    FROM stg.fbi_return_a AS s,
    LATERAL (
        SELECT if(s.year < 2013, 'legacy', 'revised') AS rape_kind  -- the FBI's definition of that year
    ) AS k,
    LATERAL (VALUES
        ('murder', 'ucr', s.murder, s.status, s.reason),
        ('rape', concat('ucr_', k.rape_kind, '_rape'), s.rape, s.rape_status, s.rape_reason),
        ('robbery', 'ucr', s.robbery, s.status, s.reason),
        ('aggravated_assault', 'ucr', s.aggravated_assault, s.status, s.reason),
        ('violent_crime', 'ucr', s.violent_crime, s.rape_status,
            concat_ws('; ', concat(k.rape_kind, ' rape'), s.rape_reason)),
        ('violent_crime', concat('ucr_', k.rape_kind, '_rape'), s.violent_crime, s.rape_status,
            s.rape_reason),
        ('burglary', 'ucr', s.burglary, s.status, s.reason),
        ('larceny', 'ucr', s.larceny, s.status, s.reason),
        ('motor_vehicle_theft', 'ucr', s.motor_vehicle_theft, s.status, s.reason),
        ('property_crime', 'ucr', s.burglary + s.larceny + s.motor_vehicle_theft, s.status,
            concat_ws('; ', 'sum of its three parts', s.reason)),
        ('murder_cleared', 'ucr', s.murder_cleared, s.cleared_status, s.cleared_reason)
    ) AS f(measure, definition, value, value_status, value_note)
    WHERE f.value IS NOT NULL OR s.murder IS NULL
    UNION ALL BY NAME
    SELECT *, 'population' AS measure, 'ucr' AS definition, population AS value,
        'estimated' AS value_status, NULL AS value_note
    FROM stg.fbi_return_a
    WHERE population IS NOT NULL
)
SELECT
    _snapshot AS snapshot_id,
    measure,
    definition,
    place,
    make_date(year, 1, 1) AS period_start,
    make_date(year, 12, 31) AS period_end,
    CASE WHEN value_status <> 'not_reported' THEN CAST(value AS DOUBLE) END AS value,
    value_status AS status,
    CAST(_row AS INTEGER) AS source_row,
    1 AS n_rows,
    nullif(value_note, '') AS note
FROM cell;
