-- Which published figures of a dataset (variable `dataset`) moved between two of its vintages (variables
-- `from_vintage`, `to_vintage`), as temp.moved; and how many were compared, as temp.compared. Each vintage is the
-- state of the dataset as known then, mart.figure without what was only published later; derived figures (rates,
-- shares, changes) are left out, as they move only with these.
--   new        not there at the earlier vintage
--   withdrawn  not there at the later one
--   revised    another number, of a period that both state in full
--   status     another status: a part of a year became the year, a figure is no longer reported
--   partial    another number of a period that neither states in full: it went on, nothing was revised
CREATE OR REPLACE TEMP TABLE compared AS
WITH state AS (
    SELECT
        measure, definition, place, period_start, period_end, unit, status, observation_key,
        vintage = getvariable('to_vintage')::DATE AS later,
        CASE WHEN status != 'not_reported' THEN value END AS value
    FROM mart.figure
    WHERE dataset = getvariable('dataset') AND NOT backfilled
        AND vintage IN (getvariable('from_vintage')::DATE, getvariable('to_vintage')::DATE)
)
SELECT
    measure, definition, place, period_start, period_end,
    any_value(unit) AS unit,
    any_value(value) FILTER (NOT later) AS before,
    any_value(value) FILTER (later) AS after,
    any_value(status) FILTER (NOT later) AS status_before,
    any_value(status) FILTER (later) AS status_after,
    any_value(observation_key) FILTER (NOT later) AS key_before,
    any_value(observation_key) FILTER (later) AS key_after
FROM state
GROUP BY measure, definition, place, period_start, period_end;

CREATE OR REPLACE TEMP TABLE moved AS
SELECT
    CASE
        WHEN status_before IS NULL THEN 'new'
        WHEN status_after IS NULL THEN 'withdrawn'
        WHEN status_before != status_after THEN 'status'
        WHEN status_after = 'partial' THEN 'partial'
        ELSE 'revised'
    END AS change,
    *,
    after - before AS difference,
    100 * (after - before) / nullif(before, 0) AS percent,
    -- 0 to 1 whichever way it moved, so that a figure that came from or went to zero is not left out
    abs(after - before) / nullif(greatest(abs(before), abs(after)), 0) AS size
FROM compared
WHERE status_before IS DISTINCT FROM status_after OR before IS DISTINCT FROM after;
