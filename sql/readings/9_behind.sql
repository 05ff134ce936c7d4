-- The observations behind the figures of the readings of claims. A sum of days has no row in mart.series.
SELECT s.figure_id, any_value(s.observation_keys) AS observation_keys
FROM mart.series AS s
SEMI JOIN (
    SELECT unnest(flatten(list_transform(w.figures, lambda f: f.figure_ids))) AS figure_id
    FROM weighed AS w
) AS used USING (figure_id)
GROUP BY s.figure_id;
