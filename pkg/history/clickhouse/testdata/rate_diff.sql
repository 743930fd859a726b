SELECT key, price_list, currency, meter_id, sku_id, type, reservation_term, tier
FROM (
    SELECT key, price_list, currency, meter_id, sku_id, type, reservation_term, tier,
        argMaxIf((priced, price, effective_from), (known_at, seq, row), valid_from <= toDateTime64(@from, 3, 'UTC') AND toDateTime64(@from, 3, 'UTC') < valid_to AND known_at <= toDateTime64(@known_from, 6, 'UTC')) AS was,
        argMaxIf((priced, price, effective_from), (known_at, seq, row), valid_from <= toDateTime64(@to, 3, 'UTC') AND toDateTime64(@to, 3, 'UTC') < valid_to AND known_at <= toDateTime64(@known_to, 6, 'UTC')) AS is
    FROM rates_store
    WHERE valid_to > least(toDateTime64(@from, 3, 'UTC'), toDateTime64(@to, 3, 'UTC')) AND known_at <= greatest(toDateTime64(@known_from, 6, 'UTC'), toDateTime64(@known_to, 6, 'UTC')) AND key >= @first_key AND key <= @last_key
    GROUP BY key, price_list, currency, meter_id, sku_id, type, reservation_term, tier
)
WHERE (was.1 OR is.1) AND (was != is)
ORDER BY key
-- @from = '2026-01-10 00:00:00.000'
-- @to = '2026-02-10 00:00:00.000'
-- @known_from = '2026-01-15 00:00:00.000000'
-- @known_to = '2026-01-15 00:00:00.000000'
-- @first_key is a number
-- @last_key is a number
