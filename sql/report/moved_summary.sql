-- temp.moved by kind of change, measure and definition: revisions first, of each kind the largest first. `least`
-- and `most`: the ends of the range of changes in percent.
WITH total AS (
    SELECT measure, definition, count(*) AS compared FROM temp.compared GROUP BY ALL
)
SELECT
    m.change, m.measure, m.definition,
    count(*) AS figures,
    any_value(t.compared) AS compared,
    count(DISTINCT m.place) AS places,
    min(m.period_start) AS period_start,
    max(m.period_end) AS period_end,
    min(m.percent) AS least,
    max(m.percent) AS most
FROM temp.moved AS m
JOIN total AS t USING (measure, definition)
GROUP BY m.change, m.measure, m.definition
ORDER BY
    list_position(['revised', 'status', 'withdrawn', 'new', 'partial'], m.change),
    max(m.size) DESC NULLS LAST, figures DESC, m.measure, m.definition;
