SELECT key, price_list, currency, meter_id, sku_id, type, reservation_term, tier, meter_name, product_id, product_name, sku_name, service_name, service_id, service_family, unit_of_measure, region, location, arm_sku_name, is_primary_meter_region,
    plan_terms, plan_prices, included_quantity
FROM rate_row_slices
    WHERE stream = @rows_stream AND slice = @rows_slice AND key >= @first_key AND key <= @last_key AND key IN (SELECT key FROM rate_row_slices WHERE stream = @rows_stream AND slice = @rows_slice AND key >= @first_key AND key <= @last_key AND price_list = @price_list AND currency = @currency AND meter_id = @meter_id AND sku_id = @sku_id AND type = @type AND reservation_term = @reservation_term AND tier = toDecimal128(@tier, 18) AND service_name = @service_name AND region = @region) AND (key, ord) IN (
        SELECT key, if(maxIf(ord, has_after) = 0, max(ord), maxIf(ord, has_after)) FROM rate_row_slices
        WHERE stream = @rows_stream AND slice = @rows_slice AND known_at <= toDateTime64(@known_at, 6, 'UTC') AND key >= @first_key AND key <= @last_key AND key IN (SELECT key FROM rate_row_slices WHERE stream = @rows_stream AND slice = @rows_slice AND key >= @first_key AND key <= @last_key AND price_list = @price_list AND currency = @currency AND meter_id = @meter_id AND sku_id = @sku_id AND type = @type AND reservation_term = @reservation_term AND tier = toDecimal128(@tier, 18) AND service_name = @service_name AND region = @region)
        GROUP BY key
    ) AND service_name = @service_name AND region = @region
ORDER BY key LIMIT 1 BY key LIMIT 11
-- @known_at = '2026-01-15 12:00:00.000001'
-- @price_list = 'retail'
-- @currency = 'USD'
-- @meter_id = 'm'
-- @sku_id = 's'
-- @type = 'Consumption'
-- @reservation_term = ''
-- @tier = '0.5'
-- @service_name = 'it's'
-- @region = 'westeurope'
-- @first_key is a number
-- @last_key is a number
-- @rows_stream = 'S@1'
-- @rows_slice is a number
