-- The tests of all claims as rows, and what every kind of reading shares.
CREATE TEMP TABLE test (
    test_id INTEGER PRIMARY KEY,
    kind VARCHAR NOT NULL,
    claim_date DATE NOT NULL,
    low DOUBLE, low_open BOOLEAN, high DOUBLE, high_open BOOLEAN,  -- the band claimed
    direction VARCHAR,             -- highest, lowest, rising, falling
    year INTEGER,                  -- rank: the year spoken of
    -- record, trend: what is compared: 'year', 'month', '12 months', or a part of each year as 'MM-DD..MM-DD' (rank, contrast: only that, or
    -- NULL for years); and, in steps of
    -- that (years since 0, or months since 0), the one spoken of, "in 20 years", "since 1971", and the steps of a year
    span VARCHAR, step INTEGER, n_steps INTEGER, since_step INTEGER, per_year INTEGER,
    start_year INTEGER, end_year INTEGER,  -- trend, contrast, threshold over a window; a trend by months has them in its steps
    every_year BOOLEAN,            -- trend: year after year
    share_needed DOUBLE,           -- threshold over a window: least share of its years
    nth INTEGER, within_share DOUBLE,      -- rank
    cause_date DATE, years_before INTEGER, years_after INTEGER,  -- attribution
    same_measure BOOLEAN,          -- ratio: both sides by the same measure
    same_place BOOLEAN,            -- ratio: both sides of the same place, so by the same agency too
    years_named BOOLEAN            -- change: the words name both years, so no other start or end is a rewording
);
-- role: subject, or of and to for a ratio, or start for the period a change is counted from. meaning numbers the places the words can mean; the places of one
-- meaning are summed.
CREATE TEMP TABLE test_place (test_id INTEGER, role VARCHAR, meaning INTEGER, place VARCHAR, n_places INTEGER);
-- A group whose places are taken together: those with a figure in each of these years. label says which years.
CREATE TEMP TABLE test_sum (test_id INTEGER, role VARCHAR, peer_group VARCHAR, years INTEGER[], label VARCHAR);
-- Such groups as they are named as places (3_groups.sql), how many members have the figures, and why they decide only a bound where
-- that is not all of them.
CREATE TEMP TABLE group_taken (place VARCHAR, peer_group VARCHAR, n_places INTEGER, part_why VARCHAR);
-- definitions: those that the words choose; NULL: any. restated: not the measure of the words, but a count for their rate or a
-- rate for their count, or another definition than the words choose: its readings are nearby ones.
CREATE TEMP TABLE test_measure (
    test_id INTEGER, role VARCHAR, measure VARCHAR, definitions VARCHAR[], restated VARCHAR
);
-- option numbers the alternatives of a period; both sides of a ratio are read with the same option.
CREATE TEMP TABLE test_period (
    test_id INTEGER, role VARCHAR, option INTEGER, period_start DATE, period_end DATE, period_fit VARCHAR,
    statistic VARCHAR,             -- total of a period; mean or peak over the years of a window
    stated BOOLEAN, nearness DOUBLE,
    steps INTEGER                  -- nearby: by how many years it was moved
);
-- nearness: NULL for the groups that the words name, else the closeness of a reading with another group of the place.
-- meaning: of places only; ordinal: 0 for the group that is named first.
CREATE TEMP TABLE test_peer_group (test_id INTEGER, peer_group VARCHAR, nearness DOUBLE, meaning INTEGER, ordinal INTEGER);
-- places: what is said of each place. start_year NULL: its figure in end_year, else its change in percent; said, others: in
-- words, of the places of which it is true and of the others; is_share: not a number of places is said, but a share; n_named:
-- how many places there are by the words
CREATE TEMP TABLE test_each (
    test_id INTEGER, start_year INTEGER, end_year INTEGER, low DOUBLE, low_open BOOLEAN, high DOUBLE, high_open BOOLEAN,
    said VARCHAR, others VARCHAR, is_share BOOLEAN, n_named INTEGER
);
CREATE TEMP TABLE setting (as_of DATE);  -- one row: use only what was published by then; NULL: everything
CREATE TEMP TABLE weight (aspect VARCHAR, word VARCHAR, weight DOUBLE);
CREATE TEMP TABLE attribution_bar (name VARCHAR, amount DOUBLE);
-- checks/definition_breaks.yml: measure is counted from total_measure; years_before: how many years before its own a figure is made from
CREATE TEMP TABLE definition_break (
    id VARCHAR, measure VARCHAR, total_measure VARCHAR, dataset VARCHAR, definition VARCHAR, first_year INTEGER,
    "before" VARCHAR, "after" VARCHAR, years_before INTEGER
);

