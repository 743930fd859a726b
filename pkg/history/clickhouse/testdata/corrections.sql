SELECT toString(stream), seq, row, release, `by`, toString(list), toString(market), toString(month), reason, effective_at, retroactive,
    known_at, toInt64(revision)
FROM corrections_store
WHERE `by` = @by AND (known_at, stream, seq, row) < (toDateTime64(@after_time, 6, 'UTC'), @after_stream, @after_seq, @after_row)
ORDER BY known_at DESC, stream DESC, seq DESC, row DESC LIMIT 11
-- @by = 'r2'
-- @after_time = '2026-01-10 00:00:00.000000'
-- @after_stream = 'S@1'
-- @after_seq is a number
-- @after_row is a number
