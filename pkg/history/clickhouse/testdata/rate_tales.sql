SELECT key, toUnixTimestamp64Milli(valid_from), toUnixTimestamp64Milli(valid_to), toUnixTimestamp64Micro(known_at), stream, seq, row, priced,
    toInt64(bitShiftRight(reinterpretAsInt128(price), 64)), reinterpretAsUInt64(price), toUnixTimestamp64Milli(effective_from)
FROM rate_slices
WHERE ((stream, slice) IN (@periods_in) OR NOT copied AND (stream, slice) IN (@later_periods_in)) AND key IN (SELECT arrayJoin(CAST(@keys, 'Array(UInt64)'))) AND valid_to > toDateTime64(@earliest, 3, 'UTC') AND known_at <= toDateTime64(@latest_known, 6, 'UTC')
-- @periods_in = [{[S@1 2]}]
-- @later_periods_in = [{[S@1 3]} {[S@1 4]}]
-- @keys = '[7,9]'
-- @earliest = '2026-01-10 00:00:00.000'
-- @latest_known = '2026-02-15 00:00:00.000000'
