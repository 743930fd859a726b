-- Licence prices and their releases. A release is visible when its manifest is there and as many changes as the manifest says.

CREATE TABLE IF NOT EXISTS license_prices_store (
    market LowCardinality(String) COMMENT 'ISO 3166 alpha-2 code, upper case.',
    currency LowCardinality(String) COMMENT 'ISO 4217 code.',
    product LowCardinality(String) COMMENT 'Product id; legacy: offer id.',
    sku LowCardinality(String) COMMENT 'SKU id, digits padded to 4; legacy: agreement.',
    term LowCardinality(String) COMMENT 'Term such as P1Y; legacy: purchase unit.',
    billing LowCardinality(String) COMMENT 'Billing plan; legacy: customer type.',
    tier Decimal(38, 18) COMMENT 'Tier minimum.' CODEC(ZSTD(1)),
    valid_from DateTime64(3, 'UTC') COMMENT 'The answer holds from here on; 1900-01-01: always.' CODEC(Delta, ZSTD(1)),
    valid_to DateTime64(3, 'UTC') COMMENT 'until here; 2262-01-01: open.' CODEC(Delta, ZSTD(1)),
    priced Bool COMMENT 'Whether there is a price.',
    unit_price Decimal(38, 18) COMMENT 'What the partner pays; 0 when there is no price.' CODEC(ZSTD(1)),
    erp_price Decimal(38, 18) COMMENT 'Estimated retail price; 0 when there is no price.' CODEC(ZSTD(1)),
    price_basis LowCardinality(String) COMMENT 'What prices are for: term or month.',
    starts_at DateTime64(3, 'UTC') COMMENT 'Start of the line; 1900-01-01: always.' CODEC(Delta, ZSTD(1)),
    ends_at DateTime64(3, 'UTC') COMMENT 'End of the line as its sheet says; 2262-01-01: open.' CODEC(Delta, ZSTD(1)),
    product_title LowCardinality(String) COMMENT 'Product title.',
    sku_title LowCardinality(String) COMMENT 'SKU title.',
    publisher LowCardinality(String) COMMENT 'Publisher.',
    description String COMMENT 'Description.' CODEC(ZSTD(1)),
    unit LowCardinality(String) COMMENT 'Unit.',
    tier_max LowCardinality(String) COMMENT 'Upper bound of the tier; empty when open.',
    end_of_sale LowCardinality(String) COMMENT 'End of sale; empty when none.',
    segment LowCardinality(String) COMMENT 'Segment.',
    tags LowCardinality(String) COMMENT 'Tags.',
    known_at DateTime64(6, 'UTC') COMMENT 'When it became known: the publication of the release.' CODEC(Delta, ZSTD(1)),
    change LowCardinality(String) COMMENT 'Kind of the change it came with: added, price_changed, changed, ending, removed.',
    release LowCardinality(String) COMMENT 'Release whose line it is, or that says there is none.',
    published_in LowCardinality(String) COMMENT 'Release whose publication made it known.',
    stream LowCardinality(String) COMMENT 'Stream it came from: NAME@incarnation.',
    seq UInt64 COMMENT 'Sequence of the message in the stream.' CODEC(DoubleDelta, LZ4),
    row UInt32 COMMENT 'Place among the rows that the message gave, from 0.',
    answer UInt64 MATERIALIZED sipHash64(priced, unit_price, erp_price, price_basis, starts_at, product_title, sku_title, publisher, description, unit, tier_max, end_of_sale, segment, tags) COMMENT 'Equal for equal answers: prices, basis, start of the line, attributes.' CODEC(ZSTD(1))
) ENGINE = MergeTree ORDER BY (market, currency, product, sku, term, billing, tier, known_at, seq, row)
SETTINGS index_granularity = 512, non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Periods of licence prices, one row a range of valid time whose answer a release changed. Read through license_prices and license_prices_at.';

