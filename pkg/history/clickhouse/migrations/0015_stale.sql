-- Sources that are stale: their crawls keep being refused.

CREATE TABLE IF NOT EXISTS stale_store (
    crawl String COMMENT 'Id of the last crawl that was refused.' CODEC(ZSTD(1)),
    source LowCardinality(String) COMMENT 'Where the rows come from.',
    scope LowCardinality(String) COMMENT 'Whose crawls are refused.',
    currency LowCardinality(String) COMMENT 'ISO 4217 code.',
    refused UInt32 COMMENT 'How many were refused in a row.',
    since DateTime64(6, 'UTC') COMMENT 'Observation time of the first of them.' CODEC(Delta, ZSTD(1)),
    taken DateTime64(6, 'UTC') COMMENT 'Observation time of the last crawl that was taken before; 1970-01-01 or earlier: none ever was.' CODEC(Delta, ZSTD(1)),
    reason String COMMENT 'Why the last one was refused.' CODEC(ZSTD(1)),
    known_at DateTime64(6, 'UTC') COMMENT 'Observation time of the last one.' CODEC(Delta, ZSTD(1)),
    stream LowCardinality(String) COMMENT 'Stream it came from: NAME@incarnation.',
    seq UInt64 COMMENT 'Sequence of the message in the stream.' CODEC(DoubleDelta, LZ4),
    row UInt32 COMMENT 'Place among the rows that the message gave, from 0.'
) ENGINE = MergeTree ORDER BY (scope, known_at, stream, seq, row)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Sources whose crawls keep being refused, one row an event. Read through sources_stale.';

CREATE VIEW IF NOT EXISTS sources_stale (
    crawl String COMMENT 'Id of the last crawl that was refused.',
    source LowCardinality(String) COMMENT 'Where the rows come from.',
    scope LowCardinality(String) COMMENT 'Whose crawls are refused.',
    currency LowCardinality(String) COMMENT 'ISO 4217 code.',
    refused UInt32 COMMENT 'How many were refused in a row.',
    since DateTime64(6, 'UTC') COMMENT 'Observation time of the first of them.',
    taken DateTime64(6, 'UTC') COMMENT 'Observation time of the last crawl that was taken before; 1970-01-01 or earlier: none ever was.',
    reason String COMMENT 'Why the last one was refused.',
    known_at DateTime64(6, 'UTC') COMMENT 'Observation time of the last one.',
    stream LowCardinality(String) COMMENT 'Stream it came from: NAME@incarnation.',
    seq UInt64 COMMENT 'Sequence of the message in the stream.',
    row UInt32 COMMENT 'Place among the rows that the message gave, from 0.'
)
AS SELECT crawl, source, scope, currency, refused, since, taken, reason, known_at, stream, seq, row
FROM stale_store
COMMENT 'Sources whose crawls keep being refused, one row an event.';
