package service

import (
	"slices"
	"strings"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/item"
	"github.com/pricewire/pricewire/pkg/listing"
)

// The rules of Make and Validate beside those of item.Validate, by their stable names.
const (
	RuleMissingService  = "missing-service"
	RuleMissingCategory = "missing-category"
	RuleSharedUsageName = "shared-usage-name"
)

// Service is one line of the list.
type Service struct {
	Name        string // single blanks, case as written
	Category    string
	Subcategory string
	Publisher   string
	// UsageNames are what usage records and rates call the service where they do not call it by its name: service names and resource
	// providers such as microsoft.compute. Sorted without regard to case, each once; nil when there are none.
	UsageNames []string
}

// Key returns what tells the service from others: its name in lower case. A service that only changes the case or the blanks of its name
// stays the same.
func (s Service) Key() string { return fold(s.Name) }

// Called reports whether usage records or rates mean the service by a name; case and blanks do not matter.
func (s Service) Called(name string) bool {
	same := func(own string) bool { return fold(own) == fold(name) }
	return same(s.Name) || slices.ContainsFunc(s.UsageNames, same)
}

// Item returns the service as a line of the list.
func (s Service) Item() item.Item {
	values := []item.Value{
		{Name: ColumnService, Text: s.Name},
		{Name: ColumnCategory, Text: s.Category},
		{Name: ColumnSubcategory, Text: s.Subcategory},
		{Name: ColumnPublisher, Text: s.Publisher},
		{Name: ColumnUsageNames, Text: strings.Join(s.UsageNames, separator)},
	}
	said := slices.DeleteFunc(values, func(v item.Value) bool { return v.Text == "" })
	return item.Item{Key: s.Key(), Values: said}
}

// FromItem returns the service that a line of the list is. It takes what Make makes; for anything else it returns an invalid fault.
func FromItem(i item.Item) (Service, error) {
	s := read(i.Values)
	if s.Name == "" || s.Item().Compare(i) != 0 {
		return Service{}, fault.New(fault.Invalid, "read service %s: the line is not spelled as the list spells it", i.Key)
	}
	return s, nil
}

// Make makes a line of the list from what a row says, by column names: runs of blanks become one, usage names are taken apart at
// semicolons, sorted, and each is kept once. A line with an error among what is wrong must not be used.
func Make(values []item.Value) (item.Item, []item.Wrong) {
	s := read(values)
	if s.Name == "" {
		return s.Item(), []item.Wrong{{
			Severity: listing.Error, Rule: RuleMissingService, Column: ColumnService, Text: "the line names no service: fill in its name, or take the line out",
		}}
	}
	return s.Item(), nil
}

func read(values []item.Value) Service {
	said := item.Item{Values: values}
	return Service{
		Name:        clean(said.Get(ColumnService)),
		Category:    clean(said.Get(ColumnCategory)),
		Subcategory: clean(said.Get(ColumnSubcategory)),
		Publisher:   clean(said.Get(ColumnPublisher)),
		UsageNames:  names(strings.Split(said.Get(ColumnUsageNames), separator)),
	}
}

// separator stands between usage names in one text.
const separator = ";"

// names cleans usage names and returns them sorted without regard to case, each once in the spelling that sorts first.
func names(all []string) []string {
	var kept []string
	for _, n := range all {
		if n = clean(n); n != "" {
			kept = append(kept, n)
		}
	}
	slices.SortFunc(kept, func(a, b string) int {
		if c := strings.Compare(fold(a), fold(b)); c != 0 {
			return c
		}
		return strings.Compare(a, b)
	})
	return slices.CompactFunc(kept, func(a, b string) bool { return fold(a) == fold(b) })
}

// clean makes runs of blanks one and takes them away at the ends.
func clean(s string) string { return strings.Join(strings.Fields(s), " ") }

// fold is what spellings of one name have in common.
func fold(s string) string { return strings.ToLower(clean(s)) }
