package azure

import (
	"fmt"
	"io"

	"github.com/pricewire/pricewire/pkg/money"
)

// DecodeSnapshot reads a whole saved catalogue: an array of rows, or one page in the API's envelope, whose link to the next is ignored.
// Errors are those of Decoder.Page.
func DecodeSnapshot(from io.Reader, currency money.Currency, limits Limits) (Page, error) {
	page, err := NewDecoder(currency, limits).Page(from)
	if err != nil {
		return Page{}, fmt.Errorf("read snapshot: %w", err)
	}
	return page, nil
}
