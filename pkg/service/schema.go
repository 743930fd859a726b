package service

import "github.com/pricewire/pricewire/pkg/item"

// List is the name of the list.
const List = "services"

// Columns of the list, as items, events and tables name them.
const (
	ColumnService     = "service"
	ColumnCategory    = "category"
	ColumnSubcategory = "subcategory"
	ColumnPublisher   = "publisher"
	ColumnUsageNames  = "usage_names"
)

// Schema returns how sheets of services are read and written. Beside our own it knows the headers of the price API and of the FinOps
// Toolkit's Services.csv. Rows of a sheet that has one for each usage name are brought together by Gather.
func Schema() item.Schema { return item.Schema{List: List, Columns: columns(), Make: Make} }

func columns() []item.Column {
	return []item.Column{
		{Name: ColumnService, Header: "Service", Aliases: []string{"Service Name", "Azure Service"}, Required: true},
		{Name: ColumnCategory, Header: "Category", Aliases: []string{"Service Category", "Service Family"}},
		{Name: ColumnSubcategory, Header: "Subcategory", Aliases: []string{"Service Subcategory"}},
		{Name: ColumnPublisher, Header: "Publisher", Aliases: []string{"Publisher Name"}},
		{Name: ColumnUsageNames, Header: "Usage Names", Aliases: []string{
			"Usage Name", "Service Name in Usage", "Service Names in Usage", "Name in Usage", "Consumed Service",
		}},
	}
}
