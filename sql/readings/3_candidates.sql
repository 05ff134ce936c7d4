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
