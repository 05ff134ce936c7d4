-- Return A master files: what each agency reported month by month, and which of it stands for a year.
-- One row a record and month as published; then one row an agency and month; then figures of both.

CREATE OR REPLACE TABLE stg.fbi_return_a_months AS
WITH typed AS (
    SELECT
        r.ori,
        p.place,
        r.agency,
        r.state,
        CAST(r.year AS INTEGER) AS year,
        CAST(r.month AS INTEGER) AS month,
        CAST(r.record AS INTEGER) AS record,
        CAST(r.last_month AS INTEGER) AS last_month,
        CAST(r.included_in AS INTEGER) AS included_in,
        r.covered_by,
        r.card,
        CAST(r.population AS BIGINT) AS population,
        CAST(COLUMNS(r.* EXCLUDE (ori, year, record, month, agency, state, population_group, covered_by,
            last_month, population, included_in, card, _snapshot, _row)) AS BIGINT),
        r._snapshot,
        r._row
    FROM raw.fbi_return_a_months AS r
    LEFT JOIN core.place AS p ON p.ori = r.ori  -- most agencies are none of our places
)
SELECT
    *,
    -- A zero without a return is nothing reported, and neither is one of an agency whose crimes another reports;
    -- with a return of its own it is a month without a crime.
    murder IS NOT NULL AND (
        (coalesce(card, '0') <> '0' AND covered_by IS NULL)
        OR abs(murder) + abs(coalesce(rape, 0)) + abs(coalesce(robbery, 0)) + abs(coalesce(larceny, 0))
            + abs(coalesce(aggravated_assault, 0)) + abs(coalesce(simple_assault, 0))
            + abs(coalesce(burglary, 0)) + abs(coalesce(motor_vehicle_theft, 0)) > 0
    ) AS reported
FROM typed;

-- The agencies that are places of ours. Records of one month that say the same count once; those that
-- contradict each other count as no report: nothing says which is right, or whether to add them.
CREATE OR REPLACE TABLE stg.fbi_return_a_months__month AS
WITH months AS (
    SELECT
        _snapshot, ori, place, year, month,
        min(_row) FILTER (reported) AS _row,
        count(*) FILTER (reported) AS n_records,
        coalesce(bool_or(reported), false) AS came,
        count(DISTINCT (murder, rape, robbery, aggravated_assault, burglary, larceny, motor_vehicle_theft,
            murder_cleared, rape_cleared, robbery_cleared, aggravated_assault_cleared, burglary_cleared,
            larceny_cleared, motor_vehicle_theft_cleared)) FILTER (reported) > 1 AS contradicted,
        any_value(included_in) AS included_in,
        any_value(COLUMNS('^(murder|rape|robbery|aggravated_assault|burglary|larceny|motor_vehicle_theft)(_cleared)?$'))
            FILTER (reported)
    FROM stg.fbi_return_a_months
    WHERE place IS NOT NULL AND month IS NOT NULL
    GROUP BY ALL
)
SELECT
    m.* EXCLUDE (came),
    m.came AND NOT m.contradicted AS reported,
    -- "contained in the report of June": covered if June's came
    coalesce(i.came AND NOT i.contradicted, false) AS covered_elsewhere,
    exists(FROM months AS o WHERE (o._snapshot, o.ori, o.year, o.included_in) = (m._snapshot, m.ori, m.year, m.month)
        AND o.month <> m.month) AS covers_others
FROM months AS m
LEFT JOIN months AS i
    ON (i._snapshot, i.ori, i.year, i.month) = (m._snapshot, m.ori, m.year, m.included_in) AND i.month <> m.month;

