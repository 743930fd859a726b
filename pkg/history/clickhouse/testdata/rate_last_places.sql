SELECT key, toUnixTimestamp64Micro(place.1), place.2, place.3
FROM (
    SELECT key, max((known_at, seq, row)) AS place FROM rate_row_slices
WHERE stream = @rows_stream AND slice = @rows_slice AND key IN (SELECT arrayJoin(CAST(@keys, 'Array(UInt64)'))) AND known_at <= toDateTime64(@latest_known, 6, 'UTC') AND has_after GROUP BY key
)
-- @rows_stream = 'S@1'
-- @rows_slice is a number
-- @keys = '[7,9]'
-- @latest_known = '2026-02-15 00:00:00.000000'
