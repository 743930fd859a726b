-- The lists of usage rates as of, read from slices. The greatest slice that was cut by an instant is of the generation that counts, because each generation begins with
-- a slice that was always there; its number says which, in the bits above 32.

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
    periods AS (
        SELECT key, ord AS o, valid_from AS f, valid_to AS t, priced, price, effective_from, known_at, hourly_equivalent, asked_at AS v
        FROM rate_slices
        WHERE ((stream, slice) IN (SELECT stream, max(slice) FROM rate_cuts WHERE cut_at <= least(toDateTime64(asked_at, 6, 'UTC'), asked_known) GROUP BY stream)
            OR NOT copied AND valid_from > asked_at AND (stream, slice) IN (SELECT stream, arrayJoin(arrayFilter(s -> intDiv(s, 4294967296) = intDiv(max(slice), 4294967296), groupArrayIf(slice, cut_at > least(toDateTime64(asked_at, 6, 'UTC'), asked_known)))) FROM rate_cuts
                WHERE cut_at <= asked_known GROUP BY stream))
            AND known_at <= asked_known AND valid_to > asked_at
    ),
    intricate AS (
        SELECT key FROM periods
        GROUP BY key
        HAVING max(t < toDateTime64('2262-01-01 00:00:00', 3, 'UTC') OR priced AND (f > v) != (effective_from > v)) OR minIf(o, f > v) BETWEEN 1 AND maxIf(o, f <= v)
    )
SELECT c.price_list AS price_list, c.currency AS currency, c.meter_id AS meter_id, c.sku_id AS sku_id, c.type AS type, c.reservation_term AS reservation_term, c.tier AS tier,
    p.hit_price AS price, p.hit_from AS effective_from, p.ends AS valid_to, p.hit_known AS known_at,
    c.meter_name AS meter_name, c.product_id AS product_id, c.product_name AS product_name, c.sku_name AS sku_name, c.service_name AS service_name, c.service_id AS service_id, c.service_family AS service_family, c.unit_of_measure AS unit_of_measure,
    c.region AS region, c.location AS location, c.arm_sku_name AS arm_sku_name, c.is_primary_meter_region AS is_primary_meter_region,
    CAST(arrayZip(c.plan_terms, c.plan_prices), 'Array(Tuple(term String, price Decimal(38, 18)))') AS savings_plans,
    c.included_quantity AS included_quantity, nullIf(c.block_size, 0) AS block_size, c.unit AS unit, p.hit_hourly AS hourly_equivalent,
    c.operating_system AS operating_system, c.purchase_option AS purchase_option
FROM (
    SELECT key, price_list, currency, meter_id, sku_id, type, reservation_term, tier, meter_name, product_id, product_name, sku_name, service_name, service_id, service_family, unit_of_measure,
        region, location, arm_sku_name, is_primary_meter_region,
        plan_terms, plan_prices, included_quantity, block_size, unit, operating_system, purchase_option
    FROM rate_row_slices
    WHERE (stream, slice) IN (SELECT stream, max(slice) FROM rate_cuts WHERE cut_at <= asked_known GROUP BY stream) AND (key, ord) IN (
        SELECT key, if(maxIf(ord, has_after) = 0, max(ord), maxIf(ord, has_after)) FROM rate_row_slices
        WHERE (stream, slice) IN (SELECT stream, max(slice) FROM rate_cuts WHERE cut_at <= asked_known GROUP BY stream) AND known_at <= asked_known
        GROUP BY key
    )
) AS c
ANY INNER JOIN (
    SELECT key,
        argMaxIf(priced, o, f <= v) AS hit_priced, argMaxIf(price, o, f <= v) AS hit_price,
        argMaxIf(effective_from, o, f <= v) AS hit_from, argMaxIf(known_at, o, f <= v) AS hit_known, argMaxIf(hourly_equivalent, o, f <= v) AS hit_hourly,
        min(if(f > v, f, t)) AS next,
        arrayReverseSort(groupArrayIf((o, f, t, (priced, price, effective_from), v), key IN (SELECT key FROM intricate))) AS told,
        arraySort(arrayFilter(b -> b > told[1].5 AND b < toDateTime64('2262-01-01 00:00:00', 3, 'UTC'), arrayDistinct(arrayConcat(told.2, told.3)))) AS bounds,
        arrayMap(b -> arrayFirst(x -> x.2 <= b AND b < x.3, told), bounds) AS hits,
        arrayFirstIndex(x -> x.4 != (hit_priced, hit_price, hit_from), hits) AS turn,
        if(empty(told), next, if(turn = 0, toDateTime64('2262-01-01 00:00:00', 3, 'UTC'), bounds[turn])) AS ends
    FROM periods
    GROUP BY key
    HAVING hit_priced
) AS p ON c.key = p.key
COMMENT 'Usage rates as of: rates_at(valid_at = text, known_at = text) is what was known at known_at of what is valid at valid_at, rates without a price left out. valid_to: when the answer ends as known; 2262-01-01: open. known_at: when the answer became known. Attributes, and what is derived of them, are those of the last current row known.';