-- checks/adjacent_definitions.yml: of a measure, other counts the same thing as definition does
CREATE TEMP TABLE adjacent_definition (measure VARCHAR, definition VARCHAR, other VARCHAR);

-- The same test asked of another place, and what comes of it: filled only if uniqueness is asked for. Nobody reads more of
-- these readings than whether they hold, so they are a few narrow columns of their own and not rows of reading.
CREATE TEMP TABLE peer (test_id INTEGER, peer_group VARCHAR, place VARCHAR);
CREATE TEMP TABLE peer_role (test_id INTEGER, role VARCHAR);  -- which figures of a peer take the place of those of the test
CREATE TEMP TABLE peer_candidate (
    test_id INTEGER, kind VARCHAR, role VARCHAR, place VARCHAR, line_no INTEGER,
    bound VARCHAR,                 -- of macro outcome: what the line says of the place
    weight DOUBLE                  -- by fit and evidence
);
CREATE TEMP TABLE peer_reading (test_id INTEGER, place VARCHAR, outcome VARCHAR, weight DOUBLE);

CREATE TEMP TABLE reading (
    test_id INTEGER, stated BOOLEAN, meaning INTEGER, variant VARCHAR, nearness DOUBLE, steps INTEGER,
    restated VARCHAR,              -- count for rate, rate for count or another definition, in words; NULL: the measure of the words
    dataset VARCHAR, vintage DATE, contemporaneous BOOLEAN, definition VARCHAR, place VARCHAR,
    fit VARCHAR, evidence VARCHAR, period_fit VARCHAR,
    value DOUBLE, unit VARCHAR,
    low DOUBLE, low_open BOOLEAN, high DOUBLE, high_open BOOLEAN,
    outcome VARCHAR, why VARCHAR,
    lacks VARCHAR[],               -- what the figures that are missing are instead: partial, not_reported, no_population
    compared_since INTEGER,        -- record: the first year of its window, of which figures has only the nearest
    -- raw material of the closest true statement, by kind; of a value, threshold, share or ratio its bound
    closest VARCHAR,
    -- figure_ids: the rows of series a figure was made from; the observations behind them are looked up at the end
    figures STRUCT(
        "role" VARCHAR, dataset VARCHAR, vintage DATE, measure VARCHAR, definition VARCHAR, place VARCHAR,
        period_start DATE, period_end DATE, "value" DOUBLE, unit VARCHAR, figure_ids UBIGINT[]
    )[],
    -- instead of figures: they are those of a series (5_spans.sql) after the first n_before up to the n_up_to-th. Trends have so many
    -- windows that their figures would be most of the memory; they are looked up where they are shown.
    series_no INTEGER, n_before INTEGER, n_up_to INTEGER, ids HUGEINT, -- ids: the sum of the hashes of their numbers
    -- what variant says in words, for whoever computes with it. First and last day of what is compared: the window of a record (which
    -- ends before the figure spoken of) or trend, from the earlier of two periods to the later, else the period itself; of an
    -- attribution the years before and after the cause.
    window_start DATE, window_end DATE,
    -- how the quantity is worked out, where a kind has several ways: of a trend, and the step of an attribution
    way ENUM ('slope', 'ends', 'each_step', 'members', 'trend', 'change', 'dates', 'peers', 'places'),
    -- the group that it is compared with, or whose places are taken together or counted, and how many of its places have the figures
    peer_group VARCHAR, n_peers INTEGER
);

