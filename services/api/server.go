package api

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/access"
	"github.com/pricewire/pricewire/pkg/clock"
	"github.com/pricewire/pricewire/pkg/current"
	"github.com/pricewire/pricewire/pkg/daemon"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/idempotency"
	"github.com/pricewire/pricewire/pkg/release"
	"github.com/pricewire/pricewire/pkg/stream"
	"github.com/pricewire/pricewire/pkg/tail"
	"github.com/pricewire/pricewire/pkg/watchlist"
	"github.com/pricewire/pricewire/pkg/webhook"
	"github.com/pricewire/pricewire/services/api/web"
)

// Config says how the API presents itself.
type Config struct {
	Version   string
	Source    string // where usage rates come from, for people
	Simulated bool   // whether the clock is

	// Reach is where events may be sent to: webhooks are made for such addresses only. Who sends is to have the same.
	Reach webhook.Reach

	TLS *tls.Config // how Run listens; nil: without
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
	// Keeper audits and rebuilds the tables; nil: they are kept by another process, which cannot be asked.
	Keeper Keeper
	// Alarms says what else a person should look at now, a sentence each; nil: nothing ever.
	Alarms func() []string
	// Requests remembers requests that write, so that one that is sent again is not done again; nil: nobody does, and a request that asks for it is refused.
	Requests idempotency.Store
	// Current answers what prices are now, as History does; nil: History does.
	Current *current.Current
	// Watchlists keeps named sets of lines and meters; nil: there are none, and they are unavailable.
	Watchlists watchlist.Store
	// Webhooks keeps where events are sent to; nil: nowhere, and they are unavailable.
	Webhooks webhook.Store
	Access   Access // who is known
	// Subscribers are who may read the streams over NATS; nil: they are in the configuration of its server.
	Subscribers Subscribers
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
	written  atomic.Uint64 // of the stream of prices, as far as a question has seen it in the tables
	lookups  *gate
	uploads  *gate
	heavy    *gate
	limiter  *limiter
	encoders encoders
	events   buffers
	tail     *tail.Hub
	watch    *watchlist.Shelf // nil without watchlists
	// operations are what is described, by the pattern that the router knows each by.
	operations map[string]operation
	router     http.Handler
	app        *web.App // the browser application
	gatekeeper *gatekeeper
	public     history.Reader  // History for who may not see cost
	stopping   context.Context //nolint:containedctx // ends when the server does, which is what long answers wait for
	stop       context.CancelFunc
}

// New makes a server.
func New(cfg Config, deps Deps) (*Server, error) {
	if deps.Desk == nil || deps.Files == nil || deps.History == nil || deps.Streams == nil || deps.Watcher == nil || deps.Clock == nil || deps.Metrics == nil || deps.Log == nil {
		return nil, fault.New(fault.Invalid, "an API needs a desk, files, history, streams, a watcher, a clock, metrics and a log")
	}
	if deps.Current != nil {
		if err := deps.Metrics.Register(newPresentGauges(deps.Current)); err != nil {
			return nil, err
		}
	}
	s := &server{cfg: cfg, deps: deps, log: deps.Log, lookups: newTurns("lookups", lookupsAtOnce, lookupWait, largestLookup), uploads: newTurns("uploads", uploadsAtOnce, uploadWait, largestSheet), heavy: newGate(heavyAtOnce, heavyWait), limiter: newLimiter(requestRate, requestBurst), public: history.WithoutCost(deps.History)}
	s.stopping, s.stop = context.WithCancel(context.Background()) //nolint:forbidigo // a server's life is its own
	s.tail = tail.NewHub(s.stopping, deps.Streams, tail.Config{})
	if deps.Watchlists != nil {
		s.watch = watchlist.NewShelf(deps.Watchlists, time.Now) //nolint:forbidigo // how old an answer is, is real time
	}
	if err := deps.Metrics.Register(newFollowerGauge(s.tail)); err != nil {
		return nil, err
	}
	var err error
	s.app, err = web.New()
	if err != nil {
		return nil, fmt.Errorf("open the browser application: %w", err)
	}
	page, err := s.page(s.app.Built())
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("GET /status.html", page)
	mux.Handle("GET /{$}", s.front(page))
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { answerText(w, "alive\n") })
	mux.HandleFunc("GET /readyz", s.readyz)
	mux.Handle("GET /metrics", promhttp.HandlerFor(deps.Metrics, promhttp.HandlerOpts{}))
	s.router = mux
	framework := openAPI()
	framework.Transformers = append(framework.Transformers, s.failureTransformer)
	api := humago.New(mux, framework)
	s.register(api)
	needs, err := needsOf(api)
	if err == nil {
		s.gatekeeper, err = newGatekeeper(deps.Access, deps.Clock, needs, deps.Metrics)
	}
	if err != nil {
		return nil, err
	}
	s.operations = publish(mux, api.OpenAPI())
	return &Server{s, s.guard(s.admit(mux))}, nil
}

// front is what everybody gets at the root: the browser application, which tells nothing before it has asked. Where it was not built it is the plain
// page, for those who may read.
func (s *server) front(plain http.Handler) http.Handler {
	if s.app.Built() {
		return http.HandlerFunc(s.app.Page)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !principal(r.Context()).May(access.Read) {
			answerText(w, "This server was built without the browser application. With a token, its answers are under /v1; see /docs.\n")
			return
		}
		plain.ServeHTTP(w, r)
	})
}

