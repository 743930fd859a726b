package event

import (
	"testing"

	"github.com/pricewire/pricewire/pkg/rate"
	"github.com/pricewire/pricewire/pkg/stream"
)

func exampleStale(t testing.TB) stream.Message {
	r := exampleOutcome(t).Record
	r.Refused = "shrunk: 1204 of the 6020 identities of the last accepted crawl are missing"
	batch, err := StaleBatch(rate.Stale{Refused: 3, Since: at(t, "2026-01-20T12:00:00Z"), Last: r.At, Taken: at(t, "2026-01-20T06:00:00Z")}, r)
	if err != nil || len(batch) != 2 || batch[1].Subject != CrawlSubject(r.Currency, r.Scope) {
		t.Fatal(len(batch), err)
	}
	return batch[0]
}

func TestHowStaleASourceIsReadsBack(t *testing.T) {
	p, ok := decode(t, exampleStale(t)).Payload.(*SourceStale)
	if !ok {
		t.Fatal("no such payload")
	}
	want := rate.Stale{Refused: 3, Since: at(t, "2026-01-20T12:00:00Z"), Last: p.KnownAt, Taken: at(t, "2026-01-20T06:00:00Z")}
	if got := p.Stale(); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}
