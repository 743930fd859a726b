package memory

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/item"
)

// Items lists the items that are on a list of a market.
func (s *Store) Items(_ context.Context, q history.ItemList) (history.ItemPage, error) {
	if err := q.Validate(); err != nil {
		return history.ItemPage{}, err
	}
	place, err := history.DecodeCursor(q.Cursor, 1)
	if err != nil {
		return history.ItemPage{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	page := history.ItemPage{InForce: s.inForce(q.List, q.Market, q.AsOf)}
	for _, key := range s.itemKeys(q) {
		if place != nil && key <= place[0] {
			continue
		}
		a, ok := s.item(q, key)
		if !ok {
			continue
		}
		if len(page.Items) == q.Size() {
			page.Next = history.EncodeCursor(page.Items[len(page.Items)-1].Key)
			break
		}
		a.InForce = page.InForce
		page.Items = append(page.Items, a)
	}
	return page, nil
}

// itemKeys are the keys that are asked for, in order.
func (s *Store) itemKeys(q history.ItemList) []string {
	keys := map[string]bool{}
	for _, c := range s.table(history.TableItems).ItemChanges {
		if c.List == q.List && c.Market == q.Market && is(q.Key, c.Key) {
			keys[c.Key] = true
		}
	}
	return slices.SortedFunc(maps.Keys(keys), strings.Compare)
}

// item answers for one key; false when the item is not on the list.
func (s *Store) item(q history.ItemList, key string) (history.ItemAnswer, bool) {
	var periods []known[item.Item]
	whole := s.whole()
	for _, c := range s.table(history.TableItems).ItemChanges {
		if c.List == q.List && c.Market == q.Market && c.Key == key && whole[publication{c.Stream, c.Release, c.Withdrawal}] {
			periods = appendKnown(periods, c.Position, c.KnownAt, history.StoredKnown(q.KnownAt), c.Spans)
		}
	}
	at := q.At.UTC().Truncate(time.Millisecond)
	periods = inOrder(periods)
	hit, _ := latest(periods, at)
	if hit.Line == nil {
		return history.ItemAnswer{}, false
	}
	return history.ItemAnswer{
		Key: key, Item: *hit.Line, Valid: around(periods, at, hit.Line, sameItem), KnownAt: hit.at, Release: hit.Release,
	}, true
}

func sameItem(a, b *item.Item) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Compare(*b) == 0
}
