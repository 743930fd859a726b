package sheet

import (
	"fmt"
	"slices"

	"github.com/pricewire/pricewire/pkg/item"
	"github.com/pricewire/pricewire/pkg/listing"
)

// ItemSheet is what a file of items holds: the rows that could be read, and everything that is wrong with the others.
type ItemSheet struct {
	Rows     []item.Row
	Problems []listing.Problem
}

// ReadItems reads the sheets of a list by its schema: a CSV file, a workbook, or a zip archive or gzip file that holds just one of these;
// all else is as ReadLicense has it. What the schema's Make finds wrong is a problem at its row and column, and with an error the row
// becomes no item. An error of kind invalid means that the file cannot be read at all.
//
// Whatever the bytes, it allocates at most 128 times their number, unpacked, and 16 MiB, beside what Make does.
func ReadItems(name string, data []byte, schema item.Schema, opts Options) (ItemSheet, error) {
	limits := opts.Limits.orDefault()
	f, err := only(name, data, limits)
	if err != nil {
		return ItemSheet{}, err
	}
	p := &itemParser{view: view{report: &report{limit: limits.Problems}}, schema: schema}
	err = eachTable(f, []*form{formOf(schema)}, limits, p.report, func(t table) error {
		p.view = t.view(p.report)
		p.booleans = true
		return t.each(p.report, limits, p.row)
	})
	if err != nil {
		return ItemSheet{}, err
	}
	return ItemSheet{p.rows, p.all()}, nil
}

// itemParser turns the rows of a list into items.
type itemParser struct {
	view
	schema item.Schema
	values []item.Value // of the row
	rows   []item.Row
}

func (p *itemParser) row(r record) {
	if !p.turn(r) {
		return
	}
	p.values = p.values[:0]
	for i := range p.schema.Columns {
		c := &p.schema.Columns[i]
		if text := p.text(c.Header); text != "" {
			p.values = append(p.values, item.Value{Name: c.Name, Text: text})
		}
	}
	made, ok := makeItem(p.schema, slices.Clone(p.values), func(w item.Wrong) {
		p.problem(w.Severity, w.Rule, header(p.schema, w.Column), w.Value, w.Text)
	})
	if ok {
		p.rows = append(p.rows, item.Row{Item: made, Sheet: p.sheet, Number: r.number})
	}
}

// makeItem makes an item and tells what is wrong with it; false when it must not be used.
func makeItem(schema item.Schema, values []item.Value, tell func(item.Wrong)) (item.Item, bool) {
	made, wrongs := schema.Make(values)
	ok := true
	for _, w := range wrongs {
		ok = ok && w.Severity != listing.Error
		tell(w)
	}
	return made, ok
}

// header returns what the sheets call a column.
func header(schema item.Schema, name string) string {
	for i := range schema.Columns {
		if schema.Columns[i].Name == name {
			return schema.Columns[i].Header
		}
	}
	return name
}

// ServicePlan is one service plan that a product includes.
type ServicePlan struct {
	StringID     string // of the product: O365_BUSINESS_ESSENTIALS
	ProductID    string // its GUID, lower case
	Name         string // of the plan: EXCHANGE_S_STANDARD
	ID           string // its GUID, lower case
	FriendlyName string // for people: Exchange Online (Plan 1)
}

// Columns of the service plan file.
const (
	planString   = "String_Id"
	planProduct  = "GUID"
	planName     = "Service_Plan_Name"
	planID       = "Service_Plan_Id"
	planFriendly = "Service_Plans_Included_Friendly_Names"
)

// ReadServicePlans reads Microsoft's public file of product names and service plan identifiers, which tells what a bundle is made of. Rows
// that are wrong are problems and are left out; an error of kind invalid means that the file cannot be read at all. It takes what ReadItems
// takes.
func ReadServicePlans(data []byte, opts Options) ([]ServicePlan, []listing.Problem, error) {
	limits := opts.Limits.orDefault()
	f, err := only("service plans", data, limits)
	if err != nil {
		return nil, nil, err
	}
	columns := newForm("the service plan file", []formColumn{
		{"Product_Display_Name", mayBeMissing}, {planString, required}, {planProduct, required}, {planName, required}, {planID, required}, {planFriendly, noted},
	}, nil)
	p := &planParser{view: view{report: &report{limit: limits.Problems}}}
	err = eachTable(f, []*form{columns}, limits, p.report, func(t table) error {
		p.view = t.view(p.report)
		return t.each(p.report, limits, p.row)
	})
	if err != nil {
		return nil, nil, err
	}
	return p.plans, p.all(), nil
}

type planParser struct {
	view
	plans []ServicePlan
}

func (p *planParser) row(r record) {
	if !p.turn(r) {
		return
	}
	plan := ServicePlan{
		StringID: p.text(planString), ProductID: p.guid(planProduct), Name: p.text(planName), ID: p.guid(planID), FriendlyName: p.text(planFriendly),
	}
	for _, must := range [...]struct{ column, value string }{{planString, plan.StringID}, {planName, plan.Name}} {
		if must.value == "" {
			p.wrong(RuleMissingValue, must.column, "", "the value is missing; no plan can do without it")
		}
	}
	if !p.failed {
		p.plans = append(p.plans, plan)
	}
}

func (p *planParser) guid(column string) string {
	cell := p.text(column)
	id, ok := lowerGUID(cell)
	if !ok {
		p.wrong(RuleNotAGUID, column, cell, fmt.Sprintf("not a GUID such as %s", exampleGUID))
	}
	return id
}

const exampleGUID = "3b555118-da6a-4418-894f-7df1e2096870"

// lowerGUID returns a GUID in lower case, false when s is none.
func lowerGUID(s string) (string, bool) {
	if len(s) != len(exampleGUID) {
		return "", false
	}
	b := []byte(s)
	for i, c := range b {
		switch {
		case exampleGUID[i] == '-':
			if c != '-' {
				return "", false
			}
		case c >= '0' && c <= '9', c >= 'a' && c <= 'f':
		case c >= 'A' && c <= 'F':
			b[i] = c | 0x20
		default:
			return "", false
		}
	}
	return string(b), true
}
