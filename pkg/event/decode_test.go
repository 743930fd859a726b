package event

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/stream"
)

// full returns a message of each type in which every field says something, so that each can be taken away.
func full(t testing.TB) map[Type]stream.Message {
	all := map[Type]stream.Message{}
	for typ, m := range examples(t) {
		p := decode(t, m).Payload
		switch p := p.(type) {
		case *RateChanged:
			p.Field, p.Returned, p.Correction, p.Backdated, p.Expiring, p.Upcoming = "savings_plan", true, true, true, true, true
			end := p.After.EffectiveFrom.Add(time.Hour)
			p.After.EffectiveTo, p.Periods[0].To = &end, &end
			p.Before.IncludedQuantity, p.After.IncludedQuantity = "100", "0.5"
		case *RateQuarantined:
			p.Rows[0].RawBase64 = "/w=="
		case *CrawlFinished:
			p.Broken, p.Refused, p.Partial, p.Accepted, p.Traversals, p.Parts = "page 3", "empty", true, true, 2, 3
			p.Shards = []CrawlShard{{Name: "compute/westeurope", Pages: 9, Rows: 8478, Identities: 8400, Traversals: 2, Refused: "it lost 40 % of its rates"}}
			p.OfferTerms = []OfferTerm{{
				Name: "Monetary Credit", Discount: "0.15", ExcludedMeterIDs: []string{p.Content}, EffectiveFrom: &p.Started,
			}}
		case *PriceChanged:
			end := p.Periods[0].From.Add(time.Hour)
			p.Periods[0].To, p.Timeline[1].To = &end, &end
			for _, l := range []*PriceLine{p.Before, p.After, p.Periods[0].Line} {
				l.TierMax, l.EndOfSale, l.EndsAt = "10", "2027-01-01", &end
			}
			p.Withdrawal = 1
		case *ItemChanged:
			end := p.Periods[0].From.Add(time.Hour)
			p.Withdrawal, p.Periods[0].To, p.Timeline[1].To = 1, &end, &end
		case *ReleasePublished:
			p.Baseline, p.Supersedes, p.Notice.Reason = true, "license-us-2026-12-r0", "late"
			p.Corrects, p.Backfilled, p.Reason = "license-us-2026-11-r1", true, "a price was mistyped"
		case *ReleaseCorrected:
			p.Retroactive = true
		case *ReleaseWithdrawn:
			p.Retroactive = true
		}
		all[typ] = encode(t, p)
	}
	return all
}