CREATE TABLE IF NOT EXISTS license_changes_store (
    market LowCardinality(String) COMMENT 'ISO 3166 alpha-2 code, upper case.',
    currency LowCardinality(String) COMMENT 'ISO 4217 code.',
    product LowCardinality(String) COMMENT 'Product id; legacy: offer id.',
    sku LowCardinality(String) COMMENT 'SKU id, digits padded to 4; legacy: agreement.',
    term LowCardinality(String) COMMENT 'Term such as P1Y; legacy: purchase unit.',
    billing LowCardinality(String) COMMENT 'Billing plan; legacy: customer type.',
    tier Decimal(38, 18) COMMENT 'Tier minimum.' CODEC(ZSTD(1)),
    change LowCardinality(String) COMMENT 'Kind of the change it came with: added, price_changed, changed, ending, removed.',
    has_before Bool COMMENT 'Whether there was a line.',
    before_unit_price Decimal(38, 18) COMMENT 'What the partner pays; 0 when there is no price.' CODEC(ZSTD(1)),
    before_erp_price Decimal(38, 18) COMMENT 'Estimated retail price; 0 when there is no price.' CODEC(ZSTD(1)),
    before_price_basis LowCardinality(String) COMMENT 'What prices are for: term or month.',
    before_starts_at DateTime64(3, 'UTC') COMMENT 'Start of the line; 1900-01-01: always.' CODEC(Delta, ZSTD(1)),
    before_ends_at DateTime64(3, 'UTC') COMMENT 'End of the line as its sheet says; 2262-01-01: open.' CODEC(Delta, ZSTD(1)),
    has_after Bool COMMENT 'Whether there is a line.',
    after_unit_price Decimal(38, 18) COMMENT 'What the partner pays; 0 when there is no price.' CODEC(ZSTD(1)),
    after_erp_price Decimal(38, 18) COMMENT 'Estimated retail price; 0 when there is no price.' CODEC(ZSTD(1)),
    after_price_basis LowCardinality(String) COMMENT 'What prices are for: term or month.',
    after_starts_at DateTime64(3, 'UTC') COMMENT 'Start of the line; 1900-01-01: always.' CODEC(Delta, ZSTD(1)),
    after_ends_at DateTime64(3, 'UTC') COMMENT 'End of the line as its sheet says; 2262-01-01: open.' CODEC(Delta, ZSTD(1)),
    product_title LowCardinality(String) COMMENT 'Product title, after the change, or before it when there is no line after.',
    sku_title LowCardinality(String) COMMENT 'SKU title, after the change, or before it when there is no line after.',
    publisher LowCardinality(String) COMMENT 'Publisher, after the change, or before it when there is no line after.',
    description String COMMENT 'Description, after the change, or before it when there is no line after.' CODEC(ZSTD(1)),
    unit LowCardinality(String) COMMENT 'Unit, after the change, or before it when there is no line after.',
    tier_max LowCardinality(String) COMMENT 'Upper bound of the tier; empty when open, after the change, or before it when there is no line after.',
    end_of_sale LowCardinality(String) COMMENT 'End of sale; empty when none, after the change, or before it when there is no line after.',
    segment LowCardinality(String) COMMENT 'Segment, after the change, or before it when there is no line after.',
    tags LowCardinality(String) COMMENT 'Tags, after the change, or before it when there is no line after.',
    before_attributes Map(LowCardinality(String), String) COMMENT 'The attributes that were otherwise before, by column.',
    known_at DateTime64(6, 'UTC') COMMENT 'When it became known: the publication of the release.' CODEC(Delta, ZSTD(1)),
    release LowCardinality(String) COMMENT 'Release whose publication changed it.',
    n UInt32 COMMENT 'Its place among the changes of the release, from 1.',
    of UInt32 COMMENT 'How many changes the release has.',
    stream LowCardinality(String) COMMENT 'Stream it came from: NAME@incarnation.',
    seq UInt64 COMMENT 'Sequence of the message in the stream.' CODEC(DoubleDelta, LZ4),
    row UInt32 COMMENT 'Place among the rows that the message gave, from 0.'
) ENGINE = MergeTree ORDER BY (release, stream, seq, row)
SETTINGS index_granularity = 512, non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Changes of licence prices, one row an event. Read through license_changes.';