CREATE OR REPLACE VIEW rates_current AS
WITH
    periods AS (
        SELECT key, ord AS o, valid_from AS f, valid_to AS t, priced, price, effective_from, known_at, hourly_equivalent, toDateTime64(observed, 3, 'UTC') AS v
        FROM rate_slices AS s
        INNER JOIN (SELECT stream, max(started) AS observed FROM crawls_store WHERE refused = '' GROUP BY stream) AS n ON s.stream = n.stream
        WHERE (stream, slice) IN (SELECT s.stream, max(s.slice) FROM rate_cuts AS s INNER JOIN (SELECT stream, max(started) AS observed FROM crawls_store WHERE refused = '' GROUP BY stream) AS n ON s.stream = n.stream WHERE s.cut_at <= n.observed GROUP BY s.stream) AND known_at <= observed AND valid_to > observed
    ),
    intricate AS (
        SELECT key FROM periods
        GROUP BY key
        HAVING max(t < toDateTime64('2262-01-01 00:00:00', 3, 'UTC') OR priced AND (f > v) != (effective_from > v)) OR minIf(o, f > v) BETWEEN 1 AND maxIf(o, f <= v)
    )
SELECT c.price_list AS price_list, c.currency AS currency, c.meter_id AS meter_id, c.sku_id AS sku_id, c.type AS type, c.reservation_term AS reservation_term, c.tier AS tier,
    p.hit_price AS price, p.hit_from AS effective_from, p.ends AS valid_to, p.hit_known AS known_at,
    c.meter_name AS meter_name, c.product_id AS product_id, c.product_name AS product_name, c.sku_name AS sku_name, c.service_name AS service_name, c.service_id AS service_id, c.service_family AS service_family, c.unit_of_measure AS unit_of_measure,
    c.region AS region, c.location AS location, c.arm_sku_name AS arm_sku_name, c.is_primary_meter_region AS is_primary_meter_region,
    CAST(arrayZip(c.plan_terms, c.plan_prices), 'Array(Tuple(term String, price Decimal(38, 18)))') AS savings_plans,
    c.included_quantity AS included_quantity, nullIf(c.block_size, 0) AS block_size, c.unit AS unit, p.hit_hourly AS hourly_equivalent,
    c.operating_system AS operating_system, c.purchase_option AS purchase_option
FROM (
    SELECT key, price_list, currency, meter_id, sku_id, type, reservation_term, tier, meter_name, product_id, product_name, sku_name, service_name, service_id, service_family, unit_of_measure,
        region, location, arm_sku_name, is_primary_meter_region,
        plan_terms, plan_prices, included_quantity, block_size, unit, operating_system, purchase_option
    FROM rate_row_slices
    WHERE (stream, slice) IN (SELECT s.stream, max(s.slice) FROM rate_cuts AS s INNER JOIN (SELECT stream, max(started) AS observed FROM crawls_store WHERE refused = '' GROUP BY stream) AS n ON s.stream = n.stream WHERE s.cut_at <= n.observed GROUP BY s.stream) AND (key, ord) IN (
        SELECT key, if(maxIf(ord, has_after) = 0, max(ord), maxIf(ord, has_after)) FROM rate_row_slices AS s INNER JOIN (SELECT stream, max(started) AS observed FROM crawls_store WHERE refused = '' GROUP BY stream) AS n ON s.stream = n.stream
        WHERE (stream, slice) IN (SELECT s.stream, max(s.slice) FROM rate_cuts AS s INNER JOIN (SELECT stream, max(started) AS observed FROM crawls_store WHERE refused = '' GROUP BY stream) AS n ON s.stream = n.stream WHERE s.cut_at <= n.observed GROUP BY s.stream) AND known_at <= observed
        GROUP BY key
    )
) AS c
ANY INNER JOIN (
    SELECT key,
        argMaxIf(priced, o, f <= v) AS hit_priced, argMaxIf(price, o, f <= v) AS hit_price,
        argMaxIf(effective_from, o, f <= v) AS hit_from, argMaxIf(known_at, o, f <= v) AS hit_known, argMaxIf(hourly_equivalent, o, f <= v) AS hit_hourly,
        min(if(f > v, f, t)) AS next,
        arrayReverseSort(groupArrayIf((o, f, t, (priced, price, effective_from), v), key IN (SELECT key FROM intricate))) AS told,
        arraySort(arrayFilter(b -> b > told[1].5 AND b < toDateTime64('2262-01-01 00:00:00', 3, 'UTC'), arrayDistinct(arrayConcat(told.2, told.3)))) AS bounds,
        arrayMap(b -> arrayFirst(x -> x.2 <= b AND b < x.3, told), bounds) AS hits,
        arrayFirstIndex(x -> x.4 != (hit_priced, hit_price, hit_from), hits) AS turn,
        if(empty(told), next, if(turn = 0, toDateTime64('2262-01-01 00:00:00', 3, 'UTC'), bounds[turn])) AS ends
    FROM periods
    GROUP BY key
    HAVING hit_priced
) AS p ON c.key = p.key
COMMENT 'Usage rates as of the newest crawl of each currency: valid and known then, rates without a price left out.';
