package up

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"runtime/debug"
	"time"

	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/daemon"
	"github.com/pricewire/pricewire/services/pricewire/command"
)

// stopTime is how long everything may take to stop; what has not finished by then is finished by the next start.
const stopTime = 9 * time.Second

// heapPercent is by how much the heap grows before garbage is collected.
const heapPercent = 50

// collectSooner has garbage collected sooner, unless GOGC says when: the engine, the streams' subjects and what is served from memory share one
// process, of which garbage was a third at the peak of a catch-up, and collecting it sooner made that no slower.
func collectSooner() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(heapPercent)
	}
}

// Run runs everything until ctx ends or a part fails, and drains. Faults: invalid and refused for the configuration, conflict for a data
// folder in use, unavailable for a missing engine or server.
func Run(ctx context.Context, cfg Config, out io.Writer) (err error) {
	if err := cfg.Validate(); err != nil {
		return err
	}
	collectSooner()
	log, err := daemon.NewLogger(out, cfg.Log.Level, cfg.Log.Format)
	if err != nil {
		return badFlag("log-level", err)
	}
	folder, err := daemon.LockFolder(cfg.Data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, folder.Unlock()) }()
	if err := removeEndpoints(folder); err != nil {
		return err
	}
	err = serve(ctx, cfg, folder, out, log)
	if ctx.Err() != nil { // whatever was interrupted, it was asked to stop
		err = nil
	}
	return errors.Join(err, removeEndpoints(folder))
}

// serve opens the servers, runs the parts on them, and closes everything in reverse.
func serve(ctx context.Context, cfg Config, folder *daemon.Folder, out io.Writer, log *zap.Logger) error {
	began := time.Now() //nolint:forbidigo // how long a start took is real time
	say := narrator(out)
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", cfg.HTTP)
	if err != nil {
		return badListener("http", cfg.HTTP, err)
	}
	defer func() { _ = listener.Close() }() // closed already by a server that ran
	say("opening NATS and ClickHouse in %s …", folder.Path)
	servers, err := openServers(ctx, cfg, folder, log)
	if err != nil {
		return err
	}
	warnOfSecrets(cfg, log)
	var p *process
	group := daemon.NewGroup(log)
	defer func() {
		stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
		defer cancel()
		say("stopping …")
		if err := group.Stop(stopping); err != nil {
			log.Error("parts did not stop in time; the next start finishes their work", zap.Error(err))
		}
		if p != nil {
			p.close(stopping)
		}
		servers.close(stopping, log)
	}()
	if p, err = assemble(ctx, cfg, folder, servers, log); err != nil {
		return err
	}
	if err := p.start(ctx, group, listener, say); err != nil {
		return err
	}
	endpoints := Endpoints{HTTP: cfg.Access.Scheme() + reached(listener.Addr()), NATS: servers.NATSURL(), PID: os.Getpid()}
	servers.clickHouse(&endpoints)
	if err := endpoints.write(folder); err != nil {
		return err
	}
	summary(out, cfg, endpoints.HTTP, servers, folder, time.Since(began))
	select {
	case <-ctx.Done():
		return nil
	case err := <-group.Failed():
		return err
	}
}

// warnOfSecrets says that a password in a URL can be read by whoever lists processes.
func warnOfSecrets(cfg Config, log *zap.Logger) {
	cfg.Servers.SecretsInURLs = false
	var wrong command.Wrong
	cfg.validateServers(&wrong)
	if err := wrong.Err(); err != nil {
		log.Warn("a password is in a URL", zap.String("hint", err.Error()))
	}
}
