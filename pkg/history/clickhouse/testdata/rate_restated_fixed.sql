SELECT DISTINCT key, price_list, currency, meter_id, sku_id, type, reservation_term, tier
FROM rates_store
WHERE valid_to > toDateTime64(@from, 3, 'UTC') AND valid_from < toDateTime64(@to, 3, 'UTC') AND known_at > least(toDateTime64(@known_at, 6, 'UTC'), toDateTime64(@said_at, 6, 'UTC')) AND known_at <= greatest(toDateTime64(@known_at, 6, 'UTC'), toDateTime64(@said_at, 6, 'UTC')) AND price_list = @price_list AND currency = @currency AND reservation_term = @reservation_term AND key >= @first_key AND key <= @last_key AND key IN (SELECT key FROM rate_changes_store WHERE has_after AND region = @region AND price_list = @price_list AND currency = @currency AND reservation_term = @reservation_term AND key >= @first_key AND key <= @last_key)
ORDER BY key
-- @from = '2026-01-10 00:00:00.000'
-- @to = '2026-02-10 00:00:00.000'
-- @known_at = '2026-02-15 00:00:00.000000'
-- @said_at = '2026-01-15 00:00:00.000000'
-- @price_list = 'retail'
-- @currency = 'USD'
-- @reservation_term = ''
-- @first_key is a number
-- @last_key is a number
-- @region = 'westeurope'
