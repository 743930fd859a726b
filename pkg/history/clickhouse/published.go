package clickhouse

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/pricewire/pricewire/pkg/history"
)

// license is the list that holds prices.
const license = "license"

// publication is what makes rows visible as a whole: a release, or the n-th withdrawal of one.
type publication struct {
	stream, release string
	withdrawal      uint64 // 0: the release itself
}

// wholes remembers which publications are there as a whole. Nothing is ever removed, so that what was whole once stays so; the others are
// few and are counted again at every question. The zero value is empty and ready.
type wholes struct {
	mu    sync.Mutex
	found map[publication]bool
}

// published is what is there as a whole of a list in a market.
type published struct {
	releases    []history.Release    // what matters for which is in force
	withdrawals []history.Withdrawal // the same
	sets        []clickhouse.GroupSet
}

// none reports whether no row of the list and market can be seen.
func (p *published) none() bool { return len(p.sets) == 0 }

// visible binds the publications that rows must be of.
func (p *published) visible(f *filters) {
	f.where("(stream, published_in, withdrawal) IN (@visible)", "visible", p.sets)
}

func (p *published) inForce(a history.AsOf) string {
	return history.InForce(p.releases, p.withdrawals, a)
}

// manifest is a row that makes others visible: of a release, or of a withdrawal.
type manifest struct {
	publication
	market            string
	changed, revision uint64
	whole             bool      // a withdrawal of the whole list
	begins, known     time.Time // when the release takes effect, or the withdrawal does
}

func manifestsStatement(list string, markets []string) statement {
	var f filters
	f.equal("list", list)
	f.where("market IN @markets", "markets", markets)
	return statement{"SELECT toString(market), toString(stream), release, toUInt64(0), toUInt64(changed), toUInt64(revision), false, effective_at, published_at\n" +
		"FROM releases_store" + f.all() + "\nUNION ALL\n" +
		"SELECT toString(market), toString(stream), release, toUInt64(withdrawal), toUInt64(changed), toUInt64(revision), whole, toDateTime64(valid_from, 6, 'UTC'), known_at\n" +
		"FROM withdrawals_store" + f.all(), f.args}
}

// changesTable is where the changes of a list are counted.
func changesTable(list string) string {
	if list == license {
		return tableName(history.TableLicenseChanges)
	}
	return tableName(history.TableItemChanges)
}

func countsStatement(list string, releases []string) statement {
	var f filters
	f.where("release IN @releases", "releases", releases)
	return statement{"SELECT toString(stream), toString(release), toUInt64(withdrawal), uniqExact(n)\nFROM " + changesTable(list) + f.all() +
		"\nGROUP BY stream, release, withdrawal", f.args}
}

// published asks what is there as a whole of a list in a market.
func (s *Store) published(ctx context.Context, list, market string) (published, error) {
	all, err := s.publishedIn(ctx, list, market)
	if err != nil {
		return published{}, err
	}
	if p := all[market]; p != nil {
		return *p, nil
	}
	return published{}, nil
}

// publishedIn asks what is there as a whole of a list in some markets, in one statement. Markets without anything are not among them.
func (s *Store) publishedIn(ctx context.Context, list string, markets ...string) (map[string]*published, error) {
	manifests, err := s.manifests(ctx, list, markets)
	if err != nil {
		return nil, err
	}
	if err := s.findWhole(ctx, list, manifests); err != nil {
		return nil, err
	}
	s.whole.mu.Lock()
	defer s.whole.mu.Unlock()
	all := map[string]*published{}
	for _, m := range manifests {
		if m.changed > 0 && !s.whole.found[m.publication] {
			continue
		}
		if all[m.market] == nil {
			all[m.market] = &published{}
		}
		all[m.market].add(m)
	}
	return all, nil
}

func (p *published) add(m manifest) {
	at := history.Position{Stream: m.stream}
	p.sets = append(p.sets, clickhouse.GroupSet{Value: []any{m.stream, m.release, m.withdrawal}})
	if m.withdrawal == 0 {
		p.releases = append(p.releases, history.Release{
			Position: at, Release: m.release, Revision: int(m.revision), EffectiveAt: m.begins, PublishedAt: m.known,
		})
		return
	}
	p.withdrawals = append(p.withdrawals, history.Withdrawal{
		Position: at, Release: m.release, Withdrawal: int(m.withdrawal), Whole: m.whole, From: m.begins, KnownAt: m.known,
	})
}

func (s *Store) manifests(ctx context.Context, list string, markets []string) ([]manifest, error) {
	var manifests []manifest
	err := s.query(ctx, "ask what is published", manifestsStatement(list, markets), func(rows driver.Rows) error {
		var m manifest
		err := rows.Scan(&m.market, &m.stream, &m.release, &m.withdrawal, &m.changed, &m.revision, &m.whole, &m.begins, &m.known)
		manifests = append(manifests, m)
		return err
	})
	return manifests, err
}

// findWhole counts the changes of the publications that are not known to be there as a whole, and remembers those that are.
func (s *Store) findWhole(ctx context.Context, list string, manifests []manifest) error {
	expected := s.whole.unknown(manifests)
	if len(expected) == 0 {
		return nil
	}
	var releases []string
	for p := range expected {
		releases = append(releases, p.release)
	}
	slices.Sort(releases)
	counts := map[publication]uint64{}
	err := s.query(ctx, "count changes", countsStatement(list, slices.Compact(releases)), func(rows driver.Rows) error {
		var p publication
		var n uint64
		err := rows.Scan(&p.stream, &p.release, &p.withdrawal, &n)
		counts[p] = n
		return err
	})
	if err != nil {
		return err
	}
	for p, n := range expected {
		if counts[p] == n {
			s.whole.add(p)
		}
	}
	return nil
}

// unknown returns how many changes belong to each publication that has some and was not found yet.
func (w *wholes) unknown(manifests []manifest) map[publication]uint64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	expected := map[publication]uint64{}
	for _, m := range manifests {
		if m.changed > 0 && !w.found[m.publication] {
			expected[m.publication] = m.changed
		}
	}
	return expected
}

func (w *wholes) add(p publication) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.found == nil {
		w.found = map[publication]bool{}
	}
	w.found[p] = true
}