// document is a message as maps and slices, to be damaged.
func document(t testing.TB, m stream.Message) map[string]any {
	var doc map[string]any
	if err := json.Unmarshal(m.Data, &doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

// damaged changes one field of a fresh copy of a message; the array elements on the way are the first ones.
func damaged(t testing.TB, m stream.Message, path []string, change func(holder map[string]any, name string)) []byte {
	doc := document(t, m)
	var at any = doc
	for _, name := range path[:len(path)-1] {
		if name == "*" {
			at = at.([]any)[0]
			continue
		}
		at = at.(map[string]any)[name]
	}
	change(at.(map[string]any), path[len(path)-1])
	data, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// spelled returns a path as errors spell it.
func spelled(path []string) string {
	return strings.ReplaceAll(strings.Join(path, "."), ".*", "[0]")
}

func refused(t testing.TB, m stream.Message, data []byte, path []string) {
	t.Helper()
	_, err := Decode(m.Subject, data)
	if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "field "+spelled(path)+":") {
		t.Errorf("%s: got %v, which does not name %s", m.Subject, err, spelled(path))
	}
}

func TestARequiredFieldThatIsMissingIsNamed(t *testing.T) {
	for typ, m := range full(t) {
		for _, p := range places(typ) {
			data := damaged(t, m, p.path, func(holder map[string]any, name string) {
				if _, ok := holder[name]; !ok {
					t.Fatalf("%s has no %s", typ, p.path)
				}
				delete(holder, name)
			})
			if p.optional {
				if _, err := Decode(m.Subject, data); err != nil {
					t.Errorf("%s without %s: %v", typ, p.path, err)
				}
				continue
			}
			refused(t, m, data, p.path)
		}
	}
}

func TestAFieldOfAnotherKindIsNamed(t *testing.T) {
	others := map[reflect.Kind][]any{
		reflect.String: {7, true, []any{}, map[string]any{}}, reflect.Int: {"7", 1.5, 1e300, true, []any{}}, reflect.Bool: {"true", 1, []any{}},
		reflect.Struct: {"x", 1, []any{}, []any{1}}, reflect.Slice: {"x", 1, map[string]any{}, []any{1}},
	}
	for typ, m := range full(t) {
		for _, p := range places(typ) {
			for _, other := range append(others[p.kind], nil) {
				if other == nil && p.nullable {
					continue
				}
				data := damaged(t, m, p.path, func(holder map[string]any, name string) { holder[name] = other })
				if _, ok := other.([]any); ok && p.kind == reflect.Slice {
					refused(t, m, data, append(p.path, "*"))
					continue
				}
				refused(t, m, data, p.path)
			}
		}
	}
}

func TestAFieldThatComesTwiceIsNamed(t *testing.T) {
	for typ, m := range full(t) {
		for _, p := range places(typ) {
			if p.optional || len(p.path) > 2 || p.path[0] == "data" && len(p.path) == 1 {
				continue
			}
			quoted := fmt.Sprintf("%q:", p.path[len(p.path)-1])
			prefix := ""
			if len(p.path) == 2 {
				prefix = `"data":`
			}
			data := strings.Replace(string(m.Data), prefix+"{", prefix+"{"+quoted+valueOf(t, m, p.path)+",", 1)
			_, err := Decode(m.Subject, []byte(data))
			if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "field "+spelled(p.path)+": it comes twice") {
				t.Errorf("%s: %s twice: %v", typ, p.path, err)
			}
		}
	}
}

func valueOf(t testing.TB, m stream.Message, path []string) string {
	var at any = document(t, m)
	for _, name := range path {
		at = at.(map[string]any)[name]
	}
	b, err := json.Marshal(at)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestUnknownFieldsAndAnyOrderAreFine(t *testing.T) {
	later := map[string]any{"a": []any{1.5e300, -0.25, "x\u00e9", nil, true, false, map[string]any{}}, "data": 1}
	for typ, m := range full(t) {
		want := decode(t, m)
		for _, p := range places(typ) {
			if p.nullable && p.path[len(p.path)-1] == "before" {
				continue
			}
			// Maps are written in the order of their names: data comes before type and many a field in another place.
			data := damaged(t, m, p.path, func(holder map[string]any, _ string) { holder["in_a_later_version"] = later })
			got, err := Decode(m.Subject, data)
			if err != nil {
				t.Fatalf("%s: %v", typ, err)
			}
			if diff := cmp.Diff(want.Payload, got.Payload, anyOrder); diff != "" {
				t.Fatal(diff)
			}
		}
	}
}

// anyOrder compares what items say, in whatever order it came.
var anyOrder = cmp.Transformer("anyOrder", func(v ItemValues) map[string]string {
	if v == nil {
		return nil
	}
	said := map[string]string{}
	for _, x := range v {
		said[x.Name] = x.Text
	}
	return said
})

func TestWhatContradictsItselfIsNamed(t *testing.T) {
	set := func(v any) func(map[string]any, string) {
		return func(holder map[string]any, name string) { holder[name] = v }
	}
	messages := full(t)
	for _, c := range []struct {
		typ   Type
		path  string
		value any
		where string // when it is another place than path
	}{
		{TypeRateChanged, "specversion", "0.3", ""},
		{TypeRateChanged, "id", "0123456789ABCDEF0123456789ABCDEF", ""},
		{TypeRateChanged, "id", "0123", ""},
		{TypeRateChanged, "source", "", ""},
		{TypeRateChanged, "type", "pricewire.rate.changed.v2", ""},
		{TypeRateChanged, "subject", "pw.rate.usd.westeurope.x.0", ""},
		{TypeRateChanged, "time", "2026-01-21T12:00:01Z", ""},
		{TypeRateChanged, "datacontenttype", "text/plain", ""},
		{TypeRateChanged, "data.key", "0123456789abcdef", ""},
		{TypeRateChanged, "data.key", "0123456789ABCDEF", ""},
		{TypeRateChanged, "data.identity.tier", "00.5", ""},
		{TypeRateChanged, "data.identity.tier", "100", "data.key"},
		{TypeRateChanged, "data.identity.currency", "usd", ""},
		{TypeRateChanged, "data.identity.meter_id", "", ""},
		{TypeRateChanged, "data.region", "northeurope", "subject"},
		{TypeRateChanged, "data.kind", "cheaper", ""},
		{TypeRateChanged, "data.field", "price", ""},
		{TypeRateChanged, "data.after.price", "-1", ""},
		{TypeRateChanged, "data.after.price", "1e3", ""},
		{TypeRateChanged, "data.after.price", "1.", ""},
		{TypeRateChanged, "data.after.price", ".5", ""},
		{TypeRateChanged, "data.after.price", "", ""},
		{TypeRateChanged, "data.after.price", "0.0000000000000000001", ""},
		{TypeRateChanged, "data.after.price", "123456789012345678901", ""},
		{TypeRateChanged, "data.after.included_quantity", "", ""},
		{TypeRateChanged, "data.after.included_quantity", "-1", ""},
		{TypeRateChanged, "data.after.effective_to", "2026-01-01T00:00:00Z", ""},
		{TypeRateChanged, "data.periods.*.to", "2025-12-31T00:00:00Z", "data.periods[0]"},
		{TypeRateChanged, "data.periods.*.price", nil, "data.periods[0]"},
		{TypeRateChanged, "data.periods.*.effective_from", nil, "data.periods[0]"},
		{TypeRateChanged, "data.known_at", "2026-01-21T13:00:00+01:00", ""},
		{TypeRateChanged, "data.known_at", "2026-01-21T12:00:00.0000000001Z", ""},
		{TypeRateChanged, "data.known_at", "2026-02-30T12:00:00Z", ""},
		{TypeRateChanged, "data.known_at", "2026-01-21 12:00:00", ""},
		{TypeRateChanged, "data.known_at", "", ""},
		{TypeRateQuarantined, "data.rows.*.raw_base64", "_", ""},
		{TypeRateQuarantined, "data.rows.*.reason", "", ""},
		{TypeCrawlFinished, "data.pages", -1, ""},
		{TypeCrawlFinished, "data.counts.added", -1, ""},
		{TypeCrawlFinished, "data.scope", "azure-eur", "subject"},
		{TypeCrawlFinished, "data.traversals", 0, ""},
		{TypeCrawlFinished, "data.parts", 0, ""},
		{TypeCrawlFinished, "data.shards.*.name", "", ""},
		{TypeCrawlFinished, "data.shards.*.rows", -1, ""},
		{TypeCrawlFinished, "data.offer_terms.*.discount", "15 %", ""},
		{TypeCrawlFinished, "data.offer_terms.*.excluded_meter_ids", []any{1}, "data.offer_terms[0].excluded_meter_ids[0]"},
		{TypeCrawlProgressed, "data.part", 0, ""},
		{TypeCrawlProgressed, "data.changes", -1, ""},
		{TypeCrawlProgressed, "data.crawl", "", ""},
		{TypeCrawlProgressed, "data.started", "2026-01-21T12:00:01Z", "time"},
		{TypePriceChanged, "data.n", 0, ""},
		{TypePriceChanged, "data.n", 2, "data"},
		{TypePriceChanged, "data.change", "unchanged", ""},
		{TypePriceChanged, "data.identity.market", "USA", ""},
		{TypePriceChanged, "data.after.price_basis", "year", ""},
		{TypePriceChanged, "data.timeline.*.unit_price", nil, "data.timeline[0]"},
		{TypePriceChanged, "data.timeline.*.to", nil, "data.timeline[1]"},
		{TypePriceChanged, "data.withdrawal", 0, ""},
		{TypeItemChanged, "data.n", 2, "data"},
		{TypeItemChanged, "data.change", "ending", ""},
		{TypeItemChanged, "data.withdrawal", 0, ""},
		{TypeItemChanged, "data.key", "", ""},
		{TypeItemChanged, "data.key", "CFQ7TTC0LH18/0002", "subject"},
		{TypeItemChanged, "data.market", "us", ""},
		{TypeItemChanged, "data.before.product", "", ""},
		{TypeItemChanged, "data.before.product", 1, ""},
		{TypeItemChanged, "data.before.Product", "x", ""},
		{TypeItemChanged, "data.before._product", "x", ""},
		{TypeItemChanged, "data.before.1", "x", ""},
		{TypeItemChanged, "data.periods.*.values.a-b", "x", "data.periods[0].values.a-b"},
		{TypeItemChanged, "data.periods.*.to", "2026-11-30T00:00:00Z", "data.periods[0]"},
		{TypeItemChanged, "data.timeline.*.to", nil, "data.timeline[1]"},
		{TypeReleasePublished, "data.release", "license-us-2026-12-r2", ""},
		{TypeReleasePublished, "data.month", "2026-13", ""},
		{TypeReleasePublished, "data.revision", 0, ""},
		{TypeReleasePublished, "data.kind", "half", ""},
		{TypeReleasePublished, "data.checksum", "abc", ""},
		{TypeReleasePublished, "data.corrects", "", ""},
		{TypeReleaseEffective, "data.market", "DE", "data.release"},
		{TypeReleaseCorrected, "data.release", "license-us-2026-12-r2", ""},
		{TypeReleaseCorrected, "data.by", "", ""},
		{TypeReleaseCorrected, "data.corrected_at", "2026-11-05T09:30:01Z", "time"},
		{TypeReleaseWithdrawn, "data.list", "offers", "data.release"},
		{TypeReleaseWithdrawn, "data.withdrawal", 0, ""},
		{TypeReleaseWithdrawn, "data.lines", -1, ""},
		{TypeReleaseWithdrawn, "data.checksum", "abc", ""},
		{TypeReleaseWithdrawn, "data.in_force", "", ""},
		{TypeReleaseMissing, "data.revision", 2, "data.release"},
		{TypeReleaseMissing, "data.days", 6.5, ""},
	} {
		m, path := messages[c.typ], strings.Split(c.path, ".")
		where := c.where
		if where == "" {
			where = spelled(path)
		}
		data := damaged(t, m, path, set(c.value))
		_, err := Decode(m.Subject, data)
		if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "field "+where+":") {
			t.Errorf("%s with %s = %v: got %v", c.typ, c.path, c.value, err)
		}
	}
}

func TestAnItemKeepsTheOrderOfWhatItSaysAndSaysItOnce(t *testing.T) {
	m := full(t)[TypeItemChanged]
	reordered := strings.Replace(string(m.Data), `"before":{`, `"before":{"zone":"x",`, 1)
	e, err := Decode(m.Subject, []byte(reordered))
	if err != nil {
		t.Fatal(err)
	}
	if before := e.Payload.(*ItemChanged).Before; before[0].Name != "zone" || before[1].Name != "product_title" {
		t.Errorf("%v", before)
	}
	twice := strings.Replace(string(m.Data), `"before":{`, `"before":{"product":"x",`, 1)
	if _, err := Decode(m.Subject, []byte(twice)); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "field data.before.product: it comes twice") {
		t.Error(err)
	}
}