-- The figures of a series in their order (5_spans.sql).
CREATE TEMP TABLE span_figures (
    series_no INTEGER,
    figures STRUCT(
        "role" VARCHAR, dataset VARCHAR, vintage DATE, measure VARCHAR, definition VARCHAR, place VARCHAR,
        period_start DATE, period_end DATE, "value" DOUBLE, unit VARCHAR, figure_ids UBIGINT[]
    )[]
);

-- Sums of these do not depend on the order in which they are made.
CREATE TEMP MACRO exact(v) AS v::DECIMAL(38, 12);

-- Closeness of a reading that restates the measure, or compares with another group: the table checks/weights.yml.
CREATE TEMP MACRO nearby_weight(changed) AS (
    SELECT w.weight FROM weight AS w WHERE w.aspect = 'nearby' AND w.word = changed
);

-- Closeness of a period whose start and end were moved by so many years; naturalness is of nearby_start (2_rewordings.sql).
CREATE TEMP MACRO moved_nearness(naturalness, by_start, by_end) AS naturalness / (abs(by_start) + abs(by_end));

-- The years near one that something is said of; nearness as if a period were moved by as much.
CREATE TEMP VIEW near_year AS
SELECT shift, moved_nearness(nearby_weight('plain'), shift, 0) AS nearness, abs(shift) AS steps
FROM (VALUES (-2), (-1), (1), (2)) AS v(shift);

-- To speak of the last year that had ended and the one before it is no choice, so nothing can have been picked.
CREATE TEMP MACRO nobodys_pick(from_year, to_year, open_year) AS to_year = open_year - 1 AND from_year = to_year - 1;

-- The part of a period among those in which a test is read (the period of the words weighs 1), by their closeness. Rounded: the
-- order of a sum must not decide the order of readings.
CREATE TEMP MACRO period_share(test_no, nearness) AS
    round(coalesce(nearness, 1) / sum(exact(coalesce(nearness, 1))) OVER (PARTITION BY test_no)::DOUBLE, 9);

-- Closeness of a nearby reading. One that only moves the period has that of the period. Another measure and another group are tried in
-- the period of the words and in all that are near it; together these weigh what the change weighs in the table, so that however
-- many periods there are, a count does not drown what is said of a rate. restated, of_group: NULL where nothing is changed.
CREATE TEMP MACRO nearness_of(period, share, restated, of_group) AS CASE
    WHEN restated IS NULL AND of_group IS NULL THEN period
    ELSE share * CASE WHEN restated IS NULL THEN 1 ELSE nearby_weight('measure') END * coalesce(of_group, 1)
END;

-- What a figure is that has no value, by its status; NULL: it has one.
CREATE TEMP MACRO lack_of(v, status) AS CASE WHEN v IS NULL THEN CASE WHEN status IN ('partial', 'no_population') THEN status ELSE 'not_reported' END END;
CREATE TEMP MACRO lacks_of(one, other) AS list_filter([one, other], lambda x: x IS NOT NULL);

CREATE TEMP MACRO restated_words(variant, restated) AS variant || coalesce(', ' || restated, '');

-- Figures of several places taken together: counts are added, rates and shares divide the sums of what they were made from.
CREATE TEMP MACRO together(v, denominator) AS CASE
    WHEN count(denominator) = 0 THEN sum(exact(v))::DOUBLE
    ELSE sum(exact(v * denominator))::DOUBLE / nullif(sum(exact(denominator)), 0)::DOUBLE
END;

-- So many places of a group: "34 cities of a million people or more", "49 of the 50 states".
CREATE TEMP MACRO members_words(n, title) AS
    n || CASE WHEN title LIKE 'The %' THEN ' of ' ELSE ' ' END || lower(title[1]) || title[2:];

