package main

import (
	"cmp"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// moment is what a question as of asks for: an instant of valid time, as known at another, in the form in which rows say them.
type moment struct{ valid, known string }

const (
	validForm = "2006-01-02 15:04:05.000"
	knownForm = "2006-01-02 15:04:05.000000"
)

func momentOf(valid, known time.Time) moment {
	return moment{valid.UTC().Format(validForm), known.UTC().Format(knownForm)}
}

// periods are the periods of one identity, the latest known first.
type periods []row

// histories are the periods of a view by identity.
func histories(rows map[place]row, identity []string) map[string]periods {
	all := map[string]periods{}
	for _, at := range latestFirst(rows) {
		key := rows[at].key(identity)
		all[key] = append(all[key], rows[at])
	}
	return all
}

// latestFirst orders rows by when they became known, and where they stand, backwards.
func latestFirst(rows map[place]row) []place {
	return slices.SortedFunc(maps.Keys(rows), func(a, b place) int {
		return cmp.Or(strings.Compare(rows[b]["known_at"], rows[a]["known_at"]), cmp.Compare(b.Sequence, a.Sequence), cmp.Compare(b.Row, a.Row))
	})
}

// key is what tells a row from others: the values of some columns.
func (r row) key(columns []string) string {
	values := make([]string, len(columns))
	for i, name := range columns {
		values[i] = r[name]
	}
	return strings.Join(values, "|")
}

// known are the periods that were known by an instant.
func (p periods) known(by string) periods {
	var some periods
	for _, r := range p {
		if r["known_at"] <= by {
			some = append(some, r)
		}
	}
	return some
}

// at is the latest known period that holds an instant; nil for none.
func (p periods) at(valid string) row {
	for _, r := range p {
		if r["valid_from"] <= valid && valid < r["valid_to"] {
			return r
		}
	}
	return nil
}

// fold answers for one identity: the period that answers, and from when to when the answer is the same. It is nil when there is no price;
// says tells one answer from another and is empty for none.
func (p periods) fold(m moment, says func(row) string) (hit row, from, to string) {
	p = p.known(m.known)
	hit = p.at(m.valid)
	answer := says(hit)
	if answer == "" {
		return nil, "", ""
	}
	var bounds []string
	for _, r := range p {
		bounds = append(bounds, r["valid_from"], r["valid_to"])
	}
	slices.Sort(bounds)
	from, to = m.valid, open
	for _, bound := range slices.Backward(bounds) {
		if bound > m.valid {
			continue
		}
		if says(p.at(bound)) != answer {
			break
		}
		from = bound
	}
	for _, bound := range bounds {
		if bound > m.valid && bound < open && says(p.at(bound)) != answer {
			to = bound
			break
		}
	}
	return hit, from, to
}

func rateAnswer(r row) string {
	if r == nil || r["price"] == none {
		return ""
	}
	return r.key([]string{"price", "effective_from"})
}

func lineAnswer(r row) string {
	if r == nil || r["starts_at"] == none {
		return ""
	}
	return r.key(slices.Concat([]string{"unit_price", "erp_price", "price_basis", "starts_at"}, lineNames()))
}

// rateAt is what a rate is as of a moment; nil for none.
func (m model) rateAt(of, changes periods, at moment) row {
	hit, _, to := of.fold(at, rateAnswer)
	if hit == nil {
		return nil
	}
	r := row{"price": hit["price"], "effective_from": hit["effective_from"], "valid_to": to, "known_at": hit["known_at"]}
	r.copyFrom(hit, rateIDNames())
	changes = changes.known(at.known)
	if len(changes) == 0 {
		return r // no row of changes is a difference that is told
	}
	current := changes[0]
	for _, c := range changes {
		if c["after_effective_from"] != none {
			current = c
			break
		}
	}
	r.copyFrom(current, rateNames())
	r["savings_plans"] = current["after_plans"]
	return r
}

func (r row) copyFrom(other row, names []string) {
	for _, name := range names {
		r[name] = other[name]
	}
}

// ratesAt are the rates that there are as of a moment.
func (m model) ratesAt(at moment) map[place]row {
	changes, rows := histories(m["rate_changes"], rateIDNames()), map[place]row{}
	for key, of := range histories(m["rates"], rateIDNames()) {
		if r := m.rateAt(of, changes[key], at); r != nil {
			rows[place{Stream: key}] = r
		}
	}
	return rows
}

// ratesCurrent are the rates as of the newest crawl of each stream that was taken.
func (m model) ratesCurrent() map[place]row {
	newest := map[string]string{}
	for at, crawl := range m["crawls"] {
		if crawl["refused"] == "" {
			newest[at.Stream] = max(newest[at.Stream], crawl["started"])
		}
	}
	rows := map[place]row{}
	for stream, known := range newest {
		of := model{}
		for _, view := range []string{"rates", "rate_changes"} {
			of[view] = map[place]row{}
			for at, r := range m[view] {
				if at.Stream == stream {
					of[view][at] = r
				}
			}
		}
		maps.Copy(rows, of.ratesAt(moment{known[:len(validForm)], known}))
	}
	return rows
}

// pricesAt are the licence prices that there are as of a moment.
func (m model) pricesAt(at moment) map[place]row {
	rows, force := map[place]row{}, m.inForce(at)
	for key, of := range histories(m["license_prices"], priceIDNames()) {
		hit, from, to := of.fold(at, lineAnswer)
		if hit == nil {
			continue
		}
		r := row{"valid_from": from, "valid_to": to, "in_force": force[hit["market"]]}
		r.copyFrom(hit, slices.Concat(priceIDNames(), lineNames(), []string{"unit_price", "erp_price", "price_basis", "starts_at", "known_at", "release"}))
		rows[place{Stream: key}] = r
	}
	return rows
}

// inForce is the release in force of each market: of those that have taken effect and were not withdrawn as a whole, the last.
func (m model) inForce(at moment) map[string]string {
	gone := map[string]bool{}
	for _, w := range m["withdrawals"] {
		if w["whole"] == "true" && w["valid_from"] <= at.valid && w["known_at"] <= at.known {
			gone[w["release"]] = true
		}
	}
	best := map[string]row{}
	for _, r := range m["releases"] {
		if r["effective_at"] > at.valid+"000" || r["published_at"] > at.known || gone[r["release"]] {
			continue
		}
		b, ok := best[r["market"]]
		if !ok || cmp.Or(strings.Compare(r["effective_at"], b["effective_at"]), cmp.Compare(len(r["revision"]), len(b["revision"])),
			strings.Compare(r["revision"], b["revision"])) > 0 {
			best[r["market"]] = r
		}
	}
	force := map[string]string{}
	for market, r := range best {
		force[market] = r["release"]
	}
	return force
}

// moments are now, and so many others that matter: around boundaries of periods, and around when things became known.
func (m model) moments(random *rand.Rand, now time.Time, others int) []moment {
	all := []moment{momentOf(now, now)}
	var valid, known []time.Time
	for _, view := range []string{"rates", "license_prices"} {
		for _, at := range places(m[view]) {
			r := m[view][at]
			for _, name := range []string{"valid_from", "valid_to"} {
				if v, err := time.Parse(validForm, r[name]); err == nil && r[name] != always && r[name] != open {
					valid = append(valid, v)
				}
			}
			if k, err := time.Parse(knownForm, r["known_at"]); err == nil {
				known = append(known, k)
			}
		}
	}
	pick := func(from []time.Time, unit time.Duration) time.Time {
		if len(from) == 0 {
			return now
		}
		return from[random.IntN(len(from))].Add(time.Duration(random.IntN(3)-1) * unit)
	}
	for range others {
		all = append(all, momentOf(pick(valid, time.Millisecond), pick(known, time.Microsecond)))
	}
	return all
}
