SELECT DISTINCT price_list, currency, meter_id, sku_id, type, reservation_term, tier
FROM rate_row_slices
WHERE tier != 0 AND (stream, slice) IN (@rows_in) AND meter_id IN @meters
-- @rows_in = [{[S@1 4]}]
-- @meters = ["m" "it's"]
