// Package sheet reads and writes price lists as files: the new-commerce CSV of a market, and the content a list is stored as.
//
// Reading finds every problem of a file at once, by row and column, and holds to stated limits whatever it is given. What the lines mean
// together is judged by pkg/pricelist; the package must not decide what is in force, and never believes a sheet about the list before.
package sheet
