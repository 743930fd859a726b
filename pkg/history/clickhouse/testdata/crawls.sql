SELECT toString(stream), seq, row, crawl, toString(source), toString(scope), toString(currency), started, finished,
    toInt64(pages), toInt64(rows), toInt64(identities), complete, partial, accepted, refused, content, toInt64(added), toInt64(price_changed),
    toInt64(corrections), toInt64(backdated), toInt64(rescheduled), toInt64(expiring), toInt64(renamed), toInt64(restated), toInt64(retired),
    toInt64(periods), toInt64(quarantined), toInt64(foreign), toInt64(traversals), toInt64(parts), shards, offer_terms
FROM crawls_store
WHERE scope = @scope AND (started, stream, seq, row) < (toDateTime64(@after_time, 6, 'UTC'), @after_stream, @after_seq, @after_row)
ORDER BY started DESC, stream DESC, seq DESC, row DESC LIMIT 11
-- @scope = 'azure-usd'
-- @after_time = '2026-01-10 00:00:00.000000'
-- @after_stream = 'S@1'
-- @after_seq is a number
-- @after_row is a number
