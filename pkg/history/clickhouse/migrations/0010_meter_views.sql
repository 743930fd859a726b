-- What analysts read of usage rates and crawls, with what is derived and what is new of them.

CREATE OR REPLACE VIEW rates (
    price_list LowCardinality(String) COMMENT 'Price list: retail unless the source says otherwise.',
    currency LowCardinality(String) COMMENT 'ISO 4217 code.',
    meter_id String COMMENT 'Meter id of the source.',
    sku_id String COMMENT 'Product id, slash, SKU suffix.',
    type LowCardinality(String) COMMENT 'Consumption, DevTestConsumption or Reservation.',
    reservation_term LowCardinality(String) COMMENT '1 Year, 3 Years, 5 Years; empty unless a reservation.',
    tier Decimal(38, 18) COMMENT 'Tier minimum units.',
    price Nullable(Decimal(38, 18)) COMMENT 'Price; NULL for none.',
    valid_from DateTime64(3, 'UTC') COMMENT 'The answer holds from here on; 1900-01-01: always.',
    valid_to DateTime64(3, 'UTC') COMMENT 'until here; 2262-01-01: open.',
    effective_from Nullable(DateTime64(3, 'UTC')) COMMENT 'Start of the row that gives the price; NULL for none.',
    known_at DateTime64(6, 'UTC') COMMENT 'When it became known: the observation time of the crawl.',
    kind LowCardinality(String) COMMENT 'Kind of the change it came with: added, price_changed, rescheduled, renamed, restated, retired.',
    meter_name LowCardinality(String) COMMENT 'Meter name, as it was then.',
    product_id LowCardinality(String) COMMENT 'Product id, as it was then.',
    product_name LowCardinality(String) COMMENT 'Product name, as it was then.',
    sku_name LowCardinality(String) COMMENT 'SKU name, as it was then.',
    service_name LowCardinality(String) COMMENT 'Service name, as it was then.',
    service_id LowCardinality(String) COMMENT 'Service id, as it was then.',
    service_family LowCardinality(String) COMMENT 'Service family, as it was then.',
    unit_of_measure LowCardinality(String) COMMENT 'What the price is for, as it was then.',
    region LowCardinality(String) COMMENT 'Region (armRegionName); empty when global, as it was then.',
    location LowCardinality(String) COMMENT 'Location as people call it, as it was then.',
    arm_sku_name LowCardinality(String) COMMENT 'SKU name of the resource manager, as it was then.',
    is_primary_meter_region LowCardinality(String) COMMENT 'true, false or empty, as it was then.',
    included_quantity Decimal(38, 18) COMMENT 'Units a month that cost nothing before the tiers begin to count, as it was then; 0: none.',
    block_size Nullable(Decimal(38, 18)) COMMENT 'How many units the price is for, derived from unit_of_measure: 10000 for 10K; NULL when that is not understood, and in rows older than this column.',
    unit LowCardinality(String) COMMENT 'Unit that block_size counts, derived from unit_of_measure: Hours, GB/Month; empty where block_size is NULL.',
    hourly_equivalent Nullable(Decimal(38, 18)) COMMENT 'Price of a reservation by the hours of its term, 8760 a year, rounded half to even to 10 decimals; NULL for all else, and in rows older than this column.',
    operating_system LowCardinality(String) COMMENT 'Windows or Linux, derived from the names of virtual machines; empty when not known, and in rows older than this column.',
    purchase_option LowCardinality(String) COMMENT 'on-demand, spot, low-priority, dev-test or reservation, derived from type and names; empty when not known, and in rows older than this column.',
    stream LowCardinality(String) COMMENT 'Stream it came from: NAME@incarnation.',
    seq UInt64 COMMENT 'Sequence of the message in the stream.',
    row UInt32 COMMENT 'Place among the rows that the message gave, from 0.'
) AS
SELECT price_list, currency, meter_id, sku_id, type, reservation_term, tier,
    if(s.priced, s.price, NULL) AS price, valid_from, valid_to, if(s.priced, s.effective_from, NULL) AS effective_from, known_at, kind,
    meter_name, product_id, product_name, sku_name, service_name, service_id, service_family, unit_of_measure,
        region, location, arm_sku_name, is_primary_meter_region,
    included_quantity, nullIf(s.block_size, 0) AS block_size, unit, hourly_equivalent, operating_system, purchase_option,
    stream, seq, row
