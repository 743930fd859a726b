package cli

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/pricewire/pricewire/services/pricewire/output"
)

// crawlParts are the lists that a crawl's record may hold.
type crawlParts struct {
	Shards     []json.RawMessage `json:"shards"`
	OfferTerms []json.RawMessage `json:"offer_terms"`
}

// crawlRecord writes the record of a crawl. In a table its shards and offer terms, where it has any, are tables behind it.
func (a *app) crawlRecord(answer json.RawMessage) error {
	if a.out() != output.Table || a.choosing() {
		return output.Object(a.streams.Out, a.out(), answer)
	}
	var parts crawlParts
	if err := json.Unmarshal(answer, &parts); err != nil {
		return fmt.Errorf("read answer: %w", err)
	}
	fields, err := output.Fields([]json.RawMessage{answer})
	if err != nil {
		return err
	}
	fields = slices.DeleteFunc(fields, func(name string) bool { return name == "shards" || name == "offer_terms" })
	if err := output.Object(a.streams.Out, output.Table, answer, fields...); err != nil {
		return err
	}
	if err := a.behind(parts.Shards, "name", "pages", "rows", "identities", "traversals", "refused"); err != nil {
		return err
	}
	return a.behind(parts.OfferTerms, "name", "discount", "effective_from", "excluded_meter_ids")
}

// behind writes a table behind what is written already, nothing when it would be empty.
func (a *app) behind(records []json.RawMessage, columns ...string) error {
	if len(records) == 0 {
		return nil
	}
	if _, err := fmt.Fprintln(a.streams.Out); err != nil {
		return err
	}
	return output.List(a.streams.Out, output.Table, records, columns...)
}

// countedShards is the record of a crawl for a line of a table: how many shards it had, and how many of them were refused.
func countedShards(record json.RawMessage) (json.RawMessage, error) {
	fields := map[string]json.RawMessage{}
	if err := json.Unmarshal(record, &fields); err != nil {
		return nil, fmt.Errorf("read answer: %w", err)
	}
	var shards []struct {
		Refused string `json:"refused"`
	}
	if raw, ok := fields["shards"]; ok {
		if err := json.Unmarshal(raw, &shards); err != nil {
			return nil, fmt.Errorf("read answer: %w", err)
		}
	}
	refused := 0
	for _, s := range shards {
		if s.Refused != "" {
			refused++
		}
	}
	text := ""
	switch {
	case refused > 0:
		text = fmt.Sprintf("%d, %d refused", len(shards), refused)
	case len(shards) > 0:
		text = fmt.Sprint(len(shards))
	}
	counted, err := json.Marshal(text)
	if err != nil {
		return nil, fmt.Errorf("write shards: %w", err)
	}
	fields["shards"] = counted
	return json.Marshal(fields)
}
