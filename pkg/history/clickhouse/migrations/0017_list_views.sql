-- The lists of usage rates as of, made so that they cost half as much. What a rate says is its last period that holds the instant, which the order of the
-- slices gives without gathering. It ends where the first of its later periods begins. Two kinds of rates need more. Where a later period became known no
-- later than the newest valid one of all rates it is doubtful, and counts only if it became known after the answer. Where a valid period has an end of its own, or a period does not
-- begin with the row that gives its price, the rate is intricate: all of its periods are laid over each other.
--
-- Where there is one stream, slices are told by their numbers alone. Otherwise each stream has its own, and a rate that two incarnations of a stream
-- tell of, in messages that may have the same number, says what was known last.

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
    )) AS asked_known,
    toDateTime64('2262-01-01 00:00:00', 3, 'UTC') AS open,
    least(toDateTime64(asked_at, 6, 'UTC'), asked_known) AS earliest,
    (
        SELECT (count() < 2, min(first), max(first), min(last), max(last), any(toString(stream)))
        FROM (SELECT stream, maxIf(slice, cut_at <= earliest) AS first, max(slice) AS last FROM rate_cuts WHERE cut_at <= asked_known GROUP BY stream)
    ) AS chosen,
    chosen.1 AS alone,
    chosen.6 AS only,
    firsts AS (SELECT stream, max(slice) AS slice FROM rate_cuts WHERE cut_at <= earliest GROUP BY stream),
    lasts AS (SELECT stream, max(slice) AS slice FROM rate_cuts WHERE cut_at <= asked_known GROUP BY stream),
    laters AS (
        SELECT stream, arrayJoin(arrayFilter(s -> intDiv(s, 4294967296) = intDiv(max(slice), 4294967296), groupArrayIf(slice, cut_at > earliest))) AS slice
        FROM rate_cuts WHERE cut_at <= asked_known GROUP BY stream
    ),
    valid AS (
        SELECT stream, slice, key, ord, (known_at, seq, row) AS place, priced, price, effective_from, known_at, seq, row, hourly_equivalent
        FROM rate_slices
        WHERE slice BETWEEN chosen.2 AND chosen.3 AND (NOT alone OR stream = only) AND (alone OR (stream, slice) IN firsts) AND known_at <= asked_known AND valid_from <= asked_at AND valid_to > asked_at
    ),
    (SELECT max(known_at) FROM valid) AS newest,
    later AS (
        SELECT key, valid_from, known_at, (known_at, seq, row) AS place
        FROM rate_slices
        WHERE (slice BETWEEN chosen.2 AND chosen.3 AND (NOT alone OR stream = only) AND (alone OR (stream, slice) IN firsts)
            OR NOT copied AND slice BETWEEN chosen.2 + 1 AND chosen.5 AND (NOT alone OR stream = only) AND (alone OR (stream, slice) IN laters)) AND known_at <= asked_known AND valid_from > asked_at
    ),
    told_rows AS (
        SELECT key, seq, ord, has_after
        FROM rate_row_slices
        WHERE slice BETWEEN chosen.4 AND chosen.5 AND (NOT alone OR stream = only) AND (alone OR (stream, slice) IN lasts) AND known_at <= asked_known
    ),
    intricate AS (
        SELECT key FROM rate_slices
        PREWHERE valid_to < open OR valid_from != effective_from
        WHERE slice BETWEEN chosen.2 AND chosen.5 AND known_at <= asked_known AND valid_to > asked_at
            AND (priced AND (valid_from > asked_at) != (effective_from > asked_at) OR valid_from <= asked_at AND valid_to < open)
    )
SELECT c.price_list AS price_list, c.currency AS currency, c.meter_id AS meter_id, c.sku_id AS sku_id, c.type AS type, c.reservation_term AS reservation_term, c.tier AS tier,
    p.price AS price, p.effective_from AS effective_from,
    multiIf(ifNull(i.found, false), i.ends, NOT ifNull(n.found, false), open, empty(n.doubtful), n.next,
        least(n.next, arrayMin(arrayPushBack(arrayMap(x -> x.2, arrayFilter(x -> x.1 > p.place, n.doubtful)), open)))) AS valid_to,
    p.known_at AS known_at,
    c.meter_name AS meter_name, c.product_id AS product_id, c.product_name AS product_name, c.sku_name AS sku_name, c.service_name AS service_name, c.service_id AS service_id, c.service_family AS service_family, c.unit_of_measure AS unit_of_measure,
    c.region AS region, c.location AS location, c.arm_sku_name AS arm_sku_name, c.is_primary_meter_region AS is_primary_meter_region,
    CAST(arrayZip(c.plan_terms, c.plan_prices), 'Array(Tuple(term String, price Decimal(38, 18)))') AS savings_plans,
    c.included_quantity AS included_quantity, nullIf(c.block_size, 0) AS block_size, c.unit AS unit, p.hourly_equivalent AS hourly_equivalent,
    c.operating_system AS operating_system, c.purchase_option AS purchase_option
