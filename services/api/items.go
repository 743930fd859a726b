package api

import (
	"context"
	"iter"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/item"
	"github.com/pricewire/pricewire/pkg/release"
	"github.com/pricewire/pricewire/pkg/sheet"
)

type itemsInput struct {
	Market string `query:"market" doc:"Only this market's list, WW for those of none; all when empty." example:"WW"`
	Key    string `query:"key" doc:"Only the item of this key." example:"CFQ7TTC0LH18/0001"`
	AsOfInput
	PageInput
	FormatInput
}

func (s *server) registerItems(api huma.API) {
	for _, l := range []struct{ list, path, summary string }{
		{release.Offers, "/v1/offers", "The offer matrix as of an instant: what may be ordered, where, and within which limits"},
		{release.Services, "/v1/services", "The Azure services that are sold, as of an instant, and what usage records and rates call them"},
		{release.Documents, "/v1/documents", "Guides and agreements as of an instant"},
	} {
		one := itemSchema(schemaOfList(l.list))
		op := listedAs(pageSchema(one), one, huma.Operation{
			OperationID: "list-" + l.list, Method: http.MethodGet, Path: l.path, Summary: l.summary, Tags: []string{l.list},
			Description: "Market by market, in the order of keys. A key that no list in force holds is 404.",
		})
		huma.Register(api, op, func(ctx context.Context, in *itemsInput) (*huma.StreamResponse, error) {
			return s.listItems(ctx, l.list, in)
		})
	}
	s.registerOrderable(api)
	s.registerDocuments(api)
}

func (s *server) listItems(ctx context.Context, list string, in *itemsInput) (*huma.StreamResponse, error) {
	var p params
	schema := schemaOfList(list)
	q := history.ItemList{List: list, Market: p.marketOrAll("query.market", in.Market), Key: in.Key, AsOf: s.asOf(&p, in.AsOfInput), Page: in.page(&p)}
	f := in.file(&p)
	if err := p.err(); err != nil {
		return nil, problemOf(err)
	}
	markets, err := s.itemMarkets(ctx, list, q.Market)
	if err != nil {
		return nil, problemOf(err)
	}
	if f != "" {
		return sendTable(s, list+"-"+q.At.UTC().Format("2006-01-02"), f, func(ctx context.Context) table[ItemView] {
			return s.itemTable(ctx, q, schema, markets)
		}), nil
	}
	page, err := s.itemPage(ctx, q, schema, markets)
	if err == nil && len(page.Items) == 0 && q.Key != "" {
		err = noItem(q)
	}
	if err != nil {
		return nil, problemOf(err)
	}
	return jsonAnswer(page), nil
}

// itemMarkets returns the markets that a list was ever released for, in order; only the one asked for when one is.
func (s *server) itemMarkets(ctx context.Context, list, market string) ([]string, error) {
	if market != "" {
		return []string{market}, nil
	}
	releases, err := s.deps.Desk.List(ctx, release.Filter{List: list})
	if err != nil {
		return nil, err
	}
	var markets []string
	for _, r := range releases {
		if r.Told() && !slices.Contains(markets, r.Slot.Market) {
			markets = append(markets, r.Slot.Market)
		}
	}
	slices.Sort(markets)
	return markets, nil
}

// itemPage returns a page that goes on from one market to the next. Its cursor is the market and the cursor there.
func (s *server) itemPage(ctx context.Context, q history.ItemList, schema item.Schema, markets []string) (pageOf[ItemView], error) {
	place, err := history.DecodeCursor(q.Cursor, 2)
	if err != nil {
		return pageOf[ItemView]{}, err
	}
	found := pageOf[ItemView]{Items: []ItemView{}}
	size := q.Size()
	for i, market := range markets {
		q.Market, q.Cursor = market, ""
		if place != nil && market < place[0] {
			continue
		}
		if place != nil && market == place[0] {
			q.Cursor = place[1]
		}
		if len(found.Items) == size {
			next := history.EncodeCursor(market, "")
			found.Next = &next
			return found, nil
		}
		q.Limit = size - len(found.Items)
		page, err := s.history(ctx).Items(ctx, q)
		if err != nil {
			return found, err
		}
		found.Items = append(found.Items, newPage(page.Items, "", itemView(schema, market)).Items...)
		if page.Next != "" {
			next := history.EncodeCursor(markets[i], page.Next)
			found.Next = &next
			return found, nil
		}
	}
	return found, nil
}

func (s *server) itemTable(ctx context.Context, q history.ItemList, schema item.Schema, markets []string) table[ItemView] {
	return table[ItemView]{
		name: q.List, columns: itemColumns(schema), cells: ItemView.cells, notes: asOfNotes(q.AsOf),
		items: func(yield func(ItemView, error) bool) {
			for _, market := range markets {
				q.Market = market
				for v, err := range pages(s.items(ctx, q), itemView(schema, market)) {
					if !yield(v, err) || err != nil {
						return
					}
				}
			}
		},
	}
}

// items asks for a list of items page by page, in the largest pages.
func (s *server) items(ctx context.Context, q history.ItemList) func(cursor string) ([]history.ItemAnswer, string, error) {
	return func(cursor string) ([]history.ItemAnswer, string, error) {
		q.Page = history.Page{Limit: history.MaxLimit, Cursor: cursor}
		page, err := s.history(ctx).Items(ctx, q)
		return page.Items, page.Next, err
	}
}

// itemAnswers are all items of a list in a market.
func (s *server) itemAnswers(ctx context.Context, q history.ItemList) iter.Seq2[history.ItemAnswer, error] {
	return pages(s.items(ctx, q), func(a history.ItemAnswer) history.ItemAnswer { return a })
}

// noItem says that no list in force holds a key.
func noItem(q history.ItemList) error {
	return fault.New(fault.NotFound, "no list of %s in force at %s, as known at %s, holds %q", q.List, stamp(q.At), stamp(q.KnownAt), q.Key).
		WithHint("see what it holds: /v1/%s without key", q.List)
}

// asOfNotes say which instants a file is about.
func asOfNotes(a history.AsOf) []sheet.Note {
	return []sheet.Note{note("Valid at", a.At), note("As known at", a.KnownAt)}
}