CREATE TABLE IF NOT EXISTS releases_store (
    release String COMMENT 'Id of the release.' CODEC(ZSTD(1)),
    list LowCardinality(String) COMMENT 'List, for example license.',
    market LowCardinality(String) COMMENT 'ISO 3166 alpha-2 code, upper case; WW: worldwide.',
    month LowCardinality(String) COMMENT 'Month it is for, such as 2026-12.',
    revision UInt32 COMMENT 'Revision.',
    kind LowCardinality(String) COMMENT 'full or delta.',
    effective_at DateTime64(6, 'UTC') COMMENT 'When it takes effect.' CODEC(Delta, ZSTD(1)),
    published_at DateTime64(6, 'UTC') COMMENT 'When it was published: from then on it is known.' CODEC(Delta, ZSTD(1)),
    baseline Bool COMMENT 'First release of its list and market.',
    predecessor String COMMENT 'Release it was compared with; empty for a baseline.' CODEC(ZSTD(1)),
    supersedes String COMMENT 'Release it replaces.' CODEC(ZSTD(1)),
    notice_policy LowCardinality(String) COMMENT 'Notice policy.',
    notice_days Int32 COMMENT 'Whole days of notice given; negative when late.',
    notice_short Bool COMMENT 'Fewer than the policy asks for.',
    notice_reason String COMMENT 'Why.' CODEC(ZSTD(1)),
    lines UInt32 COMMENT 'Lines of the whole list.',
    changed UInt32 COMMENT 'Changes published with it.',
    checksum String COMMENT 'SHA-256 over the ids of its price.changed events in order, hex.' CODEC(ZSTD(1)),
    content String COMMENT 'SHA-256 of the whole list, hex.' CODEC(ZSTD(1)),
    added UInt32 COMMENT 'Lines of this kind.',
    price_changed UInt32 COMMENT 'Lines of this kind.',
    attributes_changed UInt32 COMMENT 'Lines of which only attributes changed.',
    ending UInt32 COMMENT 'Lines of this kind.',
    removed UInt32 COMMENT 'Lines of this kind.',
    unchanged UInt32 COMMENT 'Lines of this kind.',
    created_by String COMMENT 'Who made it.' CODEC(ZSTD(1)),
    approved_by String COMMENT 'Who approved it.' CODEC(ZSTD(1)),
    stream LowCardinality(String) COMMENT 'Stream it came from: NAME@incarnation.',
    seq UInt64 COMMENT 'Sequence of the message in the stream.' CODEC(DoubleDelta, LZ4),
    row UInt32 COMMENT 'Place among the rows that the message gave, from 0.'
) ENGINE = MergeTree ORDER BY (release, stream, seq, row)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Manifests of published releases, one row each, written after all that they publish. Read through releases.';

CREATE TABLE IF NOT EXISTS effective_store (
    release String COMMENT 'Id of the release.' CODEC(ZSTD(1)),
    list LowCardinality(String) COMMENT 'List.',
    market LowCardinality(String) COMMENT 'Market.',
    effective_at DateTime64(6, 'UTC') COMMENT 'When it took effect.' CODEC(Delta, ZSTD(1)),
    supersedes String COMMENT 'Release in force until then; empty when there was none.' CODEC(ZSTD(1)),
    stream LowCardinality(String) COMMENT 'Stream it came from: NAME@incarnation.',
    seq UInt64 COMMENT 'Sequence of the message in the stream.' CODEC(DoubleDelta, LZ4),
    row UInt32 COMMENT 'Place among the rows that the message gave, from 0.'
) ENGINE = MergeTree ORDER BY (release, stream, seq, row)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Releases that have taken effect, one row an event. Read through releases_effective.';

