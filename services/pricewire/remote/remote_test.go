package remote

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/pricewire/pricewire/pkg/fault"
)

func serving(t *testing.T, handle http.HandlerFunc) *Server {
	t.Helper()
	s := httptest.NewServer(handle)
	t.Cleanup(s.Close)
	return &Server{Base: s.URL + "/", User: "alice", HTTP: s.Client()}
}

func TestARequestSaysWhoActsAndWhatIsAsked(t *testing.T) {
	s := serving(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		_, _ = io.WriteString(w, r.Method+" "+r.URL.String()+" "+r.Header.Get("X-Pricewire-User")+" "+string(body))
	})
	got, err := s.Get(t.Context(), "/v1/prices", url.Values{"market": {"US"}})
	if err != nil || string(got) != "GET /v1/prices?market=US alice " {
		t.Errorf("%s, %v", got, err)
	}
	got, err = s.PostJSON(t.Context(), "/v1/crawls", map[string]string{"scope": "x"})
	if err != nil || string(got) != `POST /v1/crawls alice {"scope":"x"}` {
		t.Errorf("%s, %v", got, err)
	}
}

func TestAProblemKeepsItsKindHintAndPlaces(t *testing.T) {
	s := serving(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusUnprocessableEntity)
		_, _ = io.WriteString(w, `{"type":"https://pricewire.dev/problems/invalid","detail":"no","hint":"do","errors":[{"location":"query.at","message":"bad"}]}`)
	})
	_, err := s.Get(t.Context(), "/", nil)
	if !fault.Is(err, fault.Invalid) || fault.HintOf(err) != "do" || len(fault.PlacesOf(err)) != 1 || fault.PlacesOf(err)[0].Where != "query.at" {
		t.Errorf("%v, %q, %v", fault.KindOf(err), fault.HintOf(err), fault.PlacesOf(err))
	}
}

func TestAnAnswerThatIsNoProblemIsJudgedByItsStatus(t *testing.T) {
	for status, want := range map[int]fault.Kind{400: fault.Invalid, 404: fault.NotFound, 409: fault.Conflict, 412: fault.Conflict, 401: fault.Unauthenticated, 403: fault.Forbidden, 422: fault.Refused, 500: fault.Internal, 502: fault.Unavailable, 503: fault.Unavailable} {
		s := serving(t, func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "<html>", status) })
		if _, err := s.Get(t.Context(), "/", nil); !fault.Is(err, want) {
			t.Errorf("%d: %v, want %v", status, fault.KindOf(err), want)
		}
	}
}

func TestAServerThatIsNotThereIsUnavailable(t *testing.T) {
	s := &Server{Base: "http://127.0.0.1:1", HTTP: http.DefaultClient}
	if _, err := s.Get(t.Context(), "/", nil); !fault.Is(err, fault.Unavailable) || !strings.Contains(fault.HintOf(err), "pricewire up") {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Get(ctx, "/", nil); err == nil || fault.Is(err, fault.Unavailable) {
		t.Errorf("an interruption is no failure of the server: %v", err)
	}
	s.Base = "http://bad host"
	if _, err := s.Get(t.Context(), "/", nil); !fault.Is(err, fault.Invalid) {
		t.Errorf("%v", err)
	}
}

func TestAFileIsCopiedAsItComes(t *testing.T) {
	s := serving(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.URL.RawQuery+" "+r.Header.Get("Accept")+" "+r.Header.Get("X-Pricewire-User"))
	})
	var out strings.Builder
	if err := s.Copy(t.Context(), "/v1/prices", url.Values{"format": {"csv"}}, "text/csv", &out); err != nil || out.String() != "format=csv text/csv alice" {
		t.Errorf("%v: %s", err, out.String())
	}
}

func TestAFileThatBreaksOffIsNotTakenForWhole(t *testing.T) {
	s := serving(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = io.WriteString(w, "half")
	})
	var out strings.Builder
	if err := s.Copy(t.Context(), "/", nil, "*/*", &out); !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "after 4 bytes") {
		t.Errorf("%v", err)
	}
}

func TestAFailureOfTheWriterIsNotTheServers(t *testing.T) {
	s := serving(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "x") })
	full := errors.New("disk full")
	if err := s.Copy(t.Context(), "/", nil, "*/*", failing{full}); !errors.Is(err, full) || fault.Is(err, fault.Unavailable) {
		t.Errorf("%v", err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

func TestAFileThatIsRefusedIsAFault(t *testing.T) {
	s := serving(t, func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, `{"detail":"no such release"}`, http.StatusNotFound)
	})
	var out strings.Builder
	if err := s.Copy(t.Context(), "/", nil, "*/*", &out); !fault.Is(err, fault.NotFound) || out.Len() > 0 {
		t.Errorf("%v, %q", err, out.String())
	}
}

func TestAnAnswerIsReadWhileItComes(t *testing.T) {
	s := serving(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		_, _ = io.WriteString(w, r.Method+" "+r.URL.Path+" "+r.Header.Get("Content-Type")+" "+string(body))
	})
	var got []byte
	err := s.PostFor(t.Context(), "/v1/rates:lookup", map[string]int{"n": 1}, func(body io.Reader) (err error) {
		got, err = io.ReadAll(body)
		return err
	})
	if err != nil || string(got) != `POST /v1/rates:lookup application/json {"n":1}` {
		t.Errorf("%s, %v", got, err)
	}
	own := errors.New("enough")
	if err := s.PostFor(t.Context(), "/", 1, func(io.Reader) error { return own }); !errors.Is(err, own) {
		t.Errorf("%v", err)
	}
	if err := s.PostFor(t.Context(), "/", func() {}, nil); err == nil {
		t.Error("a function is no JSON")
	}
	refusing := serving(t, func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, `{"detail":"busy"}`, http.StatusServiceUnavailable)
	})
	if err := refusing.PostFor(t.Context(), "/", 1, func(io.Reader) error { t.Error("read"); return nil }); !fault.Is(err, fault.Unavailable) {
		t.Errorf("%v", err)
	}
}
