package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pricewire/pricewire/pkg/fault"
)

// Keeper audits and rebuilds the tables: the process that writes them, wherever it runs. It answers in the API's own words, so that the answer
// of another process can be passed on as it is. What is ordered goes on whoever waits for it.
type Keeper interface {
	// Audit orders an audit. Faults: notFound for a stream, conflict when too much waits, unavailable when nobody can be asked.
	Audit(ctx context.Context, in AuditInput) (AuditView, error)
	// Audits lists audits since the process started, the newest first.
	Audits(ctx context.Context) ([]AuditView, error)
	// Rebuild orders a rebuild. Faults: invalid for the list, conflict when one runs or waits, unavailable when nobody can be asked.
	Rebuild(ctx context.Context, in RebuildInput) (RebuildView, error)
	// Rebuilds lists rebuilds since the process started, the newest first.
	Rebuilds(ctx context.Context) ([]RebuildView, error)
}

// AuditInput says what to audit.
type AuditInput struct {
	Stream string `json:"stream,omitempty" doc:"Only this stream; all when empty." example:"RATES_USD"`
	Deep   bool   `json:"deep,omitempty" doc:"Read the streams again and compare every column of every row."`
	Repair bool   `json:"repair,omitempty" doc:"Fill holes from the streams, and make missing views again."`
}

// RebuildInput says what to rebuild.
type RebuildInput struct {
	List string `json:"list,omitempty" doc:"usage, license, offers, services or documents: the tables that its streams feed; all when empty." example:"usage"`
}

// JobView is how an audit or a rebuild goes.
type JobView struct {
	ID      string     `json:"id" example:"audit-3"`
	State   string     `json:"state" enum:"waiting,running,done,failed"`
	Phase   string     `json:"phase" doc:"What is being done; empty when nothing is." example:"comparing with the stream"`
	On      string     `json:"on" doc:"With which stream, with its incarnation."`
	Done    uint64     `json:"done" doc:"Messages of it that are dealt with."`
	Total   uint64     `json:"total" doc:"Of how many."`
	Started *time.Time `json:"started" doc:"null: it waits."`
	Ended   *time.Time `json:"ended" doc:"null: it has not."`
	Failure string     `json:"failure" doc:"Why it failed; empty when it did not."`
}

// AuditView is an audit and what it found.
type AuditView struct {
	JobView
	Stream   string            `json:"stream" doc:"The only stream that was asked for; empty: all."`
	Deep     bool              `json:"deep"`
	Repair   bool              `json:"repair"`
	AtStart  bool              `json:"at_start" doc:"Made by itself when the process started."`
	Streams  map[string]uint64 `json:"streams" doc:"Up to which sequence each stream was audited."`
	Wrong    int               `json:"wrong" doc:"Findings that have to be dealt with."`
	Repaired int               `json:"repaired" doc:"Findings that were repaired."`
	Outdated int               `json:"outdated" doc:"Rows and messages that nothing is wrong with, and that a rebuild would know more of."`
	Restored uint64            `json:"restored" doc:"Rows that were added."`
	Findings []FindingView     `json:"findings" doc:"At most the first 1,000 of them; none in a list of audits."`
}

// FindingView is something wrong with the tables.
type FindingView struct {
	Kind     string   `json:"kind" enum:"hole,double,altered,extra,count,schema,slices,shared,outdated"`
	Table    string   `json:"table" doc:"Empty: all that the messages feed."`
	Stream   string   `json:"stream" doc:"With its incarnation; empty: it is about the schema."`
	First    uint64   `json:"first" doc:"Sequence of the first message."`
	Last     uint64   `json:"last" doc:"Sequence of the last message."`
	Row      *uint32  `json:"row" doc:"Ordinal of the row among those of the message in the table; null: not one row."`
	Rows     uint64   `json:"rows" doc:"How many rows are concerned; 0: that is not known."`
	Columns  []string `json:"columns" doc:"What differs."`
	Detail   string   `json:"detail"`
	Repaired bool     `json:"repaired"`
	Cure     string   `json:"cure" doc:"The command that heals it; empty when nothing is to be done." example:"pricewire rebuild --list usage"`
}

// RebuildView is a rebuild.
type RebuildView struct {
	JobView
	List    string   `json:"list" doc:"Empty: all."`
	Tables  []string `json:"tables" doc:"That are made again."`
	Streams []string `json:"streams" doc:"That they are made from."`
}

type (
	auditInput   struct{ Body AuditInput }
	auditOutput  struct{ Body AuditView }
	auditsOutput struct{ Body pageOf[AuditView] }
	jobInput     struct {
		ID string `path:"id" example:"audit-3"`
	}
	rebuildInput  struct{ Body RebuildInput }
	rebuildOutput struct{ Body RebuildView }
	rebuildsOut   struct{ Body pageOf[RebuildView] }
)