CREATE VIEW IF NOT EXISTS releases (
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
    notice_policy LowCardinality(String) COMMENT 'Notice policy.',
    notice_days Int32 COMMENT 'Whole days of notice given; negative when late.',
    notice_short Bool COMMENT 'Fewer than the policy asks for.',
    notice_reason String COMMENT 'Why.',
    lines UInt32 COMMENT 'Lines of the whole list.',
    changed UInt32 COMMENT 'Changes published with it.',
    checksum String COMMENT 'SHA-256 over the ids of its price.changed events in order, hex.',
    content String COMMENT 'SHA-256 of the whole list, hex.',
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
SELECT release, list, market, month, revision, kind, effective_at, published_at, baseline, predecessor, supersedes, notice_policy, notice_days,
    notice_short, notice_reason, lines, changed, checksum, content, added, price_changed, attributes_changed, ending, removed, unchanged, created_by,
    approved_by, stream, seq, row
FROM releases_store
WHERE changed = 0 OR (stream, release, toUInt64(changed)) IN (SELECT stream, release, count() FROM license_changes_store GROUP BY stream, release)
COMMENT 'Published releases, one row each: those that are there as a whole.';

CREATE VIEW IF NOT EXISTS releases_effective (
    release String COMMENT 'Id of the release.',
    list LowCardinality(String) COMMENT 'List.',
    market LowCardinality(String) COMMENT 'Market.',
    effective_at DateTime64(6, 'UTC') COMMENT 'When it took effect.',
    supersedes String COMMENT 'Release in force until then; empty when there was none.',
    stream LowCardinality(String) COMMENT 'Stream it came from: NAME@incarnation.',
    seq UInt64 COMMENT 'Sequence of the message in the stream.',
    row UInt32 COMMENT 'Place among the rows that the message gave, from 0.'
) AS
SELECT release, list, market, effective_at, supersedes, stream, seq, row
FROM effective_store
COMMENT 'Releases that have taken effect, one row an event.';

CREATE VIEW IF NOT EXISTS license_prices (
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
    known_at DateTime64(6, 'UTC') COMMENT 'When it became known: the publication of the release.',
    change LowCardinality(String) COMMENT 'Kind of the change it came with: added, price_changed, changed, ending, removed.',
    release LowCardinality(String) COMMENT 'Release whose line it is, or that says there is none.',
    published_in LowCardinality(String) COMMENT 'Release whose publication made it known.',
    product_title LowCardinality(String) COMMENT 'Product title.',
    sku_title LowCardinality(String) COMMENT 'SKU title.',
    publisher LowCardinality(String) COMMENT 'Publisher.',
    description String COMMENT 'Description.',
    unit LowCardinality(String) COMMENT 'Unit.',
    tier_max LowCardinality(String) COMMENT 'Upper bound of the tier; empty when open.',
    end_of_sale LowCardinality(String) COMMENT 'End of sale; empty when none.',
    segment LowCardinality(String) COMMENT 'Segment.',
    tags LowCardinality(String) COMMENT 'Tags.',
    stream LowCardinality(String) COMMENT 'Stream it came from: NAME@incarnation.',
    seq UInt64 COMMENT 'Sequence of the message in the stream.',
    row UInt32 COMMENT 'Place among the rows that the message gave, from 0.'
) AS
SELECT market, currency, product, sku, term, billing, tier,
    if(s.priced, s.unit_price, NULL) AS unit_price, if(s.priced, s.erp_price, NULL) AS erp_price, price_basis, valid_from, valid_to,
    if(s.priced, s.starts_at, NULL) AS starts_at, if(s.priced, s.ends_at, NULL) AS ends_at, known_at, change, release, published_in,
    product_title, sku_title, publisher, description, unit, tier_max, end_of_sale, segment, tags,
    stream, seq, row
FROM license_prices_store AS s
WHERE (stream, published_in) IN (SELECT stream, release FROM releases)
COMMENT 'Licence prices as periods, of releases that are there as a whole: from known_at on, the answer for valid_from <= t < valid_to is this price. The latest known period that holds an instant answers for it; license_prices_at does that.';

CREATE VIEW IF NOT EXISTS license_changes (
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
    known_at DateTime64(6, 'UTC') COMMENT 'When it became known: the publication of the release.',
    release LowCardinality(String) COMMENT 'Release whose publication changed it.',
    n UInt32 COMMENT 'Its place among the changes of the release, from 1.',
    of UInt32 COMMENT 'How many changes the release has.',
    stream LowCardinality(String) COMMENT 'Stream it came from: NAME@incarnation.',
    seq UInt64 COMMENT 'Sequence of the message in the stream.',
    row UInt32 COMMENT 'Place among the rows that the message gave, from 0.'
) AS
SELECT market, currency, product, sku, term, billing, tier, change,
    if(s.has_before, s.before_unit_price, NULL) AS before_unit_price, if(s.has_before, s.before_erp_price, NULL) AS before_erp_price, before_price_basis,
    if(s.has_after, s.after_unit_price, NULL) AS after_unit_price, if(s.has_after, s.after_erp_price, NULL) AS after_erp_price, after_price_basis,
    product_title, sku_title, publisher, description, unit, tier_max, end_of_sale, segment, tags, before_attributes, known_at, release, n, of, stream, seq, row
FROM license_changes_store AS s
WHERE (stream, release) IN (SELECT stream, release FROM releases)
COMMENT 'Changes of licence prices, one row an event, of releases that are there as a whole.';

CREATE VIEW IF NOT EXISTS license_prices_at AS
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
        line.11 AS end_of_sale, line.12 AS segment, line.13 AS tags,
    lower[arrayLastIndex(b -> arrayFirst(p -> p.2 <= b AND b < p.3, periods).4 != hit.4, lower) + 1] AS valid_from,
    if(turn = 0, toDateTime64('2262-01-01 00:00:00', 3, 'UTC'), upper[turn]) AS valid_to,
    hit.1.1 AS known_at, line.14 AS release, f.in_force AS in_force
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
                segment, tags, release), (known_at, seq, row), valid_from <= asked_at AND asked_at < valid_to) AS line
        FROM license_prices_store
        WHERE known_at <= asked_known AND (stream, published_in) IN (SELECT stream, release FROM releases)
        GROUP BY market, currency, product, sku, term, billing, tier
    )
    WHERE hit.4.1
) AS r
LEFT JOIN (
    SELECT market, argMax(release, (effective_at, revision)) AS in_force
    FROM releases
    WHERE list = 'license' AND effective_at <= asked_at AND published_at <= asked_known
    GROUP BY market
) AS f ON r.market = f.market
COMMENT 'Licence prices as of: license_prices_at(valid_at = text, known_at = text) is what was known at known_at of what is valid at valid_at. valid_from and valid_to: the time around it in which the answer stays the same, as known; 1900-01-01: always, 2262-01-01: open. release: whose line it is; in_force: the release in force.';
