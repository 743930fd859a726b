SELECT market, currency, product, sku, term, billing, toInt64(bitShiftRight(reinterpretAsInt128(tier), 64)), reinterpretAsUInt64(tier),
    toUnixTimestamp64Micro(known_at), seq, row, stream, priced, toInt64(bitShiftRight(reinterpretAsInt128(unit_price), 64)), reinterpretAsUInt64(unit_price), toInt64(bitShiftRight(reinterpretAsInt128(erp_price), 64)), reinterpretAsUInt64(erp_price),
    price_basis, toUnixTimestamp64Milli(starts_at), product_title, sku_title, publisher, description, unit, tier_max, end_of_sale, segment,
    tags, family, release
FROM license_prices_store
WHERE market = @market AND (product, sku, term, billing) IN (@products) AND seq IN (SELECT arrayJoin(CAST(@sequences, 'Array(UInt64)'))) AND (stream, published_in, withdrawal) IN (@visible)
-- @market = 'US'
-- @products = [{[P 0001 P1M Monthly]}]
-- @sequences = '[7,9]'
-- @visible = [{[S@1 r1 0]}]
