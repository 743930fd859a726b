package item

import "github.com/pricewire/pricewire/pkg/listing"

// Column is one thing that the items of a list can say.
type Column struct {
	Name     string   // in values, events and tables: lower case with underscores
	Header   string   // as the official sheets call it
	Aliases  []string // other headers that mean it; case, blanks, hyphens and underscores do not tell headers apart
	Required bool     // a sheet without the column cannot be read
}

// Wrong is what is wrong or noteworthy with one value of a row.
type Wrong struct {
	Severity listing.Severity
	Rule     string // stable name
	Column   string // a Column's name; empty when it is about the row
	Value    string // as written
	Text     string // what is wrong and how to mend it
}

// Schema is what reading and writing a list's sheets takes.
type Schema struct {
	List    string
	Columns []Column // in their official order
	// Make makes an item of what a row says, by column names, trimmed and as written. It brings values to their one spelling and makes the
	// key. An item with an error among what is wrong must not be used.
	Make func(values []Value) (Item, []Wrong)
}
