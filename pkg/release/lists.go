package release

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/item"
	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/pkg/pricelist"
)

// cachedLines bounds the decoded lists that are kept in memory: three of a usual market, or one large one and the list before it.
const cachedLines = 200_000

// Codec turns the lines of a list into bytes and back. The same lines must always give the same bytes.
type Codec struct {
	Encode      func(io.Writer, []pricelist.Line) error
	Decode      func(io.Reader) ([]pricelist.Line, error)
	EncodeItems func(io.Writer, []item.Item) error
	DecodeItems func(io.Reader) ([]item.Item, error)
}

// Lists reads and writes what lists say. It keeps the lists used last in memory, decoded, and may be used from several goroutines.
type Lists struct {
	content Content
	codec   Codec
	mu      sync.Mutex
	cache   []cachedList // the last used is last
}

type cachedList struct {
	sum   string
	body  any // a slice of lines or items
	lines int
}

// NewLists makes a Lists over a content store; an invalid fault when something is missing.
func NewLists(content Content, codec Codec) (*Lists, error) {
	if content == nil || codec.Encode == nil || codec.Decode == nil || codec.EncodeItems == nil || codec.DecodeItems == nil {
		return nil, fault.New(fault.Invalid, "lists need a content store and a codec")
	}
	return &Lists{content: content, codec: codec}, nil
}

// Save stores lines and returns their key. Saving the same again is fine.
func (l *Lists) Save(ctx context.Context, lines []pricelist.Line) (string, error) {
	return save(ctx, l.content, l.codec.Encode, lines)
}

// SaveItems is Save for items.
func (l *Lists) SaveItems(ctx context.Context, items []item.Item) (string, error) {
	return save(ctx, l.content, l.codec.EncodeItems, items)
}

// sum returns the key that a list would be stored under, and stores nothing.
func (l *Lists) sum(own body, priced bool) (string, error) {
	hash := sha256.New()
	var err error
	if priced {
		err = l.codec.Encode(hash, own.lines)
	} else {
		err = l.codec.EncodeItems(hash, own.items)
	}
	return hex.EncodeToString(hash.Sum(nil)), err
}

// SaveFile stores a document's file and returns its key.
func (l *Lists) SaveFile(ctx context.Context, data []byte) (string, error) {
	return l.content.Put(ctx, data)
}

// File returns the file stored under a key.
func (l *Lists) File(ctx context.Context, sum string) ([]byte, error) { return l.content.Get(ctx, sum) }

func save[L any](ctx context.Context, content Content, encode func(io.Writer, []L) error, lines []L) (string, error) {
	var b bytes.Buffer
	if err := encode(&b, lines); err != nil {
		return "", err
	}
	return content.Put(ctx, b.Bytes())
}

// Lines returns the lines stored under a key. They are shared: the caller must not change them.
func (l *Lists) Lines(ctx context.Context, sum string) ([]pricelist.Line, error) {
	return load(ctx, l, l.codec.Decode, sum)
}

// Items is Lines for items.
func (l *Lists) Items(ctx context.Context, sum string) ([]item.Item, error) {
	return load(ctx, l, l.codec.DecodeItems, sum)
}

func load[L any](ctx context.Context, l *Lists, decode func(io.Reader) ([]L, error), sum string) ([]L, error) {
	if lines, ok := l.cached(sum).([]L); ok {
		return lines, nil
	}
	data, err := l.content.Get(ctx, sum)
	if err != nil {
		return nil, err
	}
	lines, err := decode(bytes.NewReader(data))
	if err != nil {
		return nil, fault.New(fault.Internal, "decode list %s: %w", sum, err)
	}
	l.remember(cachedList{sum, lines, len(lines)})
	return lines, nil
}

func (l *Lists) cached(sum string) any {
	l.mu.Lock()
	defer l.mu.Unlock()
	i := slices.IndexFunc(l.cache, func(c cachedList) bool { return c.sum == sum })
	if i < 0 {
		return nil
	}
	hit := l.cache[i]
	l.cache = append(slices.Delete(l.cache, i, i+1), hit)
	return hit.body
}

// remember keeps a list, and forgets those that were used longest ago where there are too many lines.
func (l *Lists) remember(list cachedList) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cache = append(slices.DeleteFunc(l.cache, func(c cachedList) bool { return c.sum == list.sum }), list)
	lines := 0
	for i := len(l.cache) - 1; i >= 0; i-- {
		if lines += l.cache[i].lines; lines > cachedLines && i < len(l.cache)-1 {
			l.cache = slices.Delete(l.cache, 0, i+1)
			return
		}
	}
}

// Book returns the book of releases, which are given in the order in which they take effect, as far as it answers for instants from one
// on and for the instant just before. Older lists are left out, but never the one that answers in the place of those that are to be withdrawn,
// nor what a list that may answer asks back for. That is one of an earlier instant, never an earlier revision of its own: so of the lists of
// an instant none that is loaded may ask back for those before to be left out.
func (l *Lists) Book(ctx context.Context, releases []Release, from time.Time, withdrawn ...string) (*pricelist.Book, error) {
	var lists []pricelist.List
	stands := false // a later revision of the same instant stands for the one at hand
	asks := false   // a list of the same instant asks back
	for i := len(releases) - 1; i >= 0; i-- {
		r := releases[i]
		if i+1 < len(releases) && !r.EffectiveAt.Equal(releases[i+1].EffectiveAt) {
			stands, asks = false, false
		}
		if stands {
			continue
		}
		list, err := l.priceList(ctx, r, true)
		if err != nil {
			return nil, err
		}
		lists = append(lists, list)
		stands = list.Withdrawn.IsZero() && len(list.Lapsed) == 0 && !slices.Contains(withdrawn, r.ID)
		asks = asks || asksBack(list)
		if stands && r.EffectiveAt.Before(from) && !asks {
			break
		}
	}
	return pricelist.NewBook(lists...), nil
}