FROM rates_store AS s
COMMENT 'Usage rates as periods: from known_at on, the answer for valid_from <= t < valid_to is this price. The latest known period that holds an instant answers for it; rates_at does that.';

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
SELECT lower(hex(s.key)) AS key, price_list, currency, meter_id, sku_id, type, reservation_term, tier,
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

CREATE OR REPLACE VIEW crawls (
    crawl String COMMENT 'Id of the crawl.',
    source LowCardinality(String) COMMENT 'Where the rows came from.',
    scope LowCardinality(String) COMMENT 'Whose state the rows speak of.',
    currency LowCardinality(String) COMMENT 'ISO 4217 code.',
    started DateTime64(6, 'UTC') COMMENT 'When it started: the observation time.',
    finished DateTime64(6, 'UTC') COMMENT 'When the last row had been read.',
    pages UInt32 COMMENT 'Pages read.',
    rows UInt32 COMMENT 'Rows read, repetitions included.',
    identities UInt32 COMMENT 'Distinct rates seen.',
    complete Bool COMMENT 'Whether the traversal reached the end.',
    partial Bool COMMENT 'A window, not a whole: absence means nothing.',
    accepted Bool COMMENT 'Let through by a person.',
    refused String COMMENT 'Why nothing was published from it; empty when it was taken.',
    content String COMMENT 'SHA-256 over the set of distinct rows, hex.',
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
    traversals UInt32 COMMENT 'How often the catalogue, or the shard that took longest to settle, was read; 0: not traversed.',
    parts UInt32 COMMENT 'Batches that the changes came in, the last included; 0: one. Those before the last are in crawl_parts.',
    shards Array(Tuple(name String, pages UInt32, rows UInt32, identities UInt32, traversals UInt32, refused String)) COMMENT 'Parts of the catalogue that were read, each taken or, with a reason in refused, not taken for itself.',
    offer_terms String COMMENT 'Conditions of a rate card as a JSON array of name, discount, excluded_meter_ids, effective_from; empty when there are none.',
    stream LowCardinality(String) COMMENT 'Stream it came from: NAME@incarnation.',
    seq UInt64 COMMENT 'Sequence of the message in the stream.',
    row UInt32 COMMENT 'Place among the rows that the message gave, from 0.'
) AS
SELECT crawl, source, scope, currency, started, finished, pages, rows, identities, complete, partial, accepted, refused, content, added,
    price_changed, corrections, backdated, rescheduled, expiring, renamed, restated, retired, periods, quarantined, foreign,
    traversals, parts, JSONExtract(s.shards, 'Array(Tuple(name String, pages UInt32, rows UInt32, identities UInt32, traversals UInt32, refused String))') AS shards, offer_terms, stream, seq, row
FROM crawls_store AS s
COMMENT 'Crawls, one row each.';

CREATE VIEW IF NOT EXISTS crawl_parts (
    crawl String COMMENT 'Id of the crawl.',
    scope LowCardinality(String) COMMENT 'Whose state the rows speak of.',
    currency LowCardinality(String) COMMENT 'ISO 4217 code.',
    known_at DateTime64(6, 'UTC') COMMENT 'When its changes became known: the observation time of the crawl.',
    part UInt32 COMMENT 'Which batch of the crawl, from 1; the last has none: it ends in the row of crawls.',
    changes UInt32 COMMENT 'Changes in the batch.',
    stream LowCardinality(String) COMMENT 'Stream it came from: NAME@incarnation.',
    seq UInt64 COMMENT 'Sequence of the message in the stream.',
    row UInt32 COMMENT 'Place among the rows that the message gave, from 0.'
) AS
SELECT crawl, scope, currency, known_at, part, changes, stream, seq, row
FROM crawl_parts_store
COMMENT 'Batches before the last of crawls whose changes need several, one row each.';

