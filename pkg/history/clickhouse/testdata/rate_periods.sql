SELECT price_list, currency, meter_id, sku_id, type, reservation_term, tier, stream, seq, row, valid_from, valid_to, priced, price, effective_from, known_at, kind
FROM rates_store
WHERE key = @key
-- @key is a number
