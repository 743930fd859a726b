package api

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/clock"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/release"
	"github.com/pricewire/pricewire/pkg/stream"
)

// Config says how the API presents itself.
type Config struct {
	Version   string
	Source    string // where usage rates come from, for people
	Simulated bool   // whether the clock is
}

// Deps are what the API answers from.
type Deps struct {
	Desk    *release.Desk
	Files   Files // of documents
	History history.Reader
	Streams stream.Reader
	Watcher Watcher
	Clock   clock.Clock
	Metrics *prometheus.Registry
	Log     *zap.Logger
	// Alarms says what else a person should look at now, a sentence each; nil: nothing ever.
	Alarms func() []string
}

// Server is the HTTP door. It is a handler at once, and says that it is not ready until Ready.
type Server struct {
	*server
	handler http.Handler
}

type server struct {
	cfg      Config
	deps     Deps
	log      *zap.Logger
	ready    atomic.Bool
	written  atomic.Uint64   // of the stream of prices, as far as a question has seen it in the tables
	stopping context.Context //nolint:containedctx // ends when the server does, which is what long answers wait for
	stop     context.CancelFunc
}

// New makes a server.
func New(cfg Config, deps Deps) (*Server, error) {
	if deps.Desk == nil || deps.Files == nil || deps.History == nil || deps.Streams == nil || deps.Watcher == nil || deps.Clock == nil || deps.Metrics == nil || deps.Log == nil {
		return nil, fault.New(fault.Invalid, "an API needs a desk, files, history, streams, a watcher, a clock, metrics and a log")
	}
	s := &server{cfg: cfg, deps: deps, log: deps.Log}
	s.stopping, s.stop = context.WithCancel(context.Background()) //nolint:forbidigo // a server's life is its own
	page, err := s.page()
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("GET /{$}", page)
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("alive\n")) })
	mux.HandleFunc("GET /readyz", s.readyz)
	mux.Handle("GET /metrics", promhttp.HandlerFor(deps.Metrics, promhttp.HandlerOpts{}))
	s.register(humago.New(mux, openAPI(cfg.Version)))
	return &Server{s, s.guard(withProblems(mux))}, nil
}

// openAPI configures the framework: our problems, no links to schemas, no documentation page that loads from elsewhere.
func openAPI(version string) huma.Config {
	c := huma.DefaultConfig("Pricewire", version)
	c.Info.Description = "Prices of cloud licences and Azure usage: what they were, are and will be, and what was believed on a given day."
	c.CreateHooks = nil
	c.DocsPath, c.SchemasPath = "", ""
	c.RejectUnknownQueryParameters = true
	c.Transformers = append(c.Transformers, problemTransformer)
	return c
}

func (s *server) register(api huma.API) {
	huma.Register(api, huma.Operation{OperationID: "status", Method: http.MethodGet, Path: "/v1/status", Summary: "What runs, how far it is, and what comes next", Tags: []string{"status"}},
		func(ctx context.Context, _ *struct{}) (*struct{ Body StatusView }, error) {
			v, err := s.status(ctx)
			if err != nil {
				return nil, problemOf(err)
			}
			return &struct{ Body StatusView }{v}, nil
		})
	huma.Register(api, huma.Operation{OperationID: "version", Method: http.MethodGet, Path: "/version", Summary: "The server's version", Tags: []string{"status"}},
		func(context.Context, *struct{}) (*struct{ Body VersionView }, error) {
			return &struct{ Body VersionView }{VersionView{s.cfg.Version}}, nil
		})
	s.registerReleases(api)
	s.registerSets(api)
	s.registerCalendar(api)
	s.registerPrices(api)
	s.registerItems(api)
	s.registerRates(api)
	s.registerCrawls(api)
	s.registerRecords(api)
	s.registerEvents(api)
}

// VersionView is the server's version.
type VersionView struct {
	Version string `json:"version"`
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// Ready says whether the server's parts are ready to answer.
func (s *Server) Ready(yes bool) { s.ready.Store(yes) }

// Run serves on a listener until ctx ends, then lets running requests finish; endless answers are ended.
func (s *Server) Run(ctx context.Context, listener net.Listener) error {
	httpServer := &http.Server{
		Handler: s, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
		ErrorLog: zap.NewStdLog(s.log.WithOptions(zap.IncreaseLevel(zap.ErrorLevel))),
	}
	served := make(chan error, 1)
	go func() { served <- httpServer.Serve(listener) }()
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	s.ready.Store(false)
	s.stop()
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
	defer cancel()
	err := httpServer.Shutdown(drain)
	if errors.Is(err, context.DeadlineExceeded) {
		err = httpServer.Close()
	}
	if ended := <-served; !errors.Is(ended, http.ErrServerClosed) {
		err = errors.Join(err, ended)
	}
	return err
}

// drainTime is how long running requests may take to finish once the server stops.
const drainTime = 5 * time.Second

func (s *server) readyz(w http.ResponseWriter, _ *http.Request) {
	if !s.ready.Load() {
		http.Error(w, "starting", http.StatusServiceUnavailable)
		return
	}
	_, _ = w.Write([]byte("ready\n"))
}

// withProblems lets requests that nothing answers, by path or by method, end in a problem as all others do.
func withProblems(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handler, pattern := mux.Handler(r)
		if pattern != "" {
			mux.ServeHTTP(w, r)
			return
		}
		missed := &statusOnly{header: w.Header()}
		handler.ServeHTTP(missed, r)
		p := newProblem(fault.NotFound, "there is nothing at "+r.URL.Path)
		if missed.status == http.StatusMethodNotAllowed {
			p = newProblem(fault.Invalid, r.Method+" is not what "+r.URL.Path+" answers, but "+w.Header().Get("Allow"))
		}
		p.Status, p.Hint = missed.status, "/openapi.json lists what this server answers"
		w.Header().Set("Content-Type", p.ContentType(""))
		w.WriteHeader(p.Status)
		_ = json.NewEncoder(w).Encode(p) // a client that has gone needs no problem
	})
}

// statusOnly keeps the status and headers of an answer and drops its body.
type statusOnly struct {
	header http.Header
	status int
}

func (o *statusOnly) Header() http.Header         { return o.header }
func (o *statusOnly) Write(b []byte) (int, error) { return len(b), nil }
func (o *statusOnly) WriteHeader(status int)      { o.status = status }

// guard answers failures of ours with a problem, and refuses requests that a web page of another origin could make a browser send: where
// everybody is believed, the name a request was sent to must be this machine's.
func (s *server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			v := recover()
			if v == http.ErrAbortHandler { //nolint:errorlint // the very value
				panic(v) //nolint:forbidigo // an answer that broke off must look broken
			}
			if v != nil {
				s.log.Error("request failed", zap.Any("cause", v), zap.String("path", r.URL.Path), zap.ByteString("stack", debug.Stack()))
				http.Error(w, "the server failed to answer", http.StatusInternalServerError)
			}
		}()
		if !ownName(r.Host) {
			http.Error(w, "this server answers under a loopback address only", http.StatusMisdirectedRequest)
			return
		}
		w.Header().Set("X-Content-Type-Options", "nosniff")
		next.ServeHTTP(w, r)
	})
}

// ownName reports whether a request's host is a loopback address or localhost.
func ownName(host string) bool {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = host
	}
	return name == "localhost" || net.ParseIP(name).IsLoopback()
}