CREATE OR REPLACE VIEW rates_at AS
WITH
    assumeNotNull((
        SELECT if(throwIf(
            NOT match({valid_at:String}, '^(19\\d\\d|2[01]\\d\\d|22[0-5]\\d|226[01])-\\d\\d-\\d\\d([T ]([01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(\\.\\d{1,9})?Z?)?$')
                OR isNull(parseDateTime64BestEffortOrNull({valid_at:String}, 3, 'UTC')),
            'valid_at must be a date such as 2026-01-10 or an instant in UTC such as 2026-01-10T12:00:00Z, from 1900 to 2261') = 0,
            parseDateTime64BestEffortOrNull({valid_at:String}, 3, 'UTC'), NULL)
    )) AS asked_at,
    assumeNotNull((
        SELECT if(throwIf(
            NOT match({known_at:String}, '^(19\\d\\d|2[01]\\d\\d|22[0-5]\\d|226[01])-\\d\\d-\\d\\d([T ]([01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(\\.\\d{1,9})?Z?)?$')
                OR isNull(parseDateTime64BestEffortOrNull({known_at:String}, 6, 'UTC')),
            'known_at must be a date such as 2026-01-10 or an instant in UTC such as 2026-01-10T12:00:00Z, from 1900 to 2261') = 0,
            parseDateTime64BestEffortOrNull({known_at:String}, 6, 'UTC'), NULL)
    )) AS asked_known
SELECT r.price_list AS price_list, r.currency AS currency, r.meter_id AS meter_id, r.sku_id AS sku_id, r.type AS type, r.reservation_term AS reservation_term, r.tier AS tier,
    hit.4.2 AS price, hit.4.3 AS effective_from, if(turn = 0, toDateTime64('2262-01-01 00:00:00', 3, 'UTC'), bounds[turn]) AS valid_to,
    hit.1.1 AS known_at,
    c.current.1 AS meter_name, c.current.2 AS product_id, c.current.3 AS product_name, c.current.4 AS sku_name, c.current.5 AS service_name, c.current.6 AS service_id,
    c.current.7 AS service_family, c.current.8 AS unit_of_measure, c.current.9 AS region, c.current.10 AS location, c.current.11 AS arm_sku_name,
        c.current.12 AS is_primary_meter_region,
    CAST(c.current.13, 'Array(Tuple(term String, price Decimal(38, 18)))') AS savings_plans,
    c.current.14 AS included_quantity, nullIf(c.current.15, 0) AS block_size, c.current.16 AS unit, hit.5 AS hourly_equivalent,
    c.current.17 AS operating_system, c.current.18 AS purchase_option
FROM (
    SELECT key, price_list, currency, meter_id, sku_id, type, reservation_term, tier, periods, v,
        arrayFirst(p -> p.2 <= v AND v < p.3, periods) AS hit,
        arraySort(arrayFilter(b -> b > v AND b < toDateTime64('2262-01-01 00:00:00', 3, 'UTC'), arrayDistinct(arrayConcat(periods.2, periods.3)))) AS bounds,
        arrayFirstIndex(a -> a.4 != hit.4, arrayMap(b -> arrayFirst(p -> p.2 <= b AND b < p.3, periods), bounds)) AS turn
    FROM (
        SELECT key, price_list, currency, meter_id, sku_id, type, reservation_term, tier, asked_at AS v,
            arrayReverseSort(groupArray(((known_at, seq, row), valid_from, valid_to, (priced, price, effective_from), hourly_equivalent))) AS periods
        FROM rates_store
        WHERE known_at <= asked_known AND valid_to > asked_at
        GROUP BY key, price_list, currency, meter_id, sku_id, type, reservation_term, tier
    )
    WHERE hit.4.1
) AS r
LEFT JOIN (
    SELECT key, argMax((meter_name, product_id, product_name, sku_name, service_name, service_id, service_family, unit_of_measure,
        region, location, arm_sku_name, is_primary_meter_region, arrayZip(after_plan_terms, after_plan_prices),
        after_included_quantity, block_size, unit, operating_system, purchase_option), (known_at, seq, row)) AS current
    FROM rate_changes_store
    WHERE has_after AND known_at <= asked_known
    GROUP BY key
) AS c ON r.key = c.key
COMMENT 'Usage rates as of: rates_at(valid_at = text, known_at = text) is what was known at known_at of what is valid at valid_at, rates without a price left out. valid_to: when the answer ends as known; 2262-01-01: open. known_at: when the answer became known. Attributes, and what is derived of them, are those of the last current row known.';

