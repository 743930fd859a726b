package daemon

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"
)

// checkTime bounds how long /readyz waits for one check.
const checkTime = 3 * time.Second

// Check is something that a process needs to be ready; Look says why it is not.
type Check struct {
	Name string
	Look func(ctx context.Context) error
}

// Health answers for a process: /livez while it lives, /readyz once it is ready and every check is well, and /metrics. It is ready when Ready
// has said so.
type Health struct {
	ready   atomic.Bool
	metrics http.Handler
	checks  []Check
}

// NewHealth returns the health of a process that is not ready yet.
func NewHealth(metrics http.Handler, checks ...Check) *Health {
	return &Health{metrics: metrics, checks: checks}
}

// Ready says whether the process's parts are ready.
func (h *Health) Ready(yes bool) { h.ready.Store(yes) }

// Register adds the three paths to a mux.
func (h *Health) Register(mux *http.ServeMux) {
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("alive\n")) })
	mux.HandleFunc("GET /readyz", h.readyz)
	mux.Handle("GET /metrics", h.metrics)
}

// readyz names the first check that is not well; why is in the process's log, because errors may name more than everybody should know.
func (h *Health) readyz(w http.ResponseWriter, r *http.Request) {
	if !h.ready.Load() {
		http.Error(w, "starting", http.StatusServiceUnavailable)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), checkTime)
	defer cancel()
	for _, c := range h.checks {
		if err := c.Look(ctx); err != nil {
			http.Error(w, c.Name+" is not well", http.StatusServiceUnavailable)
			return
		}
	}
	_, _ = w.Write([]byte("ready\n"))
}
