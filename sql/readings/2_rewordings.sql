-- What a fair rewording of a test may change: the year it counts from, the group it is compared with, and count or rate.
-- Of claims only: the peers of a place are read as stated.

-- Years from which a rewording may count, as steps away from the one claimed. Any year up to three away; further, up to ten
-- and to the length of what is claimed (a rewording of two years is not one of ten), those that people choose unprompted: the
-- start of a decade, a round number of years, the year in which a head of the government of the place (or of its state, or
-- of the nation) took office.
CREATE TEMP TABLE nearby_start AS
WITH counted AS (
    -- from: the year counted from; n: how many years that is by the words, NULL where they do not say a number
    SELECT test_id, start_year AS from_year, end_year - start_year AS n, end_year AS last_year, 1 AS sign
    FROM test
    WHERE kind = 'contrast' OR (kind = 'trend' AND per_year = 1)
    UNION ALL
    SELECT test_id, start_year, end_year - start_year, end_year, 1 FROM test_each WHERE start_year IS NOT NULL
    UNION ALL
    SELECT test_id, year(s.period_start), year(e.period_start) - year(s.period_start), year(e.period_start), 1
    FROM test AS t
    JOIN test_period AS s USING (test_id)
    JOIN test_period AS e USING (test_id)
    WHERE t.kind = 'change' AND s.role = 'start' AND e.role = 'subject'
    UNION ALL
    -- a year as so many times an earlier one; 4_operands.sql sees to it that they are years
    SELECT test_id, year(s.period_start), year(e.period_start) - year(s.period_start), year(e.period_start), 1
    FROM test AS t
    JOIN test_period AS s USING (test_id)
    JOIN test_period AS e USING (test_id)
    WHERE t.kind = 'ratio' AND s.role <> e.role AND s.option = 0 AND e.option = 0 AND s.period_start < e.period_start
    UNION ALL
    SELECT test_id, since_step // per_year, NULL, step // per_year, 1
    FROM test
    WHERE kind = 'record' AND since_step IS NOT NULL
    UNION ALL
    -- "in 20 years": the number is what a rewording changes, and more years count from an earlier one
    SELECT test_id, (step - n_steps) // per_year + 1, n_steps // per_year, step // per_year, -1
    FROM test
    WHERE kind = 'record' AND n_steps IS NOT NULL
), government AS (
    -- heads of the place itself, or of the place an agency stands in for, of its state and of the nation
    SELECT m.place, t.first_year::INTEGER AS first_year
    FROM (
        SELECT place, place AS governed FROM core.place
        UNION
        SELECT stands_in, place FROM core.place_fit
        UNION
        SELECT o.place, g.place FROM core.place AS o JOIN core.place AS g ON g.kind = 'state' AND g.state = o.state
        UNION
        SELECT o.place, g.place FROM core.place AS o CROSS JOIN core.place AS g WHERE g.kind = 'nation'
    ) AS m
    JOIN core.term_of_office AS t ON t.place = m.governed
), took_office AS (
    SELECT DISTINCT p.test_id, g.first_year FROM test_place AS p JOIN government AS g USING (place)
    UNION
    -- of a group of places: of the nation
    SELECT t.test_id, g.first_year
    FROM test AS t
    ANTI JOIN test_place AS p USING (test_id)
    CROSS JOIN government AS g
    JOIN core.place AS n ON n.place = g.place AND n.kind = 'nation'
), shifted AS (
    SELECT
        c.test_id, c.sign * s.shift AS shift, c.from_year + s.shift AS from_year, c.n - s.shift AS n,
        least(10, c.last_year - c.from_year) AS reach
    FROM counted AS c
    CROSS JOIN (SELECT unnest(range(-10, 11)) AS shift) AS s
    WHERE c.from_year + s.shift < c.last_year
), named AS (
    SELECT s.*, CASE
        WHEN s.n % 5 = 0 OR s.from_year % 10 = 0 THEN 'round'
        WHEN o.first_year IS NOT NULL THEN 'term'
        ELSE 'plain' END AS word
    FROM shifted AS s
    LEFT JOIN took_office AS o ON o.test_id = s.test_id AND o.first_year = s.from_year
)
SELECT n.test_id, n.shift, n.word, w.weight AS naturalness
FROM named AS n
JOIN weight AS w ON w.aspect = 'nearby' AND w.word = n.word
WHERE abs(n.shift) <= 3 OR (n.word <> 'plain' AND abs(n.shift) <= n.reach);

-- A trend by months is tried from other months: up to three away, and a round number of years long.
INSERT INTO nearby_start
SELECT t.test_id, s.shift, w.word, w.weight
FROM test AS t
CROSS JOIN (SELECT unnest(range(-12, 13)) AS shift) AS s
JOIN weight AS w
    ON w.aspect = 'nearby' AND w.word = CASE WHEN (t.end_year - t.start_year + 1 - s.shift) % 12 = 0 THEN 'round' ELSE 'plain' END
WHERE t.kind = 'trend' AND t.per_year = 12 AND t.start_year + s.shift < t.end_year
    AND (abs(s.shift) <= 3 OR w.word = 'round');

-- A count as the rate it gives and a rate as its count, for the kinds that compare figures with one another. Not where the
-- words speak of both, nor for an exact percentage, which population moves and nobody meant.
INSERT INTO test_measure
WITH counterpart AS (
    SELECT numerator AS measure, measure AS other, 'by rate instead of count' AS restated
    FROM core.measure
    WHERE kind = 'rate' AND denominator = 'population'
    UNION ALL
    SELECT measure, numerator, 'by count instead of rate'
    FROM core.measure
    WHERE kind = 'rate' AND denominator = 'population'
)
SELECT m.test_id, m.role, c.other, m.definitions, c.restated
FROM test_measure AS m
JOIN test AS t USING (test_id)
JOIN counterpart AS c USING (measure)
WHERE t.kind IN ('change', 'record', 'trend', 'rank', 'contrast')
    AND NOT (t.kind = 'change' AND t.low IS NOT NULL AND t.high IS NOT NULL)
    AND NOT EXISTS (FROM test_measure AS o WHERE o.test_id = m.test_id AND o.measure = c.other);

-- Other published groups that the place, or an agency that stands in for it, belongs to.
INSERT INTO test_peer_group BY NAME
WITH named AS (
    SELECT DISTINCT p.test_id, c.place
    FROM test AS t
    JOIN test_place AS p USING (test_id)
    JOIN (SELECT place AS meant, place FROM core.place UNION ALL SELECT place, stands_in FROM core.place_fit) AS c
        ON c.meant = p.place
    WHERE t.kind IN ('rank', 'contrast')
)
SELECT DISTINCT n.test_id, m.peer_group, nearby_weight('group') AS nearness
FROM named AS n
JOIN core.peer_group AS m USING (place)
WHERE NOT EXISTS (FROM test_peer_group AS g WHERE g.test_id = n.test_id AND g.peer_group = m.peer_group);