FROM (
    SELECT key, price_list, currency, meter_id, sku_id, type, reservation_term, tier, meter_name, product_id, product_name, sku_name, service_name, service_id, service_family, unit_of_measure,
        region, location, arm_sku_name, is_primary_meter_region,
        plan_terms, plan_prices, included_quantity, block_size, unit, operating_system, purchase_option
    FROM rate_row_slices
    WHERE slice BETWEEN chosen.4 AND chosen.5 AND (NOT alone OR stream = only) AND (alone OR (stream, slice) IN lasts) AND (identity(key), seq) IN (SELECT key, if(max(has_after), argMaxIf(seq, ord, has_after), argMax(seq, ord)) FROM told_rows GROUP BY key)
        AND (alone OR (key, ord) IN (SELECT key, if(max(has_after), maxIf(ord, has_after), max(ord)) FROM told_rows GROUP BY key))
) AS c
ANY INNER JOIN (
    SELECT key, priced, price, effective_from, known_at, hourly_equivalent, place
    FROM valid
    WHERE alone OR (key, ord) IN (SELECT key, max(ord) FROM valid GROUP BY key)
    ORDER BY stream DESC, slice DESC, key DESC, known_at DESC, seq DESC, row DESC
    LIMIT 1 BY key
) AS p ON c.key = p.key
ANY LEFT JOIN (
    SELECT key, min(if(known_at > newest, valid_from, open)) AS next, groupArrayIf((place, valid_from), known_at <= newest) AS doubtful, true AS found
    FROM later
    GROUP BY key
) AS n ON c.key = n.key
ANY LEFT JOIN (
    SELECT key,
        arrayReverseSort(groupArray((ord, valid_from, valid_to, (priced, price, effective_from)))) AS told,
        argMaxIf((priced, price, effective_from), ord, valid_from <= asked_at) AS hit,
        arraySort(arrayFilter(b -> b > asked_at AND b < open, arrayDistinct(arrayConcat(told.2, told.3)))) AS bounds,
        arrayFirstIndex(b -> arrayFirst(x -> x.2 <= b AND b < x.3, told).4 != hit, bounds) AS turn,
        if(turn = 0, open, bounds[turn]) AS ends, true AS found
    FROM rate_slices
    WHERE (slice BETWEEN chosen.2 AND chosen.3 AND (NOT alone OR stream = only) AND (alone OR (stream, slice) IN firsts)
            OR NOT copied AND valid_from > asked_at AND slice BETWEEN chosen.2 + 1 AND chosen.5 AND (NOT alone OR stream = only) AND (alone OR (stream, slice) IN laters)) AND known_at <= asked_known AND valid_to > asked_at AND key IN intricate
    GROUP BY key
) AS i ON c.key = i.key
WHERE p.priced
COMMENT 'Usage rates as of: rates_at(valid_at = text, known_at = text) is what was known at known_at of what is valid at valid_at, rates without a price left out. valid_to: when the answer ends as known; 2262-01-01: open. known_at: when the answer became known. Attributes, and what is derived of them, are those of the last current row known.';

CREATE OR REPLACE VIEW rates_current AS
WITH
    toDateTime64('2262-01-01 00:00:00', 3, 'UTC') AS open,
    toDateTime64('1900-01-01 00:00:00', 6, 'UTC') AS never,
    crawled AS (SELECT stream, max(started) AS observed FROM crawls_store WHERE refused = '' GROUP BY stream),
    lasts AS (
        SELECT s.stream AS stream, max(s.slice) AS slice, any(n.observed) AS observed
        FROM rate_cuts AS s INNER JOIN crawled AS n ON s.stream = n.stream WHERE s.cut_at <= n.observed GROUP BY s.stream
    ),
    (
        SELECT (min(slice), max(slice), arrayPushBack(groupArray(toString(stream)), ''), arrayPushBack(groupArray(observed), never)) FROM lasts
    ) AS chosen,
    (SELECT uniqExact(stream) < 2 FROM rate_cuts) AS alone,
    chosen.3[1] AS only,
    (s -> if(alone, chosen.4[1], transform(toString(s), chosen.3, chosen.4, never))) AS known_of,
    (s -> toDateTime64(known_of(s), 3, 'UTC')) AS valid_of,
    valid AS (
        SELECT stream, slice, key, ord, (known_at, seq, row) AS place, priced, price, effective_from, known_at, seq, row, hourly_equivalent
        FROM rate_slices
        WHERE slice BETWEEN chosen.1 AND chosen.2 AND (NOT alone OR stream = only) AND (alone OR (stream, slice) IN (SELECT stream, slice FROM lasts)) AND known_at <= known_of(stream) AND valid_from <= valid_of(stream) AND valid_to > valid_of(stream)
    ),
    (SELECT max(known_at) FROM valid) AS newest,
    later AS (
        SELECT key, valid_from, known_at, (known_at, seq, row) AS place
        FROM rate_slices
        WHERE slice BETWEEN chosen.1 AND chosen.2 AND (NOT alone OR stream = only) AND (alone OR (stream, slice) IN (SELECT stream, slice FROM lasts)) AND known_at <= known_of(stream) AND valid_from > valid_of(stream)
    ),
    told_rows AS (
        SELECT key, seq, ord, has_after
        FROM rate_row_slices
        WHERE slice BETWEEN chosen.1 AND chosen.2 AND (NOT alone OR stream = only) AND (alone OR (stream, slice) IN (SELECT stream, slice FROM lasts)) AND known_at <= known_of(stream)
    ),
    intricate AS (
        SELECT key FROM rate_slices
        PREWHERE valid_to < open OR valid_from != effective_from
        WHERE slice BETWEEN chosen.1 AND chosen.2 AND known_at <= known_of(stream) AND valid_to > valid_of(stream)
            AND (priced AND (valid_from > valid_of(stream)) != (effective_from > valid_of(stream)) OR valid_from <= valid_of(stream) AND valid_to < open)
    )
