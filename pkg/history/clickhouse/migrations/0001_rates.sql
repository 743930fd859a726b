-- Usage rates: what was believed of each, from when on, and why.

CREATE TABLE IF NOT EXISTS rates_store (
    key UInt64 COMMENT 'First 8 bytes of the SHA-256 over the identity; as 16 hex digits the end of the event subject.' CODEC(ZSTD(1)),
    price_list LowCardinality(String) COMMENT 'Price list: retail unless the source says otherwise.',
    currency LowCardinality(String) COMMENT 'ISO 4217 code.',
    meter_id String COMMENT 'Meter id of the source.' CODEC(ZSTD(1)),
    sku_id String COMMENT 'Product id, slash, SKU suffix.' CODEC(ZSTD(1)),
    type LowCardinality(String) COMMENT 'Consumption, DevTestConsumption or Reservation.',
    reservation_term LowCardinality(String) COMMENT '1 Year, 3 Years, 5 Years; empty unless a reservation.',
    tier Decimal(38, 18) COMMENT 'Tier minimum units.' CODEC(ZSTD(1)),
    valid_from DateTime64(3, 'UTC') COMMENT 'The answer holds from here on; 1900-01-01: always.' CODEC(Delta, ZSTD(1)),
    valid_to DateTime64(3, 'UTC') COMMENT 'until here; 2262-01-01: open.' CODEC(Delta, ZSTD(1)),
    priced Bool COMMENT 'Whether there is a price.',
    price Decimal(38, 18) COMMENT 'Price; 0 when there is none.' CODEC(ZSTD(1)),
    effective_from DateTime64(3, 'UTC') COMMENT 'Start of the row that gives the price; 1970-01-01 when there is none.' CODEC(Delta, ZSTD(1)),
    known_at DateTime64(6, 'UTC') COMMENT 'When it became known: the observation time of the crawl.' CODEC(Delta, ZSTD(1)),
    kind LowCardinality(String) COMMENT 'Kind of the change it came with: added, price_changed, rescheduled, renamed, restated, retired.',
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
    stream LowCardinality(String) COMMENT 'Stream it came from: NAME@incarnation.',
    seq UInt64 COMMENT 'Sequence of the message in the stream.' CODEC(DoubleDelta, LZ4),
    row UInt32 COMMENT 'Place among the rows that the message gave, from 0.',
    INDEX by_meter meter_id TYPE bloom_filter(0.01) GRANULARITY 4,
    INDEX by_sku sku_id TYPE bloom_filter(0.01) GRANULARITY 4
) ENGINE = MergeTree ORDER BY (key, known_at, seq, row)
SETTINGS index_granularity = 512, non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Periods of usage rates, one row a range of valid time whose answer an observation changed. Nothing is ever changed: what is known later counts. Read through rates, rates_current and rates_at.';