-- What a rate or share was made from, times the number it is given for; a count itself.
CREATE TEMP MACRO amount(v, denominator) AS v * coalesce(denominator, 1);

-- From before to after in percent, or in points of what is itself in percent; rounded, so that equal changes stay equal whatever
-- the order in which they were summed and the scale on which they are counted.
CREATE TEMP MACRO moved(before, after, in_points) AS
    CASE WHEN in_points THEN round(after - before, 9) ELSE round(100 * (after - before) / nullif(before, 0), 9) END;
CREATE TEMP MACRO change_unit(in_points) AS CASE WHEN in_points THEN 'percentage points' ELSE 'percent' END;

-- A year of a line as one number: a figure is found by it alone, in whatever order joins are made.
CREATE TEMP MACRO line_year(line_no, y) AS line_no::BIGINT * 10000 + y;

CREATE TEMP MACRO year_start(y) AS make_date(y, 1, 1);
CREATE TEMP MACRO year_end(y) AS make_date(y, 12, 31);
CREATE TEMP MACRO is_year(period_start, period_end) AS
    period_start = year_start(year(period_start)) AND period_end = year_end(year(period_start));

-- The first year that had not ended on a day; of a part of each year, the first in which that had not.
CREATE TEMP MACRO first_open_year(span, day) AS
    year(day) + (coalesce(span LIKE '%..%', false) AND span[8:12] < strftime(day, '%m-%d'))::INTEGER;

-- A sum of days has no row in mart.series; its number is only its own.
CREATE TEMP MACRO own_id(dataset, vintage, measure, definition, place, period_start, period_end) AS
    [hash(dataset, vintage, measure, definition, place, period_start, period_end)];

CREATE TEMP MACRO figure(role_, dataset_, vintage_, measure_, definition_, place_, start_, end_, value_, unit_, keys_) AS
    struct_pack(
        "role" := role_, dataset := dataset_, vintage := vintage_, measure := measure_,
        definition := definition_, place := place_, period_start := start_, period_end := end_,
        "value" := value_::DOUBLE, unit := unit_, figure_ids := keys_
    );

CREATE TEMP MACRO above_low(v, low, low_open) AS low IS NULL OR (CASE WHEN low_open THEN v > low ELSE v >= low END);
CREATE TEMP MACRO below_high(v, high, high_open) AS high IS NULL OR (CASE WHEN high_open THEN v < high ELSE v <= high END);

-- What comes of comparing v with a band. bound: v is the quantity itself (NULL), or only known to be not
-- more than it ('lower') or not less than it ('upper'); then it decides only what it can.
CREATE TEMP MACRO outcome(v, low, low_open, high, high_open, bound) AS CASE
    WHEN v IS NULL THEN 'missing'
    WHEN bound = 'lower' THEN CASE
        WHEN NOT below_high(v, high, high_open) THEN 'fails'
        WHEN high IS NULL AND above_low(v, low, low_open) THEN 'holds'
        ELSE 'undetermined' END
    WHEN bound = 'upper' THEN CASE
        WHEN NOT above_low(v, low, low_open) THEN 'fails'
        WHEN low IS NULL AND below_high(v, high, high_open) THEN 'holds'
        ELSE 'undetermined' END
    WHEN above_low(v, low, low_open) AND below_high(v, high, high_open) THEN 'holds'
    ELSE 'fails'
END;

-- Figures of a part of a place bound what is counted in the whole from below; of a rate they say nothing so simple.
CREATE TEMP MACRO part_bound(fit, measure_kind) AS
    CASE WHEN fit = 'part' AND measure_kind IN ('count', 'population', 'money') THEN 'lower' END;
-- The same of a group of which not all places have a figure (group_taken).
CREATE TEMP MACRO taken_bound(fit, part_why, measure_kind) AS
    part_bound(CASE WHEN part_why IS NULL THEN fit ELSE 'part' END, measure_kind);

