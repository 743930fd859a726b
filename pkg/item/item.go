package item

import (
	"slices"
	"strings"
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
