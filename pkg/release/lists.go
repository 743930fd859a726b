package release

import (
	"bytes"
	"context"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/pricelist"
)

// cachedLists is how many decoded lists are kept in memory: one being compared, the one before it and the one in force.
const cachedLists = 3

// Codec turns the lines of a list into bytes and back. The same lines must always give the same bytes.
type Codec struct {
	Encode func(io.Writer, []pricelist.Line) error
	Decode func(io.Reader) ([]pricelist.Line, error)
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
	lines []pricelist.Line
}

// NewLists makes a Lists over a content store; an invalid fault when something is missing.
func NewLists(content Content, codec Codec) (*Lists, error) {
	if content == nil || codec.Encode == nil || codec.Decode == nil {
		return nil, fault.New(fault.Invalid, "lists need a content store and a codec")
	}
	return &Lists{content: content, codec: codec}, nil
}

// Save stores lines and returns their key. Saving the same again is fine.
func (l *Lists) Save(ctx context.Context, lines []pricelist.Line) (string, error) {
	var b bytes.Buffer
	if err := l.codec.Encode(&b, lines); err != nil {
		return "", err
	}
	return l.content.Put(ctx, b.Bytes())
}

// Lines returns the lines stored under a key. They are shared: the caller must not change them.
func (l *Lists) Lines(ctx context.Context, sum string) ([]pricelist.Line, error) {
	if lines, ok := l.cached(sum); ok {
		return lines, nil
	}
	data, err := l.content.Get(ctx, sum)
	if err != nil {
		return nil, err
	}
	lines, err := l.codec.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, fault.New(fault.Internal, "decode list %s: %w", sum, err)
	}
	l.remember(sum, lines)
	return lines, nil
}

func (l *Lists) cached(sum string) ([]pricelist.Line, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	i := slices.IndexFunc(l.cache, func(c cachedList) bool { return c.sum == sum })
	if i < 0 {
		return nil, false
	}
	hit := l.cache[i]
	l.cache = append(slices.Delete(l.cache, i, i+1), hit)
	return hit.lines, true
}

func (l *Lists) remember(sum string, lines []pricelist.Line) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cache = slices.DeleteFunc(l.cache, func(c cachedList) bool { return c.sum == sum })
	if len(l.cache) == cachedLists {
		l.cache = slices.Delete(l.cache, 0, 1)
	}
	l.cache = append(l.cache, cachedList{sum, lines})
}

// Book returns the book of releases, which are given in the order in which they take effect, as far as it answers for instants from one
// on and for the instant just before. Older lists are left out.
func (l *Lists) Book(ctx context.Context, releases []Release, from time.Time) (*pricelist.Book, error) {
	var lists []pricelist.List
	for i := len(releases) - 1; i >= 0; i-- {
		r := releases[i]
		if i+1 < len(releases) && r.EffectiveAt.Equal(releases[i+1].EffectiveAt) {
			continue // a later revision of the same instant stands for it
		}
		list, err := l.list(ctx, r)
		if err != nil {
			return nil, err
		}
		lists = append(lists, list)
		if r.EffectiveAt.Before(from) && !asksBack(list) {
			break
		}
	}
	return pricelist.NewBook(lists...), nil
}

func (l *Lists) list(ctx context.Context, r Release) (pricelist.List, error) {
	lines, err := l.Lines(ctx, r.Content)
	if err != nil {
		return pricelist.List{}, fault.New(fault.KindOf(err), "read list of %s: %w", r.ID, err)
	}
	return pricelist.NewList(r.ID, r.Revision, r.EffectiveAt, lines), nil
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
