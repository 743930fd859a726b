SELECT toString(stream), seq, row, release, toString(list), toString(market), toString(month), whole, valid_from, retroactive,
    reason, withdrawn_by, in_force, checksum, known_at, toInt64(revision), toInt64(withdrawal), toInt64(lines), toInt64(changed)
FROM withdrawals
WHERE list = @list AND (known_at, stream, seq, row) < (toDateTime64(@after_time, 6, 'UTC'), @after_stream, @after_seq, @after_row)
ORDER BY known_at DESC, stream DESC, seq DESC, row DESC LIMIT 11
-- @list = 'license'
-- @after_time = '2026-01-10 00:00:00.000000'
-- @after_stream = 'S@1'
-- @after_seq is a number
-- @after_row is a number
