// Package pricesheet reads the price sheets of the Azure plan that Partner Center gives as CSV: azure_consumption and azure_reservations,
// one market each.
//
//	what we read                  column
//	meter id                      MeterIds; one row for each of several, separated by ; or ,
//	SKU id                        ProductId/SkuId, zeros that a spreadsheet took from the SkuId put back: 4 digits
//	type and reservation term     TermDuration: P1Y, P3Y and P5Y are reservations, "payG…" and nothing is consumption
//	tier                          PricingTierRangeMin
//	price                         UnitPrice
//	start, end                    EffectiveStartDate, EffectiveEndDate
//	productId, productName        ProductId, ProductTitle
//	skuName                       SkuTitle
//	unitOfMeasure                 UnitOfMeasure, or MeterType where it is empty: the two say the same
//
// Columns are found by their names, in any order and among others. SkuDescription, Publisher, Tags and BillingPlan are not kept: a rate has
// no place for them. A sheet names neither service, region nor meter; those attributes stay empty rather than guessed.
//
// A reservation is bought, not metered: one without MeterIds has its SKU id for a meter id as well, as identities need one.
//
// Tiers: sheets count the units of a range from 1 ("1-100" and "101-100000"), we say how many units come before a tier begins (0 and 100).
// The ranges of a meter that start at one time must follow each other without gap and overlap, from the first unit on; where they do not,
// all its rows of that start are quarantined, because nobody can say which is wrong. The last range counts as open whatever its end.
// Source: azure-plan-price-list, with its example of graduated tiers.
//
// Dates are American, or ISO 8601. The year 9999 is an open end; a start in 1753 or before is one of always, for which the earliest
// instant that can be stored stands, 1 January 1900.
//
// What is wrong with a quarantined row is told by its line and by these columns, not by the fields of the Retail Prices API.
//
// What a row says depends on the header, which stands elsewhere; so the sink is never asked whether it knows a row's bytes already.
//
// Source: Partner Center, get a price sheet: GET /v1.0/sales/pricesheets(Market='US',PricesheetView='azure_consumption')/$value.
package pricesheet
