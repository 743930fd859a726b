-- Items of the lists that hold no prices: offers, services, documents. They are visible as prices are, as a whole with their release.

CREATE TABLE IF NOT EXISTS items_store (
    list LowCardinality(String) COMMENT 'List: offers, services or documents.',
    market LowCardinality(String) COMMENT 'ISO 3166 alpha-2 code, upper case; WW: worldwide.',
    key String COMMENT 'What tells the item from others of its list and market.' CODEC(ZSTD(1)),
    valid_from DateTime64(3, 'UTC') COMMENT 'The answer holds from here on; 1900-01-01: always.' CODEC(Delta, ZSTD(1)),
    valid_to DateTime64(3, 'UTC') COMMENT 'until here; 2262-01-01: open.' CODEC(Delta, ZSTD(1)),
    present Bool COMMENT 'Whether the item is on the list.',
    values Map(LowCardinality(String), String) COMMENT 'What the item says, by column, in the order of the columns; empty when it is not on the list.' CODEC(ZSTD(1)),
    known_at DateTime64(6, 'UTC') COMMENT 'When it became known.' CODEC(Delta, ZSTD(1)),
    change LowCardinality(String) COMMENT 'Kind of the change it came with: added, changed, removed.',
    release LowCardinality(String) COMMENT 'Release whose item it is, or that says there is none.',
    published_in LowCardinality(String) COMMENT 'Release whose publication or withdrawal made it known.',
    withdrawal UInt32 COMMENT 'Withdrawal of published_in that made it known, from 1; 0: its publication did.',
    stream LowCardinality(String) COMMENT 'Stream it came from: NAME@incarnation.',
    seq UInt64 COMMENT 'Sequence of the message in the stream.' CODEC(DoubleDelta, LZ4),
    row UInt32 COMMENT 'Place among the rows that the message gave, from 0.',
    answer UInt64 MATERIALIZED sipHash64(present, mapKeys(values), mapValues(values)) COMMENT 'Equal for equal answers.' CODEC(ZSTD(1))
) ENGINE = MergeTree ORDER BY (list, market, key, known_at, seq, row)
SETTINGS index_granularity = 512, non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Periods of items, one row a range of valid time whose answer a release changed. Read through offers, services, documents and those that end in _at.';

CREATE TABLE IF NOT EXISTS item_changes_store (
    list LowCardinality(String) COMMENT 'List: offers, services or documents.',
    market LowCardinality(String) COMMENT 'ISO 3166 alpha-2 code, upper case; WW: worldwide.',
    key String COMMENT 'What tells the item from others of its list and market.' CODEC(ZSTD(1)),
    change LowCardinality(String) COMMENT 'added, changed or removed.',
    has_before Bool COMMENT 'Whether there was an item.',
    has_after Bool COMMENT 'Whether there is an item.',
    before Map(LowCardinality(String), String) COMMENT 'What it said, by column, in the order of the columns; empty when there was none.' CODEC(ZSTD(1)),
    after Map(LowCardinality(String), String) COMMENT 'What it says; empty when there is none.' CODEC(ZSTD(1)),
    known_at DateTime64(6, 'UTC') COMMENT 'When it became known.' CODEC(Delta, ZSTD(1)),
    release LowCardinality(String) COMMENT 'Release whose publication or withdrawal changed it.',
    withdrawal UInt32 COMMENT 'Withdrawal of the release that changed it, from 1; 0: its publication did.',
    n UInt32 COMMENT 'Its place among the changes that came with it, from 1.',
    of UInt32 COMMENT 'How many changes came with it.',
    stream LowCardinality(String) COMMENT 'Stream it came from: NAME@incarnation.',
    seq UInt64 COMMENT 'Sequence of the message in the stream.' CODEC(DoubleDelta, LZ4),
    row UInt32 COMMENT 'Place among the rows that the message gave, from 0.'
) ENGINE = MergeTree ORDER BY (release, stream, seq, row)
SETTINGS index_granularity = 512, non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Changes of items, one row an event. Read through item_changes.';