// priceList returns a release's list, with what of it was withdrawn or as it was published.
func (l *Lists) priceList(ctx context.Context, r Release, withdrawn bool) (pricelist.List, error) {
	lines, err := l.Lines(ctx, r.Content)
	if err != nil {
		return pricelist.List{}, fault.New(fault.KindOf(err), "read list of %s: %w", r.ID, err)
	}
	list := pricelist.NewList(r.ID, r.Revision, r.EffectiveAt, lines)
	if !withdrawn {
		return list, nil
	}
	book := pricelist.NewBook(list)
	for _, w := range r.Withdrawals {
		if !w.Told() {
			continue
		}
		step, err := l.PriceWithdrawal(ctx, r, w)
		if err != nil {
			return list, err
		}
		book = book.Without(step)
	}
	return book.List(r.ID), nil
}

// PriceWithdrawal returns a withdrawal of a release as a book takes it.
func (l *Lists) PriceWithdrawal(ctx context.Context, r Release, w Withdrawal) (pricelist.Withdrawal, error) {
	step := pricelist.Withdrawal{Release: r.ID, From: w.From}
	if w.Whole() {
		return step, nil
	}
	lines, err := l.Lines(ctx, w.Lines)
	if err != nil {
		return step, fault.New(fault.KindOf(err), "read lines withdrawn from %s: %w", r.ID, err)
	}
	for i := range lines {
		step.Identities = append(step.Identities, lines[i].Identity)
	}
	return step, nil
}

// Story returns how knowledge of a market's prices grew with releases and their withdrawals.
func (l *Lists) Story(ctx context.Context, releases []Release) (pricelist.Story, error) {
	var steps []pricelist.Step
	for _, r := range releases {
		list, err := l.priceList(ctx, r, false)
		if err != nil {
			return nil, err
		}
		steps = append(steps, pricelist.Step{KnownAt: r.PublishedAt, Sequence: r.Sequence, List: list})
		for _, w := range r.Withdrawals {
			if !w.Told() {
				continue
			}
			step, err := l.PriceWithdrawal(ctx, r, w)
			if err != nil {
				return nil, err
			}
			steps = append(steps, pricelist.Step{KnownAt: w.KnownAt, Sequence: w.Sequence, Withdrawal: step})
		}
	}
	return pricelist.NewStory(steps...), nil
}

// ItemStory is Story for a list of items.
func (l *Lists) ItemStory(ctx context.Context, releases []Release) (item.Story, error) {
	var steps []item.Step
	for _, r := range releases {
		items, err := l.Items(ctx, r.Content)
		if err != nil {
			return nil, fault.New(fault.KindOf(err), "read list of %s: %w", r.ID, err)
		}
		steps = append(steps, item.Step{KnownAt: r.PublishedAt, Sequence: r.Sequence, List: item.NewList(r.ID, r.Revision, r.EffectiveAt, items)})
		for _, w := range r.Withdrawals {
			if !w.Told() {
				continue
			}
			step, err := l.ItemWithdrawal(ctx, r, w)
			if err != nil {
				return nil, err
			}
			steps = append(steps, item.Step{KnownAt: w.KnownAt, Sequence: w.Sequence, Withdrawal: step})
		}
	}
	return item.NewStory(steps...), nil
}

// itemBook is Book for items, of all releases given.
func (l *Lists) itemBook(ctx context.Context, releases []Release) (item.Book, error) {
	book := item.NewBook()
	for _, r := range releases {
		items, err := l.Items(ctx, r.Content)
		if err != nil {
			return book, fault.New(fault.KindOf(err), "read list of %s: %w", r.ID, err)
		}
		book = book.With(item.NewList(r.ID, r.Revision, r.EffectiveAt, items))
		for _, w := range r.Withdrawals {
			if !w.Told() {
				continue
			}
			step, err := l.ItemWithdrawal(ctx, r, w)
			if err != nil {
				return book, err
			}
			book = book.Without(step)
		}
	}
	return book, nil
}

// ItemWithdrawal is PriceWithdrawal for items.
func (l *Lists) ItemWithdrawal(ctx context.Context, r Release, w Withdrawal) (item.Withdrawal, error) {
	step := item.Withdrawal{Release: r.ID, From: w.From}
	if w.Whole() {
		return step, nil
	}
	items, err := l.Items(ctx, w.Lines)
	if err != nil {
		return step, fault.New(fault.KindOf(err), "read items withdrawn from %s: %w", r.ID, err)
	}
	for i := range items {
		step.Keys = append(step.Keys, items[i].Key)
	}
	return step, nil
}

// asksBack reports whether a list holds only later starts of some identity: there the list before it answers.
func asksBack(l pricelist.List) bool {
	for i := range l.Lines {
		first := i == 0 || l.Lines[i-1].Identity != l.Lines[i].Identity
		if first && l.Lines[i].Effective.From.After(l.EffectiveAt) {
			return true
		}
	}
	return false
}

// edition returns a release as it is in force.
func (r Release) edition() listing.Edition {
	return listing.Edition{Release: r.ID, Revision: r.Revision, EffectiveAt: r.EffectiveAt, Withdrawn: r.withdrawnFrom()}
}

// withdrawnFrom returns from when on the whole release is known not to answer, zero when it is not withdrawn.
func (r Release) withdrawnFrom() time.Time {
	var from time.Time
	for _, w := range r.Withdrawals {
		if w.Told() && w.Whole() && (from.IsZero() || w.From.Before(from)) {
			from = w.From
		}
	}
	return from
}
