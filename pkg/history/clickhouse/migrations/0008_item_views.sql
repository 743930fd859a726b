-- Items of the other lists, of releases and withdrawals that are there as a whole. Lists of names are arrays; a number that is not said is NULL.

CREATE VIEW IF NOT EXISTS items (
    list LowCardinality(String) COMMENT 'List: offers, services or documents.',
    market LowCardinality(String) COMMENT 'ISO 3166 alpha-2 code, upper case; WW: worldwide.',
    key String COMMENT 'What tells the item from others of its list and market.',
    valid_from DateTime64(3, 'UTC') COMMENT 'The answer holds from here on; 1900-01-01: always.',
    valid_to DateTime64(3, 'UTC') COMMENT 'until here; 2262-01-01: open.',
    present Bool COMMENT 'Whether the item is on the list.',
    values Map(LowCardinality(String), String) COMMENT 'What the item says, by column, in the order of the columns; empty when it is not on the list.',
    known_at DateTime64(6, 'UTC') COMMENT 'When it became known.',
    change LowCardinality(String) COMMENT 'Kind of the change it came with: added, changed, removed.',
    release LowCardinality(String) COMMENT 'Release whose item it is, or that says there is none.',
    published_in LowCardinality(String) COMMENT 'Release whose publication or withdrawal made it known.',
    withdrawal UInt32 COMMENT 'Withdrawal of published_in that made it known, from 1; 0: its publication did.',
    stream LowCardinality(String) COMMENT 'Stream it came from: NAME@incarnation.',
    seq UInt64 COMMENT 'Sequence of the message in the stream.',
    row UInt32 COMMENT 'Place among the rows that the message gave, from 0.'
) AS
SELECT list, market, key, valid_from, valid_to, present, values, known_at, change, release, published_in, withdrawal, stream, seq, row
FROM items_store
WHERE (stream, published_in, withdrawal) IN (SELECT stream, release, withdrawal FROM publications)
COMMENT 'Items of all lists without prices as periods: from known_at on, the answer for valid_from <= t < valid_to is this item. The latest known period that holds an instant answers for it; items_at does that.';

CREATE VIEW IF NOT EXISTS item_changes (
    list LowCardinality(String) COMMENT 'List: offers, services or documents.',
    market LowCardinality(String) COMMENT 'ISO 3166 alpha-2 code, upper case; WW: worldwide.',
    key String COMMENT 'What tells the item from others of its list and market.',
    change LowCardinality(String) COMMENT 'added, changed or removed.',
    has_before Bool COMMENT 'Whether there was an item.',
    has_after Bool COMMENT 'Whether there is an item.',
    before Map(LowCardinality(String), String) COMMENT 'What it said, by column, in the order of the columns; empty when there was none.',
    after Map(LowCardinality(String), String) COMMENT 'What it says; empty when there is none.',
    known_at DateTime64(6, 'UTC') COMMENT 'When it became known.',
    release LowCardinality(String) COMMENT 'Release whose publication or withdrawal changed it.',
    withdrawal UInt32 COMMENT 'Withdrawal of the release that changed it, from 1; 0: its publication did.',
    n UInt32 COMMENT 'Its place among the changes that came with it, from 1.',
    of UInt32 COMMENT 'How many changes came with it.',
    stream LowCardinality(String) COMMENT 'Stream it came from: NAME@incarnation.',
    seq UInt64 COMMENT 'Sequence of the message in the stream.',
    row UInt32 COMMENT 'Place among the rows that the message gave, from 0.'
) AS
SELECT list, market, key, change, has_before, has_after, before, after, known_at, release, withdrawal, n, of, stream, seq, row
FROM item_changes_store
WHERE (stream, release, withdrawal) IN (SELECT stream, release, withdrawal FROM publications)
COMMENT 'Changes of items, one row an event, of releases and withdrawals that are there as a whole.';

CREATE VIEW IF NOT EXISTS items_at AS
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
SELECT r.market AS market, r.key AS key, line.1 AS values,
    lower[arrayLastIndex(b -> arrayFirst(p -> p.2 <= b AND b < p.3, periods).4 != hit.4, lower) + 1] AS valid_from,
    if(turn = 0, toDateTime64('2262-01-01 00:00:00', 3, 'UTC'), upper[turn]) AS valid_to,
    hit.1.1 AS known_at, line.2 AS release, f.in_force AS in_force
