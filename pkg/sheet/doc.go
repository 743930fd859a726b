// Package sheet reads and writes lists as files: licence price lists, new-commerce and legacy, the lists that have a schema, and the content
// a list is stored as; CSV, workbooks, archives, YAML, and for programs JSON and Parquet.
//
// Reading finds every problem of a file at once, by sheet, row and column, and holds to stated limits whatever it is given. What the lines
// mean together is judged by pkg/pricelist and pkg/item; the package must not decide what is in force, and never believes a sheet about the
// list before.
package sheet
