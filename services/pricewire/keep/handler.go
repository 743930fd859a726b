package keep

import (
	"net/http"

	"go.uber.org/zap"

	"github.com/pricewire/pricewire/services/api"
	"github.com/pricewire/pricewire/services/pricewire/peer"
)

// Handler answers for a keeper. With a secret, every request must bear it; without one, only requests to a loopback name are answered, and none
// where other machines reach the process.
type Handler struct {
	keeper Keeper
	door   peer.Door
}

// NewHandler makes a handler; exposed says whether other machines reach the process.
func NewHandler(keeper Keeper, secret string, exposed bool, log *zap.Logger) *Handler {
	return &Handler{keeper, peer.Door{Speaks: speaks(), Secret: secret, Exposed: exposed, Log: log}}
}

// Register adds the handler's paths to a mux.
func (h *Handler) Register(mux *http.ServeMux) {
	mux.Handle("POST "+pathAudits, h.door.Answering(h.audit))
	mux.Handle("GET "+pathAudits, h.door.Answering(func(_ http.ResponseWriter, r *http.Request) (any, error) { return h.keeper.Audits(r.Context()) }))
	mux.Handle("POST "+pathRebuilds, h.door.Answering(h.rebuild))
	mux.Handle("GET "+pathRebuilds, h.door.Answering(func(_ http.ResponseWriter, r *http.Request) (any, error) { return h.keeper.Rebuilds(r.Context()) }))
	mux.Handle("GET "+pathAlarms, h.door.Answering(func(_ http.ResponseWriter, r *http.Request) (any, error) { return h.keeper.Alarms(r.Context()) }))
}

func (h *Handler) audit(_ http.ResponseWriter, r *http.Request) (any, error) {
	var in api.AuditInput
	if err := peer.Read(r.Body, &in); err != nil {
		return nil, err
	}
	return h.keeper.Audit(r.Context(), in)
}

func (h *Handler) rebuild(_ http.ResponseWriter, r *http.Request) (any, error) {
	var in api.RebuildInput
	if err := peer.Read(r.Body, &in); err != nil {
		return nil, err
	}
	return h.keeper.Rebuild(r.Context(), in)
}
