package part

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/stream"
	streammemory "github.com/pricewire/pricewire/pkg/stream/memory"
)

// tables are what a test says of them.
type tables struct {
	streams  *streammemory.Adapter
	position uint64
	rejects  int
	lost     error
}

func (t *tables) Positions(context.Context) (map[string]uint64, error) {
	infos, err := t.streams.Streams(context.Background())
	if err != nil {
		return nil, err
	}
	return map[string]uint64{infos[0].Name.String(): t.position}, t.lost
}

func (t *tables) Rejects(_ context.Context, q history.RejectList) (page history.RejectPage, err error) {
	page.Items = make([]history.Reject, min(t.rejects, q.Limit))
	if t.rejects > q.Limit {
		page.Next = "more"
	}
	return page, nil
}

func TestTablesThatDoNotFollowAreNoticed(t *testing.T) {
	streams := streammemory.New(func() time.Time { return noon })
	if _, err := streams.Declare(t.Context(), stream.PricesDeclaration()); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, err := streams.Publish(t.Context(), stream.Prices, []stream.Message{{Subject: "pw.release.x"}}, stream.Expectation{}); err != nil {
			t.Fatal(err)
		}
	}
	all := &tables{}
	f := NewFollower(streams, all, nil)
	const stalled = "the tables stand at 1 of PRICES, which ends at 3, for 40s: is a materializer running?"
	for _, step := range []struct {
		name   string
		after  time.Duration
		tables tables
		want   []string
	}{
		{"behind for the first time", 0, tables{}, nil},
		{"it moves", 29 * time.Second, tables{position: 1}, nil},
		{"it stands still, not for long", 58 * time.Second, tables{position: 1}, nil},
		{"it stands still", 69 * time.Second, tables{position: 1}, []string{stalled}},
		{"it has caught up", 70 * time.Second, tables{position: 3}, nil},
		{"rejects", 71 * time.Second, tables{position: 3, rejects: 2}, []string{"2 messages of PRICES were rejected, and a release of which one is stays invisible; see pricewire rejects list"}},
		{"many rejects", 72 * time.Second, tables{position: 3, rejects: 200}, []string{"more than 100 messages of PRICES were rejected; see pricewire rejects list"}},
		{"nobody knows", 73 * time.Second, tables{lost: errors.New("gone")}, []string{"how the tables follow the streams is not known: gone"}},
	} {
		*all = step.tables
		all.streams = streams
		f.look(t.Context(), noon.Add(step.after))
		if diff := cmp.Diff(step.want, f.Alarms()); diff != "" {
			t.Errorf("%s: %s", step.name, diff)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := f.Run(ctx); err != nil {
		t.Error(err)
	}
}

// writer says what a test says.
type writer struct {
	alarms []string
	err    error
}

func (w *writer) Alarms(context.Context) ([]string, error) { return w.alarms, w.err }

func TestWhatTheWriterSaysIsAddedToWhatTheTablesSay(t *testing.T) {
	streams := streammemory.New(func() time.Time { return noon })
	if _, err := streams.Declare(t.Context(), stream.PricesDeclaration()); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		lost   error
		writer writer
		want   []string
	}{
		{"nothing", nil, writer{}, nil},
		{"an alarm", nil, writer{alarms: []string{"audit-1 found something"}}, []string{"audit-1 found something"}},
		{
			"tables and writer", errors.New("gone"),
			writer{alarms: []string{"writing PRICES fails"}},
			[]string{"how the tables follow the streams is not known: gone", "writing PRICES fails"},
		},
		{
			"no answer", nil,
			writer{err: errors.New("the materializer refuses the secret")},
			[]string{"how the tables are written, and what audits of them found, is not known: the materializer refuses the secret"},
		},
	} {
		f := NewFollower(streams, &tables{streams: streams, lost: c.lost}, &c.writer)
		f.look(t.Context(), noon)
		if diff := cmp.Diff(c.want, f.Alarms()); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}
