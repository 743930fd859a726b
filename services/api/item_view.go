package api

import (
	"bytes"
	"encoding/json"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pricewire/pricewire/pkg/document"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/item"
	"github.com/pricewire/pricewire/pkg/offer"
	"github.com/pricewire/pricewire/pkg/release"
	"github.com/pricewire/pricewire/pkg/service"
	"github.com/pricewire/pricewire/pkg/sheet"
)

// schemaOfList returns the columns of a list's items; none for a list of prices.
func schemaOfList(list string) item.Schema {
	switch list {
	case release.Offers:
		return offer.Schema()
	case release.Services:
		return service.Schema()
	case release.Documents:
		return document.Schema()
	}
	return item.Schema{List: list}
}

// SaidView is what an item says: a text for each column of its list, in their order; empty where it says nothing.
type SaidView struct {
	schema item.Schema
	item   item.Item
}

func (v *SaidView) get(column string) string {
	if v == nil {
		return ""
	}
	return v.item.Get(column)
}

// MarshalJSON writes the columns in their order.
func (v SaidView) MarshalJSON() ([]byte, error) {
	var o object
	for _, c := range v.schema.Columns {
		o.add(c.Name, v.item.Get(c.Name))
	}
	return o.end()
}

// Schema tells the framework what the JSON looks like.
func (SaidView) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeObject, AdditionalProperties: &huma.Schema{Type: huma.TypeString}, Description: "A text for each column of the list, empty where the item says nothing."}
}

// ItemView is an item in force at an instant.
type ItemView struct {
	Market string
	Key    string
	SaidView
	ValidFrom *time.Time
	ValidTo   *time.Time
	KnownAt   time.Time
	Release   string
	InForce   string
}

// itemView returns how the items of a list in a market are shown.
func itemView(schema item.Schema, market string) func(history.ItemAnswer) ItemView {
	return func(a history.ItemAnswer) ItemView {
		return ItemView{
			Market: market, Key: a.Key, SaidView: SaidView{schema, a.Item}, ValidFrom: instantOrNull(a.Valid.From), ValidTo: instantOrNull(a.Valid.To),
			KnownAt: a.KnownAt, Release: a.Release, InForce: a.InForce,
		}
	}
}

// MarshalJSON writes market and key, then the columns, then since when and how long the answer holds.
func (v ItemView) MarshalJSON() ([]byte, error) {
	var o object
	o.add("market", v.Market)
	o.add("key", v.Key)
	for _, c := range v.schema.Columns {
		o.add(c.Name, v.item.Get(c.Name))
	}
	o.add("valid_from", v.ValidFrom)
	o.add("valid_to", v.ValidTo)
	o.add("known_at", v.KnownAt)
	o.add("release", v.Release)
	o.add("in_force", v.InForce)
	return o.end()
}

// itemSchema describes the items of a list.
func itemSchema(schema item.Schema) *huma.Schema {
	text := func(description string) *huma.Schema {
		return &huma.Schema{Type: huma.TypeString, Description: description}
	}
	instant := func(description string, nullable bool) *huma.Schema {
		return &huma.Schema{Type: huma.TypeString, Format: "date-time", Description: description, Nullable: nullable}
	}
	properties := map[string]*huma.Schema{
		"market": text("WW where the list has none."), "key": text("What tells the item from the others."),
		"valid_from": instant("Since when the answer holds; null: always.", true), "valid_to": instant("When the answer ends, as known; null: open.", true),
		"known_at": instant("When the answer became known.", false), "release": text("The release whose item it is."), "in_force": text("The release in force."),
	}
	for _, c := range schema.Columns {
		properties[c.Name] = text("Column " + c.Header + "; empty where the item says nothing.")
	}
	return &huma.Schema{Type: huma.TypeObject, Properties: properties}
}

// pageSchema describes a page of things that have a schema of their own.
func pageSchema(of *huma.Schema) *huma.Schema {
	return &huma.Schema{Type: huma.TypeObject, Required: []string{"items", "next"}, Properties: map[string]*huma.Schema{
		"items": {Type: huma.TypeArray, Items: of},
		"next":  {Type: huma.TypeString, Nullable: true, Description: "Cursor of the next page; null on the last."},
	}}
}

// itemColumns are the columns of a list's items in a file.
func itemColumns(schema item.Schema) []sheet.Column {
	columns := []sheet.Column{{Name: "market"}, {Name: "key"}}
	for _, c := range schema.Columns {
		columns = append(columns, sheet.Column{Name: c.Name})
	}
	return append(columns, sheet.Column{Name: "valid_from", Kind: sheet.Time}, sheet.Column{Name: "valid_to", Kind: sheet.Time},
		sheet.Column{Name: "known_at", Kind: sheet.Time}, sheet.Column{Name: "release"}, sheet.Column{Name: "in_force"})
}

// cells writes the item into a row of a file.
func (v ItemView) cells(row []string) {
	row[0], row[1] = v.Market, v.Key
	n := 2
	for _, c := range v.schema.Columns {
		row[n] = v.item.Get(c.Name)
		n++
	}
	for i, text := range []string{stampOr(v.ValidFrom), stampOr(v.ValidTo), stampOr(&v.KnownAt), v.Release, v.InForce} {
		row[n+i] = text
	}
}

// stampOr is an instant as text, empty for none.
func stampOr(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

// object writes a JSON object whose fields have an order.
type object struct {
	text bytes.Buffer
	err  error
}

func (o *object) add(name string, value any) {
	if o.err != nil {
		return
	}
	between := byte(',')
	if o.text.Len() == 0 {
		between = '{'
	}
	o.text.WriteByte(between)
	encoder := json.NewEncoder(&o.text)
	encoder.SetEscapeHTML(false)
	o.err = encoder.Encode(name)
	o.text.Truncate(o.text.Len() - 1) // the encoder ends every value with a line break
	o.text.WriteByte(':')
	if err := encoder.Encode(value); err != nil {
		o.err = err
		return
	}
	o.text.Truncate(o.text.Len() - 1)
}

func (o *object) end() ([]byte, error) {
	if o.text.Len() == 0 {
		o.text.WriteByte('{')
	}
	o.text.WriteByte('}')
	return o.text.Bytes(), o.err
}
