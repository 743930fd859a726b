SELECT r.key, line.1, line.2, line.3,
    if(empty(lower) OR (since = 0 AND NOT hit.4.1), toDateTime64('1900-01-01 00:00:00', 3, 'UTC'), lower[since + 1]),
    if(turn = 0, toDateTime64('2262-01-01 00:00:00', 3, 'UTC'), upper[turn]), hit.1.1, hit.1.2
FROM (
    SELECT key, line,
        arrayFirst(p -> p.2 <= toDateTime64(@at, 3, 'UTC') AND toDateTime64(@at, 3, 'UTC') < p.3, periods) AS hit,
        arraySort(arrayDistinct(arrayConcat(periods.2, periods.3))) AS bounds,
        arrayFilter(b -> b <= toDateTime64(@at, 3, 'UTC'), bounds) AS lower,
        arrayFilter(b -> b > toDateTime64(@at, 3, 'UTC') AND b < toDateTime64('2262-01-01 00:00:00', 3, 'UTC'), bounds) AS upper,
        arrayLastIndex(b -> arrayFirst(p -> p.2 <= b AND b < p.3, periods).4 != hit.4, lower) AS since,
        arrayFirstIndex(b -> arrayFirst(p -> p.2 <= b AND b < p.3, periods).4 != hit.4, upper) AS turn
    FROM (
        SELECT key,
            arrayReverseSort(groupArray(((known_at, seq, row), valid_from, valid_to, (present, if(present, answer, 0))))) AS periods,
            argMaxIf((CAST(mapKeys(`values`), 'Array(String)'), mapValues(`values`), toString(release)), (known_at, seq, row),
                valid_from <= toDateTime64(@at, 3, 'UTC') AND toDateTime64(@at, 3, 'UTC') < valid_to) AS line
        FROM items_store
        WHERE known_at <= toDateTime64(@known_at, 6, 'UTC') AND list = @list AND market = @market AND key = @key AND key > @after AND (stream, published_in, withdrawal) IN (@visible)
        GROUP BY key
    )
    WHERE hit.4.1
) AS r
ORDER BY r.key LIMIT 11
-- @at = '2026-01-10 00:00:00.000'
-- @known_at = '2026-01-15 12:00:00.000001'
-- @list = 'offers'
-- @market = 'US'
-- @key = 'K'
-- @after = 'A'
-- @visible = [{[S@1 r1 0]} {[S@1 r1 2]}]
