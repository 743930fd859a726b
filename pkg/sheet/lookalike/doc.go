// Package lookalike makes price lists, new-commerce and legacy, that look like the real ones and hold nothing of them: products, titles and
// prices are invented; proportions, spellings and mistakes are those measured on a real list. They are the bundled sample and the fixtures
// of tests.
//
// The same specification gives the same list. What a following month changes is returned beside it, so that a comparison can be checked
// against it.
package lookalike
