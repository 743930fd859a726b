package client

import (
	"context"
	"iter"
	"net/url"
	"strconv"
	"time"
)

// pageSize is how many items are asked for at a time.
const pageSize = "1000"

// page is how a list answers.
type page[T any] struct {
	Items []T     `json:"items"`
	Next  *string `json:"next"`
}

// pages asks for a list, page by page, as they are needed. The sequence ends with the list, or with an error.
func pages[T any](ctx context.Context, c *Client, path string, query url.Values) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		q := url.Values{}
		for name, values := range query {
			q[name] = values
		}
		if q.Get("limit") == "" {
			q.Set("limit", pageSize)
		}
		for {
			p, err := ask[page[T]](ctx, c, get(path, q))
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, item := range p.Items {
				if !yield(item, nil) {
					return
				}
			}
			if p.Next == nil || *p.Next == "" {
				return
			}
			q.Set("cursor", *p.Next)
		}
	}
}

// items asks for a list that has no pages.
func items[T any](ctx context.Context, c *Client, path string, query url.Values) ([]T, error) {
	p, err := ask[page[T]](ctx, c, get(path, query))
	return p.Items, err
}

// params are the parameters of a query: what is not said is left out.
type params url.Values

func (p params) text(name, value string) params {
	if value != "" {
		p[name] = []string{value}
	}
	return p
}

func (p params) instant(name string, at time.Time) params {
	if !at.IsZero() {
		p[name] = []string{at.UTC().Format(time.RFC3339Nano)}
	}
	return p
}

func (p params) flag(name string, set bool) params {
	if set {
		p[name] = []string{"true"}
	}
	return p
}

func (p params) number(name string, n int) params {
	if n > 0 {
		p[name] = []string{strconv.Itoa(n)}
	}
	return p
}

func (p params) values() url.Values { return url.Values(p) }

// AsOf is the two axes of time on which a price is asked for. What is zero is now, by the server's clock.
type AsOf struct {
	At      time.Time // valid time: when the price is to hold
	KnownAt time.Time // knowledge time: what was believed then
}

func (a AsOf) in(p params) params { return p.instant("at", a.At).instant("known_at", a.KnownAt) }

// Between is two points to compare, each on both axes of time. From is required; what else is zero is now.
type Between struct {
	From, To           time.Time // valid time
	KnownFrom, KnownTo time.Time // knowledge time
}

func (b Between) in(p params) params {
	return p.instant("from", b.From).instant("to", b.To).instant("known_from", b.KnownFrom).instant("known_to", b.KnownTo)
}
