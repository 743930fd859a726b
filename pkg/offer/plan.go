package offer

import (
	"slices"
	"strings"

	"github.com/pricewire/pricewire/pkg/item"
)

// Plan is one service plan that comes with a licence.
type Plan struct {
	ProvisioningString string // string id of the licence: O365_BUSINESS_ESSENTIALS
	ProvisioningID     string // GUID of the licence, in any case
	Name               string // of the service plan: EXCHANGE_S_STANDARD
	FriendlyName       string // of the service plan, for people: Exchange Online (Plan 1)
}

// Include returns rows of the matrix that say what they contain: for each whose licence is among the plans', by its provisioning id or
// else by its provisioning string, the friendly names of its service plans, sorted, in place of what it said before. Rows of other
// licences stay as they are. The rows given are not changed.
func Include(rows []item.Row, plans []Plan) []item.Row {
	byID, byString := map[string][]string{}, map[string][]string{}
	for _, p := range plans {
		name := p.named()
		if name == "" {
			continue
		}
		if id := strings.ToLower(strings.TrimSpace(p.ProvisioningID)); id != "" {
			byID[id] = append(byID[id], name)
		}
		if s := strings.ToLower(strings.TrimSpace(p.ProvisioningString)); s != "" {
			byString[s] = append(byString[s], name)
		}
	}
	all := slices.Clone(rows)
	for i := range all {
		names := byID[strings.ToLower(all[i].Get(ColumnProvisioningID))]
		if names == nil {
			names = byString[strings.ToLower(all[i].Get(ColumnProvisioningString))]
		}
		if names != nil {
			all[i].Values = included(all[i].Values, join(set(names)))
		}
	}
	return all
}

// named is the plan's name as an element of a list.
func (p Plan) named() string {
	name := strings.TrimSpace(p.FriendlyName)
	if name == "" {
		name = strings.TrimSpace(p.Name)
	}
	return strings.ReplaceAll(name, separator, ",")
}

// included returns the values with another text for what is included, which is the last column.
func included(values []item.Value, text string) []item.Value {
	others := make([]item.Value, 0, len(values)+1)
	for _, v := range values {
		if v.Name != ColumnIncluded {
			others = append(others, v)
		}
	}
	return append(others, item.Value{Name: ColumnIncluded, Text: text})
}
