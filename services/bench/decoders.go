package main

import (
	"bytes"
	"encoding/json"

	"github.com/bytedance/sonic"
	goccy "github.com/goccy/go-json"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/services/ingester/azure"
)

// decoder reads pages, numbers as their literals: the ways there are to read exact decimals from JSON. They are the fastest maintained ones that
// were found; encoding/json reads a tenth of what sonic does.
type decoder struct {
	name string
	read func(page []byte) (rows int, err error)
}

// productDecoder is the strict one of the product, which also judges every row.
const productDecoder = "product"

func decoders() []decoder {
	cursor := azure.NewDecoder(usd, azure.Limits{})
	into := func(unmarshal func([]byte, any) error) func([]byte) (int, error) {
		return func(page []byte) (int, error) {
			var e envelope
			err := unmarshal(page, &e)
			return len(e.Items), err
		}
	}
	return []decoder{
		{"sonic", into(sonic.Config{}.Froze().Unmarshal)},
		{"goccy", into(func(b []byte, v any) error { return goccy.Unmarshal(b, v) })},
		{productDecoder, func(page []byte) (int, error) {
			p, err := cursor.Page(bytes.NewReader(page), discard{})
			return p.Rows, err
		}},
	}
}

// envelope is a page for decoders that read into structs.
type envelope struct {
	Items        []item
	NextPageLink *string
	Count        int
}

type item struct {
	CurrencyCode         string      `json:"currencyCode"`
	TierMinimumUnits     json.Number `json:"tierMinimumUnits"`
	ReservationTerm      string      `json:"reservationTerm"`
	RetailPrice          json.Number `json:"retailPrice"`
	UnitPrice            json.Number `json:"unitPrice"`
	ARMRegionName        string      `json:"armRegionName"`
	Location             string      `json:"location"`
	EffectiveStartDate   string      `json:"effectiveStartDate"`
	EffectiveEndDate     string      `json:"effectiveEndDate"`
	MeterID              string      `json:"meterId"`
	MeterName            string      `json:"meterName"`
	ProductID            string      `json:"productId"`
	SKUID                string      `json:"skuId"`
	ProductName          string      `json:"productName"`
	SKUName              string      `json:"skuName"`
	ServiceName          string      `json:"serviceName"`
	ServiceID            string      `json:"serviceId"`
	ServiceFamily        string      `json:"serviceFamily"`
	UnitOfMeasure        string      `json:"unitOfMeasure"`
	Type                 string      `json:"type"`
	IsPrimaryMeterRegion bool        `json:"isPrimaryMeterRegion"`
	ARMSKUName           string      `json:"armSkuName"`
	SavingsPlan          []plan      `json:"savingsPlan"`
}

type plan struct {
	UnitPrice   json.Number `json:"unitPrice"`
	RetailPrice json.Number `json:"retailPrice"`
	Term        string      `json:"term"`
}

// decodeAll reads all pages of a catalogue.
func (d *decoder) decodeAll(pages [][]byte, n int) (float64, error) {
	took := stopwatch()
	rows := 0
	for _, page := range pages {
		k, err := d.read(page)
		if err != nil {
			return 0, fault.New(fault.Internal, "decode with %s: %w", d.name, err)
		}
		rows += k
	}
	if rows != n {
		return 0, fault.New(fault.Internal, "%s decoded %d rows of %d", d.name, rows, n)
	}
	return perSecond(n, took()), nil
}
