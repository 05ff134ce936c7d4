-- Rows of each dataset in a build, of all its snapshots.
SELECT dataset, sum(rows)::BIGINT FROM meta.snapshot GROUP BY dataset ORDER BY dataset;
