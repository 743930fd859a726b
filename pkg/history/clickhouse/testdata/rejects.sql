SELECT toString(stream), seq, row, subject, event_id, reason, data
FROM rejects_store
WHERE stream = @stream AND (stream, seq, row) > (@after_stream, @after_seq, @after_row)
ORDER BY stream, seq, row LIMIT 11
-- @stream = 'S@1'
-- @after_stream = 'S@1'
-- @after_seq is a number
-- @after_row is a number
