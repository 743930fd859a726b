package azure

import (
	"fmt"
	"io"

	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/rate"
)

// DecodeSnapshot reads a whole saved catalogue: an array of rows, or one page in the API's envelope, whose link to the next is ignored.
// Rows are handed over and errors are as Decoder.Page has them.
func DecodeSnapshot(from io.Reader, currency money.Currency, limits Limits, to rate.Sink) (Page, error) {
	page, err := NewDecoder(currency, limits).Page(from, to)
	if own, ok := ofSink(err); ok {
		return Page{}, own
	}
	if err != nil {
		return Page{}, fmt.Errorf("read snapshot: %w", err)
	}
	return page, nil
}
