package document

import "github.com/pricewire/pricewire/pkg/item"

// List is the name of the list.
const List = "documents"

// Columns of the list, as items, events and tables name them.
const (
	ColumnKind     = "kind"
	ColumnTitle    = "title"
	ColumnVersion  = "version"
	ColumnLanguage = "language"
	ColumnLink     = "link"
	ColumnFile     = "file"
	ColumnSHA256   = "sha256"
	ColumnSize     = "size"
	ColumnMarkets  = "markets"
)

// Schema returns how files of documents are read and written. The hash and the size of a file are filled in by whoever reads it.
func Schema() item.Schema { return item.Schema{List: List, Columns: columns(), Make: Make} }

func columns() []item.Column {
	return []item.Column{
		{Name: ColumnKind, Header: "Kind", Required: true},
		{Name: ColumnTitle, Header: "Title", Required: true},
		{Name: ColumnVersion, Header: "Version", Required: true},
		{Name: ColumnLanguage, Header: "Language", Aliases: []string{"Lang", "Locale"}, Required: true},
		{Name: ColumnLink, Header: "Link", Aliases: []string{"URL"}},
		{Name: ColumnFile, Header: "File", Aliases: []string{"File Name"}},
		{Name: ColumnSHA256, Header: "SHA256"},
		{Name: ColumnSize, Header: "Size", Aliases: []string{"Bytes"}},
		{Name: ColumnMarkets, Header: "Markets", Aliases: []string{"Market", "Regions", "Region", "Countries", "Country"}, Required: true},
	}
}
