-- What each dataset is, for the section on sources.
SELECT
    dataset, title, publisher, publisher_url, "table", url, licence, licence_url, description, evidence
FROM meta.dataset
ORDER BY dataset;
