package clickhouse

// foldedPeriods finds, of the periods of one line or item, the latest known first, the one that answers at V, and the nearest boundaries
// around V where the answer becomes another.
const foldedPeriods = `arrayFirst(p -> p.2 <= ` + askedAt + ` AND ` + askedAt + ` < p.3, periods) AS hit,
        arraySort(arrayDistinct(arrayConcat(periods.2, periods.3))) AS bounds,
        arrayFilter(b -> b <= ` + askedAt + `, bounds) AS lower,
        arrayFilter(b -> b > ` + askedAt + ` AND b < ` + openText + `, bounds) AS upper,
        arrayLastIndex(b -> arrayFirst(p -> p.2 <= b AND b < p.3, periods).4 != hit.4, lower) AS since,
        arrayFirstIndex(b -> arrayFirst(p -> p.2 <= b AND b < p.3, periods).4 != hit.4, upper) AS turn`

// foundPeriod is what foldedPeriods found: since and until when the answer holds, and when it became known, by which message.
const foundPeriod = `if(empty(lower) OR (since = 0 AND NOT hit.4.1), toDateTime64('1900-01-01 00:00:00', 3, 'UTC'), lower[since + 1]),
    if(turn = 0, ` + openText + `, upper[turn]), hit.1.1, hit.1.2`