CREATE TABLE IF NOT EXISTS rate_changes_store (
    key UInt64 COMMENT 'First 8 bytes of the SHA-256 over the identity; as 16 hex digits the end of the event subject.' CODEC(ZSTD(1)),
    price_list LowCardinality(String) COMMENT 'Price list: retail unless the source says otherwise.',
    currency LowCardinality(String) COMMENT 'ISO 4217 code.',
    meter_id String COMMENT 'Meter id of the source.' CODEC(ZSTD(1)),
    sku_id String COMMENT 'Product id, slash, SKU suffix.' CODEC(ZSTD(1)),
    type LowCardinality(String) COMMENT 'Consumption, DevTestConsumption or Reservation.',
    reservation_term LowCardinality(String) COMMENT '1 Year, 3 Years, 5 Years; empty unless a reservation.',
    tier Decimal(38, 18) COMMENT 'Tier minimum units.' CODEC(ZSTD(1)),
    kind LowCardinality(String) COMMENT 'Kind of the change it came with: added, price_changed, rescheduled, renamed, restated, retired.',
    field LowCardinality(String) COMMENT 'savings_plan when only savings plans changed, else empty.',
    returned Bool COMMENT 'Added again after it was retired.',
    correction Bool COMMENT 'Price changed while the effective start stayed.',
    backdated Bool COMMENT 'Price changed with a start more than 72 h before it was known.',
    expiring Bool COMMENT 'An end appeared where there was none.',
    upcoming Bool COMMENT 'Restated: of the future.',
    first_region LowCardinality(String) COMMENT 'Region as first seen, or global: part of the event subject for ever after.',
    has_before Bool COMMENT 'Whether there was a current row.',
    before_price Decimal(38, 18) COMMENT 'Its price; 0 when there is none.' CODEC(ZSTD(1)),
    before_from DateTime64(3, 'UTC') COMMENT 'Its start; 1970-01-01 when there is none.' CODEC(Delta, ZSTD(1)),
    before_to DateTime64(3, 'UTC') COMMENT 'Its end; 2262-01-01: open; 1970-01-01 when there is none.' CODEC(Delta, ZSTD(1)),
    before_plan_terms Array(LowCardinality(String)) COMMENT 'Terms of its savings plans.',
    before_plan_prices Array(Decimal(38, 18)) COMMENT 'Hourly prices of its savings plans, in the same order.' CODEC(ZSTD(1)),
    has_after Bool COMMENT 'Whether there is a current row.',
    after_price Decimal(38, 18) COMMENT 'Its price; 0 when there is none.' CODEC(ZSTD(1)),
    after_from DateTime64(3, 'UTC') COMMENT 'Its start; 1970-01-01 when there is none.' CODEC(Delta, ZSTD(1)),
    after_to DateTime64(3, 'UTC') COMMENT 'Its end; 2262-01-01: open; 1970-01-01 when there is none.' CODEC(Delta, ZSTD(1)),
    after_plan_terms Array(LowCardinality(String)) COMMENT 'Terms of its savings plans.',
    after_plan_prices Array(Decimal(38, 18)) COMMENT 'Hourly prices of its savings plans, in the same order.' CODEC(ZSTD(1)),
    meter_name LowCardinality(String) COMMENT 'Meter name, after the change, or before it when there is no row after.',
    product_id LowCardinality(String) COMMENT 'Product id, after the change, or before it when there is no row after.',
    product_name LowCardinality(String) COMMENT 'Product name, after the change, or before it when there is no row after.',
    sku_name LowCardinality(String) COMMENT 'SKU name, after the change, or before it when there is no row after.',
    service_name LowCardinality(String) COMMENT 'Service name, after the change, or before it when there is no row after.',
    service_id LowCardinality(String) COMMENT 'Service id, after the change, or before it when there is no row after.',
    service_family LowCardinality(String) COMMENT 'Service family, after the change, or before it when there is no row after.',
    unit_of_measure LowCardinality(String) COMMENT 'What the price is for, after the change, or before it when there is no row after.',
    region LowCardinality(String) COMMENT 'Region (armRegionName); empty when global, after the change, or before it when there is no row after.',
    location LowCardinality(String) COMMENT 'Location as people call it, after the change, or before it when there is no row after.',
    arm_sku_name LowCardinality(String) COMMENT 'SKU name of the resource manager, after the change, or before it when there is no row after.',
    is_primary_meter_region LowCardinality(String) COMMENT 'true, false or empty, after the change, or before it when there is no row after.',
    before_attributes Map(LowCardinality(String), String) COMMENT 'The attributes that were otherwise before, by column.',
    known_at DateTime64(6, 'UTC') COMMENT 'When it became known: the observation time of the crawl.' CODEC(Delta, ZSTD(1)),
    scope LowCardinality(String) COMMENT 'Scope of the crawl.',
    crawl LowCardinality(String) COMMENT 'Crawl that found it.',
    stream LowCardinality(String) COMMENT 'Stream it came from: NAME@incarnation.',
    seq UInt64 COMMENT 'Sequence of the message in the stream.' CODEC(DoubleDelta, LZ4),
    row UInt32 COMMENT 'Place among the rows that the message gave, from 0.'
) ENGINE = MergeTree ORDER BY (key, known_at, seq, row)
SETTINGS index_granularity = 512, non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Changes of usage rates, one row an event. Read through rate_changes.';

CREATE TABLE IF NOT EXISTS crawls_store (
    crawl String COMMENT 'Id of the crawl.' CODEC(ZSTD(1)),
    source LowCardinality(String) COMMENT 'Where the rows came from.',
    scope LowCardinality(String) COMMENT 'Whose state the rows speak of.',
    currency LowCardinality(String) COMMENT 'ISO 4217 code.',
    started DateTime64(6, 'UTC') COMMENT 'When it started: the observation time.' CODEC(Delta, ZSTD(1)),
    finished DateTime64(6, 'UTC') COMMENT 'When the last row had been read.' CODEC(Delta, ZSTD(1)),
    pages UInt32 COMMENT 'Pages read.',
    rows UInt32 COMMENT 'Rows read, repetitions included.',
    identities UInt32 COMMENT 'Distinct rates seen.',
    complete Bool COMMENT 'Whether the traversal reached the end.',
    partial Bool COMMENT 'A window, not a whole: absence means nothing.',
    accepted Bool COMMENT 'Let through by a person.',
    refused String COMMENT 'Why nothing was published from it; empty when it was taken.' CODEC(ZSTD(1)),
    content String COMMENT 'SHA-256 over the set of distinct rows, hex.' CODEC(ZSTD(1)),
    added UInt32 COMMENT 'Changes of this kind.',
    price_changed UInt32 COMMENT 'Changes of this kind.',
    corrections UInt32 COMMENT 'Price changes while the start stayed.',
    backdated UInt32 COMMENT 'Price changes with a start more than 72 h before.',
    rescheduled UInt32 COMMENT 'Changes of this kind.',
    expiring UInt32 COMMENT 'Reschedules by which an end appeared.',
    renamed UInt32 COMMENT 'Changes of this kind.',
    restated UInt32 COMMENT 'Changes of this kind.',
    retired UInt32 COMMENT 'Changes of this kind.',
    periods UInt32 COMMENT 'Periods of all changes.',
    quarantined UInt32 COMMENT 'Rows kept but not believed.',
    foreign UInt32 COMMENT 'Rows of rates that another scope owns.',
    stream LowCardinality(String) COMMENT 'Stream it came from: NAME@incarnation.',
    seq UInt64 COMMENT 'Sequence of the message in the stream.' CODEC(DoubleDelta, LZ4),
    row UInt32 COMMENT 'Place among the rows that the message gave, from 0.'
) ENGINE = MergeTree ORDER BY (started, stream, seq, row)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Crawls, one row each. Read through crawls.';

