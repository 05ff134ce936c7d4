-- The figures of the members of groups of places, for charts: of every place of the group but those `without`, under any
-- of their names (temp.also_known), in the years `first` to `last` (variable `peers`: a JSON list of keys, numbered by `no`).
WITH wanted AS (
    SELECT unnest(from_json(getvariable('peers'), '[{
        "no": "INTEGER", "dataset": "VARCHAR", "vintage": "DATE", "measure": "VARCHAR", "definition": "VARCHAR",
        "without": ["VARCHAR"], "peer_group": "VARCHAR", "first": "INTEGER", "last": "INTEGER"
    }]'), recursive := true)
)
SELECT w.no, s.place, s.year::INTEGER AS year, s.value
FROM wanted AS w
JOIN core.peer_group AS g USING (peer_group)
JOIN mart.series AS s
    ON (s.dataset, s.vintage, s.measure, s.definition, s.place) = (w.dataset, w.vintage, w.measure, w.definition, g.place)
WHERE s.year BETWEEN w.first AND w.last AND s.value IS NOT NULL
    AND NOT EXISTS (FROM temp.also_known AS a WHERE a.also = s.place AND list_contains(w.without, a.place))
ORDER BY ALL;
