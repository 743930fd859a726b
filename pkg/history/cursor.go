package history

import (
	"encoding/base64"
	"encoding/json"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/pricelist"
)

// EncodeCursor makes a cursor of the values that place an item in its list.
func EncodeCursor(place ...string) string {
	text, err := json.Marshal(place)
	if err != nil { // strings always encode
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

// DecodeCursor is the inverse of EncodeCursor: an invalid fault when the cursor is none of a list whose items have n values, nil values
// when it is empty.
func DecodeCursor(cursor string, n int) ([]string, error) {
	if cursor == "" {
		return nil, nil
	}
	var place []string
	text, err := base64.RawURLEncoding.DecodeString(cursor)
	if err == nil {
		err = json.Unmarshal(text, &place)
	}
	if err != nil || len(place) != n {
		return nil, badCursor()
	}
	return place, nil
}

func badCursor() error {
	return fault.New(fault.Invalid, "read cursor: it is none of this list").
		WithHint("pass on the next value of the page before, unchanged").WithPlaces(fault.Place{Where: "cursor", Problem: "it is none of this list"})
}

// PriceCursor makes the cursor of a PriceList or a PriceDiff behind an identity of its market.
func PriceCursor(id pricelist.Identity) string {
	return EncodeCursor(id.Currency, id.Product, id.SKU, id.Term, id.Billing, id.Tier.String())
}

// DecodePriceCursor is the inverse of PriceCursor, for a market; nil when the cursor is empty, an invalid fault when it is none.
func DecodePriceCursor(cursor, market string) (*pricelist.Identity, error) {
	place, err := DecodeCursor(cursor, 6)
	if err != nil || place == nil {
		return nil, err
	}
	tier, err := money.Parse(place[5])
	if err != nil {
		return nil, badCursor()
	}
	return &pricelist.Identity{Market: market, Currency: place[0], Product: place[1], SKU: place[2], Term: place[3], Billing: place[4], Tier: tier}, nil
}
