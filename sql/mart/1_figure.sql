-- Each dataset as it was known at each of its vintages ("state").
--   whole:  the snapshot of that vintage, nothing else.
--   append: for each figure the newest statement up to that vintage. A figure for an earlier period than
--           the newest one known then, which only a later snapshot carries, is taken from the earliest
--           snapshot that has it and marked `backfilled`: the FBI restates old years, it did not first
--           publish them then. A later period is never known earlier.
CREATE TABLE mart.state AS
SELECT dataset, vintage, max(published) AS published
FROM meta.snapshot
GROUP BY dataset, vintage
ORDER BY dataset, vintage;

CREATE TABLE mart.figure AS
WITH candidate AS (
    SELECT
        s.dataset, s.vintage, s.published,
        o.measure, o.definition, o.place, o.period_start, o.period_end,
        o.value, o.unit, o.status, o.observation_key,
        o.vintage AS own_vintage,
        o.vintage > s.vintage AS backfilled,
        max(o.period_end) FILTER (WHERE o.vintage <= s.vintage) OVER (
            PARTITION BY s.dataset, s.vintage, o.measure, o.definition, o.place
        ) AS newest_known
    FROM mart.state AS s
    JOIN meta.dataset AS d USING (dataset)
    JOIN core.observation AS o
        ON o.dataset = s.dataset
        AND (d.revision = 'append' OR o.vintage = s.vintage)
)
SELECT * EXCLUDE (own_vintage, newest_known)
FROM candidate
WHERE NOT backfilled OR period_end < newest_known
QUALIFY row_number() OVER (
    PARTITION BY dataset, vintage, measure, definition, place, period_start, period_end
    ORDER BY
        backfilled,                                             -- known then, if anything was
        CASE WHEN NOT backfilled THEN own_vintage END DESC,     -- the newest statement of it
        own_vintage                                             -- else the earliest later one
) = 1;
