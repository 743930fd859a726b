package document

import (
	"slices"
	"strconv"
	"strings"

	"github.com/pricewire/pricewire/pkg/item"
)

// The kinds that every programme has. A list may hold others, in lower case with hyphens.
const (
	ProgramGuide      = "program-guide"
	PartnerAgreement  = "partner-agreement"
	CustomerAgreement = "customer-agreement"
)

// Everywhere stands among the markets of a document that is for all of them.
const Everywhere = "ww"

// Document is one line of the list. It is behind a link or in a file, not both.
type Document struct {
	Kind     string
	Title    string
	Version  string // as its publisher counts
	Language string // BCP 47
	Link     string // https
	File     string // a name without folders
	SHA256   string // of the file, 64 lower-case hexadecimal digits; empty while it has not been read
	Size     int64  // of the file in bytes; 0 while it has not been read
	// Markets are whom it is for: Everywhere, then regions by their ids, then countries by their upper-case codes, each once. A region
	// stands for its countries.
	Markets []string
}

// Key returns what tells the document from others: kind, language and the first of its markets, "partner-agreement/en/emea". The version
// is an attribute, so that a new version of a document takes the place of the former. Documents of one kind and language must not share
// a market, therefore the first is enough; and markets that are added behind it leave the document what it is.
func (d Document) Key() string {
	first := ""
	if len(d.Markets) > 0 {
		first = d.Markets[0]
	}
	return d.Kind + "/" + d.Language + "/" + first
}

// Item returns the document as a line of the list.
func (d Document) Item() item.Item {
	size := ""
	if d.Size > 0 {
		size = strconv.FormatInt(d.Size, 10)
	}
	values := []item.Value{
		{Name: ColumnKind, Text: d.Kind},
		{Name: ColumnTitle, Text: d.Title},
		{Name: ColumnVersion, Text: d.Version},
		{Name: ColumnLanguage, Text: d.Language},
		{Name: ColumnLink, Text: d.Link},
		{Name: ColumnFile, Text: d.File},
		{Name: ColumnSHA256, Text: d.SHA256},
		{Name: ColumnSize, Text: size},
		{Name: ColumnMarkets, Text: strings.Join(d.Markets, separator)},
	}
	said := slices.DeleteFunc(values, func(v item.Value) bool { return v.Text == "" })
	return item.Item{Key: d.Key(), Values: said}
}

// FromItem returns the document that a line of the list is. It takes what Make makes; for anything else it returns an invalid fault.
func FromItem(i item.Item) (Document, error) { return item.As(i, "document", read) }

// separator stands between markets in one text.
const separator = ";"