-- Outcomes of more than one figure, which the readings of claims and those of their peers share.
CREATE TEMP MACRO frequency_outcome(n_known, n_true, n_false, n_years, n_needed) AS CASE
    WHEN n_known = 0 THEN 'missing'
    WHEN n_true >= n_needed THEN 'holds'
    WHEN n_years - n_false < n_needed THEN 'fails'
    ELSE 'undetermined'
END;
CREATE TEMP MACRO record_outcome(v, top, sign, n_known, n_needed) AS CASE
    WHEN v IS NULL OR n_known = 0 THEN 'missing'
    WHEN sign * top > sign * v THEN 'fails'
    WHEN n_known < n_needed THEN 'missing'
    ELSE 'holds'
END;

-- The name of a step of a record: 2016, or 2016-08 where steps are months.
CREATE TEMP MACRO step_words(step, per_year) AS CASE
    WHEN per_year = 1 THEN step::VARCHAR
    ELSE (step // 12) || '-' || lpad((step % 12 + 1)::VARCHAR, 2, '0')
END;

-- First and last day of a step of 5_spans.sql; the 29th of February is the 28th of most years.
CREATE TEMP MACRO month_of(step) AS make_date(step // 12, step % 12 + 1, 1);
CREATE TEMP MACRO step_start(span, step) AS CASE span
    WHEN 'year' THEN year_start(step)
    WHEN 'month' THEN month_of(step)
    WHEN '12 months' THEN month_of(step - 11)
    ELSE make_date(step, span[1:2]::INTEGER, span[4:5]::INTEGER)
END;
CREATE TEMP MACRO step_end(span, step) AS CASE
    WHEN span = 'year' THEN year_end(step)
    WHEN span IN ('month', '12 months') THEN last_day(month_of(step))
    ELSE least(last_day(make_date(step, span[8:9]::INTEGER, 1)), make_date(step, span[8:9]::INTEGER, 1) + (span[11:12]::INTEGER - 1))
END;

-- "15 August", and spans as words.period says them: "2016", "August 2016", "the 12 months to May 2016", "1 January to 15 August 2017".
-- strftime, as a chain of || costs a vector a link, and these stand in many places.
CREATE TEMP MACRO day_words(d) AS strftime(d, '%-d %B');
CREATE TEMP MACRO month_words(d) AS strftime(d, '%B %Y');
CREATE TEMP MACRO span_words(period_start, period_end) AS CASE
    WHEN period_start = year_start(year(period_start)) AND period_end = year_end(year(period_end))
    THEN CASE WHEN year(period_start) = year(period_end) THEN strftime(period_start, '%Y')
         ELSE strftime(period_start, '%Y to ') || strftime(period_end, '%Y') END
    WHEN day(period_start) = 1 AND period_end = last_day(period_start) THEN month_words(period_start)
    WHEN day(period_start) = 1 AND period_end + 1 = period_start + INTERVAL 12 MONTHS THEN strftime(period_end, 'the 12 months to %B %Y')
    WHEN period_start = period_end THEN strftime(period_start, '%-d %B %Y')
    WHEN year(period_start) = year(period_end) THEN strftime(period_start, '%-d %B to ') || strftime(period_end, '%-d %B %Y')
    ELSE strftime(period_start, '%-d %B %Y to ') || strftime(period_end, '%-d %B %Y')
END;
-- A part of each year, 'MM-DD..MM-DD': "August", "1 January to 15 August".
CREATE TEMP MACRO part_words(span) AS CASE
    WHEN span[1:2] = span[8:9] AND span[4:5] = '01' AND ('2000-' || span[8:12])::DATE = last_day(('2000-' || span[8:12])::DATE)
    THEN monthname(('2000-' || span[1:5])::DATE)
    ELSE day_words(('2000-' || span[1:5])::DATE) || ' to ' || day_words(('2000-' || span[8:12])::DATE)
END;
