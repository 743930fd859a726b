package history

import (
	"encoding/base64"
	"encoding/json"

	"github.com/pricewire/pricewire/pkg/fault"
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
		return nil, fault.New(fault.Invalid, "read cursor: it is none of this list").
			WithHint("pass on the next value of the page before, unchanged").WithPlaces(fault.Place{Where: "cursor", Problem: "it is none of this list"})
	}
	return place, nil
}
