SELECT key, toUnixTimestamp64Milli(valid_from), toUnixTimestamp64Milli(valid_to), toUnixTimestamp64Micro(known_at), stream, seq, row, priced,
    toInt64(bitShiftRight(reinterpretAsInt128(price), 64)), reinterpretAsUInt64(price), toUnixTimestamp64Milli(effective_from)
FROM rate_slices
WHERE stream = @periods_stream AND (slice = @periods_slice OR NOT copied AND slice > @periods_slice AND slice <= @periods_last) AND key IN (SELECT arrayJoin(CAST(@keys, 'Array(UInt64)'))) AND valid_to > toDateTime64(@earliest, 3, 'UTC') AND known_at <= toDateTime64(@latest_known, 6, 'UTC')
-- @periods_stream = 'S@1'
-- @periods_slice is a number
-- @periods_last is a number
-- @keys = '[7,9]'
-- @earliest = '2026-01-10 00:00:00.000'
-- @latest_known = '2026-02-15 00:00:00.000000'
