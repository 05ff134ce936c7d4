-- Incident datasets by day, dense and cumulated, so that any window is the difference of two rows. A day
-- without an incident inside the days a snapshot covers is a true zero; outside of them there is no row.
-- The transform step has put stg.*__daily into mart.staged_daily.
CREATE TABLE mart.daily AS
WITH series AS (
    SELECT DISTINCT
        d.snapshot_id, s.dataset, s.vintage, s.published, d.measure, d.definition, d.place,
        s.covers_start, s.covers_end
    FROM mart.staged_daily AS d
    JOIN meta.snapshot AS s USING (snapshot_id)
), calendar AS (
    SELECT *, unnest(generate_series(covers_start, covers_end, INTERVAL 1 DAY))::DATE AS day
    FROM series
)
SELECT
    c.dataset, c.vintage, c.published, c.measure, c.definition, c.place, c.day,
    coalesce(n.n, 0)::BIGINT AS n,
    sum(coalesce(n.n, 0)) OVER (
        PARTITION BY c.snapshot_id, c.measure, c.definition, c.place ORDER BY c.day
    )::BIGINT AS cumulative
FROM calendar AS c
LEFT JOIN mart.staged_daily AS n
    ON (n.snapshot_id, n.measure, n.definition, n.place, n.day)
    = (c.snapshot_id, c.measure, c.definition, c.place, c.day)
ORDER BY c.dataset, c.vintage, c.measure, c.definition, c.place, c.day;

CREATE TABLE mart.daily_series AS
SELECT DISTINCT dataset, vintage, place, measure, definition
FROM mart.daily
ORDER BY ALL;

DROP TABLE mart.staged_daily;
