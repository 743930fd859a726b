// Package meter says what the words of a usage rate mean: in which unit and in blocks of how many it is priced, what a single unit costs,
// what a reservation costs an hour, for which operating system it is and how it is bought.
//
// Everything here is derived from what a source says, by rules whose source is named, and nothing is guessed: what no rule covers is
// empty. Raw values are not changed, so whoever trusts a rule less than the source has both. The package holds no state and asks nobody.
package meter
