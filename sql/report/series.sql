-- The whole series behind readings, for charts: the figure of every period that a build has (variable `series`: a JSON list
-- of keys, numbered by `no`). grain:
--   year   calendar years; with `peer_group`, its places with a figure in each of `years` taken together, less those
--          `without`, under any of their names (temp.also_known); with `places`, these taken together
--   month  calendar months
--   part   the same days of each year, `first_day` to `last_day` (MM-DD)
-- value is NULL where a figure is not usable for the whole period; published_value is then what there is of it.
WITH wanted AS (
    SELECT unnest(from_json(getvariable('series'), '[{
        "no": "INTEGER", "dataset": "VARCHAR", "vintage": "DATE", "measure": "VARCHAR", "definition": "VARCHAR",
        "place": "VARCHAR", "grain": "VARCHAR", "first_day": "VARCHAR", "last_day": "VARCHAR",
        "peer_group": "VARCHAR", "places": ["VARCHAR"], "years": ["INTEGER"], "without": ["VARCHAR"]
    }]'), recursive := true)
), yearly AS (
    SELECT w.no, s.period_start, s.period_end, s.value, s.published_value, s.status
    FROM wanted AS w
    JOIN mart.series AS s USING (dataset, vintage, measure, definition, place)
    WHERE w.grain = 'year' AND s.year IS NOT NULL
), member AS (
    SELECT w.*, unnest(w.places) AS member FROM wanted AS w
    UNION ALL
    SELECT w.*, g.place FROM wanted AS w JOIN core.peer_group AS g USING (peer_group)
), panel AS (
    SELECT *, count(*) OVER (PARTITION BY no) AS n_places
    FROM (
        SELECT w.no, w.dataset, w.vintage, w.measure, w.definition, s.place, any_value(len(w.places)) AS n_wanted
        FROM member AS w
        JOIN mart.series AS s
            ON (s.dataset, s.vintage, s.measure, s.definition, s.place)
            = (w.dataset, w.vintage, w.measure, w.definition, w.member)
        WHERE list_contains(w.years, s.year) AND s.value IS NOT NULL AND NOT EXISTS (
                FROM temp.also_known AS a WHERE a.also = s.place AND list_contains(w.without, a.place)
            )
        GROUP BY w.no, w.dataset, w.vintage, w.measure, w.definition, s.place
        HAVING count(*) = len(any_value(w.years))
    )
    QUALIFY n_wanted IS NULL OR n_places = n_wanted  -- not a part of them as all of them
), together AS (
    -- of rates and shares the sums of what they were made from
    SELECT
        p.no, s.period_start, s.period_end,
        CASE WHEN count(s.value) < any_value(p.n_places) THEN NULL
            WHEN count(s.denominator) = 0 THEN sum(s.value::DECIMAL(28, 9))::DOUBLE
            ELSE sum((s.value * s.denominator)::DECIMAL(28, 9))::DOUBLE
                / nullif(sum(s.denominator::DECIMAL(28, 9))::DOUBLE, 0) END AS value,
        NULL::DOUBLE AS published_value,
        CASE WHEN count(s.value) < any_value(p.n_places) THEN 'not_reported' ELSE 'final' END AS status
    FROM panel AS p
    JOIN mart.series AS s USING (dataset, vintage, measure, definition, place)
    WHERE s.year IS NOT NULL
    GROUP BY p.no, s.period_start, s.period_end
), span AS (
    -- the periods that days are summed over
    SELECT
        w.no, w.dataset, w.vintage, w.measure, w.definition, w.place,
        make_date(y, w.first_day[1:2]::INTEGER, w.first_day[4:5]::INTEGER) AS period_start,
        -- the 29th of February is the 28th of most years
        least(last_day(make_date(y, w.last_day[1:2]::INTEGER, 1)),
            make_date(y, w.last_day[1:2]::INTEGER, 1) + (w.last_day[4:5]::INTEGER - 1)) AS period_end
    FROM wanted AS w
    CROSS JOIN (SELECT DISTINCT year(day)::INTEGER AS y FROM mart.daily)
    WHERE w.grain = 'part'
    UNION ALL
    SELECT w.no, w.dataset, w.vintage, w.measure, w.definition, w.place, m.month_start, last_day(m.month_start)
    FROM wanted AS w
    CROSS JOIN (SELECT DISTINCT date_trunc('month', day)::DATE AS month_start FROM mart.daily) AS m
    WHERE w.grain = 'month'
), counted AS (
    SELECT
        s.no, s.period_start, s.period_end, count(*) = s.period_end - s.period_start + 1 AS whole, sum(d.n)::DOUBLE AS n
    FROM span AS s
    JOIN mart.daily AS d USING (dataset, vintage, measure, definition, place)
    WHERE d.day BETWEEN s.period_start AND s.period_end
    GROUP BY s.no, s.period_start, s.period_end
), published AS (
    -- figures of just these periods
    SELECT w.no, s.period_start, s.period_end, s.value, s.published_value, s.status
    FROM wanted AS w
    JOIN mart.series AS s USING (dataset, vintage, measure, definition, place)
    WHERE (w.grain = 'month' AND s.period_start = date_trunc('month', s.period_start) AND s.period_end = last_day(s.period_start))
        OR (w.grain = 'part' AND year(s.period_start) = year(s.period_end)
            AND strftime(s.period_start, '%m-%d') = w.first_day AND strftime(s.period_end, '%m-%d') = w.last_day)
), found AS (
    FROM yearly
    UNION ALL FROM together
    UNION ALL FROM published
    UNION ALL
    SELECT no, period_start, period_end, CASE WHEN whole THEN n END, n, CASE WHEN whole THEN 'final' ELSE 'partial' END
    FROM counted AS c
    ANTI JOIN published AS p USING (no, period_start)
)
FROM found
ORDER BY ALL;
