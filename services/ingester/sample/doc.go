// Package sample is a bundled feed that speaks the Retail Prices API: an invented catalogue of some three thousand rates that changes by
// itself, so that everything can be tried without a network.
//
// What it says is a function of the seed and the instant alone: asked twice for one instant it says the same, and what it says at one
// instant fits what it said before. It has the habits of the real feed: changes on the first of a month, old and new rows side by side
// for some days, ends announced weeks ahead, silent corrections, back-dated starts, renamed, new, returning and discontinued meters,
// rows that go missing for some hours, rows that end before they start, and no order. The prices mean nothing.
package sample
