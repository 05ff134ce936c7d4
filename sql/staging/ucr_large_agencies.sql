-- Large agencies 1975-2015, the FBI's figures in The Marshall Project's compilation.

CREATE OR REPLACE TABLE stg.ucr_large_agencies AS
WITH typed AS (
    SELECT
        r.ori,
        p.place,
        CAST(r.year AS INTEGER) AS year,
        r.department,
        CAST(nullif(r.population, '') AS BIGINT) AS population,
        CAST(nullif(r.murder, '') AS BIGINT) AS murder,
        CAST(nullif(r.rape, '') AS BIGINT) AS rape,
        CAST(nullif(r.robbery, '') AS BIGINT) AS robbery,
        CAST(nullif(r.agg_assault, '') AS BIGINT) AS aggravated_assault,
        CAST(nullif(r.violent_crime, '') AS BIGINT) AS violent_crime,
        CAST(nullif(r.months_reported, '') AS INTEGER) AS months_reported,
        r._snapshot,
        r._row
    FROM raw.ucr_large_agencies AS r
    LEFT JOIN core.place AS p ON p.ori = r.ori  -- an unknown agency keeps its row, for a check to find
), known AS (
    -- Cases no rule below can see, with the day and the reason they were entered.
    SELECT * FROM (VALUES
        ('VA0290100', 2001, '2026-11-22: 42 aggravated assaults after 15 in the incomplete year before; 368 in 1998 and 301 robberies against 173 a year later')
    ) AS v(ori, year, reason)
), neighbours AS (
    SELECT
        *,
        (lag(murder IGNORE NULLS) OVER years + lead(murder IGNORE NULLS) OVER years) / 2 AS murder_expected,
        (lag(robbery IGNORE NULLS) OVER years + lead(robbery IGNORE NULLS) OVER years) / 2
            AS robbery_expected,
        (lag(aggravated_assault IGNORE NULLS) OVER years
            + lead(aggravated_assault IGNORE NULLS) OVER years) / 2 AS assault_expected
    FROM typed
    WINDOW years AS (PARTITION BY _snapshot, ori ORDER BY year)
), judged AS (
    SELECT
        n.*,
        CASE
            WHEN months_reported = 0 OR murder IS NULL THEN 'no figures for the year'
        END AS missing,
        CASE
            WHEN months_reported < 12 THEN concat(months_reported, ' months reported')
            WHEN k.reason IS NOT NULL THEN k.reason
            -- Twelve months are claimed, but three offenses are all far below the years around (Fairfax
            -- County 2000). Two would not do: New Orleans in 2006, after the flood, is no gap in reports.
            WHEN murder_expected >= 5 AND murder < 0.6 * murder_expected
                AND robbery < 0.6 * robbery_expected
                AND aggravated_assault < 0.6 * assault_expected
                THEN format('below 60% of the years around: murder {} of {:.0f}, robbery {} of {:.0f}, assault {} of {:.0f}',
                    murder, murder_expected, robbery, robbery_expected, aggravated_assault, assault_expected)
        END AS incomplete,
        -- 1,000 robberies and no rape at all: rape was not reported
        CASE WHEN rape = 0 AND robbery >= 1000 THEN '0 rapes beside 1,000 robberies or more' END
            AS rape_missing
    FROM neighbours AS n
    LEFT JOIN known AS k USING (ori, year)
)
SELECT
    ori, place, year, department, population, murder, rape, robbery, aggravated_assault, violent_crime,
    months_reported,
    CASE
        WHEN missing IS NOT NULL THEN 'not_reported'
        WHEN incomplete IS NOT NULL THEN 'partial'
        ELSE 'final'
    END AS status,
    coalesce(missing, incomplete) AS reason,
    rape_missing,
    _snapshot,
    _row
FROM judged;

CREATE OR REPLACE TABLE stg.ucr_large_agencies__observation AS
WITH cell AS (
    SELECT
        s._snapshot, s._row, s.place, s.year, f.measure, f.definition, f.value,
        CASE
            WHEN f.measure = 'population' THEN 'estimated'
            WHEN f.measure IN ('rape', 'violent_crime') AND s.rape_missing IS NOT NULL THEN 'not_reported'
            ELSE s.status
        END AS status,
        CASE WHEN f.measure <> 'population' THEN concat_ws('; ',
            CASE WHEN f.measure = 'violent_crime' AND s.year < 2013 THEN 'legacy rape' END,
            -- each agency changed when it could, and the compilation does not say which has
            CASE WHEN f.measure IN ('rape', 'violent_crime') AND s.year >= 2013
                THEN 'legacy or revised rape, as the agency reported it' END,
            CASE WHEN f.measure IN ('rape', 'violent_crime') THEN s.rape_missing END,
            s.reason) END AS note
    FROM stg.ucr_large_agencies AS s,
    LATERAL (VALUES
        ('murder', 'ucr', s.murder),
        ('rape', if(s.year < 2013, 'ucr_legacy_rape', 'ucr'), s.rape),
        ('robbery', 'ucr', s.robbery),
        ('aggravated_assault', 'ucr', s.aggravated_assault),
        ('violent_crime', 'ucr', s.violent_crime),
        ('population', 'ucr', s.population)
    ) AS f(measure, definition, value)
    WHERE f.measure <> 'population' OR f.value IS NOT NULL
)
SELECT
    _snapshot AS snapshot_id,
    measure,
    definition,
    place,
    make_date(year, 1, 1) AS period_start,
    make_date(year, 12, 31) AS period_end,
    CASE WHEN status <> 'not_reported' THEN CAST(value AS DOUBLE) END AS value,
    status,
    CAST(_row AS INTEGER) AS source_row,
    1 AS n_rows,
    nullif(note, '') AS note
FROM cell;
