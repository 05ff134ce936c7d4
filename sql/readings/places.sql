-- places: of how many places of a group it is true that they moved a way from one year to another, or stood above or below
-- a number. One reading for each group that the words can mean, dataset, state and definition; a member counts once,
-- by its own figures or by those of the agency that polices just it.
--
-- A place without a figure (not reported, or for part of a year) counts neither way, and may be either: with k places
-- of which it is true, m without a figure and N in the group, the number of places is anything from k to k + m, their
-- share anything from k / N to (k + m) / N. A reading holds or fails only if all of that does. So for shares too: those
-- who do not report are no fair sample of a group, and "most" of it is more than half of it. The share shown is of the
-- places with figures, which always lies between the two bounds, so that it cannot contradict the outcome.
-- If the words name how many places there are ("25 of 30"), they are the places with figures where these are as many
-- (then none is unknown), else the group if it has as many, else other places than these: then nothing is decided.
-- A statement about places needs three of them (of fewer there are no "most"), and figures of half of the group.
INSERT INTO reading BY NAME
WITH this_slice AS (
    SELECT t.test_id, t.claim_date, t.low, t.low_open, t.high, t.high_open, coalesce(t.years_named, false) AS years_named,
        coalesce(e.start_year, e.end_year) AS from_year, e.end_year AS to_year, e.start_year IS NOT NULL AS moves,
        t.low IS NOT NULL AND t.high IS NOT NULL AS is_exact,
        e.low AS each_low, e.low_open AS each_low_open, e.high AS each_high, e.high_open AS each_high_open,
        e.said, e.others, e.is_share, e.n_named
    FROM test AS t
    JOIN test_each AS e USING (test_id)
    WHERE t.kind = 'places' AND t.test_id BETWEEN getvariable('first_test') AND getvariable('last_test')
), years AS (
    SELECT test_id, from_year, to_year, true AS stated, NULL::DOUBLE AS nearness, NULL::INTEGER AS steps FROM this_slice
    UNION ALL
    -- nearby starts and ends, as of a change: not of the last full year on the year before, which is nobody's pick, nor
    -- where the words name both years, and never a year that had not ended on the day of the claim
    SELECT test_id, from_year + i.shift, to_year + j.shift, false, moved_nearness(i.naturalness, i.shift, j.shift), abs(i.shift) + abs(j.shift)
    FROM this_slice
    JOIN nearby_start AS i USING (test_id)
    CROSS JOIN (VALUES (-1), (0), (1)) AS j(shift)
    WHERE moves AND NOT years_named AND NOT nobodys_pick(from_year, to_year, year(claim_date))
        AND (i.shift <> 0 OR j.shift <> 0) AND to_year + j.shift > from_year + i.shift
        AND to_year + j.shift < year(claim_date)
    UNION ALL
    -- years near that of a level, as of a share: an exact number is another one there, which says nothing
    SELECT test_id, from_year + v.shift, to_year + v.shift, false, v.nearness, v.steps
    FROM this_slice
    CROSS JOIN near_year AS v
    WHERE NOT moves AND NOT is_exact AND to_year <> year(claim_date) - 1 AND to_year + v.shift < year(claim_date)
), overlap AS (
    -- how near two groups are: the share of the places of either that are in both (Jaccard 1912, New Phytologist 11, 37-50)
    SELECT a.peer_group, b.peer_group AS other, count(*) / (any_value(y.n_members) + any_value(z.n_members) - count(*)) AS nearness
    FROM core.peer_group AS a
    JOIN core.peer_group AS b ON b.place = a.place AND b.peer_group <> a.peer_group
    JOIN group_size AS y ON y.peer_group = a.peer_group
    JOIN group_size AS z ON z.peer_group = b.peer_group
    GROUP BY a.peer_group, b.peer_group
), asked AS (
    SELECT y.*, g.peer_group, g.meaning
    FROM years AS y
    JOIN test_peer_group AS g USING (test_id)
    UNION ALL
    -- a share can be asked of a group with other members; a number of places is another one there
    SELECT s.test_id, s.from_year, s.to_year, false, max(o.nearness), NULL, o.other, min(g.meaning)
    FROM this_slice AS s
    JOIN test_peer_group AS g USING (test_id)
    JOIN overlap AS o USING (peer_group)
    WHERE s.is_share AND NOT s.is_exact
        AND NOT EXISTS (FROM test_peer_group AS own WHERE own.test_id = s.test_id AND own.peer_group = o.other)
    GROUP BY s.test_id, s.from_year, s.to_year, o.other
), wanted AS (
    SELECT a.*, m.measure, m.definitions, u.state_no, u.dataset, u.vintage, u.contemporaneous, u.evidence
    FROM asked AS a
    JOIN this_slice AS s USING (test_id)
    JOIN test_measure AS m USING (test_id)
    JOIN usable_state AS u USING (claim_date)
), question AS MATERIALIZED (
    -- each group over each span of each state once, however many tests ask for it
    SELECT w.*, row_number() OVER ()::INTEGER AS question_no
    FROM (SELECT DISTINCT peer_group, measure, state_no, from_year, to_year FROM wanted) AS w
), server AS MATERIALIZED (
    -- which place's series serves for a member: its own or, where a source has none, that of the agency that polices it
    SELECT
        g.peer_group, l.measure, l.state_no, l.sheet_no, arg_max(l.line_no, (c.fit, l.place)) AS line_no, max(c.fit) AS fit
    FROM core.peer_group AS g
    JOIN place_candidate AS c ON c.place_meant = g.place AND c.fit IN ('exact', 'coextensive')
    JOIN line AS l ON l.place = c.place
    SEMI JOIN question AS q ON q.peer_group = g.peer_group AND q.measure = l.measure AND q.state_no = l.state_no
    GROUP BY g.peer_group, g.place, l.measure, l.state_no, l.sheet_no
), question_member AS MATERIALIZED (
    -- materialized, so that figures are looked up for these only
    SELECT
        q.question_no, m.sheet_no, m.fit, line_year(m.line_no, q.from_year) AS first_at, line_year(m.line_no, q.to_year) AS last_at
    FROM question AS q
    JOIN server AS m USING (peer_group, measure, state_no)
), pool AS (
    -- the members with figures of both years (of a level they are one) in the same state and definition
    SELECT
        m.question_no, m.sheet_no,
        CASE WHEN bool_or(m.fit = 'coextensive') THEN 'coextensive' ELSE 'exact' END AS fit,
        min(CASE WHEN e.unit = 'count' THEN least(b.value, e.value) END) AS smallest,
        list(struct_pack(
            first := b.value, last := e.value,
            -- from zero there is a rise, but no percentage
            change := CASE WHEN b.value <> 0 THEN 100 * (e.value - b.value) / b.value WHEN e.value = 0 THEN 0 END,
            first_id := b.figure_id, last_id := e.figure_id
        )) AS members
    FROM question_member AS m
    JOIN point AS e ON e.line_year = m.last_at
    JOIN point AS b ON b.line_year = m.first_at
    WHERE e.value IS NOT NULL AND b.value IS NOT NULL
    GROUP BY m.question_no, m.sheet_no
), judged AS (
    SELECT
        w.test_id, w.stated, w.nearness, w.steps, w.meaning, w.contemporaneous, w.evidence, w.peer_group, w.measure, w.dataset, w.vintage,
        w.from_year, w.to_year, d.definition, p.fit, p.smallest, s.moves, s.is_share, s.n_named, s.said, s.others,
        z.n_members, z.n_needed, s.low, s.low_open, s.high_open,
        -- of an exact number a nearby reading asks whether it is as many: that is what a picked year inflates
        CASE WHEN w.stated OR coalesce(s.low, 0) <= 0 THEN s.high END AS high,
        list_transform(p.members, lambda x: struct_pack(
            ids := CASE WHEN s.moves THEN [x.first_id, x.last_id] ELSE [x.last_id] END,
            same := s.moves AND x.last = x.first,
            yes := CASE
                WHEN s.moves AND x.change IS NULL THEN CASE WHEN coalesce(s.each_low, -1) <= 0 THEN s.each_high IS NULL END
                ELSE above_low(CASE WHEN s.moves THEN x.change ELSE x.last END, s.each_low, s.each_low_open)
                    AND below_high(CASE WHEN s.moves THEN x.change ELSE x.last END, s.each_high, s.each_high_open)
            END
        )) AS members
    FROM wanted AS w
    JOIN question AS q USING (peer_group, measure, state_no, from_year, to_year)
    JOIN pool AS p USING (question_no)
    JOIN (SELECT DISTINCT sheet_no, definition FROM line) AS d USING (sheet_no)
    JOIN this_slice AS s USING (test_id)
    JOIN group_size AS z USING (peer_group)
    WHERE w.definitions IS NULL OR list_contains(w.definitions, d.definition)
), found AS (
    SELECT
        * EXCLUDE (members),
        len(list_filter(members, lambda x: x.yes IS NOT NULL)) AS n_known,
        len(list_filter(members, lambda x: x.yes)) AS n_true,
        len(list_filter(members, lambda x: x.same)) AS n_same,
        -- in the order of their numbers, whatever the order in which members were met
        list_sort(flatten(list_transform(list_filter(members, lambda x: x.yes), lambda x: x.ids))) AS true_ids,
        list_sort(flatten(list_transform(list_filter(members, lambda x: NOT x.yes AND NOT x.same), lambda x: x.ids))) AS other_ids,
        list_sort(flatten(list_transform(list_filter(members, lambda x: NOT x.yes AND x.same), lambda x: x.ids))) AS same_ids,
        n_known >= greatest(3, n_needed) AS enough
    FROM judged
    WINDOW one AS (PARTITION BY test_id, stated, meaning)
    QUALIFY enough OR (stated AND NOT bool_or(enough) OVER one
        -- where no source has enough places, the one that has most says so
        AND row_number() OVER (one ORDER BY n_known DESC, dataset, vintage DESC, measure, definition) = 1)
), bounded AS (
    SELECT
        *,
        CASE WHEN n_named = n_known THEN 0 WHEN coalesce(n_named, n_members) = n_members THEN n_members - n_known END AS n_open,
        -- rounded, as the band is, so that one of three is a third
        CASE WHEN is_share THEN round(100.0 * n_true / (n_known + n_open), 9) ELSE n_true END AS least_,
        CASE WHEN is_share THEN round(100.0 * (n_true + n_open) / (n_known + n_open), 9) ELSE n_true + n_open END AS most_
    FROM found
)
SELECT
    test_id, stated, meaning, nearness, steps,
    CASE WHEN moves THEN from_year || ' to ' ELSE '' END || to_year || ', ' || lower(l.title[1]) || l.title[2:] AS variant,
    dataset, vintage, contemporaneous, definition, peer_group AS place, fit, evidence, 'exact' AS period_fit,
    CASE WHEN NOT enough THEN NULL WHEN is_share THEN round(100.0 * n_true / n_known, 9) ELSE n_true END AS value,
    CASE WHEN is_share THEN 'percent of places' ELSE 'places' END AS unit,
    low, low_open, high, high_open,
    CASE
        WHEN NOT enough THEN 'missing'
        WHEN n_open IS NULL THEN 'undetermined'
        WHEN NOT above_low(most_, low, low_open) OR NOT below_high(least_, high, high_open) THEN 'fails'
        WHEN above_low(least_, low, low_open) AND below_high(most_, high, high_open) THEN 'holds'
        ELSE 'undetermined'
    END AS outcome,
    CASE
        WHEN NOT enough THEN n_known || ' of ' || n_members || ' places of the group have a figure; it needs at least '
            || greatest(3, ceil(n_needed))::INTEGER
        WHEN n_open IS NULL THEN 'the words are about ' || n_named || ' places; the group has ' || n_members || ', '
            || n_known || ' of them with figures'
        WHEN outcome = 'undetermined' THEN 'the places without a figure (' || n_open || ') could turn it either way'
    END AS why,
    concat(n_true, '|', n_known, '|', n_known + coalesce(n_open, 0), '|', smallest) AS closest,
    year_start(from_year) AS window_start, year_end(to_year) AS window_end, peer_group, n_known AS n_peers,
    list_filter(
        -- that it is true of none is what all of them show
        [figure('places where it ' || said, dataset, vintage, measure, definition, peer_group, year_start(from_year),
            year_end(to_year), n_true, 'places', CASE WHEN n_true = 0 THEN other_ids || same_ids ELSE true_ids END)]
        -- a place where nothing changed neither rose nor fell
        || CASE WHEN others IN ('rose', 'fell') THEN [
            figure('places where it ' || others, dataset, vintage, measure, definition, peer_group, year_start(from_year),
                year_end(to_year), n_known - n_true - n_same, 'places', other_ids),
            figure('places where it stayed the same', dataset, vintage, measure, definition, peer_group, year_start(from_year),
                year_end(to_year), n_same, 'places', same_ids)]
        ELSE [
            figure('places where it ' || others, dataset, vintage, measure, definition, peer_group, year_start(from_year),
                year_end(to_year), n_known - n_true, 'places', other_ids || same_ids)]
        END,
        lambda f: len(f.figure_ids) > 0
    ) AS figures
FROM bounded
JOIN core.peer_group_list AS l USING (peer_group);