func TestALongNameIsCutInAnError(t *testing.T) {
	m := full(t)[TypeItemChanged]
	long := strings.Replace(string(m.Data), `"before":{`, `"before":{"`+strings.Repeat("x", 100_000)+`":1,`, 1)
	if _, err := Decode(m.Subject, []byte(long)); !fault.Is(err, fault.Invalid) || len(err.Error()) > 200 {
		t.Errorf("%.300v", err)
	}
}

func TestAMessageOnAnotherSubjectIsRefused(t *testing.T) {
	for typ, m := range full(t) {
		if _, err := Decode(m.Subject+"x", m.Data); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "field subject:") {
			t.Errorf("%s: %v", typ, err)
		}
	}
}

func TestWhatIsNoMessageIsRefusedByOffset(t *testing.T) {
	for in, want := range map[string]string{
		"": "at byte 0", "null": "at byte 0", "[]": "at byte 0", `"x"`: "at byte 0", "\x00": "at byte 0", "{": "byte 1", `{"a"}`: "byte 4",
		`{"a":1,}`: "byte 7", `{"a":01}`: "byte 5", `{"a":1.}`: "byte 5", `{"a":+1}`: "byte 5", `{"a":tru}`: "field a:", `{"a":nul}`: "byte 5", `{"a":"\x"}`: "field a:",
		`{"a":"\ud800"}`: "half a surrogate", `{"a":"\u12"}`: "four hex digits", "{\"a\":\"\n\"}": "byte 6", `{"a":"x`: "the rest of a string", `{"a":"\`: "the rest of a string",
		"{\"a\":\"\xff\"}": "not UTF-8", `{"a":[1 2]}`: "byte 8", `{a:1}`: "byte 1", `{"a":` + strings.Repeat("[", 100): "nested too deeply", `{"specversion":"1.0"}`: "field id: it is missing",
		strings.Repeat(" ", SizeLimit+1): "more than 4194304",
	} {
		if _, err := Decode("pw.crawl.usd.x", []byte(in)); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: got %v, want %s", in, err, want)
		}
	}
	m := full(t)[TypeCrawlFinished]
	if _, err := Decode(m.Subject, append(m.Data, " {}"...)); err == nil || !strings.Contains(err.Error(), "the end of the message") {
		t.Errorf("two messages in one: %v", err)
	}
	for n := range m.Data {
		if _, err := Decode(m.Subject, m.Data[:n]); !fault.Is(err, fault.Invalid) {
			t.Fatalf("cut after %d bytes: %v", n, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, m := range full(f) {
		f.Add(m.Subject, m.Data)
	}
	f.Add("pw.crawl.usd.x", []byte(`{"specversion":"1.0","id":"\u00e9","data":{}}`))
	all := compiled(f)
	f.Fuzz(func(t *testing.T, subject string, data []byte) {
		e, err := Decode(subject, data)
		if err != nil {
			if !fault.Is(err, fault.Invalid) || len(err.Error()) > 8*1024 {
				t.Fatalf("%v", err)
			}
			return
		}
		if err := validate(all[e.Envelope.Type], data); err != nil {
			t.Fatalf("it decodes, but its schema refuses it: %v", err)
		}
		var en encoder
		m, err := en.message(e.Payload)
		if err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		if diff := cmp.Diff(e.Payload, decode(t, m).Payload); diff != "" {
			t.Fatal(diff)
		}
	})
}
