-- Licence prices of what is published as a whole, withdrawals included, with their product family.

CREATE OR REPLACE VIEW license_prices (
    market LowCardinality(String) COMMENT 'ISO 3166 alpha-2 code, upper case.',
    currency LowCardinality(String) COMMENT 'ISO 4217 code.',
    product LowCardinality(String) COMMENT 'Product id; legacy: offer id.',
    sku LowCardinality(String) COMMENT 'SKU id, digits padded to 4; legacy: agreement.',
    term LowCardinality(String) COMMENT 'Term such as P1Y; legacy: purchase unit.',
    billing LowCardinality(String) COMMENT 'Billing plan; legacy: customer type.',
    tier Decimal(38, 18) COMMENT 'Tier minimum.',
    unit_price Nullable(Decimal(38, 18)) COMMENT 'What the partner pays; NULL for none.',
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
    if(s.priced, s.unit_price, NULL) AS unit_price, if(s.priced, s.erp_price, NULL) AS erp_price, price_basis, valid_from, valid_to,
    if(s.priced, s.starts_at, NULL) AS starts_at, if(s.priced, s.ends_at, NULL) AS ends_at, known_at, change, release, published_in, withdrawal,
    product_title, sku_title, publisher, description, unit, tier_max, end_of_sale, segment, tags, family,
    stream, seq, row
FROM license_prices_store AS s
WHERE (stream, published_in, withdrawal) IN (SELECT stream, release, withdrawal FROM publications)
COMMENT 'Licence prices as periods, of releases that are there as a whole: from known_at on, the answer for valid_from <= t < valid_to is this price. The latest known period that holds an instant answers for it; license_prices_at does that.';

CREATE OR REPLACE VIEW license_changes (
    market LowCardinality(String) COMMENT 'ISO 3166 alpha-2 code, upper case.',
    currency LowCardinality(String) COMMENT 'ISO 4217 code.',
    product LowCardinality(String) COMMENT 'Product id; legacy: offer id.',
    sku LowCardinality(String) COMMENT 'SKU id, digits padded to 4; legacy: agreement.',
    term LowCardinality(String) COMMENT 'Term such as P1Y; legacy: purchase unit.',
    billing LowCardinality(String) COMMENT 'Billing plan; legacy: customer type.',
    tier Decimal(38, 18) COMMENT 'Tier minimum.',
    change LowCardinality(String) COMMENT 'Kind of the change it came with: added, price_changed, changed, ending, removed.',
    before_unit_price Nullable(Decimal(38, 18)) COMMENT 'NULL when there was no line.',
    before_erp_price Nullable(Decimal(38, 18)) COMMENT 'NULL when there was no line.',
    before_price_basis LowCardinality(String) COMMENT 'term or month.',
    after_unit_price Nullable(Decimal(38, 18)) COMMENT 'NULL when there is no line.',
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
    n UInt32 COMMENT 'Its place among the changes that came with it, from 1.',
    of UInt32 COMMENT 'How many changes came with it.',
    stream LowCardinality(String) COMMENT 'Stream it came from: NAME@incarnation.',
    seq UInt64 COMMENT 'Sequence of the message in the stream.',
    row UInt32 COMMENT 'Place among the rows that the message gave, from 0.'
) AS
SELECT market, currency, product, sku, term, billing, tier, change,
    if(s.has_before, s.before_unit_price, NULL) AS before_unit_price, if(s.has_before, s.before_erp_price, NULL) AS before_erp_price, before_price_basis,
    if(s.has_after, s.after_unit_price, NULL) AS after_unit_price, if(s.has_after, s.after_erp_price, NULL) AS after_erp_price, after_price_basis,
    product_title, sku_title, publisher, description, unit, tier_max, end_of_sale, segment, tags, before_attributes, known_at, release, withdrawal, n, of, stream, seq, row
FROM license_changes_store AS s
WHERE (stream, release, withdrawal) IN (SELECT stream, release, withdrawal FROM publications)
COMMENT 'Changes of licence prices, one row an event, of releases that are there as a whole.';

CREATE OR REPLACE VIEW license_prices_at AS
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
    line.1 AS unit_price, line.2 AS erp_price, line.3 AS price_basis, line.4 AS starts_at,
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
            arrayReverseSort(groupArray(((known_at, seq, row), valid_from, valid_to, (priced, if(priced, answer, 0))))) AS periods,
            argMaxIf((unit_price, erp_price, price_basis, starts_at, product_title, sku_title, publisher, description, unit, tier_max, end_of_sale,
                segment, tags, family, release), (known_at, seq, row), valid_from <= asked_at AND asked_at < valid_to) AS line
        FROM license_prices_store
        WHERE known_at <= asked_known AND (stream, published_in, withdrawal) IN (SELECT stream, release, withdrawal FROM publications)
        GROUP BY market, currency, product, sku, term, billing, tier
    )
    WHERE hit.4.1
) AS r
LEFT JOIN (
    SELECT market, argMax(release, (effective_at, revision, release)) AS in_force
    FROM releases
    WHERE list = 'license' AND effective_at <= asked_at AND published_at <= asked_known
        AND (stream, release) NOT IN (SELECT stream, release FROM withdrawals WHERE whole AND valid_from <= asked_at AND known_at <= asked_known)
    GROUP BY market
) AS f ON r.market = f.market
COMMENT 'Licence prices as of: license_prices_at(valid_at = text, known_at = text) is what was known at known_at of what is valid at valid_at. valid_from and valid_to: the time around it in which the answer stays the same, as known; 1900-01-01: always, 2262-01-01: open. release: whose line it is; in_force: the release in force.';
