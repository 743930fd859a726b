SELECT key, toUnixTimestamp64Micro(known_at), seq, row, meter_name, product_id, product_name, sku_name, service_name, service_id, service_family, unit_of_measure, region, location, arm_sku_name, is_primary_meter_region,
    toJSONString(plan_terms), toJSONString(arrayMap(p -> toString(p), plan_prices)), toString(included_quantity)
FROM rate_row_slices
WHERE stream = @rows_stream AND slice = @rows_slice AND key = @key AND known_at <= toDateTime64(@latest_known, 6, 'UTC') AND has_after
-- @rows_stream = 'S@1'
-- @rows_slice is a number
-- @key is a number
-- @latest_known = '2026-01-15 12:00:00.000001'
