-- Which series can serve for which place of which test.
CREATE TEMP TABLE candidate AS
SELECT
    t.test_id, t.kind, t.claim_date, p.role, p.meaning, p.n_places, p.place AS place_meant, l.place, c.fit,
    l.measure, m.restated, l.definition, l.dataset, l.vintage, u.contemporaneous, u.latest, u.evidence, l.line_no
FROM test AS t
JOIN test_place AS p USING (test_id)
JOIN test_measure AS m USING (test_id, role)
JOIN place_candidate AS c ON c.place_meant = p.place
JOIN line AS l ON l.place = c.place AND l.measure = m.measure
JOIN usable_state AS u ON u.claim_date = t.claim_date AND u.state_no = l.state_no
WHERE (m.definitions IS NULL OR list_contains(m.definitions, l.definition))
    AND (m.restated IS NULL OR u.latest);

-- The place that is compared with a group, under any of its names: no peer of itself. An agency has the figures of the city it polices.
CREATE TEMP TABLE own_place AS
SELECT test_id, kind, place FROM candidate WHERE kind IN ('rank', 'contrast')
UNION
SELECT t.test_id, t.kind, f.place
FROM test AS t
JOIN test_place AS p USING (test_id)
JOIN core.place_fit AS f ON f.stands_in = p.place
WHERE t.kind IN ('rank', 'contrast');