SELECT c.price_list AS price_list, c.currency AS currency, c.meter_id AS meter_id, c.sku_id AS sku_id, c.type AS type, c.reservation_term AS reservation_term, c.tier AS tier,
    p.price AS price, p.effective_from AS effective_from,
    multiIf(ifNull(i.found, false), i.ends, NOT ifNull(n.found, false), open, empty(n.doubtful), n.next,
        least(n.next, arrayMin(arrayPushBack(arrayMap(x -> x.2, arrayFilter(x -> x.1 > p.place, n.doubtful)), open)))) AS valid_to,
    p.known_at AS known_at,
    c.meter_name AS meter_name, c.product_id AS product_id, c.product_name AS product_name, c.sku_name AS sku_name, c.service_name AS service_name, c.service_id AS service_id, c.service_family AS service_family, c.unit_of_measure AS unit_of_measure,
    c.region AS region, c.location AS location, c.arm_sku_name AS arm_sku_name, c.is_primary_meter_region AS is_primary_meter_region,
    CAST(arrayZip(c.plan_terms, c.plan_prices), 'Array(Tuple(term String, price Decimal(38, 18)))') AS savings_plans,
    c.included_quantity AS included_quantity, nullIf(c.block_size, 0) AS block_size, c.unit AS unit, p.hourly_equivalent AS hourly_equivalent,
    c.operating_system AS operating_system, c.purchase_option AS purchase_option
FROM (
    SELECT key, price_list, currency, meter_id, sku_id, type, reservation_term, tier, meter_name, product_id, product_name, sku_name, service_name, service_id, service_family, unit_of_measure,
        region, location, arm_sku_name, is_primary_meter_region,
        plan_terms, plan_prices, included_quantity, block_size, unit, operating_system, purchase_option
    FROM rate_row_slices
    WHERE slice BETWEEN chosen.1 AND chosen.2 AND (NOT alone OR stream = only) AND (alone OR (stream, slice) IN (SELECT stream, slice FROM lasts)) AND (identity(key), seq) IN (SELECT key, if(max(has_after), argMaxIf(seq, ord, has_after), argMax(seq, ord)) FROM told_rows GROUP BY key)
        AND (alone OR (key, ord) IN (SELECT key, if(max(has_after), maxIf(ord, has_after), max(ord)) FROM told_rows GROUP BY key))
) AS c
ANY INNER JOIN (
    SELECT key, priced, price, effective_from, known_at, hourly_equivalent, place
    FROM valid
    WHERE alone OR (key, ord) IN (SELECT key, max(ord) FROM valid GROUP BY key)
    ORDER BY stream DESC, slice DESC, key DESC, known_at DESC, seq DESC, row DESC
    LIMIT 1 BY key
) AS p ON c.key = p.key
ANY LEFT JOIN (
    SELECT key, min(if(known_at > newest, valid_from, open)) AS next, groupArrayIf((place, valid_from), known_at <= newest) AS doubtful, true AS found
    FROM later
    GROUP BY key
) AS n ON c.key = n.key
ANY LEFT JOIN (
    SELECT key,
        arrayReverseSort(groupArray((ord, valid_from, valid_to, (priced, price, effective_from)))) AS told,
        argMax(valid_of(stream), ord) AS seen_at,
        argMaxIf((priced, price, effective_from), ord, valid_from <= valid_of(stream)) AS hit,
        arraySort(arrayFilter(b -> b > seen_at AND b < open, arrayDistinct(arrayConcat(told.2, told.3)))) AS bounds,
        arrayFirstIndex(b -> arrayFirst(x -> x.2 <= b AND b < x.3, told).4 != hit, bounds) AS turn,
        if(turn = 0, open, bounds[turn]) AS ends, true AS found
    FROM rate_slices
    WHERE slice BETWEEN chosen.1 AND chosen.2 AND (NOT alone OR stream = only) AND (alone OR (stream, slice) IN (SELECT stream, slice FROM lasts)) AND known_at <= known_of(stream) AND valid_to > valid_of(stream) AND key IN intricate
    GROUP BY key
) AS i ON c.key = i.key
WHERE p.priced
COMMENT 'Usage rates as of the newest crawl of each currency: valid and known then, rates without a price left out.';
