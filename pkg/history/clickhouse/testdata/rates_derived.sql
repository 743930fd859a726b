SELECT c.key, c.price_list, c.currency, c.meter_id, c.sku_id, c.type, c.reservation_term, c.tier,
    p.hit_price, p.hit_from, p.ends, p.hit_known,
    c.meter_name, c.product_id, c.product_name, c.sku_name, c.service_name, c.service_id, c.service_family, c.unit_of_measure,
    c.region, c.location, c.arm_sku_name, c.is_primary_meter_region, c.plan_terms, c.plan_prices, c.included_quantity
FROM (
    SELECT key, price_list, currency, meter_id, sku_id, type, reservation_term, tier, meter_name, product_id, product_name, sku_name, service_name, service_id, service_family, unit_of_measure, region, location, arm_sku_name, is_primary_meter_region, plan_terms, plan_prices, included_quantity, known_at
    FROM rate_row_slices
    WHERE stream = @rows_stream AND slice = @rows_slice AND key >= @first_key AND key <= @last_key AND key IN (SELECT key FROM rate_row_slices WHERE stream = @rows_stream AND slice = @rows_slice AND key >= @first_key AND key <= @last_key AND operating_system = @operating_system AND purchase_option = @purchase_option) AND (key, ord) IN (
        SELECT key, if(maxIf(ord, has_after) = 0, max(ord), maxIf(ord, has_after)) FROM rate_row_slices
        WHERE stream = @rows_stream AND slice = @rows_slice AND known_at <= toDateTime64(@known_at, 6, 'UTC') AND key >= @first_key AND key <= @last_key AND key IN (SELECT key FROM rate_row_slices WHERE stream = @rows_stream AND slice = @rows_slice AND key >= @first_key AND key <= @last_key AND operating_system = @operating_system AND purchase_option = @purchase_option)
        GROUP BY key
    ) AND operating_system = @operating_system AND purchase_option = @purchase_option
) AS c
ANY INNER JOIN (
    SELECT key,
        argMaxIf(priced, o, f <= toDateTime64(@at, 3, 'UTC')) AS hit_priced, argMaxIf(price, o, f <= toDateTime64(@at, 3, 'UTC')) AS hit_price,
        argMaxIf(effective_from, o, f <= toDateTime64(@at, 3, 'UTC')) AS hit_from, argMaxIf(known_at, o, f <= toDateTime64(@at, 3, 'UTC')) AS hit_known,
        max(known_at) AS newest, min(if(f > toDateTime64(@at, 3, 'UTC'), f, t)) AS next,
        arrayReverseSort(groupArrayIf((o, f, t, (priced, price, effective_from)), true)) AS told,
        arraySort(arrayFilter(b -> b > toDateTime64(@at, 3, 'UTC') AND b < toDateTime64('2262-01-01 00:00:00', 3, 'UTC'), arrayDistinct(arrayConcat(told.2, told.3)))) AS bounds,
        arrayMap(b -> arrayFirst(x -> x.2 <= b AND b < x.3, told), bounds) AS hits,
        arrayFirstIndex(x -> x.4 != (hit_priced, hit_price, hit_from), hits) AS turn,
        if(empty(told), next, if(turn = 0, toDateTime64('2262-01-01 00:00:00', 3, 'UTC'), bounds[turn])) AS ends
    FROM (
        SELECT key, ord AS o, valid_from AS f, valid_to AS t, priced, price, effective_from, known_at
        FROM rate_slices
        WHERE stream = @periods_stream AND (slice = @periods_slice OR NOT copied AND valid_from > toDateTime64(@at, 3, 'UTC') AND slice > @periods_slice AND slice <= @periods_last) AND known_at <= toDateTime64(@known_at, 6, 'UTC') AND valid_to > toDateTime64(@at, 3, 'UTC') AND key >= @first_key AND key <= @last_key AND key IN (SELECT key FROM rate_row_slices WHERE stream = @rows_stream AND slice = @rows_slice AND key >= @first_key AND key <= @last_key AND operating_system = @operating_system AND purchase_option = @purchase_option)
    )
    GROUP BY key
    HAVING hit_priced
) AS p ON c.key = p.key
ORDER BY c.key
-- @known_at = '2026-01-15 12:00:00.000001'
-- @operating_system = 'Linux'
-- @purchase_option = 'spot'
-- @first_key is a number
-- @last_key is a number
-- @rows_stream = 'S@1'
-- @rows_slice is a number
-- @periods_stream = 'S@1'
-- @periods_slice is a number
-- @periods_last is a number
-- @at = '2026-01-10 00:00:00.000'