FROM (
    SELECT market, key, periods, line,
        arrayFirst(p -> p.2 <= asked_at AND asked_at < p.3, periods) AS hit,
        arraySort(arrayDistinct(arrayConcat(periods.2, periods.3))) AS bounds,
        arrayFilter(b -> b <= asked_at, bounds) AS lower,
        arrayFilter(b -> b > asked_at AND b < toDateTime64('2262-01-01 00:00:00', 3, 'UTC'), bounds) AS upper,
        arrayFirstIndex(b -> arrayFirst(p -> p.2 <= b AND b < p.3, periods).4 != hit.4, upper) AS turn
    FROM (
        SELECT market, key,
            arrayReverseSort(groupArray(((known_at, seq, row), valid_from, valid_to, (present, if(present, answer, 0))))) AS periods,
            argMaxIf((values, release), (known_at, seq, row), valid_from <= asked_at AND asked_at < valid_to) AS line
        FROM items_store
        WHERE list = {list:String} AND known_at <= asked_known
            AND (stream, published_in, withdrawal) IN (SELECT stream, release, withdrawal FROM publications)
        GROUP BY market, key
    )
    WHERE hit.4.1
) AS r
LEFT JOIN (
    SELECT market, argMax(release, (effective_at, revision, release)) AS in_force
    FROM releases
    WHERE list = {list:String} AND effective_at <= asked_at AND published_at <= asked_known
        AND (stream, release) NOT IN (SELECT stream, release FROM withdrawals WHERE whole AND valid_from <= asked_at AND known_at <= asked_known)
    GROUP BY market
) AS f ON r.market = f.market
COMMENT 'Items of a list as of: items_at(list = text, valid_at = text, known_at = text) is what was known at known_at of what is on the list at valid_at. valid_from and valid_to: the time around it in which the item stays the same, as known; 1900-01-01: always, 2262-01-01: open. release: whose item it is; in_force: the release in force.';

CREATE VIEW IF NOT EXISTS offers (
    market LowCardinality(String) COMMENT 'ISO 3166 alpha-2 code, upper case; WW: worldwide.',
    key String COMMENT 'What tells the item from others of its list and market.',
    present Bool COMMENT 'Whether the item is on the list; when it is not, it says nothing.',
    product_title String COMMENT 'Product title.',
    product String COMMENT 'Product id; empty for a legacy offer.',
    sku String COMMENT 'SKU id, digits padded to 4; empty for a legacy offer.',
    sku_title String COMMENT 'SKU title.',
    provisioning_id String COMMENT 'Provisioning id.',
    provisioning_string String COMMENT 'Provisioning string.',
    min_licenses Nullable(Int64) COMMENT 'Fewest licences of an order; NULL when it is not said.',
    max_licenses Nullable(Int64) COMMENT 'Most licences of an order; NULL when it is not said.',
    asset_ownership_limit Nullable(Int64) COMMENT 'How many a customer may own; NULL when it is not said.',
    asset_ownership_limit_type String COMMENT 'How the limit counts, such as ConcurrentCount or Lifetime.',
    prerequisites Array(String) COMMENT 'Keys of offers, one of which must be there first.',
    conversions Array(String) COMMENT 'Keys of offers that it can be converted to.',
    description String COMMENT 'Description.',
    allowed_countries Array(String) COMMENT 'Countries it may be sold in: ISO 3166 alpha-2 codes, upper case.',
    offer String COMMENT 'Durable offer id of a legacy offer.',
    offer_type String COMMENT 'Offer type.',
    duration String COMMENT 'Duration.',
    billing_frequency Array(String) COMMENT 'Billing frequencies.',
    offer_uri String COMMENT 'Offer URI.',
    learn_more_link String COMMENT 'Link to more.',
    terms Array(String) COMMENT 'Terms.',
    included Array(String) COMMENT 'What a bundle contains: names of service plans.',
    valid_from DateTime64(3, 'UTC') COMMENT 'The answer holds from here on; 1900-01-01: always.',
    valid_to DateTime64(3, 'UTC') COMMENT 'until here; 2262-01-01: open.',
    known_at DateTime64(6, 'UTC') COMMENT 'When it became known.',
    change LowCardinality(String) COMMENT 'Kind of the change it came with: added, changed, removed.',
    release LowCardinality(String) COMMENT 'Release whose item it is, or that says there is none.',
    published_in LowCardinality(String) COMMENT 'Release whose publication or withdrawal made it known.',
    withdrawal UInt32 COMMENT 'Withdrawal of published_in that made it known, from 1; 0: its publication did.',
    stream LowCardinality(String) COMMENT 'Stream it came from: NAME@incarnation.',
    seq UInt64 COMMENT 'Sequence of the message in the stream.',
    row UInt32 COMMENT 'Place among the rows that the message gave, from 0.'
) AS
SELECT market, key, present,
    i.values['product_title'] AS product_title,
    i.values['product'] AS product,
    i.values['sku'] AS sku,
    i.values['sku_title'] AS sku_title,
    i.values['provisioning_id'] AS provisioning_id,
    i.values['provisioning_string'] AS provisioning_string,
    toInt64OrNull(i.values['min_licenses']) AS min_licenses,
    toInt64OrNull(i.values['max_licenses']) AS max_licenses,
    toInt64OrNull(i.values['asset_ownership_limit']) AS asset_ownership_limit,
    i.values['asset_ownership_limit_type'] AS asset_ownership_limit_type,
    arrayFilter(t -> t != '', splitByChar(';', i.values['prerequisites'])) AS prerequisites,
    arrayFilter(t -> t != '', splitByChar(';', i.values['conversions'])) AS conversions,
    i.values['description'] AS description,
    arrayFilter(t -> t != '', splitByChar(';', i.values['allowed_countries'])) AS allowed_countries,
    i.values['offer'] AS offer,
    i.values['offer_type'] AS offer_type,
    i.values['duration'] AS duration,
    arrayFilter(t -> t != '', splitByChar(';', i.values['billing_frequency'])) AS billing_frequency,
    i.values['offer_uri'] AS offer_uri,
    i.values['learn_more_link'] AS learn_more_link,
    arrayFilter(t -> t != '', splitByChar(';', i.values['terms'])) AS terms,
    arrayFilter(t -> t != '', splitByChar(';', i.values['included'])) AS included,
    valid_from, valid_to, known_at, change, release, published_in, withdrawal, stream, seq, row
