package main

import (
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// examples are the events that the contracts show, in one stream.
func examples(t *testing.T) []stored {
	t.Helper()
	files, err := filepath.Glob("../../schemas/events/examples/*.json")
	if err != nil || len(files) < 11 {
		t.Fatalf("%d examples, %v", len(files), err)
	}
	var messages []stored
	for i, file := range files {
		if strings.Contains(file, "item.changed") {
			continue // the lists without prices are not part of a round
		}
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		m := stored{stream: "S@1", sequence: uint64(i + 1), data: data}
		e, err := m.event()
		if err != nil {
			t.Fatal(err)
		}
		m.subject, m.id = e.text("subject"), e.text("id")
		messages = append(messages, m)
	}
	return messages
}

func TestTheModelHasEveryColumnThatIsJudged(t *testing.T) {
	messages := append(examples(t), stored{stream: "S@1", sequence: 99, subject: "x", planted: plantGarbage, data: []byte{0xff}})
	m, err := newModel(messages)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range views() {
		if len(m[v.name]) == 0 {
			t.Errorf("no example gives a row of %s", v.name)
		}
		for at, r := range m[v.name] {
			if names := slices.Sorted(maps.Keys(r)); !slices.Equal(names, slices.Sorted(slices.Values(v.columns))) {
				t.Errorf("%s %v: the model has %v", v.name, at, names)
			}
		}
	}
}

func TestTheJudgeFindsWhatIsLostDoubledOrChanged(t *testing.T) {
	m, err := newModel(examples(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range views() {
		want := m[v.name]
		if wrong := compare(v, want, want); len(wrong) > 0 {
			t.Errorf("%s differs from itself: %v", v.name, wrong)
		}
		for at, r := range want {
			without, more, other := maps.Clone(want), maps.Clone(want), maps.Clone(want)
			delete(without, at)
			more[place{at.Stream, at.Sequence + 1000, 0}] = r
			changed := maps.Clone(r)
			changed[v.columns[0]] += "x"
			other[at] = changed
			for name, held := range map[string]map[place]row{"lost": without, "too many": more, "changed": other} {
				if len(compare(v, want, held)) == 0 {
					t.Errorf("%s: a row that is %s is not found", v.name, name)
				}
			}
		}
	}
}

func TestTheJudgeFindsBrokenBatchesAndEventsTwice(t *testing.T) {
	whole := []stored{
		{stream: "S@1", sequence: 1, subject: "a", id: "1", batch: "b", place: 1},
		{stream: "S@1", sequence: 2, subject: "b", id: "2", batch: "b", place: 2, commit: true},
		{stream: "S@1", sequence: 3, subject: "c", id: "3"},
		{stream: "S@1", sequence: 4, subject: "c", id: "3", planted: plantTwice},
	}
	if wrong := batches(whole); len(wrong) > 0 {
		t.Errorf("%v", wrong)
	}
	for name, messages := range map[string][]stored{
		"no end": whole[:1], "no beginning": whole[1:], "twice": append(slices.Clone(whole), stored{stream: "S@1", sequence: 5, subject: "c", id: "3"}),
		"torn": {whole[0], whole[2], whole[1]},
	} {
		if len(batches(messages)) == 0 {
			t.Errorf("%s is not found", name)
		}
	}
}

func TestASubscriberMustSeeEachEventOnce(t *testing.T) {
	messages := []stored{
		{stream: "S@1", sequence: 1, subject: "a", id: "1"},
		{stream: "S@1", sequence: 2, subject: "x", planted: plantGarbage},
		{stream: "S@1", sequence: 3, subject: "a", id: "1", planted: plantTwice},
	}
	one, three := seenEvent{"S", 1, "a", "1"}, seenEvent{"S", 3, "a", "1"}
	for name, c := range map[string]struct {
		seen []seenEvent
		good bool
	}{
		"all":          {[]seenEvent{one, three}, true},
		"lost":         {[]seenEvent{one}, false},
		"again":        {[]seenEvent{one, one, three}, false},
		"out of order": {[]seenEvent{three, one}, false},
		"undone":       {[]seenEvent{one, three, {"S", 4, "b", "2"}}, false},
		"no event":     {[]seenEvent{one, {"S", 2, "x", ""}, three}, false},
	} {
		s := subscriber{seen: c.seen}
		if wrong := s.judge(messages); (len(wrong) == 0) != c.good {
			t.Errorf("%s: %v", name, wrong)
		}
	}
}

func TestAReaderMustSeeAReleaseWholeOrNotAtAll(t *testing.T) {
	want := model{"license_prices": {
		{"S", 1, 0}: {"published_in": "r", "withdrawal": "0"}, {"S", 2, 0}: {"published_in": "r", "withdrawal": "0"},
	}}
	r := newReader()
	r.seen[publication{"r", "0"}] = map[int]bool{2: true}
	r.grows("rows", 5)
	r.grows("rows", 5)
	if wrong := r.judge(want); len(wrong) > 0 {
		t.Errorf("%v", wrong)
	}
	r.seen[publication{"r", "0"}][1] = true
	r.grows("rows", 4)
	if wrong := r.judge(want); len(wrong) != 2 {
		t.Errorf("%v", wrong)
	}
}

func TestTheSourceKnowsWhatMustBePublishedOfIt(t *testing.T) {
	at := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	s, err := newSource(1, 50, at)
	if err != nil {
		t.Fatal(err)
	}
	defer s.host.close()
	if wrong := s.judge(nil); len(wrong) == 0 {
		t.Error("nothing was published, and nothing is missed")
	}
	before := len(s.truth)
	s.change(at, 20)
	s.crawled(at.Add(time.Minute))
	events := 0
	for _, e := range s.truth {
		events += len(e)
	}
	if before != 50 || events < 60 {
		t.Errorf("%d rates, %d events", before, events)
	}
}

func TestDecimalsHaveOneForm(t *testing.T) {
	for text, want := range map[string]string{
		"7.50": "7.5", "0.0000166667": "0.0000166667", "0": "0", "0.00": "0", "-0": "0", "1e3": "1000", "12.5e-4": "0.00125", "007": "7", "-1.10": "-1.1", "1.5e1": "15", "": "",
	} {
		if got := plain(text); got != want {
			t.Errorf("%q is %q, not %q", text, got, want)
		}
	}
}

func TestPlantedMessagesAreWhatTheySay(t *testing.T) {
	for _, kind := range plants() {
		messages := invent(kind, rand.New(rand.NewPCG(1, 1)))
		for i, m := range messages {
			s := stored{stream: "RATES_USD@1", sequence: uint64(i + 1), subject: m.subject, id: m.id, data: []byte(m.data), planted: kind}
			rows, err := newModel([]stored{s})
			if err != nil || (len(rows["rejects"]) == 1) != kind.rejected() || (len(rows["rate_changes"]) == 1) == kind.rejected() {
				t.Errorf("%s: %d rejects, %v", kind, len(rows["rejects"]), err)
			}
		}
		if len(messages) == 0 && kind.behind() == "" {
			t.Errorf("%s: no message", kind)
		}
	}
}
