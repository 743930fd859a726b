package watch

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/services/api"
	"github.com/pricewire/pricewire/services/pricewire/peer"
)

// arrivalTime is how long a request's body may take to arrive.
const arrivalTime = 10 * time.Minute

// Handler answers for a watcher. With a secret, every request must bear it; without one, only requests to a loopback name are answered.
type Handler struct {
	watcher api.Watcher
	door    peer.Door
}

// NewHandler makes a handler.
func NewHandler(watcher api.Watcher, secret string, log *zap.Logger) *Handler {
	return &Handler{watcher, peer.Door{Speaks: speaks(), Secret: secret, Log: log}}
}

// Register adds the handler's paths to a mux.
func (h *Handler) Register(mux *http.ServeMux) {
	mux.Handle("POST "+pathCrawl, h.door.Answering(h.crawl))
	mux.Handle("POST "+pathObserve, h.door.Answering(h.observe))
	mux.Handle("POST "+pathAccept, h.door.Answering(h.accept))
	mux.Handle("GET "+pathWatching, h.door.Answering(h.watching))
}

func (h *Handler) crawl(_ http.ResponseWriter, r *http.Request) (any, error) {
	var in crawlWire
	if err := peer.Read(r.Body, &in); err != nil {
		return nil, err
	}
	return observed(h.watcher.Crawl(r.Context(), api.CrawlInput(in)))
}

func (h *Handler) accept(_ http.ResponseWriter, r *http.Request) (any, error) {
	var in acceptWire
	if err := peer.Read(r.Body, &in); err != nil {
		return nil, err
	}
	return observed(h.watcher.Accept(r.Context(), in.Crawl))
}

// observe hands a snapshot over while it arrives. Where its body broke off, that is what is wrong with it.
func (h *Handler) observe(w http.ResponseWriter, r *http.Request) (any, error) {
	in, err := observeInput(r.URL.Query())
	if err != nil {
		return nil, err
	}
	deadline := time.Now().Add(arrivalTime) //nolint:forbidigo // the network's time is real
	if err := http.NewResponseController(w).SetReadDeadline(deadline); err != nil {
		return nil, err
	}
	body := &arrival{from: http.MaxBytesReader(w, r.Body, largestUpload)}
	in.Body = body
	result, err := h.watcher.Observe(r.Context(), in)
	if err == nil {
		return observed(result, nil)
	}
	_, _ = io.Copy(io.Discard, body) // so that the other end, which may still be sending, gets to read the answer
	if _, large := errors.AsType[*http.MaxBytesError](body.broken); large {
		return nil, fault.New(fault.Invalid, "%s has more than %d MiB, which is too large", in.Name, largestUpload>>20).WithHint("split it, or compress it with gzip")
	}
	if body.broken != nil {
		return nil, fault.New(fault.Unavailable, "the upload of %s broke off: %w", in.Name, body.broken).WithHint("send it again")
	}
	return nil, err
}

func observeInput(q url.Values) (api.ObserveInput, error) {
	at, err := time.Parse(time.RFC3339Nano, q.Get("at"))
	partial, partialErr := strconv.ParseBool(q.Get("partial"))
	if err := errors.Join(err, partialErr); err != nil {
		return api.ObserveInput{}, fault.New(fault.Invalid, "read request: %w", err)
	}
	return api.ObserveInput{Name: q.Get("name"), Scope: q.Get("scope"), Currency: q.Get("currency"), At: at.UTC(), Partial: partial}, nil
}

// arrival remembers why a body broke off.
type arrival struct {
	from   io.Reader
	broken error
}

// Read is io.Reader's.
func (a *arrival) Read(p []byte) (int, error) {
	if a.broken != nil {
		return 0, a.broken
	}
	n, err := a.from.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		a.broken = err
	}
	return n, err
}

// observed answers with what became of an observation.
func observed(o api.Observed, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	record, err := wireOf(&o.Record)
	return observedWire{record, o.Repeated}, err
}

func (h *Handler) watching(_ http.ResponseWriter, r *http.Request) (any, error) {
	w, err := h.watcher.Watching(r.Context())
	if err != nil {
		return nil, err
	}
	return watchingOf(w)
}
