package keyvalue

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/pricewire/pricewire/pkg/embedded/nats/natstest"
)

// TestAPageThatDoesNotComeWholeIsAnError answers in place of a stream, as a server does whose connection goes down midway.
func TestAPageThatDoesNotComeWholeIsAnError(t *testing.T) {
	js := natstest.Connect(t, natstest.Serve(t))
	one, two, three := held(1, 0), held(2, 1), held(3, 2)
	end := &nats.Msg{Header: nats.Header{"Status": {"204"}, "Description": {"EOB"}}}
	for what, test := range map[string]struct {
		answer []*nats.Msg
		want   []uint64
		err    error
	}{
		"whole":                 {[]*nats.Msg{one, two, three, end}, []uint64{1, 2, 3}, nil},
		"nothing":               {nil, nil, ErrNoAnswer},
		"without its beginning": {[]*nats.Msg{two, three, end}, nil, ErrNoAnswer},
		"without its middle":    {[]*nats.Msg{one, three, end}, []uint64{1}, ErrNoAnswer},
		"without its end":       {[]*nats.Msg{one, two}, []uint64{1, 2}, ErrNoAnswer},
		"by who knows no more":  {[]*nats.Msg{one, pending(held(2, 1)), end}, []uint64{1, 2}, ErrNoAnswer},
		"by nobody":             {[]*nats.Msg{{Header: nats.Header{"Status": {"503"}}}}, nil, nats.ErrNoResponders},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			connection, err := nats.Connect(js.Conn().ConnectedUrl())
			if err != nil {
				t.Fatal(err)
			}
			defer connection.Close()
			stream := nats.NewInbox()[len(nats.InboxPrefix):]
			if _, err := connection.Subscribe("$JS.API.DIRECT.GET."+stream, func(asked *nats.Msg) { answer(t, asked, test.answer) }); err != nil {
				t.Fatal(err)
			}
			if err := connection.Flush(); err != nil {
				t.Fatal(err)
			}
			var got []uint64
			for m, e := range Messages(t.Context(), js, stream, "s.>", 1, 0) {
				if e != nil {
					err = e
					continue // it must have been the last
				}
				got = append(got, m.Sequence)
			}
			if !slices.Equal(got, test.want) || !errors.Is(err, test.err) {
				t.Errorf("messages %d, %v", got, err)
			}
		})
	}
}

func held(seq, before int) *nats.Msg {
	return &nats.Msg{Header: nats.Header{
		jetstream.StreamHeader: {"S"}, jetstream.SubjectHeader: {"s.x"}, jetstream.SequenceHeader: {fmt.Sprint(seq)}, jetstream.LastSequenceHeader: {fmt.Sprint(before)},
		jetstream.TimeStampHeaer: {"2026-11-28T05:30:00Z"}, pendingHeader: {"0"},
	}, Data: []byte("x")}
}

// pending is a message behind which there is another.
func pending(m *nats.Msg) *nats.Msg {
	m.Header.Set(pendingHeader, "1")
	return m
}

// answer answers the request for the first page with messages, and says that there is no other.
func answer(t *testing.T, asked *nats.Msg, with []*nats.Msg) {
	t.Helper()
	var page struct{ Seq uint64 }
	if err := json.Unmarshal(asked.Data, &page); err != nil {
		t.Error(err)
	}
	if page.Seq > 1 {
		with = []*nats.Msg{{Header: nats.Header{"Status": {"404"}}}}
	}
	for _, m := range with {
		if err := asked.RespondMsg(&nats.Msg{Header: m.Header, Data: m.Data}); err != nil {
			t.Error(err)
		}
	}
}

func TestMessagesOfManyPagesComeInOrderWithWhatIsStoredMeanwhile(t *testing.T) {
	js := natstest.Connect(t, natstest.Serve(t))
	s, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "S", Subjects: []string{"s.>"}, AllowDirect: true})
	if err != nil {
		t.Fatal(err)
	}
	publish := func() {
		if _, err := js.Publish(t.Context(), "s.x", nil); err != nil {
			t.Fatal(err)
		}
	}
	for range 2*pageSize + 10 {
		publish()
	}
	if err := s.DeleteMsg(t.Context(), 5); err != nil {
		t.Fatal(err)
	}
	read := func(from, below uint64, meanwhile int) (got []uint64) {
		for m, err := range Messages(t.Context(), js, "S", "s.>", from, below) {
			if err != nil {
				t.Fatal(err)
			}
			if got = append(got, m.Sequence); len(got) <= meanwhile {
				publish()
			}
		}
		return got
	}
	for _, test := range []struct{ from, below uint64 }{{1, 4}, {4, 6}, {5, 6}, {3, 2*pageSize + 4}, {pageSize, pageSize + 1}, {7, 7}, {9, 2}} {
		var want []uint64
		for seq := test.from; seq < test.below; seq++ {
			if seq != 5 {
				want = append(want, seq)
			}
		}
		if got := read(test.from, test.below, 0); !slices.Equal(got, want) {
			t.Errorf("from %d to below %d: %d", test.from, test.below, got)
		}
	}
	if got := read(1, 0, 3); len(got) != 2*pageSize+12 || !slices.IsSorted(got) {
		t.Errorf("%d messages", len(got))
	}
	for range Messages(t.Context(), js, "S", "s.>", 1, 0) {
		break
	}
}
