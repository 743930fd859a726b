package serve

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/clock"
	"github.com/pricewire/pricewire/pkg/daemon"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/services/api"
	"github.com/pricewire/pricewire/services/pricewire/connect"
	"github.com/pricewire/pricewire/services/pricewire/part"
)

const (
	// stopTime is how long everything may take to stop; what has not finished by then is finished by the next start.
	stopTime = 9 * time.Second
	// drainTime is how much of it running requests may take.
	drainTime = 5 * time.Second
)

// host is what a program runs in.
type host struct {
	common
	clock   clock.Clock
	log     *zap.Logger
	servers *connect.Servers
	base    *part.Base // nil until it is open
	group   *daemon.Group
	door    *door
}

// door answers on the process's address: that it is starting, until its parts answer themselves.
type door struct {
	inside   atomic.Pointer[http.Handler]
	stopping atomic.Pointer[func()]
}

// ServeHTTP answers one request.
func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) { (*d.inside.Load()).ServeHTTP(w, r) }

// answer lets a handler answer from now on; stopping is called when the process begins to stop, if it is not nil.
func (d *door) answer(inside http.Handler, stopping func()) {
	d.stopping.Store(&stopping)
	d.inside.Store(&inside)
}

func (d *door) stop() {
	if stopping := *d.stopping.Load(); stopping != nil {
		stopping()
	}
}

// starting answers before there is anything else to say.
func starting() http.Handler {
	mux := http.NewServeMux()
	daemon.NewHealth(metricsOf(part.NewMetrics())).Register(mux)
	mux.HandleFunc("/", api.Starting)
	return mux
}

func metricsOf(registry *prometheus.Registry) http.Handler {
	return promhttp.HandlerFor(registry, promhttp.HandlerOpts{})
}

// answer opens the door to a program without an interface of its own: metrics, what else it registers, and its health, which is returned and
// not ready yet.
func (h *host) answer(metrics *prometheus.Registry, more func(*http.ServeMux), checks ...daemon.Check) *daemon.Health {
	health := daemon.NewHealth(metricsOf(metrics), append(h.base.Checks(), checks...)...)
	mux := http.NewServeMux()
	health.Register(mux)
	if more != nil {
		more(mux)
	}
	h.door.answer(mux, func() { health.Ready(false) })
	return health
}

// run runs the process until ctx ends or a part fails, and drains. Faults: invalid and refused for the configuration, conflict for a folder in
// use, unavailable for a server that is not there.
func (p *Process) run(ctx context.Context, out io.Writer) error {
	if err := p.validate(); err != nil {
		return err
	}
	log, err := daemon.NewLogger(out, p.log.Level, p.log.Format)
	if err != nil {
		return err
	}
	servers, err := p.servers.Resolve(os.LookupEnv)
	if err != nil {
		return err
	}
	log = log.Named(p.name)
	var secure *tls.Config
	if p.secure != nil {
		if secure, err = p.secure(log); err != nil {
			return err
		}
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", p.address)
	if err != nil {
		return badListener(p.addressFlag(), p.address, err)
	}
	h := &host{common: p.common, clock: clock.Real(), log: log, servers: servers, group: daemon.NewGroup(log), door: &door{}}
	h.door.answer(starting(), nil)
	log.Info("listening", zap.String("address", listener.Addr().String()), zap.String("version", p.version))
	err = p.serve(ctx, h, listener, secure)
	if stopped(ctx, err) {
		return nil
	}
	return err
}

// serve runs the program's parts behind its door, and closes everything in reverse, but for the door, which was open first: no request is
// taken that a part which has stopped would have to answer.
func (p *Process) serve(ctx context.Context, h *host, listener net.Listener, secure *tls.Config) error {
	outside := daemon.NewGroup(h.log)
	defer func() {
		stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
		defer cancel()
		h.log.Info("stopping")
		if err := outside.Stop(stopping); err != nil {
			h.log.Error("requests did not end in time", zap.Error(err))
		}
		if err := h.group.Stop(stopping); err != nil {
			h.log.Error("parts did not stop in time; the next start finishes their work", zap.Error(err))
		}
		p.program.close(stopping, h)
		if h.base != nil {
			h.base.Close()
		}
		h.log.Info("stopped")
	}()
	outside.Start(ctx, daemon.Part{Name: "http", Run: func(ctx context.Context) error {
		return daemon.Server{Handler: h.door, Log: h.log, Drain: drainTime, Stopping: h.door.stop, TLS: secure}.Run(ctx, listener)
	}})
	if err := p.program.start(ctx, h); err != nil {
		return err
	}
	h.log.Info("ready", zap.String("address", listener.Addr().String()))
	select {
	case <-ctx.Done():
		return nil
	case err := <-outside.Failed():
		return err
	case err := <-h.group.Failed():
		return err
	}
}

// open opens what the program stands on.
func (h *host) open(ctx context.Context, needs part.Needs) error {
	fields := []zap.Field{zap.String("nats", h.servers.NATSShown())}
	if needs.History {
		fields = append(fields, zap.String("clickhouse", h.servers.ClickHouseShown()))
	}
	h.log.Info("connecting", fields...)
	var err error
	h.base, err = part.Open(ctx, h.servers, needs, h.log)
	return err
}

// badListener says why an address cannot be listened on.
func badListener(flag, address string, err error) error {
	if op, ok := errors.AsType[*net.OpError](err); ok {
		err = op.Err
	}
	return fault.New(fault.Unavailable, "listen on %s: %w", address, err).WithHint("choose another with --%s, such as 127.0.0.1:0 for any free port", flag)
}
