SELECT release
FROM releases_store
WHERE list = 'license' AND market = @market AND effective_at <= toDateTime64(@at, 3, 'UTC') AND published_at <= toDateTime64(@known_at, 6, 'UTC')
    AND (changed = 0 OR (stream, release, toUInt64(changed)) IN (
            SELECT stream, release, count() FROM license_changes_store
            WHERE release IN (SELECT release FROM releases_store WHERE market = @market) GROUP BY stream, release))
ORDER BY effective_at DESC, revision DESC LIMIT 1
-- @at = '2026-01-10 00:00:00.000'
-- @known_at = '2026-01-15 12:00:00.000001'
-- @market = 'US'
