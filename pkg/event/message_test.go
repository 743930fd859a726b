package event

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/stream"
)

func encode(t interface{ Fatal(...any) }, p Payload) stream.Message {
	var e encoder
	m, err := e.message(p)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func decode(t interface{ Fatal(...any) }, m stream.Message) Event {
	e, err := Decode(m.Subject, m.Data)
	if err != nil {
		t.Fatal(err, "\n", string(m.Data))
	}
	return e
}

func TestAMessageSaysWhatItsJSONNamesSay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := genPayload(t)
		m := encode(t, p)
		var envelope Envelope
		if err := json.Unmarshal(m.Data, &envelope); err != nil {
			t.Fatal(err, "\n", string(m.Data))
		}
		if envelope.ID != m.ID || envelope.Subject != m.Subject || envelope.Type != p.Type() || envelope.SpecVersion != "1.0" {
			t.Fatalf("envelope %+v of message %+v", envelope, m)
		}
		reflected, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(parsed(t, reflected), parsed(t, envelope.Data)); diff != "" {
			t.Fatalf("written otherwise than its struct says (-struct +written):\n%s", diff)
		}
	})
}

func parsed(t *rapid.T, data []byte) any {
	var v any
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatal(err, "\n", string(data))
	}
	return v
}

func TestTheSamePayloadGivesTheSameBytes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := genPayload(t)
		var used encoder
		if _, err := used.message(genPayload(t)); err != nil {
			t.Fatal(err)
		}
		again, err := used.message(p)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(encode(t, p), again); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestAMessageIsReadBackAsItWasWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := genPayload(t)
		m := encode(t, p)
		e := decode(t, m)
		if diff := cmp.Diff(p, e.Payload); diff != "" {
			t.Fatalf("(-written +read)\n%s", diff)
		}
		if e.Envelope.ID != m.ID || !bytes.Contains(m.Data, e.Envelope.Data) || encode(t, e.Payload).ID != m.ID {
			t.Fatalf("envelope %+v", e.Envelope)
		}
	})
}

// outside are the fields that no id depends on: who published the fact, who looked, and how it went.
var outside = map[Type][]string{
	TypeRateChanged:     {"Key", "Scope", "Crawl"}, // the key is the identity's
	TypeRateQuarantined: {"Scope"},
	TypeCrawlFinished:   {"Finished", "Pages", "Rows", "Identities", "Broken", "Counts", "Quarantined", "Foreign", "Traversals", "Parts", "Shards", "OfferTerms"},
	TypeSourceStale:     {"Source", "Taken", "Reason"},
	TypePriceChanged:    {"Withdrawal"}, // it was added later
	TypeReleasePublished: {
		"List", "Market", "Month", "Revision", "Kind", "Baseline", "Supersedes", "Notice", "Lines", "Diff", "CreatedBy", "ApprovedBy",
		"Corrects", "Backfilled", "Reason",
	},
	TypeReleaseEffective: {"List", "Market", "Month", "Revision", "Supersedes"},
	TypeReleaseCorrected: {"List", "Market", "Month", "Revision", "Reason", "Retroactive"},
	TypeReleaseWithdrawn: {"List", "Market", "Month", "Revision", "Retroactive", "Reason", "WithdrawnBy"},
	TypeReleaseMissing:   {"List", "Market", "Month", "Revision", "Days", "NoticedAt"},
}

func TestAnIDDependsOnWhatMakesTheFactAndNothingElse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := genPayload(t)
		id := encode(t, p).ID
		v := reflect.ValueOf(p).Elem()
		for i := range v.NumField() {
			name := v.Type().Field(i).Name
			kept := reflect.New(v.Field(i).Type()).Elem()
			kept.Set(v.Field(i))
			alter(v.Field(i))
			var d digest
			d.start(p.Type())
			p.digest(&d)
			if independent := contains(outside[p.Type()], name); (d.id() == id) != independent {
				t.Fatalf("%s: field %s: id changes: %v", p.Type(), name, d.id() != id)
			}
			v.Field(i).Set(kept)
		}
	})
}

func contains(names []string, name string) bool {
	for _, n := range names {
		if n == name {
			return true
		}
	}
	return false
}

// alter gives a field another value.
func alter(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		other := ""
		if v.String() == "" {
			other = "x"
		}
		v.SetString(other)
	case reflect.Bool:
		v.SetBool(!v.Bool())
	case reflect.Int:
		v.SetInt(v.Int() + 1)
	case reflect.Slice:
		v.Set(reflect.Append(v, reflect.Zero(v.Type().Elem())))
	case reflect.Pointer:
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
			return
		}
		v.SetZero()
	case reflect.Struct:
		if at, ok := v.Addr().Interface().(interface{ IsZero() bool }); ok {
			if at.IsZero() {
				v.Set(reflect.ValueOf(epoch))
				return
			}
			v.SetZero()
			return
		}
		for i := range v.NumField() {
			alter(v.Field(i))
		}
	}
}

func TestWhatCannotBePublishedIsRefusedByName(t *testing.T) {
	at := epoch
	for want, p := range map[string]Payload{
		"field crawl: it must not be empty":     &CrawlFinished{Scope: "s", Currency: "USD", Started: at, Finished: at},
		"field currency: \"usd\" is not a":      &CrawlFinished{Crawl: "c", Scope: "s", Currency: "usd", Started: at, Finished: at},
		"field source: it is not UTF-8":         &CrawlFinished{Crawl: "c", Source: "\xff", Scope: "s", Currency: "USD", Started: at, Finished: at},
		"field time: its year":                  &ReleaseEffective{Release: "r", List: "license", Market: "US", EffectiveAt: at.AddDate(9000, 0, 0)},
		"has 3025 bytes, more than 1024":        &CrawlFinished{Crawl: "c", Scope: strings.Repeat(".", 1004), Currency: "USD", Started: at, Finished: at},
		"bytes, more than 4194304":              &CrawlFinished{Crawl: "c", Scope: "s", Currency: "USD", Refused: strings.Repeat("x", SizeLimit), Started: at, Finished: at},
		"field meter_id: it must not be empty":  &RateChanged{Identity: RateIdentity{PriceList: "retail", Currency: "USD"}, KnownAt: at},
		"pw.release.license.us.-.r0.effective:": &ReleaseEffective{List: "license", Market: "US", EffectiveAt: at},
	} {
		var e encoder
		_, err := e.message(p)
		if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("got %.300v, want %s", err, want)
		}
	}
}