// publish describes the operations, and lets the description be read by programs and by people.
func publish(mux *http.ServeMux, document *huma.OpenAPI) map[string]operation {
	for _, op := range plainOperations() {
		document.AddOperation(op)
	}
	all := describe(document)
	d := &description{document: document}
	mux.Handle("GET /openapi.json", fixed("application/json", d.json))
	mux.Handle("GET /openapi.yaml", fixed("application/yaml", d.yaml))
	serveDocs(mux, document)
	return all
}

// openAPI configures the framework: our problems, no links to schemas, no documentation page that loads from elsewhere.
func openAPI() huma.Config {
	c := huma.DefaultConfig("Pricewire", contractVersion)
	c.CreateHooks = nil
	c.DocsPath, c.SchemasPath, c.OpenAPIPath = "", "", ""
	c.RejectUnknownQueryParameters = true
	c.Transformers = append(c.Transformers, problemTransformer, costTransformer)
	return c
}

func (s *server) register(api huma.API) {
	huma.Register(api, huma.Operation{OperationID: "status", Description: "Alarms are sentences for a person, and name the command where there is one.", Method: http.MethodGet, Path: "/v1/status", Summary: "What runs, how far it is, and what comes next", Tags: []string{"status"}},
		func(ctx context.Context, _ *struct{}) (*struct{ Body StatusView }, error) {
			v, err := s.status(ctx)
			if err != nil {
				return nil, problemOf(err)
			}
			return &struct{ Body StatusView }{v}, nil
		})
	huma.Register(api, huma.Operation{OperationID: "version", Description: "As its build was named. The description has a version of its own.", Method: http.MethodGet, Path: "/version", Summary: "The server's version", Tags: []string{"status"}},
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
	s.registerWatchlists(api)
	s.registerWebhooks(api)
	s.registerKeeper(api)
	s.registerTokens(api)
	s.registerSubscribers(api)
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
	return daemon.Server{Handler: s, Log: s.log, Drain: drainTime, Stopping: s.Stopping, TLS: s.cfg.TLS}.Run(ctx, listener)
}

// Stopping says that the server is about to stop: it is no longer ready, and ends endless answers.
func (s *Server) Stopping() {
	s.ready.Store(false)
	s.stop()
}

// drainTime is how long running requests may take to finish once the server stops.
const drainTime = 5 * time.Second

// Starting answers any request to a server that is starting, or about to stop.
func Starting(w http.ResponseWriter, _ *http.Request) {
	answerLater(w, http.StatusServiceUnavailable, time.Second, fault.New(fault.Unavailable, "the server is starting, or about to stop").
		WithHint("ask again; its log says what it waits for"))
}

func (s *server) readyz(w http.ResponseWriter, r *http.Request) {
	if !s.ready.Load() {
		Starting(w, r)
		return
	}
	answerText(w, "ready\n")
}

// serveApp answers what is the browser application's: its files, and every address that a browser asks for as a page.
func serveApp(app *web.App, w http.ResponseWriter, r *http.Request) bool {
	switch {
	case !app.Built() || r.Method != http.MethodGet && r.Method != http.MethodHead || strings.HasPrefix(r.URL.Path, "/v1/"):
		return false
	case app.Has(r.URL.Path):
		app.File(w, r)
	case strings.Contains(r.Header.Get("Accept"), "text/html") && !strings.HasPrefix(r.URL.Path, "/assets/"):
		app.Page(w, r)
	default:
		return false
	}
	return true
}

// guard gives a client some time for each piece of an answer, answers failures of ours with a problem, and refuses, where everybody is believed, what
// a web page of another origin could make a browser send.
func (s *server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(plain http.ResponseWriter, r *http.Request) {
		w := newTimed(plain)
		defer w.limit() // of what the server has not sent yet
		r = follow(w, r)
		defer func() {
			v := recover()
			if v == http.ErrAbortHandler { //nolint:errorlint // the very value
				panic(v) //nolint:forbidigo // an answer that broke off must look broken
			}
			if v != nil {
				s.log.Error("request failed", zap.Any("cause", v), zap.String("path", printable(r.URL.Path)), zap.ByteString("stack", debug.Stack()), traceID(r.Context()))
				w.Header().Del("Content-Encoding")
				answerProblem(w, problemOf(fault.New(fault.Internal, "%v", v)))
			}
		}()
		if p := foreign(r); p != nil && !s.deps.Access.Required {
			answerProblem(w, p)
			return
		}
		w.Header().Set("X-Content-Type-Options", "nosniff")
		next.ServeHTTP(w, r)
	})
}

// foreign is why a request is refused that a page of another origin may have made a browser send, nil where none can have. The name that it was sent
// to must be this machine's, or a page could have its own name lead here. What may change something must not come from a page that is not ours, as
// the browser says: it sends some of that without asking, and no token tells it from what people do.
func foreign(r *http.Request) *Problem {
	if !daemon.Loopback(r.Host) {
		p := newProblem(fault.Invalid, "this server answers under a loopback address only")
		p.Status, p.Hint = http.StatusMisdirectedRequest, "ask it as 127.0.0.1 or localhost"
		return p
	}
	if http.NewCrossOriginProtection().Check(r) != nil {
		p := newProblem(fault.Forbidden, "requests from pages of other origins are refused")
		p.Hint = "send it from a page of this server, or from a program that names no origin"
		return p
	}
	return nil
}
