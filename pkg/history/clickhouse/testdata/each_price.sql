SELECT r.market, r.currency, r.product, r.sku, r.term, r.billing, r.tier,
    hit.4.1, line.1, line.2, line.3, line.4, line.5, line.6, line.7, line.8, line.9, line.10, line.11, line.12, line.13, line.14, line.15,
    if(empty(lower) OR (since = 0 AND NOT hit.4.1), toDateTime64('1900-01-01 00:00:00', 3, 'UTC'), lower[since + 1]),
    if(turn = 0, toDateTime64('2262-01-01 00:00:00', 3, 'UTC'), upper[turn]), hit.1.1, hit.1.2, newest, if(empty(upper), toDateTime64('2262-01-01 00:00:00', 3, 'UTC'), upper[1])
FROM (
    SELECT market, currency, product, sku, term, billing, tier, line,
        arrayFirst(p -> p.2 <= toDateTime64(@at, 3, 'UTC') AND toDateTime64(@at, 3, 'UTC') < p.3, periods) AS hit,
        arraySort(arrayDistinct(arrayConcat(periods.2, periods.3))) AS bounds,
        arrayFilter(b -> b <= toDateTime64(@at, 3, 'UTC'), bounds) AS lower,
        arrayFilter(b -> b > toDateTime64(@at, 3, 'UTC') AND b < toDateTime64('2262-01-01 00:00:00', 3, 'UTC'), bounds) AS upper,
        arrayLastIndex(b -> arrayFirst(p -> p.2 <= b AND b < p.3, periods).4 != hit.4, lower) AS since,
        arrayFirstIndex(b -> arrayFirst(p -> p.2 <= b AND b < p.3, periods).4 != hit.4, upper) AS turn,
        periods[1].1.1 AS newest
    FROM (
        SELECT market, currency, product, sku, term, billing, tier,
            arrayReverseSort(groupArray(((known_at, seq, row), valid_from, valid_to, (priced, if(priced, answer, 0))))) AS periods,
            argMaxIf((unit_price, erp_price, price_basis, starts_at, product_title, sku_title, publisher, description, unit, tier_max,
                end_of_sale, segment, tags, family, release), (known_at, seq, row), valid_from <= toDateTime64(@at, 3, 'UTC') AND toDateTime64(@at, 3, 'UTC') < valid_to) AS line
        FROM license_prices_store
        WHERE known_at <= toDateTime64(@known_at, 6, 'UTC') AND market = @market AND (stream, published_in, withdrawal) IN (@visible)
        GROUP BY market, currency, product, sku, term, billing, tier
    )
) AS r
ORDER BY r.currency, r.product, r.sku, r.term, r.billing, r.tier
-- @at = '2026-01-10 00:00:00.000'
-- @known_at = '2026-01-15 12:00:00.000001'
-- @market = 'US'
-- @visible = [{[S@1 r1 0]} {[S@1 r1 2]}]
