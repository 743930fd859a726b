package item

import (
	"slices"
	"strings"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/listing"
)

// Value is one thing that an item says.
type Value struct {
	Name string // a column of the list, lower case with underscores
	Text string // never empty: what an item does not say is left out
}

// Item is one line of a list. Its key tells it from the others of its list and market.
type Item struct {
	Key    string
	Values []Value // in the order of the list's columns, each name once
}

// Get returns what the item says under a name, empty when it says nothing.
func (i Item) Get(name string) string {
	for _, v := range i.Values {
		if v.Name == name {
			return v.Text
		}
	}
	return ""
}

// Compare orders items by key, then by what they say; 0 means that they are the same in every respect.
func (i Item) Compare(o Item) int {
	if c := strings.Compare(i.Key, o.Key); c != 0 {
		return c
	}
	return slices.CompareFunc(i.Values, o.Values, func(a, b Value) int {
		if c := strings.Compare(a.Name, b.Name); c != 0 {
			return c
		}
		return strings.Compare(a.Text, b.Text)
	})
}

// Row is an item as a sheet holds it.
type Row struct {
	Item
	Sheet  string // empty where a file has one
	Number int    // as a person counts in the file; 0 when the item is not from a file
}

// As returns what a line of a list is, as a list's own package reads values: a document, an offer, a service. It takes what the package makes;
// for anything else it returns an invalid fault. The noun is for errors.
func As[T interface{ Item() Item }](i Item, noun string, read func([]Value) (T, []Wrong)) (T, error) {
	var none T
	made, wrongs := read(i.Values)
	for _, w := range wrongs {
		if w.Severity == listing.Error {
			return none, fault.New(fault.Invalid, "read %s %s: column %s: %s", noun, i.Key, w.Column, w.Text)
		}
	}
	if made.Item().Compare(i) != 0 {
		return none, fault.New(fault.Invalid, "read %s %s: the line is not spelled as the list spells it", noun, i.Key)
	}
	return made, nil
}
