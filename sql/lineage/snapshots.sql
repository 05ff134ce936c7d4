-- What a build was made from: a publisher's address, the dataset's title, and the snapshot's id with its whole checksum.
SELECT s.source_url, d.title, s.dataset || '@' || s.vintage || '#' || s.sha256
FROM meta.snapshot s JOIN meta.dataset d USING (dataset)
ORDER BY ALL;
