-- Which series can serve for which peer of which test: of the measure in the words, in the newest state.
INSERT INTO peer_candidate
WITH peer_line AS (
    SELECT c.place_meant, l.measure, l.definition, l.line_no, part_bound(c.fit, o.kind) AS bound, f.weight * e.weight AS weight
    FROM place_candidate AS c
    JOIN line AS l USING (place)
    JOIN core.measure AS o USING (measure)
    -- which one is the newest does not depend on the day of the claim
    JOIN (SELECT DISTINCT state_no, evidence FROM usable_state WHERE latest) AS u USING (state_no)
    JOIN weight AS f ON f.aspect = 'fit' AND f.word = c.fit
    JOIN weight AS e ON e.aspect = 'evidence' AND e.word = u.evidence
)
SELECT p.test_id, t.kind, r.role, p.place, l.line_no, l.bound, l.weight
FROM (SELECT DISTINCT test_id, place FROM peer) AS p
JOIN test AS t USING (test_id)
JOIN peer_role AS r USING (test_id)
JOIN test_measure AS m ON m.test_id = p.test_id AND m.role = r.role AND m.restated IS NULL
JOIN peer_line AS l ON l.place_meant = p.place AND l.measure = m.measure
WHERE m.definitions IS NULL OR list_contains(m.definitions, l.definition);
