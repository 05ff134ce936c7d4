-- Single published figures: secondary evidence. Rates are kept as published (percent), because the
-- counts behind them were not published with them; the note names the publisher.

CREATE OR REPLACE TABLE stg.cited_figures AS
SELECT
    measure,
    place,
    CAST(period_start AS DATE) AS period_start,
    CAST(period_end AS DATE) AS period_end,
    CAST(value AS DOUBLE) AS value,
    unit,
    definition,
    CAST(published AS DATE) AS published,
    publisher,
    note,
    source_url,
    'final' AS status,
    _snapshot,
    _row
FROM raw.cited_figures;

CREATE OR REPLACE TABLE stg.cited_figures__observation AS
SELECT
    _snapshot AS snapshot_id,
    measure,
    definition,
    place,
    period_start,
    period_end,
    value,
    status,
    CAST(_row AS INTEGER) AS source_row,
    1 AS n_rows,
    concat_ws('; ', publisher, note) AS note
FROM stg.cited_figures;
