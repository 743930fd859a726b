// Package bill says what each line of a bill should have cost, and why it differs: lines and the answers of price lists come in, verdicts
// and totals go out.
//
// Usage is priced by the rate that was in force when it was used, graduated over all that its scope used of the meter in the month;
// licences by the price at order or renewal, by instalments of the term, prorated by day. Promotions and credits are in no list: what they
// make of an amount is unexplained, not wrong.
//
// The package must not ask for prices, read files or clocks: it says which questions a line poses (RateQuestion, PriceQuestion), and judges
// the answers.
package bill
