-- The result of every check of the build, what did not pass first.
SELECT suite, check_id, severity, outcome, reason, observed, n_offending
FROM meta.check_result
ORDER BY
    CASE outcome WHEN 'error' THEN 1 WHEN 'fail' THEN 2 ELSE 3 END,
    CASE severity WHEN 'critical' THEN 1 ELSE 2 END,
    suite, check_id;
