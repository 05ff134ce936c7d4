-- The way back from the figures of a report (variable `observations`: a JSON list of their keys) to the rows of a file.
SELECT observation_key, snapshot_id, status, source_row, n_rows, note
FROM core.observation
WHERE observation_key IN (SELECT unnest(from_json(getvariable('observations'), '["VARCHAR"]')));
