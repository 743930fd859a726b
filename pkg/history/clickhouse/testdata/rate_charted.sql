SELECT DISTINCT key, price_list, currency, meter_id, sku_id, type, reservation_term, tier
FROM rate_row_slices
WHERE stream = @rows_stream AND slice = @rows_slice AND known_at <= toDateTime64(@known_at, 6, 'UTC') AND meter_id = @meter_id AND sku_id = @sku_id
ORDER BY key LIMIT 101
-- @rows_stream = 'S@1'
-- @rows_slice is a number
-- @known_at = '2026-02-15 00:00:00.000000'
-- @meter_id = 'm'
-- @sku_id = 's'
