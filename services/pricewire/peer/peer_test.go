package peer

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/trace"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const secret = "the secret of both"

func smith() Interface {
	return Interface{Name: "smith", Header: "Pricewire-Smith", Version: "3", Recheck: "pricewire smith list"}
}

type word struct {
	Word string `json:"word"`
}

// serve answers at a URL as a function does.
func serve(t *testing.T, d Door, answer func(http.ResponseWriter, *http.Request) (any, error)) string {
	t.Helper()
	d.Speaks, d.Log = smith(), zap.NewNop()
	server := httptest.NewServer(d.Answering(answer))
	t.Cleanup(server.Close)
	return server.URL
}

// echo answers with what it was sent.
func echo(_ http.ResponseWriter, r *http.Request) (any, error) {
	var in word
	err := Read(r.Body, &in)
	return in, err
}

func TestWhatIsSentComesBack(t *testing.T) {
	c := NewClient(smith(), serve(t, Door{Secret: secret}, echo)+"/", secret)
	var got word
	if err := c.Post(t.Context(), time.Minute, "/echo", word{"anvil"}, &got); err != nil || got.Word != "anvil" {
		t.Errorf("%+v, %v", got, err)
	}
	err := c.Post(t.Context(), 0, "/echo", word{strings.Repeat("x", largestRequest)}, &got)
	if !fault.Is(err, fault.Invalid) {
		t.Errorf("a request that is too large: %v", err)
	}
}

func TestWhatIsDoneBelongsToTheTraceOfWhoAsked(t *testing.T) {
	var got trace.Parent
	c := NewClient(smith(), serve(t, Door{Secret: secret}, func(_ http.ResponseWriter, r *http.Request) (any, error) {
		got = trace.From(r.Context())
		return word{}, nil
	}), secret)
	for _, by := range []trace.Parent{trace.New(), {}} {
		if err := c.Get(trace.With(t.Context(), by), time.Minute, "/", &word{}); err != nil || got != by {
			t.Errorf("%s, asked by %s: %v", got, by, err)
		}
	}
}

func TestAnErrorArrivesAsItIs(t *testing.T) {
	want := fault.New(fault.Conflict, "100%% wrong").WithHint("mend 100%% of it").WithPlaces(fault.Place{Where: "a", Problem: "b"}, fault.Place{Where: "c", Problem: "d"})
	c := NewClient(smith(), serve(t, Door{Secret: secret}, func(http.ResponseWriter, *http.Request) (any, error) { return nil, want }), secret)
	got := c.Get(t.Context(), time.Minute, "/", &word{})
	if fault.KindOf(got) != want.Kind || got.Error() != want.Error() || fault.HintOf(got) != want.Hint || !cmp.Equal(fault.PlacesOf(got), want.Places) {
		t.Errorf("%v, %v, %q, %v", fault.KindOf(got), got, fault.HintOf(got), fault.PlacesOf(got))
	}
}

func TestWithoutASecretNobodyIsAnsweredWhereOtherMachinesReachIt(t *testing.T) {
	for _, c := range []struct {
		door   Door
		secret string
		says   string // empty: it is answered
	}{
		{Door{}, "", ""},
		{Door{Exposed: true}, "", "has no secret"},
		{Door{Exposed: true}, secret, "has no secret"},
		{Door{Exposed: true, Secret: secret}, secret, ""},
		{Door{Exposed: true, Secret: secret}, "", "refuses the secret"},
		{Door{Secret: secret}, "another", "refuses the secret"},
	} {
		err := NewClient(smith(), serve(t, c.door, echo), c.secret).Post(t.Context(), time.Minute, "/", word{}, &word{})
		if c.says == "" && err != nil {
			t.Errorf("%+v: %v", c.door, err)
		}
		if c.says != "" && (!fault.Is(err, fault.Refused) || !strings.Contains(err.Error(), "the smith "+c.says) || !strings.Contains(fault.HintOf(err), "--smith-secret-file")) {
			t.Errorf("%+v: %v, hint %q", c.door, err, fault.HintOf(err))
		}
	}
}

func TestWhoSpeaksAnotherVersionIsToldSo(t *testing.T) {
	older := smith()
	older.Version = "2"
	err := NewClient(older, serve(t, Door{Secret: secret}, echo), secret).Post(t.Context(), time.Minute, "/", word{}, &word{})
	if !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), `version 3 of its interface, and was asked in version "2"`) {
		t.Errorf("%v", err)
	}
}

func TestAnAnswerThatDoesNotComeInTimeIsUnavailable(t *testing.T) {
	ended := make(chan error, 1)
	c := NewClient(smith(), serve(t, Door{}, func(_ http.ResponseWriter, r *http.Request) (any, error) {
		<-r.Context().Done()
		ended <- r.Context().Err()
		return nil, r.Context().Err()
	}), "")
	err := c.Get(t.Context(), 10*time.Millisecond, "/", &word{})
	if !fault.Is(err, fault.Unavailable) || !strings.Contains(fault.HintOf(err), "pricewire smith list") {
		t.Errorf("%v, hint %q", err, fault.HintOf(err))
	}
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("what was asked for ended with %v", err)
	}
}

func TestWhatWasInterruptedCanBeAskedForAgain(t *testing.T) {
	c := NewClient(smith(), serve(t, Door{}, func(http.ResponseWriter, *http.Request) (any, error) { return nil, context.Canceled }), "")
	err := c.Get(t.Context(), time.Minute, "/", &word{})
	if !fault.Is(err, fault.Unavailable) || errors.Is(err, context.Canceled) || fault.HintOf(err) != "ask again" {
		t.Errorf("%v, hint %q", err, fault.HintOf(err))
	}
}

func TestAnAnswerWithoutAnEndIsNotTaken(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.Copy(w, endless{})
	}))
	t.Cleanup(server.Close)
	err := NewClient(smith(), server.URL, "").Get(t.Context(), time.Minute, "/", &word{})
	if !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "more than 64 MiB") {
		t.Errorf("%v", err)
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

func TestAddressesOfOtherProcessesAreChecked(t *testing.T) {
	for base, well := range map[string]bool{
		"http://ingester:8082": true, "https://ingester/prefix": true, "ingester:8082": false, "ftp://x": false, "http://u:p@ingester": false, "http://ingester?x=1": false, "": false,
	} {
		if problem := Validate(base); (problem == "") != well {
			t.Errorf("%q: %q", base, problem)
		}
	}
}
