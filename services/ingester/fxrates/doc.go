// Package fxrates reads the monthly exchange rates of Partner Center: a CSV file with the columns CurrencyCode, USDPerUnit and Month, by
// which price sheets in USD are billed in other currencies.
//
// A rate is a row of the price list "fx" in USD: the price of one unit of the currency, which is meter and SKU at once, in force from the
// first of the month until a later month's rate begins. Months are written 201909, 2019-09, or as the date of their first day.
//
// The package must not decide which of two rates for one month is right: rows that disagree are the rate ledger's business. What a row
// says depends on the order of the columns, which stands elsewhere; so the sink is never asked whether it knows a row's bytes already.
//
// Source: Partner Center, get a price sheet: GET /v1.0/sales/fxrates(Month='201909')/$value.
package fxrates
