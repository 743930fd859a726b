package clickhouse

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/pricewire/pricewire/pkg/history"
)

// Account compares counts as history.Auditor says.
func (s *Store) Account(ctx context.Context, stream string, last uint64) ([]history.Finding, error) {
	refused, err := s.refused(ctx, stream, last)
	if err != nil {
		return nil, err
	}
	found, err := s.accountPublications(ctx, stream, last, refused)
	if err != nil {
		return nil, err
	}
	crawls, err := s.accountCrawls(ctx, stream, last, refused)
	return append(found, crawls...), err
}

// refused are the sequences of a stream's messages that are among the rejects, in order and each once.
type refused []uint64

func (s *Store) refused(ctx context.Context, stream string, last uint64) (refused, error) {
	var all refused
	f := within(stream, 0, last)
	err := s.examine(ctx, "list rejected messages", statement{"SELECT DISTINCT seq FROM rejects_store" + f.all() + " ORDER BY seq", f.args}, func(rows driver.Rows) error {
		var sequence uint64
		err := rows.Scan(&sequence)
		all = append(all, sequence)
		return err
	})
	return all, err
}

// among counts those among messages, and those that come right before the first.
func (r refused) among(first, last uint64) (inside, before uint64) {
	i, _ := slices.BinarySearch(r, first)
	j, found := slices.BinarySearch(r, last)
	if found {
		j++
	}
	inside = uint64(max(j-i, 0))
	for ; i > 0 && r[i-1] == first-1; i-- {
		first--
		before++
	}
	return inside, before
}

// counted are the changes of a release or withdrawal as they are kept.
type counted struct {
	publication
	changes  uint64
	first    uint64 // sequence of the first
	last     uint64 // and of the last, which the manifest follows
	numbered bool   // from 1 on, each number once, and each said to be of as many
}

// countedStatement counts the changes of each publication of a stream.
func countedStatement(table history.Table, stream string, last uint64) statement {
	f := within(stream, 0, last)
	return statement{"SELECT toString(release), toUInt64(withdrawal), count() AS changes, min(seq), max(seq), min(of) = changes AND max(of) = changes AND\n" +
		"sum(intHash64(n)) = arraySum(x -> intHash64(x), range(1, toUInt32(changes) + 1)) FROM " + tableName(table) + f.all() + "\nGROUP BY release, withdrawal", f.args}
}

