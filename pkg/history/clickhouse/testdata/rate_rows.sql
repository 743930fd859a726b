SELECT price_list, currency, meter_id, sku_id, type, reservation_term, tier, seq, row, known_at, meter_name, product_id, product_name, sku_name, service_name, service_id, service_family, unit_of_measure, region, location, arm_sku_name, is_primary_meter_region, after_plan_terms, after_plan_prices
FROM rate_changes_store
WHERE key = @key AND has_after
-- @key is a number
