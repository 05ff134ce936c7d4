-- The exact bytes that each dataset was read from, newest first.
SELECT
    snapshot_id, dataset, vintage, vintage_basis, published, retrieved, source_url, origin,
    covers_start, covers_end, file, bytes, sha256, rows
FROM meta.snapshot
ORDER BY dataset, vintage DESC, snapshot_id;
