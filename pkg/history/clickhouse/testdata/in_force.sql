SELECT release
FROM releases
WHERE list = 'license' AND market = @market AND effective_at <= toDateTime64(@at, 3, 'UTC') AND published_at <= toDateTime64(@known_at, 6, 'UTC')
ORDER BY effective_at DESC, revision DESC LIMIT 1
-- @at = '2026-01-10 00:00:00.000'
-- @known_at = '2026-01-15 12:00:00.000001'
-- @market = 'US'
