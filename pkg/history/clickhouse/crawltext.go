package clickhouse

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/rate"
)

// What a crawl is made of is kept as JSON text: few crawls have any of it, and nobody asks for a part of it alone.

// shardColumn is a shard as the column shards has it; the view crawls reads these names.
type shardColumn struct {
	Name       string `json:"name"`
	Pages      int    `json:"pages"`
	Rows       int    `json:"rows"`
	Identities int    `json:"identities"`
	Traversals int    `json:"traversals"`
	Refused    string `json:"refused"`
}

// offerTermColumn is a condition of a rate card as the column offer_terms has it.
type offerTermColumn struct {
	Name             string        `json:"name"`
	Discount         money.Decimal `json:"discount"`
	ExcludedMeterIDs []string      `json:"excluded_meter_ids"`
	EffectiveFrom    *time.Time    `json:"effective_from"` // null: it does not say
}

func shardText(shards []rate.ShardRecord) string {
	columns := make([]shardColumn, len(shards))
	for i, s := range shards {
		columns[i] = shardColumn(s)
	}
	return jsonText(columns)
}

func offerTermText(terms []rate.OfferTerm) string {
	columns := make([]offerTermColumn, len(terms))
	for i, t := range terms {
		columns[i] = offerTermColumn{Name: t.Name, Discount: t.Discount, ExcludedMeterIDs: append([]string{}, t.ExcludedMeterIDs...)}
		if !t.Effective.IsZero() {
			at := t.Effective.UTC()
			columns[i].EffectiveFrom = &at
		}
	}
	return jsonText(columns)
}

// jsonText is empty for nothing.
func jsonText[T any](list []T) string {
	if len(list) == 0 {
		return ""
	}
	text, err := json.Marshal(list)
	if err != nil { // texts, numbers and times of our own always encode
		return ""
	}
	return string(text)
}

func shardsOf(text string) ([]rate.ShardRecord, error) {
	var columns []shardColumn
	if err := fromText(text, &columns); err != nil {
		return nil, fmt.Errorf("read shards of crawl: %w", err)
	}
	var shards []rate.ShardRecord
	for _, c := range columns {
		shards = append(shards, rate.ShardRecord(c))
	}
	return shards, nil
}

func offerTermsOf(text string) ([]rate.OfferTerm, error) {
	var columns []offerTermColumn
	if err := fromText(text, &columns); err != nil {
		return nil, fmt.Errorf("read offer terms of crawl: %w", err)
	}
	var terms []rate.OfferTerm
	for _, c := range columns {
		t := rate.OfferTerm{Name: c.Name, Discount: c.Discount, ExcludedMeterIDs: c.ExcludedMeterIDs}
		if c.EffectiveFrom != nil {
			t.Effective = c.EffectiveFrom.UTC()
		}
		terms = append(terms, t)
	}
	return terms, nil
}

func fromText(text string, to any) error {
	if text == "" {
		return nil
	}
	return json.Unmarshal([]byte(text), to)
}
