-- Keys are written with their leading zeros. A change that was told twice counts once, so that it hides no release.

CREATE OR REPLACE VIEW rate_changes (
    key String COMMENT '16 hex digits, as in the event subject.',
    price_list LowCardinality(String) COMMENT 'Price list: retail unless the source says otherwise.',
    currency LowCardinality(String) COMMENT 'ISO 4217 code.',
    meter_id String COMMENT 'Meter id of the source.',
    sku_id String COMMENT 'Product id, slash, SKU suffix.',
    type LowCardinality(String) COMMENT 'Consumption, DevTestConsumption or Reservation.',
    reservation_term LowCardinality(String) COMMENT '1 Year, 3 Years, 5 Years; empty unless a reservation.',
    tier Decimal(38, 18) COMMENT 'Tier minimum units.',
    kind LowCardinality(String) COMMENT 'Kind of the change it came with: added, price_changed, rescheduled, renamed, restated, retired.',
    field LowCardinality(String) COMMENT 'savings_plan or included_quantity when only that changed, else empty.',
    returned Bool COMMENT 'Added again after it was retired.',
    correction Bool COMMENT 'Price changed while the effective start stayed.',
    backdated Bool COMMENT 'Price changed with a start more than 72 h before it was known.',
    expiring Bool COMMENT 'An end appeared where there was none.',
    upcoming Bool COMMENT 'Restated: of the future.',
    before_price Nullable(Decimal(38, 18)) COMMENT 'Price before; NULL when there was no current row.',
    before_effective_from Nullable(DateTime64(3, 'UTC')) COMMENT 'Its start.',
    before_effective_to Nullable(DateTime64(3, 'UTC')) COMMENT 'Its end; 2262-01-01: open.',
    before_savings_plans Array(Tuple(term String, price Decimal(38, 18))) COMMENT 'Its savings plans.',
    before_included_quantity Nullable(Decimal(38, 18)) COMMENT 'Its included quantity; 0: none; NULL when there was no current row.',
    after_price Nullable(Decimal(38, 18)) COMMENT 'Price after; NULL when there is no current row.',
    after_effective_from Nullable(DateTime64(3, 'UTC')) COMMENT 'Its start.',
    after_effective_to Nullable(DateTime64(3, 'UTC')) COMMENT 'Its end; 2262-01-01: open.',
    after_savings_plans Array(Tuple(term String, price Decimal(38, 18))) COMMENT 'Its savings plans.',
    after_included_quantity Nullable(Decimal(38, 18)) COMMENT 'Its included quantity; 0: none; NULL when there is no current row.',
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
    block_size Nullable(Decimal(38, 18)) COMMENT 'How many units the price is for, after the change, or before it when there is no row after, derived from unit_of_measure: 10000 for 10K; NULL when that is not understood, and in rows older than this column.',
    unit LowCardinality(String) COMMENT 'Unit that block_size counts, after the change, or before it when there is no row after, derived from unit_of_measure: Hours, GB/Month; empty where block_size is NULL.',
    hourly_equivalent Nullable(Decimal(38, 18)) COMMENT 'Price of a reservation, after the change, or before it when there is no row after, by the hours of its term, 8760 a year, rounded half to even to 10 decimals; NULL for all else, and in rows older than this column.',
    operating_system LowCardinality(String) COMMENT 'Windows or Linux, after the change, or before it when there is no row after, derived from the names of virtual machines; empty when not known, and in rows older than this column.',
    purchase_option LowCardinality(String) COMMENT 'on-demand, spot, low-priority, dev-test or reservation, after the change, or before it when there is no row after, derived from type and names; empty when not known, and in rows older than this column.',
    before_attributes Map(LowCardinality(String), String) COMMENT 'The attributes that were otherwise before, by column.',
    known_at DateTime64(6, 'UTC') COMMENT 'When it became known: the observation time of the crawl.',
    scope LowCardinality(String) COMMENT 'Scope of the crawl.',
    crawl LowCardinality(String) COMMENT 'Crawl that found it.',
    stream LowCardinality(String) COMMENT 'Stream it came from: NAME@incarnation.',
    seq UInt64 COMMENT 'Sequence of the message in the stream.',
    row UInt32 COMMENT 'Place among the rows that the message gave, from 0.'
) AS
SELECT leftPad(lower(hex(s.key)), 16, '0') AS key, price_list, currency, meter_id, sku_id, type, reservation_term, tier,
    kind, field, returned, correction, backdated, expiring, upcoming,
    if(s.has_before, s.before_price, NULL) AS before_price, if(s.has_before, s.before_from, NULL) AS before_effective_from, if(s.has_before,
        s.before_to, NULL) AS before_effective_to,
    CAST(arrayZip(before_plan_terms, before_plan_prices), 'Array(Tuple(term String, price Decimal(38, 18)))') AS before_savings_plans,
    if(s.has_before, s.before_included_quantity, NULL) AS before_included_quantity,
    if(s.has_after, s.after_price, NULL) AS after_price, if(s.has_after, s.after_from, NULL) AS after_effective_from, if(s.has_after, s.after_to, NULL) AS after_effective_to,
    CAST(arrayZip(after_plan_terms, after_plan_prices), 'Array(Tuple(term String, price Decimal(38, 18)))') AS after_savings_plans,
    if(s.has_after, s.after_included_quantity, NULL) AS after_included_quantity,
    meter_name, product_id, product_name, sku_name, service_name, service_id, service_family, unit_of_measure,
        region, location, arm_sku_name, is_primary_meter_region,
    nullIf(s.block_size, 0) AS block_size, unit, hourly_equivalent, operating_system, purchase_option,
    before_attributes, known_at, scope, crawl, stream, seq, row
FROM rate_changes_store AS s
COMMENT 'Changes of usage rates, one row an event.';

CREATE OR REPLACE VIEW publications (
    list LowCardinality(String) COMMENT 'List, for example license.',
    market LowCardinality(String) COMMENT 'ISO 3166 alpha-2 code, upper case; WW: worldwide.',
    release String COMMENT 'Id of the release.',
    withdrawal UInt32 COMMENT 'The withdrawal of the release with this number, from 1; 0: the release itself.',
    known_at DateTime64(6, 'UTC') COMMENT 'When it became known.',
    changed UInt32 COMMENT 'Changes published with it.',
    stream LowCardinality(String) COMMENT 'Stream it came from: NAME@incarnation.',
    seq UInt64 COMMENT 'Sequence of the message in the stream.',
    row UInt32 COMMENT 'Place among the rows that the message gave, from 0.'
) AS
SELECT list, market, release, withdrawal, known_at, changed, stream, seq, row
FROM (
    SELECT list, market, release, toUInt32(0) AS withdrawal, published_at AS known_at, changed, stream, seq, row FROM releases_store
    UNION ALL
    SELECT list, market, release, withdrawal, known_at, changed, stream, seq, row FROM withdrawals_store
)
WHERE changed = 0 OR (stream, release, withdrawal, toUInt64(changed)) IN (
    SELECT stream, release, withdrawal, uniqExact(n) FROM license_changes_store GROUP BY stream, release, withdrawal
    UNION ALL
    SELECT stream, release, withdrawal, uniqExact(n) FROM item_changes_store GROUP BY stream, release, withdrawal
)
COMMENT 'Releases and withdrawals that are there as a whole, one row each: those that have as many changes as they say.';