func (s *server) registerKeeper(api huma.API) {
	const later = "The answer comes at once and says how it goes; ask for it by its id. It goes on whoever waits for it, one after the other."
	huma.Register(api, huma.Operation{OperationID: "list-audits", Description: "Those since the process that keeps the tables started, without their findings.", Method: http.MethodGet, Path: "/v1/audits", Summary: "Audits of the tables, the newest first", Tags: []string{"tables"}}, s.listAudits)
	huma.Register(api, huma.Operation{OperationID: "show-audit", Description: "How far it is while it runs, then at most the first 1,000 findings; each names what heals it.", Method: http.MethodGet, Path: "/v1/audits/{id}", Summary: "One audit and what it found", Tags: []string{"tables"}}, s.showAudit)
	huma.Register(api, huma.Operation{OperationID: "audit", Method: http.MethodPost, Path: "/v1/audits", Summary: "Audit the tables", Description: later, Tags: []string{"tables"}}, s.audit)
	huma.Register(api, huma.Operation{OperationID: "list-rebuilds", Description: "Those since the process that keeps the tables started.", Method: http.MethodGet, Path: "/v1/rebuilds", Summary: "Rebuilds of tables, the newest first", Tags: []string{"tables"}}, s.listRebuilds)
	huma.Register(api, huma.Operation{OperationID: "show-rebuild", Description: "Readers go on meanwhile, and see the new table when it is whole.", Method: http.MethodGet, Path: "/v1/rebuilds/{id}", Summary: "How a rebuild goes", Tags: []string{"tables"}}, s.showRebuild)
	huma.Register(api, huma.Operation{OperationID: "rebuild", Method: http.MethodPost, Path: "/v1/rebuilds", Summary: "Make tables again from the streams", Description: later, Tags: []string{"tables"}}, s.rebuild)
}

// keeper is who keeps the tables; an unavailable fault when nobody can be asked from here.
func (s *server) keeper() (Keeper, error) {
	if s.deps.Keeper == nil {
		return nil, fault.New(fault.Unavailable, "the tables are kept by another process, and this server was not told of a materializer").
			WithHint("start the API with --materializer URL")
	}
	return s.deps.Keeper, nil
}

// askKeeper asks who keeps the tables, and says the answer as an operation does.
func askKeeper[V, O any](s *server, ask func(Keeper) (V, error), say func(V) *O) (*O, error) {
	k, err := s.keeper()
	if err != nil {
		return nil, problemOf(err)
	}
	v, err := ask(k)
	if err != nil {
		return nil, problemOf(err)
	}
	return say(v), nil
}

// byID finds one of what is kept.
func byID[V any](all []V, err error, what, wanted string, id func(*V) string) (V, error) {
	for i := range all {
		if err == nil && id(&all[i]) == wanted {
			return all[i], nil
		}
	}
	if err == nil {
		err = fault.New(fault.NotFound, "there is no %s %q", what, wanted).WithHint("the last twenty since the process started are kept")
	}
	var none V
	return none, err
}

func sayAudit(v AuditView) *auditOutput       { return &auditOutput{v} }
func sayRebuild(v RebuildView) *rebuildOutput { return &rebuildOutput{v} }

func (s *server) audit(ctx context.Context, in *auditInput) (*auditOutput, error) {
	return askKeeper(s, func(k Keeper) (AuditView, error) { return k.Audit(ctx, in.Body) }, sayAudit)
}

func (s *server) listAudits(ctx context.Context, _ *struct{}) (*auditsOutput, error) {
	return askKeeper(s, func(k Keeper) ([]AuditView, error) { return k.Audits(ctx) }, func(all []AuditView) *auditsOutput {
		return &auditsOutput{newPage(all, "", func(v AuditView) AuditView {
			v.Findings = []FindingView{}
			return v
		})}
	})
}

func (s *server) showAudit(ctx context.Context, in *jobInput) (*auditOutput, error) {
	return askKeeper(s, func(k Keeper) (AuditView, error) {
		all, err := k.Audits(ctx)
		return byID(all, err, "audit", in.ID, func(v *AuditView) string { return v.ID })
	}, sayAudit)
}

func (s *server) rebuild(ctx context.Context, in *rebuildInput) (*rebuildOutput, error) {
	return askKeeper(s, func(k Keeper) (RebuildView, error) { return k.Rebuild(ctx, in.Body) }, sayRebuild)
}

func (s *server) listRebuilds(ctx context.Context, _ *struct{}) (*rebuildsOut, error) {
	return askKeeper(s, func(k Keeper) ([]RebuildView, error) { return k.Rebuilds(ctx) }, func(all []RebuildView) *rebuildsOut {
		return &rebuildsOut{newPage(all, "", func(v RebuildView) RebuildView { return v })}
	})
}

func (s *server) showRebuild(ctx context.Context, in *jobInput) (*rebuildOutput, error) {
	return askKeeper(s, func(k Keeper) (RebuildView, error) {
		all, err := k.Rebuilds(ctx)
		return byID(all, err, "rebuild", in.ID, func(v *RebuildView) string { return v.ID })
	}, sayRebuild)
}