FROM items AS i
WHERE list = 'offers'
COMMENT 'Offers of the matrix as periods: from known_at on, the answer for valid_from <= t < valid_to is this. The latest known period that holds an instant answers for it; offers_at does that.';

CREATE VIEW IF NOT EXISTS offers_at AS
SELECT market, key,
    i.values['product_title'] AS product_title,
    i.values['product'] AS product,
    i.values['sku'] AS sku,
    i.values['sku_title'] AS sku_title,
    i.values['provisioning_id'] AS provisioning_id,
    i.values['provisioning_string'] AS provisioning_string,
    toInt64OrNull(i.values['min_licenses']) AS min_licenses,
    toInt64OrNull(i.values['max_licenses']) AS max_licenses,
    toInt64OrNull(i.values['asset_ownership_limit']) AS asset_ownership_limit,
    i.values['asset_ownership_limit_type'] AS asset_ownership_limit_type,
    arrayFilter(t -> t != '', splitByChar(';', i.values['prerequisites'])) AS prerequisites,
    arrayFilter(t -> t != '', splitByChar(';', i.values['conversions'])) AS conversions,
    i.values['description'] AS description,
    arrayFilter(t -> t != '', splitByChar(';', i.values['allowed_countries'])) AS allowed_countries,
    i.values['offer'] AS offer,
    i.values['offer_type'] AS offer_type,
    i.values['duration'] AS duration,
    arrayFilter(t -> t != '', splitByChar(';', i.values['billing_frequency'])) AS billing_frequency,
    i.values['offer_uri'] AS offer_uri,
    i.values['learn_more_link'] AS learn_more_link,
    arrayFilter(t -> t != '', splitByChar(';', i.values['terms'])) AS terms,
    arrayFilter(t -> t != '', splitByChar(';', i.values['included'])) AS included,
    valid_from, valid_to, known_at, release, in_force
FROM items_at(list = 'offers', valid_at = {valid_at:String}, known_at = {known_at:String}) AS i
COMMENT 'Offers of the matrix as of: offers_at(valid_at = text, known_at = text) is what was known at known_at of what is on the list at valid_at, as items_at says it.';

CREATE VIEW IF NOT EXISTS services (
    market LowCardinality(String) COMMENT 'ISO 3166 alpha-2 code, upper case; WW: worldwide.',
    key String COMMENT 'What tells the item from others of its list and market.',
    present Bool COMMENT 'Whether the item is on the list; when it is not, it says nothing.',
    service String COMMENT 'Name of the service.',
    category String COMMENT 'Category.',
    subcategory String COMMENT 'Subcategory.',
    publisher String COMMENT 'Publisher.',
    usage_names Array(String) COMMENT 'What usage records and rates call it beside its name.',
    valid_from DateTime64(3, 'UTC') COMMENT 'The answer holds from here on; 1900-01-01: always.',
    valid_to DateTime64(3, 'UTC') COMMENT 'until here; 2262-01-01: open.',
    known_at DateTime64(6, 'UTC') COMMENT 'When it became known.',
    change LowCardinality(String) COMMENT 'Kind of the change it came with: added, changed, removed.',
    release LowCardinality(String) COMMENT 'Release whose item it is, or that says there is none.',
    published_in LowCardinality(String) COMMENT 'Release whose publication or withdrawal made it known.',
    withdrawal UInt32 COMMENT 'Withdrawal of published_in that made it known, from 1; 0: its publication did.',
    stream LowCardinality(String) COMMENT 'Stream it came from: NAME@incarnation.',
    seq UInt64 COMMENT 'Sequence of the message in the stream.',
    row UInt32 COMMENT 'Place among the rows that the message gave, from 0.'
) AS
SELECT market, key, present,
    i.values['service'] AS service,
    i.values['category'] AS category,
    i.values['subcategory'] AS subcategory,
    i.values['publisher'] AS publisher,
    arrayFilter(t -> t != '', splitByChar(';', i.values['usage_names'])) AS usage_names,
    valid_from, valid_to, known_at, change, release, published_in, withdrawal, stream, seq, row
