SELECT market, currency, product, sku, term, billing, toInt64(bitShiftRight(reinterpretAsInt128(tier), 64)), reinterpretAsUInt64(tier),
    toUnixTimestamp64Milli(valid_from), toUnixTimestamp64Milli(valid_to), toUnixTimestamp64Micro(known_at), seq, row, priced, answer,
    toInt64(bitShiftRight(reinterpretAsInt128(unit_price), 64)), reinterpretAsUInt64(unit_price), toInt64(bitShiftRight(reinterpretAsInt128(erp_price), 64)), reinterpretAsUInt64(erp_price), price_basis, release
FROM license_prices_store
WHERE market = @market AND valid_to > toDateTime64(@from, 3, 'UTC') AND valid_from < toDateTime64(@to, 3, 'UTC') AND known_at <= toDateTime64(@latest_known, 6, 'UTC') AND (stream, published_in, withdrawal) IN (@visible)
-- @market = 'US'
-- @from = '2026-01-10 00:00:00.000'
-- @to = '2026-02-10 00:00:00.000'
-- @latest_known = '2026-02-15 00:00:00.000000'
-- @visible = [{[S@1 r1 0]}]
