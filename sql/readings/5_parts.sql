-- What a rank or a contrast of the same days of each year (5_spans.sql) compares: lines of their own, whose years are those of the
-- parts, so that places are compared within a sheet as they are by calendar years.
CREATE TEMP TABLE part_line AS
SELECT
    p.span, l.line_no AS of_line, ((SELECT max(line_no) FROM line) + row_number() OVER ())::INTEGER AS line_no,
    ((SELECT max(sheet_no) FROM line) + dense_rank() OVER (ORDER BY p.span, l.sheet_no))::INTEGER AS sheet_no,
    l.* EXCLUDE (line_no, sheet_no)
FROM (SELECT DISTINCT span, line_no FROM span_wanted WHERE span LIKE '%..%') AS p
JOIN line AS l USING (line_no);

-- figure_id: of what was added up, by which part_ids finds the figures behind it.
CREATE TEMP TABLE part_point AS
SELECT
    l.line_no, line_year(l.line_no, s.step) AS line_year, s.period_start, s.period_end, s.step AS year, s.value, s.denominator, s.unit,
    s.status, hash(s.figure_ids) AS figure_id, s.figure_ids
FROM span_sum AS s
JOIN part_line AS l USING (span, dataset, vintage, place, measure, definition);

CREATE TEMP VIEW any_line AS SELECT * EXCLUDE (span, of_line) FROM part_line UNION ALL BY NAME FROM line;
CREATE TEMP VIEW any_point AS SELECT * EXCLUDE (figure_ids) FROM part_point UNION ALL BY NAME FROM point;
CREATE TEMP VIEW any_member AS
SELECT *, 'year' AS span FROM member
UNION ALL BY NAME
SELECT m.* REPLACE (p.line_no AS line_no, p.sheet_no AS sheet_no), p.span FROM member AS m JOIN part_line AS p ON p.of_line = m.line_no;

-- What stands behind numbers of figures: of a part, all that was added up.
CREATE TEMP TABLE part_ids AS
SELECT map_from_entries(list(DISTINCT (figure_id, figure_ids))) AS ids_of, count(*) AS n FROM part_point;
CREATE TEMP MACRO behind(ids, n_parts, ids_of) AS
    CASE WHEN n_parts = 0 THEN ids ELSE flatten(list_transform(ids, lambda x: coalesce(ids_of[x], [x]))) END;