-- Months and years in one form: `complete` if the figures stand for the whole period.
CREATE OR REPLACE TABLE stg.fbi_return_a_months__period AS
WITH years AS (
    SELECT
        _snapshot, ori, place, year,
        min(_row) AS _row,  -- an agency without a month has one row for the year
        max(population) AS population
    FROM stg.fbi_return_a_months
    WHERE place IS NOT NULL
    GROUP BY ALL
), summed AS (
    SELECT
        _snapshot, ori, year,
        count(*) FILTER (reported) AS n_months,
        count(*) FILTER (reported OR covered_elsewhere) AS n_covered,
        count(*) FILTER (contradicted) AS n_contradicted,
        sum(n_records) FILTER (reported) AS n_rows,
        -- blank in a month that came: not known for the year
        CASE WHEN count(COLUMNS('^(murder|rape|robbery|aggravated_assault|burglary|larceny|motor_vehicle_theft)(_cleared)?$'))
                FILTER (reported) = count(*) FILTER (reported)
            THEN sum(COLUMNS('^(murder|rape|robbery|aggravated_assault|burglary|larceny|motor_vehicle_theft)(_cleared)?$'))
                FILTER (reported) END
    FROM stg.fbi_return_a_months__month
    GROUP BY ALL
), whole AS (
    SELECT
        y.*, s.* EXCLUDE (_snapshot, ori, year),
        CASE
            WHEN coalesce(s.n_months, 0) = 0 THEN 'no month reported'
            WHEN s.n_contradicted > 0 THEN format('the records of {} months contradict each other', s.n_contradicted)
            WHEN s.n_covered < 12 THEN format('{} months reported', s.n_covered)
        END AS gap
    FROM years AS y
    LEFT JOIN summed AS s USING (_snapshot, ori, year)
), neighbours AS (
    -- what to expect of a full year: the mean of the nearest full years before and after
    SELECT
        _snapshot, ori, year,
        (lag(murder) OVER near + lead(murder) OVER near) / 2 AS murder_expected,
        (lag(robbery) OVER near + lead(robbery) OVER near) / 2 AS robbery_expected
    FROM whole
    WHERE gap IS NULL
    WINDOW near AS (PARTITION BY _snapshot, ori ORDER BY year)
)
SELECT
    w.* EXCLUDE (gap, n_covered, n_contradicted),
    NULL::INTEGER AS month,
    coalesce(w.n_months, 0) > 0 AS came,
    -- Two offenses that have different causes do not both drop by 40 % for one year (as in fbi_return_a).
    coalesce(w.gap, CASE
        WHEN n.murder_expected >= 20 AND w.murder < 0.6 * n.murder_expected AND w.robbery < 0.6 * n.robbery_expected
        THEN format('murder and robbery both below 60% of the years around ({} of {:.0f}, {} of {:.0f})',
            w.murder, n.murder_expected, w.robbery, n.robbery_expected)
    END) AS gap
FROM whole AS w
LEFT JOIN neighbours AS n USING (_snapshot, ori, year)
UNION ALL BY NAME
SELECT
    * EXCLUDE (reported, contradicted, included_in, covered_elsewhere, covers_others, n_records),
    reported AS came,
    n_records AS n_rows,
    CASE WHEN covers_others THEN 'contains other months' END AS gap
FROM stg.fbi_return_a_months__month
WHERE reported;

