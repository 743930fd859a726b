package clickhouse

import (
	"reflect"
	"time"

	"github.com/shopspring/decimal"

	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/item"
	"github.com/pricewire/pricewire/pkg/pricelist"
	"github.com/pricewire/pricewire/pkg/rate"
)

// vector is a column of an insertion: its name and all of its values, as a slice that clickhouse-go appends at once.
type vector struct {
	name   string
	values any
}

// block is what is inserted at once: columns of the same length.
type block []vector

// rows returns how many rows a block has.
func (b block) rows() int { return reflect.ValueOf(b[0].values).Len() }

// gather makes a column of one value a row.
func gather[R, V any](name string, rows []R, value func(*R) V) vector {
	values := make([]V, len(rows))
	for i := range rows {
		values[i] = value(&rows[i])
	}
	return vector{name, values}
}

// positions are the columns that every table ends with.
func positions[R any](rows []R, position func(*R) history.Position) block {
	return block{
		gather("stream", rows, func(r *R) string { return position(r).Stream }),
		gather("seq", rows, func(r *R) uint64 { return position(r).Sequence }),
		gather("row", rows, func(r *R) uint32 { return position(r).Row }),
	}
}

// rateIdentities are the columns of a rate's identity.
func rateIdentities[R any](rows []R, identity func(*R) *rate.Identity) block {
	return block{
		gather("price_list", rows, func(r *R) string { return identity(r).PriceList }),
		gather("currency", rows, func(r *R) string { return identity(r).Currency }),
		gather("meter_id", rows, func(r *R) string { return identity(r).MeterID }),
		gather("sku_id", rows, func(r *R) string { return identity(r).SKUID }),
		gather("type", rows, func(r *R) string { return identity(r).Type }),
		gather("reservation_term", rows, func(r *R) string { return identity(r).ReservationTerm }),
		gather("tier", rows, func(r *R) decimal.Decimal { return identity(r).Tier.Exact() }),
	}
}

// rateAttributeNames are the columns of a rate's attributes, in the order of attributes.
func rateAttributeNames() []string {
	return []string{
		"meter_name", "product_id", "product_name", "sku_name", "service_name", "service_id", "service_family", "unit_of_measure",
		"region", "location", "arm_sku_name", "is_primary_meter_region",
	}
}

// rateAttributeFields are pointers to attributes in the order of their columns.
func rateAttributeFields(a *rate.Attributes) []*string {
	return []*string{
		&a.MeterName, &a.ProductID, &a.ProductName, &a.SKUName, &a.ServiceName, &a.ServiceID, &a.ServiceFamily, &a.UnitOfMeasure,
		&a.ARMRegionName, &a.Location, &a.ARMSKUName, &a.IsPrimaryMeterRegion,
	}
}

// priceIdentities are the columns of a licence line's identity.
func priceIdentities[R any](rows []R, identity func(*R) *pricelist.Identity) block {
	return block{
		gather("market", rows, func(r *R) string { return identity(r).Market }),
		gather("currency", rows, func(r *R) string { return identity(r).Currency }),
		gather("product", rows, func(r *R) string { return identity(r).Product }),
		gather("sku", rows, func(r *R) string { return identity(r).SKU }),
		gather("term", rows, func(r *R) string { return identity(r).Term }),
		gather("billing", rows, func(r *R) string { return identity(r).Billing }),
		gather("tier", rows, func(r *R) decimal.Decimal { return identity(r).Tier.Exact() }),
	}
}

// priceAttributeNames are the columns of a line's attributes, in the order of priceAttributeFields.
func priceAttributeNames() []string {
	return []string{"product_title", "sku_title", "publisher", "description", "unit", "tier_max", "end_of_sale", "segment", "tags"}
}

// priceAttributeFields are pointers to attributes in the order of their columns.
func priceAttributeFields(a *pricelist.Attributes) []*string {
	return []*string{&a.ProductTitle, &a.SKUTitle, &a.Publisher, &a.Description, &a.Unit, &a.TierMax, &a.EndOfSale, &a.Segment, &a.Tags}
}

// texts are columns of texts, one for each name: the values of a row are what fields points to.
func texts[R any](names []string, rows []R, fields func(*R) []*string) block {
	values := make([][]string, len(names))
	for i := range values {
		values[i] = make([]string, len(rows))
	}
	for j := range rows {
		for i, field := range fields(&rows[j]) {
			values[i][j] = *field
		}
	}
	columns := make(block, len(names))
	for i, name := range names {
		columns[i] = vector{name, values[i]}
	}
	return columns
}

// different returns the texts that were otherwise before, by column, in the order of the columns: the same rows are the same bytes.
func different(names []string, before, after []*string) *orderedValues {
	found := orderedValues{}
	for i, name := range names {
		if *before[i] != *after[i] {
			found = append(found, item.Value{Name: name, Text: *before[i]})
		}
	}
	return &found
}

// epoch is what a column of times holds where there is none: its default.
func epoch() time.Time { return time.Unix(0, 0).UTC() }
