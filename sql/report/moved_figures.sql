-- The figures of temp.moved, the largest first, as many as variable `most` says. New ones have no size: newest first.
SELECT
    change, measure, definition, place, period_start, period_end, unit, before, after, difference, percent,
    status_before, status_after, key_before, key_after
FROM temp.moved
ORDER BY
    list_position(['revised', 'status', 'withdrawn', 'new', 'partial'], change),
    size DESC NULLS LAST, abs(difference) DESC NULLS LAST,
    period_end DESC, period_start DESC, measure, definition, place
LIMIT getvariable('most')::BIGINT;