CREATE OR REPLACE VIEW rates_current AS
SELECT r.price_list AS price_list, r.currency AS currency, r.meter_id AS meter_id, r.sku_id AS sku_id, r.type AS type, r.reservation_term AS reservation_term, r.tier AS tier,
    hit.4.2 AS price, hit.4.3 AS effective_from, if(turn = 0, toDateTime64('2262-01-01 00:00:00', 3, 'UTC'), bounds[turn]) AS valid_to,
    hit.1.1 AS known_at,
    c.current.1 AS meter_name, c.current.2 AS product_id, c.current.3 AS product_name, c.current.4 AS sku_name, c.current.5 AS service_name, c.current.6 AS service_id,
    c.current.7 AS service_family, c.current.8 AS unit_of_measure, c.current.9 AS region, c.current.10 AS location, c.current.11 AS arm_sku_name,
        c.current.12 AS is_primary_meter_region,
    CAST(c.current.13, 'Array(Tuple(term String, price Decimal(38, 18)))') AS savings_plans,
    c.current.14 AS included_quantity, nullIf(c.current.15, 0) AS block_size, c.current.16 AS unit, hit.5 AS hourly_equivalent,
    c.current.17 AS operating_system, c.current.18 AS purchase_option
FROM (
    SELECT key, price_list, currency, meter_id, sku_id, type, reservation_term, tier, periods, v,
        arrayFirst(p -> p.2 <= v AND v < p.3, periods) AS hit,
        arraySort(arrayFilter(b -> b > v AND b < toDateTime64('2262-01-01 00:00:00', 3, 'UTC'), arrayDistinct(arrayConcat(periods.2, periods.3)))) AS bounds,
        arrayFirstIndex(a -> a.4 != hit.4, arrayMap(b -> arrayFirst(p -> p.2 <= b AND b < p.3, periods), bounds)) AS turn
    FROM (
        SELECT key, price_list, currency, meter_id, sku_id, type, reservation_term, tier, toDateTime64(any(observed), 3, 'UTC') AS v,
            arrayReverseSort(groupArray(((known_at, seq, row), valid_from, valid_to, (priced, price, effective_from), hourly_equivalent))) AS periods
        FROM rates_store AS s
        INNER JOIN (SELECT currency, max(started) AS observed FROM crawls_store WHERE refused = '' GROUP BY currency) AS n ON s.currency = n.currency
        WHERE known_at <= observed AND valid_to > observed
        GROUP BY key, price_list, currency, meter_id, sku_id, type, reservation_term, tier
    )
    WHERE hit.4.1
) AS r
LEFT JOIN (
    SELECT key, argMax((meter_name, product_id, product_name, sku_name, service_name, service_id, service_family, unit_of_measure,
        region, location, arm_sku_name, is_primary_meter_region, arrayZip(after_plan_terms, after_plan_prices),
        after_included_quantity, block_size, unit, operating_system, purchase_option), (known_at, seq, row)) AS current
    FROM rate_changes_store AS s
        INNER JOIN (SELECT currency, max(started) AS observed FROM crawls_store WHERE refused = '' GROUP BY currency) AS n ON s.currency = n.currency
    WHERE has_after AND known_at <= observed
    GROUP BY key
) AS c ON r.key = c.key
COMMENT 'Usage rates as of the newest crawl of each currency: valid and known then, rates without a price left out.';
