package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/pricewire/pricewire/pkg/pricelist"
)

// upload is what the bench itself put on a list, and must be published of it.
type upload struct {
	lines     int
	changed   map[string]bool // identities that it changes against its predecessor
	mends     map[string]bool // identities that are otherwise than on the list that is in force without it
	corrects  string          // release that it mends, empty for none
	withdrawn map[string]bool // identities that were taken back, of all lines; nil: nothing was
	whole     bool
}

// firstUpload is a list of a market that has none yet.
func firstUpload(rows []pricelist.Row) *upload {
	all := lineKeys(identities(rows))
	return &upload{lines: len(rows), changed: all, mends: all}
}

// lineKey is an identity as events tell it.
func lineKey(id pricelist.Identity) string {
	return strings.Join([]string{id.Market, id.Currency, id.Product, id.SKU, id.Term, id.Billing, plain(id.Tier.String())}, "|")
}

func lineKeys(ids ...[]pricelist.Identity) map[string]bool {
	keys := map[string]bool{}
	for _, id := range slices.Concat(ids...) {
		keys[lineKey(id)] = true
	}
	return keys
}

func identities(rows []pricelist.Row) []pricelist.Identity {
	ids := make([]pricelist.Identity, len(rows))
	for i := range rows {
		ids[i] = rows[i].Identity
	}
	return ids
}

// ofProduct are the identities of a product.
func ofProduct(rows []pricelist.Row, product string) map[string]bool {
	keys := map[string]bool{}
	for i := range rows {
		if rows[i].Product == product {
			keys[lineKey(rows[i].Identity)] = true
		}
	}
	return keys
}

// judgeUploads holds what was published of releases against what was uploaded: each event of a release exactly once, with its lines and changes.
func judgeUploads(uploads map[string]*upload, messages []stored) []string {
	var wrong []string
	tell := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	told := tally{times: map[string]int{}, changes: map[string]map[string]bool{}, said: map[string]object{}}
	for i := range messages {
		if m := &messages[i]; m.planted == "" && strings.HasPrefix(m.stream, "PRICES@") {
			if err := told.take(m); err != nil {
				return []string{err.Error()}
			}
		}
	}
	for id, u := range uploads {
		wrong = append(wrong, u.judge(id, &told)...)
	}
	for what, n := range told.times {
		kind, id, _ := strings.Cut(what, " ")
		if n > 1 {
			tell("%s of %s was published %d times", kind, id, n)
		}
		if uploads[id] == nil && kind != "missing" {
			tell("%s of %s, which nobody uploaded, was published", kind, id)
		}
	}
	slices.Sort(wrong)
	return wrong
}

// tally is what was published, by release.
type tally struct {
	times   map[string]int             // kind and release
	changes map[string]map[string]bool // identities by release and withdrawal
	said    map[string]object          // data by kind and release
}

func (t *tally) take(m *stored) error {
	e, err := m.event()
	if err != nil {
		return err
	}
	d := e.object("data")
	switch kind := strings.TrimSuffix(e.text("type"), ".v1"); {
	case kind == "pricewire.price.changed":
		key := d.text("release") + " " + d.number("withdrawal")
		if t.changes[key] == nil {
			t.changes[key] = map[string]bool{}
		}
		r := row{}
		r.priceIdentity(d.object("identity"))
		id := r.key(priceIDNames())
		if t.changes[key][id] {
			return fmt.Errorf("the change of %s with %s was published twice", id, key)
		}
		t.changes[key][id] = true
	case strings.HasPrefix(kind, "pricewire.release."):
		what := strings.TrimPrefix(kind, "pricewire.release.") + " " + d.text("release")
		if d.text("release") == "" {
			what += strings.Join([]string{d.text("list"), d.text("market"), d.text("month"), d.number("revision")}, "-")
		}
		t.times[what]++
		t.said[what] = d
	}
	return nil
}

// judge holds one release against what was published of it.
func (u *upload) judge(id string, t *tally) []string {
	var wrong []string
	tell := func(format string, args ...any) { wrong = append(wrong, id+" "+fmt.Sprintf(format, args...)) }
	once := func(kind string, of string, is bool) {
		if n := t.times[kind+" "+of]; (n == 1) != is {
			tell("has %d events %s of %s", n, kind, of)
		}
	}
	once("published", id, true)
	once("withdrawn", id, u.withdrawn != nil)
	if u.corrects != "" {
		once("corrected", u.corrects, true)
		if by := t.said["corrected "+u.corrects].text("by"); by != id {
			tell("mends %s, which says that %q does", u.corrects, by)
		}
	}
	published := t.said["published "+id]
	if published.number("lines") != strconv.Itoa(u.lines) || published.number("changed") != strconv.Itoa(len(u.changed)) {
		tell("was published with %s lines and %s changes, uploaded with %d and %d", published.number("lines"), published.number("changed"), u.lines, len(u.changed))
	}
	if missing, extra := apart(u.changed, t.changes[id+" 0"]); missing+extra != "" {
		tell("was published without the change of %q, and with one of %q that nobody made", missing, extra)
	}
	if u.withdrawn == nil {
		return wrong
	}
	taken := t.said["withdrawn "+id]
	if taken.number("lines") != strconv.Itoa(len(u.withdrawn)) || taken.number("changed") != strconv.Itoa(len(t.changes[id+" 1"])) ||
		taken.flag("whole") != strconv.FormatBool(u.whole) {
		tell("was withdrawn with %s lines and %s changes, whole %s; %d lines were to be, and %d changes came", taken.number("lines"), taken.number("changed"),
			taken.flag("whole"), len(u.withdrawn), len(t.changes[id+" 1"]))
	}
	want := map[string]bool{} // what the release had changed of these lines is as before again
	for key := range u.withdrawn {
		if u.mends[key] {
			want[key] = true
		}
	}
	if missing, extra := apart(want, t.changes[id+" 1"]); missing+extra != "" {
		tell("was withdrawn without the change of %q, and with one of %q that nobody made", missing, extra)
	}
	return wrong
}

// apart is what only the first, and only the second set has, one of each.
func apart(a, b map[string]bool) (missing, extra string) {
	for key := range a {
		if !b[key] {
			missing = key
		}
	}
	for key := range b {
		if !a[key] {
			extra = key
		}
	}
	return missing, extra
}
