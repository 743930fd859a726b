-- What may be seen without cost, in a database of its own under the same names: no unit price of licences, no usage rates but those of the
-- price list retail. A licence line of which the unit price alone changed did not change there. {erp} is that database, {main} this one.

CREATE DATABASE IF NOT EXISTS {erp} ENGINE = Atomic;

CREATE OR REPLACE VIEW {erp}.rates (
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
FROM {main}.rates_store AS s
PREWHERE price_list = 'retail'
COMMENT 'Usage rates as periods: from known_at on, the answer for valid_from <= t < valid_to is this price. The latest known period that holds an instant answers for it; rates_at does that.';

CREATE OR REPLACE VIEW {erp}.rate_changes (
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
FROM {main}.rate_changes_store AS s
PREWHERE price_list = 'retail'
COMMENT 'Changes of usage rates, one row an event.';

-- A condition of who asks may be looked at before the view's own: so prices are empty wherever they are not of the list.
CREATE OR REPLACE VIEW {erp}.rates_at AS
SELECT r.price_list AS price_list, r.currency AS currency, r.meter_id AS meter_id, r.sku_id AS sku_id, r.type AS type,
    r.reservation_term AS reservation_term, r.tier AS tier, if(r.price_list = 'retail', r.price, 0) AS price,
    r.effective_from AS effective_from, r.valid_to AS valid_to, r.known_at AS known_at, r.meter_name AS meter_name,
    r.product_id AS product_id, r.product_name AS product_name, r.sku_name AS sku_name, r.service_name AS service_name,
    r.service_id AS service_id, r.service_family AS service_family, r.unit_of_measure AS unit_of_measure, r.region AS region,
    r.location AS location, r.arm_sku_name AS arm_sku_name, r.is_primary_meter_region AS is_primary_meter_region,
    if(r.price_list = 'retail', r.savings_plans, []) AS savings_plans,
    if(r.price_list = 'retail', r.included_quantity, 0) AS included_quantity, r.block_size AS block_size, r.unit AS unit,
    if(r.price_list = 'retail', r.hourly_equivalent, NULL) AS hourly_equivalent, r.operating_system AS operating_system,
    r.purchase_option AS purchase_option
FROM {main}.rates_at(valid_at = {valid_at:String}, known_at = {known_at:String}) AS r
WHERE r.price_list = 'retail'
COMMENT 'Usage rates as of, of the price list retail: rates_at(valid_at = text, known_at = text).';

CREATE OR REPLACE VIEW {erp}.rates_current AS
SELECT r.price_list AS price_list, r.currency AS currency, r.meter_id AS meter_id, r.sku_id AS sku_id, r.type AS type,
    r.reservation_term AS reservation_term, r.tier AS tier, if(r.price_list = 'retail', r.price, 0) AS price,
    r.effective_from AS effective_from, r.valid_to AS valid_to, r.known_at AS known_at, r.meter_name AS meter_name,
    r.product_id AS product_id, r.product_name AS product_name, r.sku_name AS sku_name, r.service_name AS service_name,
    r.service_id AS service_id, r.service_family AS service_family, r.unit_of_measure AS unit_of_measure, r.region AS region,
    r.location AS location, r.arm_sku_name AS arm_sku_name, r.is_primary_meter_region AS is_primary_meter_region,
    if(r.price_list = 'retail', r.savings_plans, []) AS savings_plans,
    if(r.price_list = 'retail', r.included_quantity, 0) AS included_quantity, r.block_size AS block_size, r.unit AS unit,
    if(r.price_list = 'retail', r.hourly_equivalent, NULL) AS hourly_equivalent, r.operating_system AS operating_system,
    r.purchase_option AS purchase_option
FROM {main}.rates_current AS r
WHERE r.price_list = 'retail'
COMMENT 'Usage rates as of the newest crawl of each currency, of the price list retail.';

CREATE OR REPLACE VIEW {erp}.crawls (
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
    offer_terms String COMMENT 'Empty: conditions of a rate card are those of a partner.',
    stream LowCardinality(String) COMMENT 'Stream it came from: NAME@incarnation.',
    seq UInt64 COMMENT 'Sequence of the message in the stream.',
    row UInt32 COMMENT 'Place among the rows that the message gave, from 0.'
) AS
SELECT crawl, source, scope, currency, started, finished, pages, rows, identities, complete, partial, accepted, refused, content, added,
    price_changed, corrections, backdated, rescheduled, expiring, renamed, restated, retired, periods, quarantined, foreign,
    traversals, parts, JSONExtract(s.shards, 'Array(Tuple(name String, pages UInt32, rows UInt32, identities UInt32, traversals UInt32, refused String))') AS shards, '' AS offer_terms, stream, seq, row
FROM {main}.crawls_store AS s
PREWHERE scope NOT IN (SELECT DISTINCT scope FROM {main}.rate_changes_store WHERE price_list != 'retail')
COMMENT 'Crawls, one row each.';

CREATE OR REPLACE VIEW {erp}.crawl_parts (
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
FROM {main}.crawl_parts_store
PREWHERE scope NOT IN (SELECT DISTINCT scope FROM {main}.rate_changes_store WHERE price_list != 'retail')
COMMENT 'Batches before the last of crawls whose changes need several, one row each.';

CREATE OR REPLACE VIEW {erp}.sources_stale (
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
) AS
SELECT crawl, source, scope, currency, refused, since, taken, reason, known_at, stream, seq, row
FROM {main}.stale_store
PREWHERE scope NOT IN (SELECT DISTINCT scope FROM {main}.rate_changes_store WHERE price_list != 'retail')
COMMENT 'Sources whose crawls keep being refused, one row an event.';

CREATE OR REPLACE VIEW {erp}.quarantine (
    crawl LowCardinality(String) COMMENT 'Crawl that read the row.',
    scope LowCardinality(String) COMMENT 'Scope of the crawl.',
    currency LowCardinality(String) COMMENT 'Currency of the crawl.',
    known_at DateTime64(6, 'UTC') COMMENT 'When it became known: the observation time of the crawl.',
    reason LowCardinality(String) COMMENT 'missing-field, invalid-number, invalid-time, end-before-start or disagreement.',
    detail String COMMENT 'Names the field and the value that is wrong.',
    price_list LowCardinality(String) COMMENT 'Price list, as far as it could be read.',
    row_currency LowCardinality(String) COMMENT 'Currency of the row, as far as it could be read.',
    meter_id String COMMENT 'Meter id, as far as it could be read.',
    sku_id String COMMENT 'SKU id, as far as it could be read.',
    type LowCardinality(String) COMMENT 'Type, as far as it could be read.',
    reservation_term LowCardinality(String) COMMENT 'Reservation term, as far as it could be read.',
    tier Decimal(38, 18) COMMENT 'Tier minimum units, as far as it could be read.',
    raw String COMMENT 'The bytes of the row.',
    stream LowCardinality(String) COMMENT 'Stream it came from: NAME@incarnation.',
    seq UInt64 COMMENT 'Sequence of the message in the stream.',
    row UInt32 COMMENT 'Place among the rows that the message gave, from 0.'
) AS
SELECT crawl, scope, currency, known_at, reason, detail, price_list, row_currency, meter_id, sku_id, type, reservation_term, tier, raw, stream, seq, row
FROM {main}.quarantine_store
PREWHERE price_list = 'retail'
COMMENT 'Rows of crawls that were kept but not believed.';

CREATE OR REPLACE VIEW {erp}.rejects (
    subject String COMMENT 'Empty: it may name what cannot be seen.',
    event_id String COMMENT 'Empty: it may be made of a price.',
    reason String COMMENT 'Empty: it may tell a price.',
    data String COMMENT 'Empty: the bytes may hold a price.',
    stream LowCardinality(String) COMMENT 'Stream it came from: NAME@incarnation.',
    seq UInt64 COMMENT 'Sequence of the message in the stream.',
    row UInt32 COMMENT 'Place among the rows that the message gave, from 0.'
) AS
SELECT '' AS subject, '' AS event_id, '' AS reason, '' AS data, stream, seq, row
FROM {main}.rejects_store
COMMENT 'Messages that could not be kept as what they say.';

CREATE OR REPLACE VIEW {erp}.license_prices (
    market LowCardinality(String) COMMENT 'ISO 3166 alpha-2 code, upper case.',
    currency LowCardinality(String) COMMENT 'ISO 4217 code.',
    product LowCardinality(String) COMMENT 'Product id; legacy: offer id.',
    sku LowCardinality(String) COMMENT 'SKU id, digits padded to 4; legacy: agreement.',
    term LowCardinality(String) COMMENT 'Term such as P1Y; legacy: purchase unit.',
    billing LowCardinality(String) COMMENT 'Billing plan; legacy: customer type.',
    tier Decimal(38, 18) COMMENT 'Tier minimum.',
    erp_price Nullable(Decimal(38, 18)) COMMENT 'Estimated retail price; NULL for none.',
    price_basis LowCardinality(String) COMMENT 'What prices are for: term or month.',
    valid_from DateTime64(3, 'UTC') COMMENT 'The answer holds from here on; 1900-01-01: always.',
    valid_to DateTime64(3, 'UTC') COMMENT 'until here; 2262-01-01: open.',
    starts_at Nullable(DateTime64(3, 'UTC')) COMMENT 'Start of the line; 1900-01-01: always; NULL for none.',
    ends_at Nullable(DateTime64(3, 'UTC')) COMMENT 'End of the line as its sheet says; 2262-01-01: open; NULL for none.',
    known_at DateTime64(6, 'UTC') COMMENT 'When it became known; rows of a list of the past that was published late are told again as of later instants.',
    change LowCardinality(String) COMMENT 'Kind of the change it came with: added, price_changed, changed, ending, removed.',
    release LowCardinality(String) COMMENT 'Release whose line it is, or that says there is none.',
    published_in LowCardinality(String) COMMENT 'Release whose publication or withdrawal made it known.',
    withdrawal UInt32 COMMENT 'Withdrawal of published_in that made it known, from 1; 0: its publication did.',
    product_title LowCardinality(String) COMMENT 'Product title.',
    sku_title LowCardinality(String) COMMENT 'SKU title.',
    publisher LowCardinality(String) COMMENT 'Publisher.',
    description String COMMENT 'Description.',
    unit LowCardinality(String) COMMENT 'Unit.',
    tier_max LowCardinality(String) COMMENT 'Upper bound of the tier; empty when open.',
    end_of_sale LowCardinality(String) COMMENT 'End of sale; empty when none.',
    segment LowCardinality(String) COMMENT 'Segment.',
    tags LowCardinality(String) COMMENT 'Tags.',
    family LowCardinality(String) COMMENT 'Product family, derived from the titles: Office 365, EMS, Dynamics CRM, other; empty for none, and in rows older than families.',
    stream LowCardinality(String) COMMENT 'Stream it came from: NAME@incarnation.',
    seq UInt64 COMMENT 'Sequence of the message in the stream.',
    row UInt32 COMMENT 'Place among the rows that the message gave, from 0.'
) AS
SELECT market, currency, product, sku, term, billing, tier,
    if(s.priced, s.erp_price, NULL) AS erp_price, price_basis, valid_from, valid_to,
    if(s.priced, s.starts_at, NULL) AS starts_at, if(s.priced, s.ends_at, NULL) AS ends_at, known_at,
    if((stream, seq) IN (SELECT stream, seq FROM {main}.license_changes_store WHERE change = 'price_changed' AND has_before AND has_after AND before_erp_price = after_erp_price AND before_price_basis = after_price_basis), 'changed', change) AS change, release, published_in, withdrawal,
    product_title, sku_title, publisher, description, unit, tier_max, end_of_sale, segment, tags, family,
    stream, seq, row
FROM {main}.license_prices_store AS s
WHERE (stream, published_in, withdrawal) IN (SELECT stream, release, withdrawal FROM {main}.publications)
    AND (stream, seq) NOT IN (SELECT stream, seq FROM {main}.license_changes_store WHERE change = 'price_changed' AND has_before AND has_after AND before_erp_price = after_erp_price AND before_price_basis = after_price_basis AND before_starts_at = after_starts_at AND before_ends_at = after_ends_at AND empty(before_attributes))
COMMENT 'Licence prices as periods, of releases that are there as a whole: from known_at on, the answer for valid_from <= t < valid_to is this price. The latest known period that holds an instant answers for it; license_prices_at does that.';

CREATE OR REPLACE VIEW {erp}.license_changes (
    market LowCardinality(String) COMMENT 'ISO 3166 alpha-2 code, upper case.',
    currency LowCardinality(String) COMMENT 'ISO 4217 code.',
    product LowCardinality(String) COMMENT 'Product id; legacy: offer id.',
    sku LowCardinality(String) COMMENT 'SKU id, digits padded to 4; legacy: agreement.',
    term LowCardinality(String) COMMENT 'Term such as P1Y; legacy: purchase unit.',
    billing LowCardinality(String) COMMENT 'Billing plan; legacy: customer type.',
    tier Decimal(38, 18) COMMENT 'Tier minimum.',
    change LowCardinality(String) COMMENT 'Kind of the change it came with: added, price_changed, changed, ending, removed.',
    before_erp_price Nullable(Decimal(38, 18)) COMMENT 'NULL when there was no line.',
    before_price_basis LowCardinality(String) COMMENT 'term or month.',
    after_erp_price Nullable(Decimal(38, 18)) COMMENT 'NULL when there is no line.',
    after_price_basis LowCardinality(String) COMMENT 'term or month.',
    product_title LowCardinality(String) COMMENT 'Product title, after the change, or before it when there is no line after.',
    sku_title LowCardinality(String) COMMENT 'SKU title, after the change, or before it when there is no line after.',
    publisher LowCardinality(String) COMMENT 'Publisher, after the change, or before it when there is no line after.',
    description String COMMENT 'Description, after the change, or before it when there is no line after.',
    unit LowCardinality(String) COMMENT 'Unit, after the change, or before it when there is no line after.',
    tier_max LowCardinality(String) COMMENT 'Upper bound of the tier; empty when open, after the change, or before it when there is no line after.',
    end_of_sale LowCardinality(String) COMMENT 'End of sale; empty when none, after the change, or before it when there is no line after.',
    segment LowCardinality(String) COMMENT 'Segment, after the change, or before it when there is no line after.',
    tags LowCardinality(String) COMMENT 'Tags, after the change, or before it when there is no line after.',
    before_attributes Map(LowCardinality(String), String) COMMENT 'The attributes that were otherwise before, by column.',
    known_at DateTime64(6, 'UTC') COMMENT 'When it became known; rows of a list of the past that was published late are told again as of later instants.',
    release LowCardinality(String) COMMENT 'Release whose publication or withdrawal changed it.',
    withdrawal UInt32 COMMENT 'Withdrawal of the release that changed it, from 1; 0: its publication did.',
    stream LowCardinality(String) COMMENT 'Stream it came from: NAME@incarnation.',
    seq UInt64 COMMENT 'Sequence of the message in the stream.',
    row UInt32 COMMENT 'Place among the rows that the message gave, from 0.'
) AS
SELECT market, currency, product, sku, term, billing, tier,
    if(s.change = 'price_changed' AND has_before AND has_after AND before_erp_price = after_erp_price AND before_price_basis = after_price_basis, 'changed', s.change) AS change,
    if(s.has_before, s.before_erp_price, NULL) AS before_erp_price, before_price_basis,
    if(s.has_after, s.after_erp_price, NULL) AS after_erp_price, after_price_basis,
    product_title, sku_title, publisher, description, unit, tier_max, end_of_sale, segment, tags, before_attributes, known_at, release, withdrawal, stream, seq, row
FROM {main}.license_changes_store AS s
PREWHERE NOT (s.change = 'price_changed' AND has_before AND has_after AND before_erp_price = after_erp_price AND before_price_basis = after_price_basis
    AND before_starts_at = after_starts_at AND before_ends_at = after_ends_at AND empty(before_attributes))
WHERE (stream, release, withdrawal) IN (SELECT stream, release, withdrawal FROM {main}.publications)
COMMENT 'Changes of licence prices, one row an event, of releases that are there as a whole.';

CREATE OR REPLACE VIEW {erp}.license_prices_at AS
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
SELECT r.market AS market, r.currency AS currency, r.product AS product, r.sku AS sku, r.term AS term, r.billing AS billing, r.tier AS tier,
    line.2 AS erp_price, line.3 AS price_basis, line.4 AS starts_at,
    line.5 AS product_title, line.6 AS sku_title, line.7 AS publisher, line.8 AS description, line.9 AS unit, line.10 AS tier_max,
        line.11 AS end_of_sale, line.12 AS segment, line.13 AS tags, line.14 AS family,
    lower[arrayLastIndex(b -> arrayFirst(p -> p.2 <= b AND b < p.3, periods).4 != hit.4, lower) + 1] AS valid_from,
    if(turn = 0, toDateTime64('2262-01-01 00:00:00', 3, 'UTC'), upper[turn]) AS valid_to,
    hit.1.1 AS known_at, line.15 AS release, f.in_force AS in_force
FROM (
    SELECT market, currency, product, sku, term, billing, tier, periods, line,
        arrayFirst(p -> p.2 <= asked_at AND asked_at < p.3, periods) AS hit,
        arraySort(arrayDistinct(arrayConcat(periods.2, periods.3))) AS bounds,
        arrayFilter(b -> b <= asked_at, bounds) AS lower,
        arrayFilter(b -> b > asked_at AND b < toDateTime64('2262-01-01 00:00:00', 3, 'UTC'), bounds) AS upper,
        arrayFirstIndex(b -> arrayFirst(p -> p.2 <= b AND b < p.3, periods).4 != hit.4, upper) AS turn
    FROM (
        SELECT market, currency, product, sku, term, billing, tier,
            arrayReverseSort(groupArray(((known_at, seq, row), valid_from, valid_to, (priced, if(priced, said, 0))))) AS periods,
            argMaxIf((0, erp_price, price_basis, starts_at, product_title, sku_title, publisher, description, unit, tier_max, end_of_sale,
                segment, tags, family, release), (known_at, seq, row), valid_from <= asked_at AND asked_at < valid_to) AS line
        FROM (
            SELECT *, sipHash64(priced, erp_price, price_basis, starts_at, product_title, sku_title, publisher, description, unit, tier_max, end_of_sale, segment, tags) AS said
            FROM {main}.license_prices_store
        )
        WHERE known_at <= asked_known AND (stream, published_in, withdrawal) IN (SELECT stream, release, withdrawal FROM {main}.publications)
            AND (stream, seq) NOT IN (SELECT stream, seq FROM {main}.license_changes_store WHERE change = 'price_changed' AND has_before AND has_after AND before_erp_price = after_erp_price AND before_price_basis = after_price_basis AND before_starts_at = after_starts_at AND before_ends_at = after_ends_at AND empty(before_attributes))
        GROUP BY market, currency, product, sku, term, billing, tier
    )
    WHERE hit.4.1
) AS r
LEFT JOIN (
    SELECT market, argMax(release, (effective_at, revision, release)) AS in_force
    FROM {main}.releases
    WHERE list = 'license' AND effective_at <= asked_at AND published_at <= asked_known
        AND (stream, release) NOT IN (SELECT stream, release FROM {main}.withdrawals WHERE whole AND valid_from <= asked_at AND known_at <= asked_known)
    GROUP BY market
) AS f ON r.market = f.market
COMMENT 'Licence prices as of: license_prices_at(valid_at = text, known_at = text) is what was known at known_at of what is valid at valid_at. valid_from and valid_to: the time around it in which the answer stays the same, as known; 1900-01-01: always, 2262-01-01: open. release: whose line it is; in_force: the release in force.';

CREATE OR REPLACE VIEW {erp}.releases (
    release String COMMENT 'Id of the release.',
    list LowCardinality(String) COMMENT 'List, for example license.',
    market LowCardinality(String) COMMENT 'ISO 3166 alpha-2 code, upper case; WW: worldwide.',
    month LowCardinality(String) COMMENT 'Month it is for, such as 2026-12.',
    revision UInt32 COMMENT 'Revision.',
    kind LowCardinality(String) COMMENT 'full or delta.',
    effective_at DateTime64(6, 'UTC') COMMENT 'When it takes effect.',
    published_at DateTime64(6, 'UTC') COMMENT 'When it was published: from then on it is known.',
    baseline Bool COMMENT 'First release of its list and market.',
    predecessor String COMMENT 'Release it was compared with; empty for a baseline.',
    supersedes String COMMENT 'Release it replaces.',
    corrects String COMMENT 'Release that it mends; empty when it mends none.',
    backfilled Bool COMMENT 'A list of the past, published late: published_at is when it should have been.',
    reason String COMMENT 'Why it mends another, or came late.',
    notice_policy LowCardinality(String) COMMENT 'Notice policy.',
    notice_days Int32 COMMENT 'Whole days of notice given; negative when late.',
    notice_short Bool COMMENT 'Fewer than the policy asks for.',
    notice_reason String COMMENT 'Why.',
    lines UInt32 COMMENT 'Lines of the whole list.',
    changed UInt32 COMMENT 'Changes published with it.',
    checksum String COMMENT 'Empty: it is made of what cannot be seen.',
    content String COMMENT 'Empty: it is made of what cannot be seen.',
    added UInt32 COMMENT 'Lines of this kind.',
    price_changed UInt32 COMMENT 'Lines of this kind.',
    attributes_changed UInt32 COMMENT 'Lines of which only attributes changed.',
    ending UInt32 COMMENT 'Lines of this kind.',
    removed UInt32 COMMENT 'Lines of this kind.',
    unchanged UInt32 COMMENT 'Lines of this kind.',
    created_by String COMMENT 'Who made it.',
    approved_by String COMMENT 'Who approved it.',
    stream LowCardinality(String) COMMENT 'Stream it came from: NAME@incarnation.',
    seq UInt64 COMMENT 'Sequence of the message in the stream.',
    row UInt32 COMMENT 'Place among the rows that the message gave, from 0.'
) AS
SELECT r.release AS release, list, market, month, revision, kind, effective_at, published_at, baseline, predecessor, supersedes, corrects, backfilled, reason,
    notice_policy, notice_days, notice_short, notice_reason, lines, r.changed - q.quiet AS changed, '' AS checksum, '' AS content, added,
    r.price_changed - a.alike AS price_changed, r.attributes_changed + a.alike - q.quiet AS attributes_changed, ending, removed, r.unchanged + q.quiet AS unchanged,
    created_by, approved_by, r.stream AS stream, seq, row
FROM {main}.releases AS r
LEFT JOIN (SELECT stream, release, withdrawal, toUInt32(uniqExact(n)) AS quiet FROM {main}.license_changes_store WHERE change = 'price_changed' AND has_before AND has_after AND before_erp_price = after_erp_price AND before_price_basis = after_price_basis AND before_starts_at = after_starts_at AND before_ends_at = after_ends_at AND empty(before_attributes) GROUP BY stream, release, withdrawal) AS q ON r.stream = q.stream AND r.release = q.release AND q.withdrawal = 0
LEFT JOIN (SELECT stream, release, withdrawal, toUInt32(uniqExact(n)) AS alike FROM {main}.license_changes_store WHERE change = 'price_changed' AND has_before AND has_after AND before_erp_price = after_erp_price AND before_price_basis = after_price_basis GROUP BY stream, release, withdrawal) AS a ON r.stream = a.stream AND r.release = a.release AND a.withdrawal = 0
COMMENT 'Published releases, one row each: those that are there as a whole.';

CREATE OR REPLACE VIEW {erp}.publications (
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
SELECT list, market, p.release AS release, p.withdrawal AS withdrawal, known_at, p.changed - q.quiet AS changed, p.stream AS stream, seq, row
FROM {main}.publications AS p
LEFT JOIN (SELECT stream, release, withdrawal, toUInt32(uniqExact(n)) AS quiet FROM {main}.license_changes_store WHERE change = 'price_changed' AND has_before AND has_after AND before_erp_price = after_erp_price AND before_price_basis = after_price_basis AND before_starts_at = after_starts_at AND before_ends_at = after_ends_at AND empty(before_attributes) GROUP BY stream, release, withdrawal) AS q ON p.stream = q.stream AND p.release = q.release AND p.withdrawal = q.withdrawal
COMMENT 'Releases and withdrawals that are there as a whole, one row each.';

CREATE OR REPLACE VIEW {erp}.withdrawals (
    release String COMMENT 'Id of the release that was taken back, as a whole or in part.',
    list LowCardinality(String) COMMENT 'List, for example license.',
    market LowCardinality(String) COMMENT 'ISO 3166 alpha-2 code, upper case; WW: worldwide.',
    month LowCardinality(String) COMMENT 'Month the release is for, such as 2026-12.',
    revision UInt32 COMMENT 'Revision of the release.',
    withdrawal UInt32 COMMENT 'Its place among the withdrawals of the release, from 1.',
    whole Bool COMMENT 'Whether the whole release was taken back.',
    lines UInt32 COMMENT 'How many lines were taken back; of the whole list when whole.',
    valid_from DateTime64(3, 'UTC') COMMENT 'What was taken back does not answer from here on.',
    retroactive Bool COMMENT 'Whether it was taken back for the time before it was known too.',
    reason String COMMENT 'Why.',
    withdrawn_by String COMMENT 'Who asked for it.',
    in_force String COMMENT 'Release in force from valid_from on instead; empty when none is.',
    changed UInt32 COMMENT 'Changes published with it.',
    checksum String COMMENT 'Empty: it is made of what cannot be seen.',
    known_at DateTime64(6, 'UTC') COMMENT 'When it became known.',
    stream LowCardinality(String) COMMENT 'Stream it came from: NAME@incarnation.',
    seq UInt64 COMMENT 'Sequence of the message in the stream.',
    row UInt32 COMMENT 'Place among the rows that the message gave, from 0.'
) AS
SELECT w.release AS release, list, market, month, revision, w.withdrawal AS withdrawal, whole, lines, valid_from, retroactive, reason, withdrawn_by, in_force,
    w.changed - q.quiet AS changed, '' AS checksum, known_at, w.stream AS stream, seq, row
FROM {main}.withdrawals AS w
LEFT JOIN (SELECT stream, release, withdrawal, toUInt32(uniqExact(n)) AS quiet FROM {main}.license_changes_store WHERE change = 'price_changed' AND has_before AND has_after AND before_erp_price = after_erp_price AND before_price_basis = after_price_basis AND before_starts_at = after_starts_at AND before_ends_at = after_ends_at AND empty(before_attributes) GROUP BY stream, release, withdrawal) AS q ON w.stream = q.stream AND w.release = q.release AND w.withdrawal = q.withdrawal
COMMENT 'Withdrawals of releases, one row each: those that are there as a whole.';

CREATE OR REPLACE VIEW {erp}.corrections AS SELECT * FROM {main}.corrections
COMMENT 'As in {main}: it holds no cost.';

CREATE OR REPLACE VIEW {erp}.releases_effective AS SELECT * FROM {main}.releases_effective
COMMENT 'As in {main}: it holds no cost.';

CREATE OR REPLACE VIEW {erp}.releases_missing AS SELECT * FROM {main}.releases_missing
COMMENT 'As in {main}: it holds no cost.';

CREATE OR REPLACE VIEW {erp}.items AS SELECT * FROM {main}.items
COMMENT 'As in {main}: it holds no cost.';

CREATE OR REPLACE VIEW {erp}.item_changes AS SELECT * FROM {main}.item_changes
COMMENT 'As in {main}: it holds no cost.';

CREATE OR REPLACE VIEW {erp}.offers AS SELECT * FROM {main}.offers
COMMENT 'As in {main}: it holds no cost.';

CREATE OR REPLACE VIEW {erp}.services AS SELECT * FROM {main}.services
COMMENT 'As in {main}: it holds no cost.';

CREATE OR REPLACE VIEW {erp}.documents AS SELECT * FROM {main}.documents
COMMENT 'As in {main}: it holds no cost.';

CREATE OR REPLACE VIEW {erp}.items_at AS SELECT * FROM {main}.items_at(known_at = {known_at:String}, list = {list:String}, valid_at = {valid_at:String})
COMMENT 'As in {main}: it holds no cost.';

CREATE OR REPLACE VIEW {erp}.offers_at AS SELECT * FROM {main}.offers_at(known_at = {known_at:String}, valid_at = {valid_at:String})
COMMENT 'As in {main}: it holds no cost.';

CREATE OR REPLACE VIEW {erp}.services_at AS SELECT * FROM {main}.services_at(known_at = {known_at:String}, valid_at = {valid_at:String})
COMMENT 'As in {main}: it holds no cost.';

CREATE OR REPLACE VIEW {erp}.documents_at AS SELECT * FROM {main}.documents_at(known_at = {known_at:String}, valid_at = {valid_at:String})
COMMENT 'As in {main}: it holds no cost.';