CREATE TABLE IF NOT EXISTS quarantine_store (
    crawl LowCardinality(String) COMMENT 'Crawl that read the row.',
    scope LowCardinality(String) COMMENT 'Scope of the crawl.',
    currency LowCardinality(String) COMMENT 'Currency of the crawl.',
    known_at DateTime64(6, 'UTC') COMMENT 'When it became known: the observation time of the crawl.' CODEC(Delta, ZSTD(1)),
    reason LowCardinality(String) COMMENT 'missing-field, invalid-number, invalid-time, end-before-start or disagreement.',
    detail String COMMENT 'Names the field and the value that is wrong.' CODEC(ZSTD(1)),
    price_list LowCardinality(String) COMMENT 'Price list, as far as it could be read.',
    row_currency LowCardinality(String) COMMENT 'Currency of the row, as far as it could be read.',
    meter_id String COMMENT 'Meter id, as far as it could be read.' CODEC(ZSTD(1)),
    sku_id String COMMENT 'SKU id, as far as it could be read.' CODEC(ZSTD(1)),
    type LowCardinality(String) COMMENT 'Type, as far as it could be read.',
    reservation_term LowCardinality(String) COMMENT 'Reservation term, as far as it could be read.',
    tier Decimal(38, 18) COMMENT 'Tier minimum units, as far as it could be read.' CODEC(ZSTD(1)),
    raw String COMMENT 'The bytes of the row.' CODEC(ZSTD(1)),
    stream LowCardinality(String) COMMENT 'Stream it came from: NAME@incarnation.',
    seq UInt64 COMMENT 'Sequence of the message in the stream.' CODEC(DoubleDelta, LZ4),
    row UInt32 COMMENT 'Place among the rows that the message gave, from 0.'
) ENGINE = MergeTree ORDER BY (stream, seq, row)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Rows of crawls that were kept but not believed. Read through quarantine.';

CREATE TABLE IF NOT EXISTS rejects_store (
    subject String COMMENT 'Subject of the message.' CODEC(ZSTD(1)),
    event_id String COMMENT 'Id of the message as its publisher gave it.' CODEC(ZSTD(1)),
    reason String COMMENT 'What is wrong with it.' CODEC(ZSTD(1)),
    data String COMMENT 'The bytes of the message.' CODEC(ZSTD(1)),
    stream LowCardinality(String) COMMENT 'Stream it came from: NAME@incarnation.',
    seq UInt64 COMMENT 'Sequence of the message in the stream.' CODEC(DoubleDelta, LZ4),
    row UInt32 COMMENT 'Place among the rows that the message gave, from 0.'
) ENGINE = MergeTree ORDER BY (stream, seq, row)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Messages that could not be kept as what they say, with their bytes. Read through rejects.';

CREATE TABLE IF NOT EXISTS progress (
    stream LowCardinality(String) COMMENT 'Stream it came from: NAME@incarnation.',
    seq UInt64 COMMENT 'Sequence of the message in the stream.' CODEC(DoubleDelta, LZ4),
    row UInt32 COMMENT 'Place among the rows that the message gave, from 0.'
) ENGINE = MergeTree ORDER BY (stream, seq, row)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'How far each stream has been taken in: every message up to the highest seq is in every table.';

CREATE TABLE IF NOT EXISTS claims (
    stream LowCardinality(String) COMMENT 'Stream.',
    first UInt64 COMMENT 'First sequence of an insertion.',
    last UInt64 COMMENT 'Last sequence of it.'
) ENGINE = MergeTree ORDER BY (stream, first, last)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Where writers of a stream agreed to cut it. The token of an insertion names both ends, so that two writers cannot double rows.';
