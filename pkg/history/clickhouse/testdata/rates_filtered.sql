SELECT r.key, r.price_list, r.currency, r.meter_id, r.sku_id, r.type, r.reservation_term, r.tier,
    hit.4.2, hit.4.3, if(turn = 0, toDateTime64('2262-01-01 00:00:00', 3, 'UTC'), bounds[turn]), hit.1.1,
    c.current.1, c.current.2, c.current.3, c.current.4, c.current.5, c.current.6, c.current.7, c.current.8,
    c.current.9, c.current.10, c.current.11, c.current.12, c.current.13, c.current.14
FROM (
    SELECT key, price_list, currency, meter_id, sku_id, type, reservation_term, tier,
        arrayFirst(p -> p.2 <= toDateTime64(@at, 3, 'UTC') AND toDateTime64(@at, 3, 'UTC') < p.3, periods) AS hit,
        arraySort(arrayFilter(b -> b > toDateTime64(@at, 3, 'UTC') AND b < toDateTime64('2262-01-01 00:00:00', 3, 'UTC'), arrayDistinct(arrayConcat(periods.2, periods.3)))) AS bounds,
        arrayFirstIndex(b -> arrayFirst(p -> p.2 <= b AND b < p.3, periods).4 != hit.4, bounds) AS turn
    FROM (
        SELECT key, price_list, currency, meter_id, sku_id, type, reservation_term, tier,
            arrayReverseSort(groupArray(((known_at, seq, row), valid_from, valid_to, (priced, price, effective_from)))) AS periods
        FROM rates_store
        WHERE known_at <= toDateTime64(@known_at, 6, 'UTC') AND price_list = @price_list AND currency = @currency AND meter_id = @meter_id AND sku_id = @sku_id AND type = @type AND reservation_term = @reservation_term AND tier = toDecimal128(@tier, 18) AND key > @after AND valid_to > toDateTime64(@at, 3, 'UTC') AND key IN (SELECT key FROM rate_changes_store WHERE has_after AND service_name = @service_name AND region = @region AND price_list = @price_list AND currency = @currency AND meter_id = @meter_id AND sku_id = @sku_id AND type = @type AND reservation_term = @reservation_term AND tier = toDecimal128(@tier, 18) AND key > @after)
        GROUP BY key, price_list, currency, meter_id, sku_id, type, reservation_term, tier
    )
    WHERE hit.4.1
) AS r
LEFT JOIN (
    SELECT key, argMax((meter_name, product_id, product_name, sku_name, service_name, service_id, service_family, unit_of_measure, region, location, arm_sku_name, is_primary_meter_region, after_plan_terms, after_plan_prices), (known_at, seq, row)) AS current
    FROM rate_changes_store
    WHERE has_after AND known_at <= toDateTime64(@known_at, 6, 'UTC') AND price_list = @price_list AND currency = @currency AND meter_id = @meter_id AND sku_id = @sku_id AND type = @type AND reservation_term = @reservation_term AND tier = toDecimal128(@tier, 18) AND key > @after AND key IN (SELECT key FROM rate_changes_store WHERE has_after AND service_name = @service_name AND region = @region AND price_list = @price_list AND currency = @currency AND meter_id = @meter_id AND sku_id = @sku_id AND type = @type AND reservation_term = @reservation_term AND tier = toDecimal128(@tier, 18) AND key > @after)
    GROUP BY key
) AS c ON r.key = c.key
WHERE c.current.5 = @service_name AND c.current.9 = @region
ORDER BY r.key LIMIT 11
-- @at = '2026-01-10 00:00:00.000'
-- @known_at = '2026-01-15 12:00:00.000001'
-- @price_list = 'retail'
-- @currency = 'USD'
-- @meter_id = 'm'
-- @sku_id = 's'
-- @type = 'Consumption'
-- @reservation_term = ''
-- @tier = '0.5'
-- @after is a number
-- @service_name = 'it's'
-- @region = 'westeurope'
