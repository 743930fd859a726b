package api

import (
	"strconv"
	"strings"

	"github.com/pricewire/pricewire/pkg/history"
)

// AsOfInput is the two time axes, wherever a price is read.
type AsOfInput struct {
	At      string `query:"at" doc:"Valid time: a date or RFC 3339; now when empty." example:"2026-12-05"`
	KnownAt string `query:"known_at" doc:"Knowledge time: what was believed then; now when empty." example:"2026-11-02T00:00:00Z"`
}

// asOf reads both axes; what is left out is now, by the server's clock.
func (s *server) asOf(p *params, in AsOfInput) history.AsOf {
	now := s.deps.Clock.Now().UTC()
	return history.AsOf{At: p.instant("query.at", in.At, now), KnownAt: p.instant("query.known_at", in.KnownAt, now)}
}

// WordsInput searches a list.
type WordsInput struct {
	Words string `query:"words" doc:"Only what has every one of these words, separated by blanks, in its names or ids, whatever their case." example:"windows e8as"`
}

func (in WordsInput) words() []string { return strings.Fields(in.Words) }

// PageInput cuts a list.
type PageInput struct {
	Limit  string `query:"limit" doc:"Items a page, 1 to 10,000; 100 when empty."`
	Cursor string `query:"cursor" doc:"The next of the page before."`
}

func (in PageInput) page(p *params) history.Page {
	page := history.Page{Cursor: in.Cursor}
	if in.Limit == "" {
		return page
	}
	limit, err := strconv.Atoi(in.Limit)
	if err != nil || limit < 1 || limit > history.MaxLimit {
		p.wrong("query.limit", "\""+in.Limit+"\" is not a number from 1 to "+strconv.Itoa(history.MaxLimit))
		return page
	}
	page.Limit = limit
	return page
}

// pageOf is how a list answers.
type pageOf[T any] struct {
	Items []T     `json:"items"`
	Next  *string `json:"next" doc:"Cursor of the next page; null on the last."`
}

func newPage[F, T any](items []F, next string, view func(F) T) pageOf[T] {
	page := pageOf[T]{Items: make([]T, len(items))}
	for i, item := range items {
		page.Items[i] = view(item)
	}
	if next != "" {
		page.Next = &next
	}
	return page
}