// accountPublications sets releases and withdrawals beside their changes.
func (s *Store) accountPublications(ctx context.Context, stream string, last uint64, refused refused) ([]history.Finding, error) {
	kept := map[publication]counted{}
	for _, table := range []history.Table{history.TableLicenseChanges, history.TableItemChanges} {
		err := s.examine(ctx, "count "+string(table), countedStatement(table, stream, last), func(rows driver.Rows) error {
			c := counted{publication: publication{stream: stream}}
			err := rows.Scan(&c.release, &c.withdrawal, &c.changes, &c.first, &c.last, &c.numbered)
			kept[c.publication] = c
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	var found []history.Finding
	f := within(stream, 0, last)
	q := statement{"SELECT toString(release), toUInt64(0), seq, toUInt64(changed), toUInt64(lines),\n" +
		"toUInt64(added) + price_changed + attributes_changed + ending + unchanged FROM releases_store" + f.all() +
		"\nUNION ALL SELECT toString(release), toUInt64(withdrawal), seq, toUInt64(changed), toUInt64(0), toUInt64(0) FROM withdrawals_store" + f.all(), f.args}
	err := s.examine(ctx, "list manifests", q, func(rows driver.Rows) error {
		p := publication{stream: stream}
		var sequence, changed, lines, said uint64
		if err := rows.Scan(&p.release, &p.withdrawal, &sequence, &changed, &lines, &said); err != nil {
			return err
		}
		table, detail := manifestTable(p), kept[p].against(p, changed)
		if detail == "" && lines != said {
			detail = fmt.Sprintf("the manifest of %s says %d lines, and its kinds of change come to %d", p.release, lines, said)
		}
		if detail != "" {
			first := sequence - min(sequence-1, changed+1) // its changes, and that it corrects another
			missing := changed - min(changed, kept[p].changes)
			if n, _ := refused.among(first, sequence); n >= missing { // it stays incomplete, and no repair adds what was rejected
				missing = 0
			}
			found = append(found, history.Finding{
				Kind: history.FindingCount, Table: table, Stream: stream, First: first, Last: sequence, Rows: missing, Detail: detail,
			})
		}
		delete(kept, p)
		return nil
	})
	for p, c := range kept {
		rejected, _ := refused.among(c.last+1, c.last+1)
		found = append(found, history.Finding{
			Kind: history.FindingCount, Table: manifestTable(p), Stream: stream, First: c.first, Last: min(c.last+1, last), Rows: 1 - rejected,
			Detail: fmt.Sprintf("%s has %d changes and no manifest", p.name(), c.changes),
		})
	}
	return found, err
}

func manifestTable(p publication) history.Table {
	if p.withdrawal > 0 {
		return history.TableWithdrawals
	}
	return history.TableReleases
}

// name is what people call a publication.
func (p publication) name() string {
	if p.withdrawal > 0 {
		return fmt.Sprintf("withdrawal %d of %s", p.withdrawal, p.release)
	}
	return p.release
}

// against says what is wrong with the changes that are kept, given how many the manifest says; nothing when all are there.
func (c counted) against(p publication, changed uint64) string {
	switch {
	case c.changes != changed:
		return fmt.Sprintf("the manifest of %s says %d changes, and %d are there", p.name(), changed, c.changes)
	case changed > 0 && !c.numbered:
		return fmt.Sprintf("the %d changes of %s are not numbered from 1 on", changed, p.name())
	}
	return ""
}

// crawlAccount is what the records of a crawl say, and what is kept of it.
type crawlAccount struct {
	started                                time.Time
	first, sequence                        uint64 // of its first row, and of its last record
	said, saidParts                        uint64 // changes; by the parts
	saidPeriods, saidQuarantined, saidOf   uint64 // periods; quarantined rows; parts, 0 for one batch
	records, changes, quarantined, partsAt uint64
	refused                                uint64 // messages of it that are among the rejects
}

// accountFor takes what rejected messages would have given for given: each is a change, a part, or quarantined rows, however many. Nothing
// that is missing beside them is passed over in tables that have a row of each message: inspection finds it. Rejects right before the first row
// that is kept are of the crawl only where something is missing without them.
func (a *crawlAccount) accountFor(refused refused) {
	changes, parts := a.said-min(a.said, a.changes), uint64(0)
	if before := max(a.saidOf, 1) - 1; a.records == 1 {
		parts = before - min(before, a.partsAt)
	}
	needed := changes + parts
	if a.quarantined == 0 && a.saidQuarantined > 0 {
		needed++
	}
	inside, before := refused.among(a.first, a.sequence)
	a.refused = inside + min(before, needed-min(needed, inside))
	left := a.refused
	give := func(n uint64) uint64 {
		n = min(n, left)
		left -= n
		return n
	}
	a.changes += give(changes)
	a.partsAt += give(parts)
	if a.saidQuarantined > a.quarantined && give(1) == 1 {
		a.quarantined = a.saidQuarantined
	}
}

// accountCrawls sets the records of crawls beside what is kept of them. A crawl that was broken off has no record and is no fault.
func (s *Store) accountCrawls(ctx context.Context, stream string, last uint64, refused refused) ([]history.Finding, error) {
	crawls := map[string]*crawlAccount{}
	f := within(stream, 0, last)
	q := statement{"SELECT crawl, max(started), min(seq), max(seq), sum(toUInt64(added) + price_changed + rescheduled + renamed + restated + retired),\n" +
		"sum(toUInt64(periods)), sum(toUInt64(quarantined)), sum(toUInt64(parts)), count() FROM crawls_store" + f.all() + " AND refused = ''\nGROUP BY crawl", f.args}
	err := s.examine(ctx, "list crawls", q, func(rows driver.Rows) error {
		var crawl string
		var a crawlAccount
		err := rows.Scan(&crawl, &a.started, &a.first, &a.sequence, &a.said, &a.saidPeriods, &a.saidQuarantined, &a.saidOf, &a.records)
		crawls[crawl] = &a
		return err
	})
	if err != nil {
		return nil, err
	}
	broken := map[time.Time]bool{} // instants that crawls without a record are of
	for _, of := range []struct {
		what, text string
		to         func(*crawlAccount) *uint64
	}{
		{"count changes of crawls", "SELECT toString(crawl), max(known_at), min(seq), count() FROM rate_changes_store", func(a *crawlAccount) *uint64 { return &a.changes }},
		{"count quarantined rows", "SELECT toString(crawl), max(known_at), min(seq), count() FROM quarantine_store", func(a *crawlAccount) *uint64 { return &a.quarantined }},
		{"add up parts of crawls", "SELECT crawl, max(known_at), min(seq), sum(toUInt64(changes)) FROM crawl_parts_store", func(a *crawlAccount) *uint64 { return &a.saidParts }},
		{"count parts of crawls", "SELECT crawl, max(known_at), min(seq), count() FROM crawl_parts_store", func(a *crawlAccount) *uint64 { return &a.partsAt }},
	} {
		err := s.examine(ctx, of.what, statement{of.text + f.all() + " GROUP BY crawl", f.args}, func(rows driver.Rows) error {
			var crawl string
			var known time.Time
			var first, n uint64
			if err := rows.Scan(&crawl, &known, &first, &n); err != nil {
				return err
			}
			if a := crawls[crawl]; a != nil {
				*of.to(a), a.first = n, min(a.first, first)
				return nil
			}
			broken[known.UTC()] = true
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	for _, a := range crawls {
		a.accountFor(refused)
	}
	found := crawlFindings(stream, crawls)
	periods, err := s.accountPeriods(ctx, stream, last, crawls, broken)
	return append(found, periods...), err
}

// crawlFindings says which crawls are not kept as their records say.
func crawlFindings(stream string, crawls map[string]*crawlAccount) []history.Finding {
	var found []history.Finding
	for crawl, a := range crawls {
		add := func(what string, said, kept, missing uint64) {
			found = append(found, history.Finding{
				Kind: history.FindingCount, Table: history.TableCrawls, Stream: stream, First: a.first, Last: a.sequence, Rows: missing,
				Detail: fmt.Sprintf("the record of crawl %s says %d %s, and %d are there", crawl, said, what, kept),
			})
		}
		if a.said != a.changes {
			add("changes", a.said, a.changes, 0) // a row a message: those that are missing were found as holes
		}
		if a.saidQuarantined != a.quarantined {
			add("quarantined rows", a.saidQuarantined, a.quarantined, a.saidQuarantined-min(a.saidQuarantined, a.quarantined))
		}
		if a.records == 1 && a.partsAt != max(a.saidOf, 1)-1 {
			add("parts before its last", max(a.saidOf, 1)-1, a.partsAt, 0)
		}
		if a.saidParts > a.said {
			add("changes in all, fewer than its parts", a.said, a.saidParts, 0)
		}
	}
	return found
}

// accountPeriods sets the periods of rates beside what the records of crawls say. A period does not name its crawl, so those that became
// known at one instant are counted together.
func (s *Store) accountPeriods(ctx context.Context, stream string, last uint64, crawls map[string]*crawlAccount, broken map[time.Time]bool) ([]history.Finding, error) {
	kept := map[time.Time]uint64{}
	f := within(stream, 0, last)
	q := statement{"SELECT known_at, count() FROM rates_store" + f.all() + "\nGROUP BY known_at", f.args}
	err := s.examine(ctx, "count periods", q, func(rows driver.Rows) error {
		var known time.Time
		var n uint64
		err := rows.Scan(&known, &n)
		kept[known.UTC()] = n
		return err
	})
	if err != nil {
		return nil, err
	}
	said, first, sequence, refused := map[time.Time]uint64{}, map[time.Time]uint64{}, map[time.Time]uint64{}, map[time.Time]uint64{}
	for _, a := range crawls {
		at := a.started.UTC()
		said[at] += a.saidPeriods
		refused[at] += a.refused
		if former, ok := first[at]; !ok || a.first < former {
			first[at] = a.first
		}
		sequence[at] = max(sequence[at], a.sequence)
	}
	var found []history.Finding
	for at, n := range said {
		missing := n - min(n, kept[at])
		if missing > 0 && refused[at] > 0 { // how many periods the rejected changes have is not known
			continue
		}
		if n != kept[at] && !broken[at] {
			found = append(found, history.Finding{
				Kind: history.FindingCount, Table: history.TableRates, Stream: stream, First: first[at], Last: sequence[at], Rows: missing,
				Detail: fmt.Sprintf("crawls of %s say %d periods, and %d are there", at.Format(time.RFC3339Nano), n, kept[at]),
			})
		}
	}
	return found, nil
}
