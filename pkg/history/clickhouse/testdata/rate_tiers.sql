SELECT DISTINCT price_list, currency, meter_id, sku_id, type, reservation_term, tier
FROM rate_row_slices
WHERE tier != 0 AND stream = @rows_stream AND slice = @rows_slice AND meter_id IN @meters
-- @rows_stream = 'S@1'
-- @rows_slice is a number
-- @meters = ["m" "it's"]
