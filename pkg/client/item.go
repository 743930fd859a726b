package client

import (
	"context"
	"encoding/json"
	"io"
	"iter"
	"net/url"
	"strings"
	"time"
)

// Item is a line of a list without prices that is in force at an instant.
type Item struct {
	Market    string // WW where the list has none
	Key       string // what tells it from the others
	Values    map[string]string
	ValidFrom *time.Time // nil: always
	ValidTo   *time.Time // nil: open
	KnownAt   time.Time
	Release   string // whose line it is
	InForce   string // the release in force
}

// UnmarshalJSON reads an item: what is not said of every item is a column of its list, and a text.
func (i *Item) UnmarshalJSON(data []byte) error {
	var common struct {
		Market    string     `json:"market"`
		Key       string     `json:"key"`
		ValidFrom *time.Time `json:"valid_from"`
		ValidTo   *time.Time `json:"valid_to"`
		KnownAt   time.Time  `json:"known_at"`
		Release   string     `json:"release"`
		InForce   string     `json:"in_force"`
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(data, &common); err != nil {
		return err
	}
	if err := json.Unmarshal(data, &all); err != nil {
		return err
	}
	for _, name := range []string{"market", "key", "valid_from", "valid_to", "known_at", "release", "in_force"} {
		delete(all, name)
	}
	values := make(map[string]string, len(all))
	for name, raw := range all {
		var text string
		if json.Unmarshal(raw, &text) == nil { // what is no text is no column
			values[name] = text
		}
	}
	*i = Item{common.Market, common.Key, values, common.ValidFrom, common.ValidTo, common.KnownAt, common.Release, common.InForce}
	return nil
}

// ItemFilter chooses items; what is empty chooses all.
type ItemFilter struct {
	Market string
	Key    string
}

func (f ItemFilter) query() params { return params{}.text("market", f.Market).text("key", f.Key) }

// ListOffers returns the offer matrix: what may be ordered, where, and within which limits.
func (c *Client) ListOffers(ctx context.Context, f ItemFilter, asOf AsOf) iter.Seq2[Item, error] {
	return pages[Item](ctx, c, "/v1/offers", asOf.in(f.query()).values())
}

// ListServices returns the Azure services that are sold, and what usage records and rates call them.
func (c *Client) ListServices(ctx context.Context, f ItemFilter, asOf AsOf) iter.Seq2[Item, error] {
	return pages[Item](ctx, c, "/v1/services", asOf.in(f.query()).values())
}

// ListDocuments returns guides and agreements.
func (c *Client) ListDocuments(ctx context.Context, f ItemFilter, asOf AsOf) iter.Seq2[Item, error] {
	return pages[Item](ctx, c, "/v1/documents", asOf.in(f.query()).values())
}

// ExportItems writes a list without prices as a file to w: offers, services or documents.
func (c *Client) ExportItems(ctx context.Context, list string, f ItemFilter, asOf AsOf, as Format, w io.Writer) error {
	return c.file(ctx, "/v1/"+url.PathEscape(list), asOf.in(f.query()), as, w)
}

// Resolved is the document that applies in some markets.
type Resolved struct {
	Markets  []string `json:"markets"`
	Document *Item    `json:"document"` // nil: none does
	Problem  string   `json:"problem"`  // why there is none
}

// ResolveDocument returns the document of a kind that applies in a market, in the language if there is one in it. NotFound says why none does.
func (c *Client) ResolveDocument(ctx context.Context, kind, market, language string, asOf AsOf) (Item, error) {
	q := params{}.text("kind", kind).text("market", market).text("language", language)
	return ask[Item](ctx, c, get("/v1/documents/resolve", asOf.in(q).values()))
}

// ResolveDocuments is ResolveDocument for two markets or more at once.
func (c *Client) ResolveDocuments(ctx context.Context, kind string, markets []string, language string, asOf AsOf) ([]Resolved, error) {
	if len(markets) == 1 {
		one, err := c.ResolveDocument(ctx, kind, markets[0], language, asOf)
		if err != nil {
			return nil, err
		}
		return []Resolved{{Markets: markets, Document: &one}}, nil
	}
	q := params{}.text("kind", kind).text("market", strings.Join(markets, ",")).text("language", language)
	return items[Resolved](ctx, c, "/v1/documents/resolve", asOf.in(q).values())
}

// GetDocumentFile writes the file that a document is in to w, by the SHA-256 that its item names.
func (c *Client) GetDocumentFile(ctx context.Context, sha256 string, w io.Writer) error {
	return c.copy(ctx, get("/v1/documents/files/"+url.PathEscape(sha256), nil), "*/*", w)
}
