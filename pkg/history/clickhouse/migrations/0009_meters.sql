-- What is derived of usage rates, how many units are included in them, and what a crawl is made of. Rows that were kept before know none of
-- it: nothing is ever changed, and a database that is filled anew from the streams knows all of it.

ALTER TABLE rates_store ADD COLUMN IF NOT EXISTS included_quantity Decimal(38, 18) DEFAULT 0 COMMENT 'Units a month that cost nothing before the tiers begin to count; 0: none.' CODEC(ZSTD(1)) AFTER is_primary_meter_region;

ALTER TABLE rates_store ADD COLUMN IF NOT EXISTS block_size Decimal(38, 18) DEFAULT 0 COMMENT 'How many units the price is for, derived from unit_of_measure: 10000 for 10K; 0 when that is not understood, and in rows older than this column.' CODEC(ZSTD(1)) AFTER included_quantity;

ALTER TABLE rates_store ADD COLUMN IF NOT EXISTS unit LowCardinality(String) DEFAULT '' COMMENT 'Unit that block_size counts, derived from unit_of_measure: Hours, GB/Month; empty when that is not understood, and in rows older than this column.' AFTER block_size;

ALTER TABLE rates_store ADD COLUMN IF NOT EXISTS hourly_equivalent Nullable(Decimal(38, 18)) DEFAULT NULL COMMENT 'Price of a reservation by the hours of its term, 8760 a year, rounded half to even to 10 decimals; NULL for all else, and in rows older than this column.' CODEC(ZSTD(1)) AFTER unit;

ALTER TABLE rates_store ADD COLUMN IF NOT EXISTS operating_system LowCardinality(String) DEFAULT '' COMMENT 'Windows or Linux, derived from the names of virtual machines; empty when not known, and in rows older than this column.' AFTER hourly_equivalent;

ALTER TABLE rates_store ADD COLUMN IF NOT EXISTS purchase_option LowCardinality(String) DEFAULT '' COMMENT 'on-demand, spot, low-priority, dev-test or reservation, derived from type and names; empty when not known, and in rows older than this column.' AFTER operating_system;

ALTER TABLE rate_changes_store ADD COLUMN IF NOT EXISTS before_included_quantity Decimal(38, 18) DEFAULT 0 COMMENT 'Its included quantity; 0: none.' CODEC(ZSTD(1)) AFTER before_plan_prices;

ALTER TABLE rate_changes_store ADD COLUMN IF NOT EXISTS after_included_quantity Decimal(38, 18) DEFAULT 0 COMMENT 'Its included quantity; 0: none.' CODEC(ZSTD(1)) AFTER after_plan_prices;

ALTER TABLE rate_changes_store ADD COLUMN IF NOT EXISTS block_size Decimal(38, 18) DEFAULT 0 COMMENT 'How many units the price is for, after the change, or before it when there is no row after, derived from unit_of_measure: 10000 for 10K; 0 when that is not understood, and in rows older than this column.' CODEC(ZSTD(1)) AFTER is_primary_meter_region;

ALTER TABLE rate_changes_store ADD COLUMN IF NOT EXISTS unit LowCardinality(String) DEFAULT '' COMMENT 'Unit that block_size counts, after the change, or before it when there is no row after, derived from unit_of_measure: Hours, GB/Month; empty when that is not understood, and in rows older than this column.' AFTER block_size;

ALTER TABLE rate_changes_store ADD COLUMN IF NOT EXISTS hourly_equivalent Nullable(Decimal(38, 18)) DEFAULT NULL COMMENT 'Price of a reservation, after the change, or before it when there is no row after, by the hours of its term, 8760 a year, rounded half to even to 10 decimals; NULL for all else, and in rows older than this column.' CODEC(ZSTD(1)) AFTER unit;

ALTER TABLE rate_changes_store ADD COLUMN IF NOT EXISTS operating_system LowCardinality(String) DEFAULT '' COMMENT 'Windows or Linux, after the change, or before it when there is no row after, derived from the names of virtual machines; empty when not known, and in rows older than this column.' AFTER hourly_equivalent;

ALTER TABLE rate_changes_store ADD COLUMN IF NOT EXISTS purchase_option LowCardinality(String) DEFAULT '' COMMENT 'on-demand, spot, low-priority, dev-test or reservation, after the change, or before it when there is no row after, derived from type and names; empty when not known, and in rows older than this column.' AFTER operating_system;

ALTER TABLE rate_changes_store COMMENT COLUMN field 'savings_plan or included_quantity when only that changed, else empty.';

ALTER TABLE crawls_store ADD COLUMN IF NOT EXISTS traversals UInt32 DEFAULT 0 COMMENT 'How often the catalogue, or the shard that took longest to settle, was read; 0: not traversed.' AFTER foreign;

ALTER TABLE crawls_store ADD COLUMN IF NOT EXISTS parts UInt32 DEFAULT 0 COMMENT 'Batches that the changes came in; 0: one.' AFTER traversals;

ALTER TABLE crawls_store ADD COLUMN IF NOT EXISTS shards String DEFAULT '' COMMENT 'Parts of the catalogue that were read, each taken or refused for itself, as a JSON array; empty when there are none.' CODEC(ZSTD(1)) AFTER parts;

ALTER TABLE crawls_store ADD COLUMN IF NOT EXISTS offer_terms String DEFAULT '' COMMENT 'Conditions of a rate card as a JSON array of name, discount, excluded_meter_ids, effective_from; empty when there are none.' CODEC(ZSTD(1)) AFTER shards;

CREATE TABLE IF NOT EXISTS crawl_parts_store (
    crawl String COMMENT 'Id of the crawl.' CODEC(ZSTD(1)),
    scope LowCardinality(String) COMMENT 'Whose state the rows speak of.',
    currency LowCardinality(String) COMMENT 'ISO 4217 code.',
    known_at DateTime64(6, 'UTC') COMMENT 'When its changes became known: the observation time of the crawl.' CODEC(Delta, ZSTD(1)),
    part UInt32 COMMENT 'Which batch of the crawl, from 1; the last has none: it ends in the row of crawls.',
    changes UInt32 COMMENT 'Changes in the batch.',
    stream LowCardinality(String) COMMENT 'Stream it came from: NAME@incarnation.',
    seq UInt64 COMMENT 'Sequence of the message in the stream.' CODEC(DoubleDelta, LZ4),
    row UInt32 COMMENT 'Place among the rows that the message gave, from 0.'
) ENGINE = MergeTree ORDER BY (known_at, stream, seq, row)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Batches before the last of crawls whose changes need several, one row each. Read through crawl_parts.';
