package service

import "github.com/pricewire/pricewire/pkg/item"

// Gather brings together the rows of a sheet that has one for each usage name of a service, as the FinOps Toolkit's Services.csv does. Rows
// of one service that say the same but for usage names become one at the place of the first, with its spelling of the service's name and
// the usage names of all. Rows that say anything else differently stay apart, for Validate to refuse. The rows given are not changed.
func Gather(rows []item.Row) []item.Row {
	type kind struct{ key, category, subcategory, publisher string }
	places := map[kind]int{} // in services and in gathered
	var services []Service
	var gathered []item.Row
	for _, r := range rows {
		s := read(r.Values)
		k := kind{r.Key, s.Category, s.Subcategory, s.Publisher}
		if at, there := places[k]; there {
			services[at].UsageNames = append(services[at].UsageNames, s.UsageNames...)
			continue
		}
		places[k] = len(services)
		services, gathered = append(services, s), append(gathered, r)
	}
	for i, s := range services {
		s.UsageNames = names(s.UsageNames)
		gathered[i].Item = s.Item()
	}
	return gathered
}
