package client

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"iter"

	"github.com/pricewire/pricewire/pkg/fault"
)

// LookupLimit is how many lines one lookup takes.
const LookupLimit = 100_000

// LookupRates answers many questions for usage rates at once, at most LookupLimit of them, in their order: what a bill is checked with. The answers
// come as the server writes them; the sequence ends with the last, or with an error. Nothing is asked before the sequence is read.
func (c *Client) LookupRates(ctx context.Context, lines []RateLookupItem) iter.Seq2[RateLookup, error] {
	return lookup[RateLookupItem, RateLookup](ctx, c, "/v1/rates:lookup", lines)
}

// LookupPrices is LookupRates for licence prices.
func (c *Client) LookupPrices(ctx context.Context, lines []PriceLookupItem) iter.Seq2[PriceLookup, error] {
	return lookup[PriceLookupItem, PriceLookup](ctx, c, "/v1/prices:lookup", lines)
}

func lookup[In, Out any](ctx context.Context, c *Client, path string, lines []In) iter.Seq2[Out, error] {
	return func(yield func(Out, error) bool) {
		var none Out
		n := 0
		err := c.lookUp(ctx, path, len(lines), func(w *json.Encoder) error {
			for i := range lines {
				if err := w.Encode(&lines[i]); err != nil {
					return err
				}
			}
			return nil
		}, func(answers *json.Decoder) (bool, error) {
			var v Out
			if err := answers.Decode(&v); err != nil {
				return false, err
			}
			n++
			return yield(v, nil), nil
		})
		switch {
		case errors.Is(err, errEnough):
		case err != nil:
			yield(none, err)
		case n != len(lines):
			yield(none, failed(fault.Unavailable, "the answer of %s broke off after %d of %d lines", path, n, len(lines)).hint("ask again; the server's log says why"))
		}
	}
}

// errEnough ends a lookup whose reader wants no more.
var errEnough = errors.New("enough")

func (c *Client) lookUp(ctx context.Context, path string, lines int, encode func(*json.Encoder) error, next func(*json.Decoder) (bool, error)) error {
	if lines > LookupLimit {
		return failed(fault.Invalid, "%d lines are more than one lookup takes, %d", lines, LookupLimit).hint("ask in several lookups")
	}
	var body bytes.Buffer
	if err := encode(json.NewEncoder(&body)); err != nil {
		return failed(fault.Invalid, "encode lines: %w", err)
	}
	r := call{method: "POST", path: path, accept: mediaNDJSON, media: mediaNDJSON, again: true}
	r.body = func() (io.Reader, error) { return bytes.NewReader(body.Bytes()), nil }
	response, err := c.send(ctx, r)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	answers := json.NewDecoder(bufio.NewReaderSize(response.Body, 64<<10))
	for {
		switch more, err := next(answers); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil && ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			return failed(fault.Unavailable, "read answer of %s: %w", path, err).hint("ask again; the server's log says why")
		case !more:
			return errEnough
		}
	}
}
