-- Every figure of every dataset and vintage, long. The transform step has put stg.*__observation into
-- core.staged_observation; here each gets its key, vintage and unit.
CREATE TABLE core.observation AS
SELECT
    concat_ws('|', s.dataset, s.vintage, o.measure, o.definition, o.place, o.period_start, o.period_end)
        AS observation_key,
    s.dataset,
    o.snapshot_id,
    s.vintage,
    s.published,
    o.measure,
    o.definition,
    o.place,
    o.period_start,
    o.period_end,
    o.value,
    m.unit,
    o.status,
    o.source_row,
    o.n_rows,
    o.note
FROM core.staged_observation AS o
LEFT JOIN meta.snapshot AS s USING (snapshot_id)
LEFT JOIN core.measure AS m USING (measure)
ORDER BY ALL;

DROP TABLE core.staged_observation;
