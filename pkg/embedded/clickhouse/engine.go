package clickhouse

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/pricewire/pricewire/pkg/fault"
)

// holder guards what the library has once a process: one engine. It is the only package variable; the state it mirrors is the loaded
// library's and cannot be passed around.
var holder struct {
	sync.Mutex
	held bool
}

// engine is the running library and what every connection to it starts with.
type engine struct {
	lib      *library
	args     []string
	settings map[string]string
	version  engineVersion
	fence    *fence // nil without readers

	control   *connection // kills queries of other connections, keeps the engine running between them
	controlMu sync.Mutex
}

type engineVersion struct {
	text                string
	major, minor, patch int
}

func (v engineVersion) String() string { return v.text }

func startEngine(cfg Config) (*engine, error) {
	path, err := Locate(cfg.Library)
	if err != nil {
		return nil, err
	}
	if err := claim(); err != nil {
		return nil, err
	}
	e, err := bootEngine(cfg, path)
	if err != nil {
		giveBack()
		return nil, err
	}
	return e, nil
}

func claim() error {
	holder.Lock()
	defer holder.Unlock()
	if holder.held {
		return fault.New(fault.Conflict, "start clickhouse engine: this process already runs one, and the library allows no second").
			WithHint("use the running engine, or close it first")
	}
	holder.held = true
	return nil
}

func giveBack() {
	holder.Lock()
	defer holder.Unlock()
	holder.held = false
}

func bootEngine(cfg Config, path string) (*engine, error) {
	if err := prepareFolder(cfg); err != nil {
		return nil, err
	}
	lib, control, err := connectFirst(cfg, path)
	if err != nil {
		return nil, err
	}
	e := &engine{lib: lib, args: engineArgs(cfg), settings: cfg.sessionSettings(), control: control}
	if e.version, err = readVersion(control); err != nil {
		control.close()
		return nil, err
	}
	if len(cfg.Readers) > 0 {
		if e.fence, err = readFence(control); err != nil {
			control.close()
			return nil, err
		}
	}
	// The engine's default database is an overlay over the file system that refuses materialized views.
	if err := control.run("CREATE DATABASE IF NOT EXISTS " + quoteName(cfg.Database) + " ENGINE = Atomic"); err != nil {
		control.close()
		return nil, fmt.Errorf("create database %s: %w", cfg.Database, err)
	}
	return e, nil
}

// connectFirst loads and starts the engine, and keeps it from taking the process's signals and its standard input: an insert would
// read rows from there.
func connectFirst(cfg Config, path string) (*library, *connection, error) {
	kept, err := keepSignals()
	if err != nil {
		return nil, nil, err
	}
	defer kept.restore()
	lib, err := loadLibrary(path)
	if err != nil {
		return nil, nil, fault.New(fault.Unavailable, "%w", err).WithHint("run `make engine` again")
	}
	if err := emptyStandardInput(); err != nil {
		return nil, nil, err
	}
	lib.signalHandlers(0)
	control, err := lib.open(engineArgs(cfg))
	if err != nil {
		return nil, nil, fault.New(fault.Unavailable, "start clickhouse engine on %s: %w", cfg.Dir, err)
	}
	return lib, control, nil
}

// prepareFolder makes the folder and writes the engine's configuration into it.
func prepareFolder(cfg Config) error {
	if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
		return fmt.Errorf("make engine folder: %w", err)
	}
	if err := checkFree(cfg.Dir); err != nil {
		return err
	}
	if err := os.WriteFile(configPath(cfg.Dir), engineConfig(cfg), 0o600); err != nil {
		return fmt.Errorf("write engine configuration: %w", err)
	}
	if len(cfg.Readers) > 0 {
		if err := os.WriteFile(usersPath(cfg.Dir), usersConfig(cfg.Readers), 0o600); err != nil {
			return fmt.Errorf("write users of the engine: %w", err)
		}
	}
	return nil
}

// checkFree asks for the lock that an engine holds on its folder: the engine itself would fail without a reason.
func checkFree(dir string) error {
	file, err := os.OpenFile(filepath.Join(dir, "status"), os.O_RDWR, 0)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("check engine folder: %w", err)
	}
	defer func() { _ = file.Close() }()
	if err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		return fault.New(fault.Conflict, "start clickhouse engine: another process uses the folder %s", dir)
	}
	return nil
}

func engineArgs(cfg Config) []string {
	args := []string{"pricewire", "--path=" + cfg.Dir, "--config-file=" + configPath(cfg.Dir)}
	for name, value := range cfg.sessionSettings() {
		args = append(args, "--"+name+"="+value)
	}
	return args
}

func readVersion(conn *connection) (engineVersion, error) {
	r, err := conn.exec("SELECT version()", "RawBLOB", nil)
	if err != nil {
		return engineVersion{}, fmt.Errorf("read engine version: %w", err)
	}
	defer r.destroy()
	v := engineVersion{text: string(r.data())}
	if _, err := fmt.Sscanf(v.text, "%d.%d.%d", &v.major, &v.minor, &v.patch); err != nil {
		return engineVersion{}, fmt.Errorf("read engine version %q: %w", v.text, err)
	}
	return v, nil
}

// connect opens a connection for a client's session.
func (e *engine) connect() (*connection, error) { return e.lib.open(e.args) }

// kill asks the engine to stop the queries of the session with this mark; they end soon after with code 394.
func (e *engine) kill(mark string) error {
	e.controlMu.Lock()
	defer e.controlMu.Unlock()
	return e.control.run("KILL QUERY WHERE startsWith(Settings['log_comment'], " + quote(mark) + ") ASYNC")
}

// stop closes the last connection, which stops the engine and frees its folder. The library has a final shutdown too, which is left
// alone: it bars the next open, it cannot end all its threads once a table existed, and a Go program exits without the C side's
// destructors, for which it is meant.
func (e *engine) stop() {
	e.controlMu.Lock()
	defer e.controlMu.Unlock()
	e.control.close()
	giveBack()
}

// killUntil kills a session's queries again and again until the query has ended: it may not have been known the first time.
func (e *engine) killUntil(ended <-chan struct{}, mark string) {
	for pause := 20 * time.Millisecond; ; pause = min(2*pause, time.Second) {
		_ = e.kill(mark) // fails only with the engine, and then so does the query
		select {
		case <-ended:
			return
		case <-time.After(pause):
		}
	}
}
