SELECT market, currency, product, sku, term, billing, toInt64(bitShiftRight(reinterpretAsInt128(tier), 64)), reinterpretAsUInt64(tier),
    toString(stream), seq, row, toUnixTimestamp64Milli(valid_from), toUnixTimestamp64Milli(valid_to), toUnixTimestamp64Micro(known_at), priced,
    toInt64(bitShiftRight(reinterpretAsInt128(unit_price), 64)), reinterpretAsUInt64(unit_price), toInt64(bitShiftRight(reinterpretAsInt128(erp_price), 64)), reinterpretAsUInt64(erp_price), price_basis, release, change, published_in, toUInt64(withdrawal)
FROM license_prices_store
WHERE market = @market AND product = @product AND sku = @sku AND term = @term AND billing = @billing AND (stream, published_in, withdrawal) IN (@visible)
-- @market = 'US'
-- @product = 'P'
-- @sku = '0001'
-- @term = 'P1M'
-- @billing = 'Monthly'
-- @visible = [{[S@1 r1 0]}]
