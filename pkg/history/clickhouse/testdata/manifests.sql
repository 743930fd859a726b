SELECT toString(market), toString(stream), release, toUInt64(0), toUInt64(changed), toUInt64(revision), false, effective_at, published_at
FROM releases_store
WHERE list = @list AND market IN @markets
UNION ALL
SELECT toString(market), toString(stream), release, toUInt64(withdrawal), toUInt64(changed), toUInt64(revision), whole, toDateTime64(valid_from, 6, 'UTC'), known_at
FROM withdrawals_store
WHERE list = @list AND market IN @markets
-- @list = 'license'
-- @markets = ["US"]
