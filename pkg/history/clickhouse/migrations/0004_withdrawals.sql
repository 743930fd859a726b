-- Releases that are withdrawn, corrected or missing. Rows that come with the n-th withdrawal of a release carry its number; those of the
-- release itself 0.

ALTER TABLE license_prices_store ADD COLUMN IF NOT EXISTS withdrawal UInt32 DEFAULT 0 COMMENT 'Withdrawal of published_in that made it known, from 1; 0: its publication did.' AFTER published_in;

ALTER TABLE license_prices_store ADD COLUMN IF NOT EXISTS family LowCardinality(String) DEFAULT '' COMMENT 'Product family, derived from the titles: Office 365, EMS, Dynamics CRM, other; empty when there is no price, and in rows older than families.' AFTER tags;

ALTER TABLE license_changes_store ADD COLUMN IF NOT EXISTS withdrawal UInt32 DEFAULT 0 COMMENT 'Withdrawal of the release that changed it, from 1; 0: its publication did.' AFTER release;

ALTER TABLE releases_store ADD COLUMN IF NOT EXISTS corrects String DEFAULT '' COMMENT 'Release that it mends; empty when it mends none.' CODEC(ZSTD(1)) AFTER supersedes;

ALTER TABLE releases_store ADD COLUMN IF NOT EXISTS backfilled Bool DEFAULT false COMMENT 'A list of the past, published late: published_at is when it should have been.' AFTER corrects;

ALTER TABLE releases_store ADD COLUMN IF NOT EXISTS reason String DEFAULT '' COMMENT 'Why it mends another, or came late.' CODEC(ZSTD(1)) AFTER backfilled;

CREATE TABLE IF NOT EXISTS withdrawals_store (
    release String COMMENT 'Id of the release that was taken back, as a whole or in part.' CODEC(ZSTD(1)),
    list LowCardinality(String) COMMENT 'List, for example license.',
    market LowCardinality(String) COMMENT 'ISO 3166 alpha-2 code, upper case; WW: worldwide.',
    month LowCardinality(String) COMMENT 'Month the release is for, such as 2026-12.',
    revision UInt32 COMMENT 'Revision of the release.',
    withdrawal UInt32 COMMENT 'Its place among the withdrawals of the release, from 1.',
    whole Bool COMMENT 'Whether the whole release was taken back.',
    lines UInt32 COMMENT 'How many lines were taken back; of the whole list when whole.',
    valid_from DateTime64(3, 'UTC') COMMENT 'What was taken back does not answer from here on.' CODEC(Delta, ZSTD(1)),
    retroactive Bool COMMENT 'Whether it was taken back for the time before it was known too.',
    reason String COMMENT 'Why.' CODEC(ZSTD(1)),
    withdrawn_by String COMMENT 'Who asked for it.' CODEC(ZSTD(1)),
    in_force String COMMENT 'Release in force from valid_from on instead; empty when none is.' CODEC(ZSTD(1)),
    changed UInt32 COMMENT 'Changes published with it.',
    checksum String COMMENT 'SHA-256 over the ids of its events in order, hex.' CODEC(ZSTD(1)),
    known_at DateTime64(6, 'UTC') COMMENT 'When it became known.' CODEC(Delta, ZSTD(1)),
    stream LowCardinality(String) COMMENT 'Stream it came from: NAME@incarnation.',
    seq UInt64 COMMENT 'Sequence of the message in the stream.' CODEC(DoubleDelta, LZ4),
    row UInt32 COMMENT 'Place among the rows that the message gave, from 0.'
) ENGINE = MergeTree ORDER BY (release, stream, seq, row)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Withdrawals of releases, one row each, written after all that they change. Read through withdrawals.';

CREATE TABLE IF NOT EXISTS corrections_store (
    release String COMMENT 'Id of the release that was mended.' CODEC(ZSTD(1)),
    by String COMMENT 'Id of the release that mends it.' CODEC(ZSTD(1)),
    list LowCardinality(String) COMMENT 'List, for example license.',
    market LowCardinality(String) COMMENT 'ISO 3166 alpha-2 code, upper case; WW: worldwide.',
    month LowCardinality(String) COMMENT 'Month the release is for, such as 2026-12.',
    revision UInt32 COMMENT 'Revision of the release that was mended.',
    reason String COMMENT 'Why.' CODEC(ZSTD(1)),
    effective_at DateTime64(6, 'UTC') COMMENT 'From when on the correction answers.' CODEC(Delta, ZSTD(1)),
    retroactive Bool COMMENT 'Whether it takes effect when what it mends did.',
    known_at DateTime64(6, 'UTC') COMMENT 'When it became known: the publication of the correction.' CODEC(Delta, ZSTD(1)),
    stream LowCardinality(String) COMMENT 'Stream it came from: NAME@incarnation.',
    seq UInt64 COMMENT 'Sequence of the message in the stream.' CODEC(DoubleDelta, LZ4),
    row UInt32 COMMENT 'Place among the rows that the message gave, from 0.'
) ENGINE = MergeTree ORDER BY (release, stream, seq, row)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Releases that were mended by others, one row an event. Read through corrections.';

CREATE TABLE IF NOT EXISTS missing_store (
    release String COMMENT 'Id of the revision that was awaited.' CODEC(ZSTD(1)),
    list LowCardinality(String) COMMENT 'List, for example license.',
    market LowCardinality(String) COMMENT 'ISO 3166 alpha-2 code, upper case; WW: worldwide.',
    month LowCardinality(String) COMMENT 'Month that nothing was approved for, such as 2026-12.',
    revision UInt32 COMMENT 'Revision that was awaited.',
    publish_at DateTime64(6, 'UTC') COMMENT 'When it was to be published.' CODEC(Delta, ZSTD(1)),
    effective_at DateTime64(6, 'UTC') COMMENT 'When it was to take effect.' CODEC(Delta, ZSTD(1)),
    days Int32 COMMENT 'Whole days that were left until publish_at; negative when it had passed.',
    noticed_at DateTime64(6, 'UTC') COMMENT 'When it was noticed.' CODEC(Delta, ZSTD(1)),
    stream LowCardinality(String) COMMENT 'Stream it came from: NAME@incarnation.',
    seq UInt64 COMMENT 'Sequence of the message in the stream.' CODEC(DoubleDelta, LZ4),
    row UInt32 COMMENT 'Place among the rows that the message gave, from 0.'
) ENGINE = MergeTree ORDER BY (release, stream, seq, row)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Months that nothing was approved for although publication was near, one row an event. Read through releases_missing.';