CREATE OR REPLACE TABLE stg.fbi_return_a_months__observation AS
WITH judged AS (
    SELECT
        *,
        if(year < 2013, 'ucr_legacy_rape', 'ucr_revised_rape') AS rape_definition,
        -- the rules of fbi_return_a, where the reasons of the bounds are
        CASE WHEN rape = 0 AND robbery >= 1000 THEN '0 rapes beside 1,000 robberies or more' END AS rape_missing,
        CASE
            WHEN murder_cleared = 0 AND (murder >= 20 OR robbery >= 1000)
                THEN format('0 of {} murders cleared', murder)
            -- The least cleared offense, burglary, is cleared in one case of ten: nothing at all cleared of a
            -- hundred offenses has a chance of 1 in 30,000.
            WHEN murder_cleared + rape_cleared + robbery_cleared + aggravated_assault_cleared + burglary_cleared
                    + larceny_cleared + motor_vehicle_theft_cleared = 0
                AND murder + rape + robbery + aggravated_assault + burglary + larceny + motor_vehicle_theft >= 100
                THEN 'no offense of any kind cleared'
        END AS cleared_missing,
        CASE WHEN murder >= 20 AND murder_cleared > 0 AND murder_cleared < 0.1 * murder
            THEN format('{} of {} murders cleared: part of the clearances', murder_cleared, murder) END AS cleared_gap
    FROM stg.fbi_return_a_months__period
), cell AS (
    SELECT j._snapshot, j._row, j.place, j.year, j.month, j.came, j.n_rows, f.*
    FROM judged AS j,
    LATERAL (VALUES
        ('murder', 'ucr', j.murder, NULL, j.gap),
        ('rape', j.rape_definition, j.rape, j.rape_missing, j.gap),
        ('robbery', 'ucr', j.robbery, NULL, j.gap),
        ('aggravated_assault', 'ucr', j.aggravated_assault, NULL, j.gap),
        ('violent_crime', 'ucr', j.murder + j.rape + j.robbery + j.aggravated_assault, j.rape_missing, j.gap),
        ('violent_crime', j.rape_definition, j.murder + j.rape + j.robbery + j.aggravated_assault,
            j.rape_missing, j.gap),
        ('burglary', 'ucr', j.burglary, NULL, j.gap),
        ('larceny', 'ucr', j.larceny, NULL, j.gap),
        ('motor_vehicle_theft', 'ucr', j.motor_vehicle_theft, NULL, j.gap),
        ('property_crime', 'ucr', j.burglary + j.larceny + j.motor_vehicle_theft, NULL, j.gap),
        ('murder_cleared', 'ucr', j.murder_cleared, j.cleared_missing, coalesce(j.gap, j.cleared_gap)),
        ('rape_cleared', j.rape_definition, j.rape_cleared, coalesce(j.rape_missing, j.cleared_missing), j.gap),
        ('robbery_cleared', 'ucr', j.robbery_cleared, j.cleared_missing, j.gap),
        ('aggravated_assault_cleared', 'ucr', j.aggravated_assault_cleared, j.cleared_missing, j.gap),
        ('burglary_cleared', 'ucr', j.burglary_cleared, j.cleared_missing, j.gap),
        ('larceny_cleared', 'ucr', j.larceny_cleared, j.cleared_missing, j.gap),
        ('motor_vehicle_theft_cleared', 'ucr', j.motor_vehicle_theft_cleared, j.cleared_missing, j.gap)
    ) AS f(measure, definition, value, missing, gap)
), stated AS (
    SELECT
        * EXCLUDE (missing, gap),
        CASE
            WHEN NOT came OR value IS NULL OR value < 0 OR missing IS NOT NULL THEN 'not_reported'
            WHEN gap IS NOT NULL THEN 'partial'
            ELSE 'final'
        END AS status,
        concat_ws('; ',
            CASE WHEN value < 0 THEN format('{}: a correction of other months', value) END, missing, gap) AS note
    FROM cell
    UNION ALL BY NAME
    SELECT _snapshot, _row, place, year, 1 AS n_rows, 'population' AS measure, 'ucr' AS definition,
        population AS value, 'estimated' AS status
    FROM stg.fbi_return_a_months__period
    WHERE month IS NULL AND population IS NOT NULL
)
SELECT
    _snapshot AS snapshot_id,
    measure,
    definition,
    place,
    make_date(year, coalesce(month, 1), 1) AS period_start,
    last_day(make_date(year, coalesce(month, 12), 1)) AS period_end,
    CASE WHEN status <> 'not_reported' THEN CAST(value AS DOUBLE) END AS value,
    status,
    CAST(_row AS INTEGER) AS source_row,
    CAST(coalesce(n_rows, 1) AS INTEGER) AS n_rows,
    nullif(note, '') AS note
FROM stated;
