package service

import (
	"fmt"
	"slices"

	"github.com/pricewire/pricewire/pkg/item"
	"github.com/pricewire/pricewire/pkg/listing"
)

// Check is what rows are validated against.
type Check = item.Check

// Validate returns what is wrong and noteworthy in the rows of a list of services, in the order of item.Sort: what item.Validate says of
// any list, services without a category, and names that usage records may mean several services by.
func Validate(rows []item.Row, check Check) []listing.Problem {
	problems := item.Validate(rows, check)
	firsts := map[string]*item.Row{} // the first row that a folded name belongs to
	for i := range rows {
		r := &rows[i]
		if r.Get(ColumnCategory) == "" {
			problems = append(problems, r.At(listing.Warning, RuleMissingCategory, ColumnCategory, "",
				"the service has no category: fill it in, so that the service is found under it"))
		}
		if shared := sharedNames(r, firsts); len(shared) > 0 {
			problems = append(problems, r.At(listing.Note, RuleSharedUsageName, ColumnUsageNames, shared[0],
				"usage records by this name may also mean "+firsts[shared[0]].Get(ColumnService)+more(len(shared)-1)))
		}
	}
	item.Sort(problems)
	return problems
}

// sharedNames returns the names of a row's service that an earlier row has for another service, and remembers the others as the row's.
func sharedNames(r *item.Row, firsts map[string]*item.Row) []string {
	var shared []string
	for _, name := range ownNames(r.Item) {
		first := firsts[name]
		switch {
		case first == nil:
			firsts[name] = r
		case first.Key != r.Key:
			shared = append(shared, name)
		}
	}
	return shared
}

// ownNames are the folded names that usage records may call a service, in order and each once.
func ownNames(i item.Item) []string {
	s := read(i.Values)
	all := []string{s.Key()}
	for _, n := range s.UsageNames {
		all = append(all, fold(n))
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func more(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("; other names that it shares: %d", n)
}
