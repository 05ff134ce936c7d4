-- What tests of claims read: published figures and what is derived from them.
--   value            usable for the whole period, NULL if not reported or partial: never a silent zero,
--                    never part of a year offered as the year
--   published_value  the number as published, also where it is partial
--   denominator      of a rate or share: what it was divided by, so that those of several places can be taken together
--   observation_keys the observations a value was made from
--   figure_id        a number for them: equal where the same observations stand in two states of a dataset
CREATE TABLE mart.series AS
SELECT
    dataset, vintage, published, measure, definition, place, period_start, period_end,
    CASE
        WHEN period_start = date_trunc('year', period_start)::DATE
            AND period_end = make_date(year(period_start), 12, 31)
        THEN year(period_start)
    END AS year,
    CASE WHEN status IN ('final', 'estimated') THEN value END AS value,
    value AS published_value,
    NULL::DOUBLE AS denominator,
    unit, status, backfilled,
    [observation_key] AS observation_keys,
    false AS derived
FROM mart.figure;

-- A place that is the sum of its parts (a county and its police departments), where a dataset has every part;
-- if one of them did not report the period, the sum is partial.
INSERT INTO mart.series BY NAME
WITH part AS (
    SELECT place, part, count(*) OVER (PARTITION BY place) AS n_parts
    FROM core.place_part
)
SELECT
    s.dataset, s.vintage, any_value(s.published) AS published, s.measure, s.definition, p.place,
    s.period_start, s.period_end, s.year,
    CASE WHEN count(s.value) = any_value(p.n_parts) THEN sum(s.value) END AS value,
    sum(s.value) AS published_value,
    s.unit,
    CASE WHEN count(s.value) = any_value(p.n_parts) THEN 'final' ELSE 'partial' END AS status,
    bool_or(s.backfilled) AS backfilled,
    flatten(list(s.observation_keys ORDER BY s.place)) AS observation_keys,
    true AS derived
FROM part AS p
JOIN mart.series AS s ON s.place = p.part
JOIN core.measure AS m USING (measure)
WHERE m.kind IN ('count', 'population')
    AND NOT EXISTS (
        SELECT 1 FROM mart.series AS own
        WHERE own.dataset = s.dataset AND own.vintage = s.vintage AND own.measure = s.measure
            AND own.place = p.place AND own.period_start = s.period_start AND own.period_end = s.period_end
    )
GROUP BY s.dataset, s.vintage, s.measure, s.definition, p.place, s.period_start, s.period_end, s.year, s.unit
HAVING count(*) = any_value(p.n_parts);

-- Rates per 100,000 by the dataset's own population; where it has none, by the newest Census estimate.
INSERT INTO mart.series BY NAME
WITH population AS (
    SELECT dataset, vintage, place, period_start, period_end, value, status, backfilled, observation_keys
    FROM mart.series
    WHERE measure = 'population'
), census AS (
    SELECT place, period_start, period_end, value, observation_keys
    FROM mart.series
    WHERE measure = 'population' AND dataset = 'census_population'
        AND vintage = (SELECT max(vintage) FROM mart.state WHERE dataset = 'census_population')
)
SELECT
    s.dataset, s.vintage, s.published, m.measure, s.definition, s.place, s.period_start, s.period_end, s.year,
    100000 * s.value / nullif(coalesce(p.value, c.value), 0) AS value,
    coalesce(p.value, c.value) AS denominator,
    NULL::DOUBLE AS published_value,
    m.unit,
    CASE WHEN p.value IS NULL AND c.value IS NULL THEN 'not_reported' ELSE s.status END AS status,
    s.backfilled OR coalesce(p.backfilled, false) AS backfilled,
    s.observation_keys || CASE
        WHEN p.value IS NOT NULL THEN p.observation_keys ELSE coalesce(c.observation_keys, [])
    END AS observation_keys,
    true AS derived
FROM mart.series AS s
JOIN core.measure AS m ON m.numerator = s.measure AND m.kind = 'rate'
LEFT JOIN population AS p
    ON (p.dataset, p.vintage, p.place, p.period_start, p.period_end)
    = (s.dataset, s.vintage, s.place, s.period_start, s.period_end)
LEFT JOIN census AS c
    ON (c.place, c.period_start, c.period_end) = (s.place, s.period_start, s.period_end)
WHERE s.year IS NOT NULL AND (p.place IS NOT NULL OR c.place IS NOT NULL);

-- Shares in percent (clearance rates); a definition says by which definition of the whole it divides.
INSERT INTO mart.series BY NAME
SELECT
    s.dataset, s.vintage, s.published, m.measure, s.definition, s.place, s.period_start, s.period_end, s.year,
    100 * s.value / nullif(w.value, 0) AS value,
    w.value AS denominator,
    NULL::DOUBLE AS published_value,
    m.unit,
    CASE
        WHEN 'not_reported' IN (s.status, w.status) THEN 'not_reported'
        WHEN 'partial' IN (s.status, w.status) THEN 'partial'
        WHEN w.value = 0 THEN 'not_reported'
        ELSE s.status
    END AS status,
    s.backfilled OR w.backfilled AS backfilled,
    s.observation_keys || w.observation_keys AS observation_keys,
    true AS derived
FROM mart.series AS s
JOIN core.measure AS m ON m.numerator = s.measure AND m.kind = 'share'
JOIN core.definition AS d ON d.definition = s.definition
JOIN mart.series AS w
    ON w.measure = m.denominator
    AND w.definition = coalesce(d.denominator_definition, s.definition)
    AND (w.dataset, w.vintage, w.place, w.period_start, w.period_end)
    = (s.dataset, s.vintage, s.place, s.period_start, s.period_end);

-- Change from the year before, in percent, where both years are usable.
INSERT INTO mart.series BY NAME
SELECT
    s.dataset, s.vintage, s.published, m.measure, s.definition, s.place, s.period_start, s.period_end, s.year,
    100 * (s.value - b.value) / nullif(b.value, 0) AS value,
    NULL::DOUBLE AS published_value,
    m.unit, s.status,
    s.backfilled OR b.backfilled AS backfilled,
    s.observation_keys || b.observation_keys AS observation_keys,
    true AS derived
FROM mart.series AS s
JOIN core.measure AS m ON m.numerator = s.measure AND m.kind = 'change'
JOIN mart.series AS b
    ON (b.dataset, b.vintage, b.measure, b.definition, b.place, b.year)
    = (s.dataset, s.vintage, s.measure, s.definition, s.place, s.year - 1)
WHERE s.year IS NOT NULL  -- rows compare NULL = NULL as true: a half-year would be its own year before
    AND s.value IS NOT NULL AND b.value IS NOT NULL;

ALTER TABLE mart.series ADD COLUMN figure_id UBIGINT;
UPDATE mart.series
SET figure_id = hash(dataset, measure, definition, place, period_start, period_end, observation_keys);
