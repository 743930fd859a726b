-- Slices of the history of usage rates: what a list as of needs of it, copied so that a list reads little however long the history is. They are derived:
-- rates_store and rate_changes_store are the truth, and a row that is in a slice twice changes no answer.

CREATE TABLE IF NOT EXISTS rate_slices (
    stream LowCardinality(String) COMMENT 'Stream it came from: NAME@incarnation.',
    slice UInt64 COMMENT 'Slice that the row is in: see rate_cuts.',
    copied Bool COMMENT 'Copied from the slice before, because it was still visible at the cut.',
    key UInt64 COMMENT 'First 8 bytes of the SHA-256 over the identity.' CODEC(ZSTD(1)),
    valid_from DateTime64(3, 'UTC') COMMENT 'The answer holds from here on; 1900-01-01: always.' CODEC(Delta, ZSTD(1)),
    valid_to DateTime64(3, 'UTC') COMMENT 'until here; 2262-01-01: open.' CODEC(Delta, ZSTD(1)),
    priced Bool COMMENT 'Whether there is a price.',
    price Decimal(38, 18) COMMENT 'Price; 0 when there is none.' CODEC(ZSTD(1)),
    effective_from DateTime64(3, 'UTC') COMMENT 'Start of the row that gives the price; 1970-01-01 when there is none.' CODEC(Delta, ZSTD(1)),
    hourly_equivalent Nullable(Decimal(38, 18)) COMMENT 'Price of a reservation by the hours of its term; NULL for all else.' CODEC(ZSTD(1)),
    known_at DateTime64(6, 'UTC') COMMENT 'When it became known: the observation time of the crawl.' CODEC(Delta, ZSTD(1)),
    seq UInt64 COMMENT 'Sequence of the message in the stream.' CODEC(DoubleDelta, LZ4),
    row UInt32 COMMENT 'Place among the rows that the message gave, from 0.',
    ord UInt128 ALIAS toUInt128(toUnixTimestamp64Micro(known_at) + 2208988800000000) * toUInt128(18889465931478580854784) + toUInt128(seq) * toUInt128(4294967296) + toUInt128(row) COMMENT 'Order in which rows became known: by known_at, seq, row.'
) ENGINE = MergeTree ORDER BY (stream, slice, key, known_at, seq, row)
SETTINGS index_granularity = 1024, non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Periods of usage rates, slice by slice. The slice that begins at a cut C has every period that can give an answer with C <= least(valid_at, known_at) < next cut: what was visible at C, and what became known later or reaches into it. Where an answer ends is also in later ones, up to known_at. Read through rates_at and rates_current.';