FROM items AS i
WHERE list = 'services'
COMMENT 'Azure services as periods: from known_at on, the answer for valid_from <= t < valid_to is this. The latest known period that holds an instant answers for it; services_at does that.';

CREATE VIEW IF NOT EXISTS services_at AS
SELECT market, key,
    i.values['service'] AS service,
    i.values['category'] AS category,
    i.values['subcategory'] AS subcategory,
    i.values['publisher'] AS publisher,
    arrayFilter(t -> t != '', splitByChar(';', i.values['usage_names'])) AS usage_names,
    valid_from, valid_to, known_at, release, in_force
FROM items_at(list = 'services', valid_at = {valid_at:String}, known_at = {known_at:String}) AS i
COMMENT 'Azure services as of: services_at(valid_at = text, known_at = text) is what was known at known_at of what is on the list at valid_at, as items_at says it.';

CREATE VIEW IF NOT EXISTS documents (
    market LowCardinality(String) COMMENT 'ISO 3166 alpha-2 code, upper case; WW: worldwide.',
    key String COMMENT 'What tells the item from others of its list and market.',
    present Bool COMMENT 'Whether the item is on the list; when it is not, it says nothing.',
    kind String COMMENT 'Kind: program-guide, partner-agreement, customer-agreement or another.',
    title String COMMENT 'Title.',
    version String COMMENT 'Version, as its publisher counts.',
    language String COMMENT 'Language, BCP 47.',
    link String COMMENT 'Link; empty when it is a file.',
    file String COMMENT 'Name of the file; empty when it is behind a link.',
    sha256 String COMMENT 'SHA-256 of the file, hex.',
    size Nullable(Int64) COMMENT 'Size of the file in bytes; NULL when it is not said.',
    markets Array(String) COMMENT 'Whom it is for: ww, regions by their ids, countries by their codes.',
    valid_from DateTime64(3, 'UTC') COMMENT 'The answer holds from here on; 1900-01-01: always.',
    valid_to DateTime64(3, 'UTC') COMMENT 'until here; 2262-01-01: open.',
    known_at DateTime64(6, 'UTC') COMMENT 'When it became known.',
    change LowCardinality(String) COMMENT 'Kind of the change it came with: added, changed, removed.',
    release LowCardinality(String) COMMENT 'Release whose item it is, or that says there is none.',
    published_in LowCardinality(String) COMMENT 'Release whose publication or withdrawal made it known.',
    withdrawal UInt32 COMMENT 'Withdrawal of published_in that made it known, from 1; 0: its publication did.',
    stream LowCardinality(String) COMMENT 'Stream it came from: NAME@incarnation.',
    seq UInt64 COMMENT 'Sequence of the message in the stream.',
    row UInt32 COMMENT 'Place among the rows that the message gave, from 0.'
) AS
SELECT market, key, present,
    i.values['kind'] AS kind,
    i.values['title'] AS title,
    i.values['version'] AS version,
    i.values['language'] AS language,
    i.values['link'] AS link,
    i.values['file'] AS file,
    i.values['sha256'] AS sha256,
    toInt64OrNull(i.values['size']) AS size,
    arrayFilter(t -> t != '', splitByChar(';', i.values['markets'])) AS markets,
    valid_from, valid_to, known_at, change, release, published_in, withdrawal, stream, seq, row
FROM items AS i
WHERE list = 'documents'
COMMENT 'Programme documents and agreements as periods: from known_at on, the answer for valid_from <= t < valid_to is this. The latest known period that holds an instant answers for it; documents_at does that.';

CREATE VIEW IF NOT EXISTS documents_at AS
SELECT market, key,
    i.values['kind'] AS kind,
    i.values['title'] AS title,
    i.values['version'] AS version,
    i.values['language'] AS language,
    i.values['link'] AS link,
    i.values['file'] AS file,
    i.values['sha256'] AS sha256,
    toInt64OrNull(i.values['size']) AS size,
    arrayFilter(t -> t != '', splitByChar(';', i.values['markets'])) AS markets,
    valid_from, valid_to, known_at, release, in_force
FROM items_at(list = 'documents', valid_at = {valid_at:String}, known_at = {known_at:String}) AS i
COMMENT 'Programme documents and agreements as of: documents_at(valid_at = text, known_at = text) is what was known at known_at of what is on the list at valid_at, as items_at says it.';
