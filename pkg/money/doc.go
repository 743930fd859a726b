// Package money holds exact decimal amounts and the currencies they are in.
//
// A Decimal has 18 decimals and up to 20 digits before the point, as ClickHouse's Decimal(38,18) at rest; nothing near a price is ever
// a float. The package must not round silently and must not convert between currencies.
package money