CREATE TABLE IF NOT EXISTS rate_row_slices (
    stream LowCardinality(String) COMMENT 'Stream it came from: NAME@incarnation.',
    slice UInt64 COMMENT 'Slice that the row is in: see rate_cuts.',
    copied Bool COMMENT 'Copied from the slice before, because it was still visible at the cut.',
    key UInt64 COMMENT 'First 8 bytes of the SHA-256 over the identity.' CODEC(ZSTD(1)),
    price_list LowCardinality(String) COMMENT 'Price list: retail unless the source says otherwise.',
    currency LowCardinality(String) COMMENT 'ISO 4217 code.',
    meter_id String COMMENT 'Meter id of the source.' CODEC(ZSTD(1)),
    sku_id String COMMENT 'Product id, slash, SKU suffix.' CODEC(ZSTD(1)),
    type LowCardinality(String) COMMENT 'Consumption, DevTestConsumption or Reservation.',
    reservation_term LowCardinality(String) COMMENT '1 Year, 3 Years, 5 Years; empty unless a reservation.',
    tier Decimal(38, 18) COMMENT 'Tier minimum units.' CODEC(ZSTD(1)),
    has_after Bool COMMENT 'Whether there was a current row.',
    meter_name LowCardinality(String) COMMENT 'Meter name.',
    product_id LowCardinality(String) COMMENT 'Product id.',
    product_name LowCardinality(String) COMMENT 'Product name.',
    sku_name LowCardinality(String) COMMENT 'SKU name.',
    service_name LowCardinality(String) COMMENT 'Service name.',
    service_id LowCardinality(String) COMMENT 'Service id.',
    service_family LowCardinality(String) COMMENT 'Service family.',
    unit_of_measure LowCardinality(String) COMMENT 'What the price is for.',
    region LowCardinality(String) COMMENT 'Region (armRegionName); empty when global.',
    location LowCardinality(String) COMMENT 'Location as people call it.',
    arm_sku_name LowCardinality(String) COMMENT 'SKU name of the resource manager.',
    is_primary_meter_region LowCardinality(String) COMMENT 'true, false or empty.',
    plan_terms Array(LowCardinality(String)) COMMENT 'Terms of its savings plans.',
    plan_prices Array(Decimal(38, 18)) COMMENT 'Hourly prices of its savings plans, in the same order.' CODEC(ZSTD(1)),
    included_quantity Decimal(38, 18) COMMENT 'Units that are free every month.' CODEC(ZSTD(1)),
    block_size Decimal(38, 18) COMMENT 'How many units the price is for; 0 when that is not understood.' CODEC(ZSTD(1)),
    unit LowCardinality(String) COMMENT 'Unit that block_size counts.',
    operating_system LowCardinality(String) COMMENT 'Windows, Linux or empty.',
    purchase_option LowCardinality(String) COMMENT 'on-demand, spot, low-priority, dev-test, reservation or empty.',
    known_at DateTime64(6, 'UTC') COMMENT 'When it became known: the observation time of the crawl.' CODEC(Delta, ZSTD(1)),
    seq UInt64 COMMENT 'Sequence of the message in the stream.' CODEC(DoubleDelta, LZ4),
    row UInt32 COMMENT 'Place among the rows that the message gave, from 0.',
    ord UInt128 ALIAS toUInt128(toUnixTimestamp64Micro(known_at) + 2208988800000000) * toUInt128(18889465931478580854784) + toUInt128(seq) * toUInt128(4294967296) + toUInt128(row) COMMENT 'Order in which rows became known: by known_at, seq, row.',
    INDEX by_meter meter_id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX by_sku sku_id TYPE bloom_filter(0.01) GRANULARITY 1
) ENGINE = MergeTree ORDER BY (stream, slice, key, known_at, seq, row)
SETTINGS index_granularity = 1024, non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Identity and attributes of usage rates, slice by slice: the slice that begins at a cut C has the last current row of each rate known at C, and those that became known until the next cut. Read through rates_at and rates_current.';

CREATE TABLE IF NOT EXISTS rate_cuts (
    stream LowCardinality(String) COMMENT 'Stream: NAME@incarnation.',
    generation UInt32 COMMENT 'Slices are made again as a whole; those of the greatest generation of a stream count.',
    slice UInt64 COMMENT 'Slice that begins here; greater than those before it.',
    cut_at DateTime64(6, 'UTC') COMMENT 'Instant on both time axes at which it begins; 1900-01-01: always.',
    position UInt64 COMMENT 'Sequence up to which messages were in the slice when it was made. Later ones are added by whoever writes them.',
    rows UInt64 COMMENT 'Rows that the slice was made with.',
    made_of String COMMENT 'Ids of the tables that the slice was made of: where others stand in their place, slices are made again. Empty: of whichever stood there.'
) ENGINE = MergeTree ORDER BY (stream, generation, slice)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Where the slices of rate_slices and rate_row_slices begin.';

INSERT INTO rate_slices (stream, slice, copied, key, valid_from, valid_to, priced, price, effective_from, hourly_equivalent, known_at, seq, row)
SELECT stream, 0, false, key, valid_from, valid_to, priced, price, effective_from, hourly_equivalent, known_at, seq, row FROM rates_store;

INSERT INTO rate_row_slices (stream, slice, copied, key, price_list, currency, meter_id, sku_id, type, reservation_term, tier, has_after, meter_name, product_id, product_name, sku_name, service_name, service_id, service_family, unit_of_measure, region, location, arm_sku_name, is_primary_meter_region, plan_terms, plan_prices, included_quantity, block_size, unit, operating_system, purchase_option, known_at, seq, row)
SELECT stream, 0, false, key, price_list, currency, meter_id, sku_id, type, reservation_term, tier, has_after, meter_name, product_id, product_name, sku_name, service_name, service_id, service_family, unit_of_measure, region, location, arm_sku_name, is_primary_meter_region, after_plan_terms, after_plan_prices, after_included_quantity, block_size, unit, operating_system, purchase_option, known_at, seq, row FROM rate_changes_store;

INSERT INTO rate_cuts (stream, generation, slice, cut_at, position, rows, made_of)
SELECT stream, 0, 0, toDateTime64('1900-01-01 00:00:00', 6, 'UTC'), 0, uniqExact(key), '' FROM rate_changes_store GROUP BY stream;
