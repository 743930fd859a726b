package part

import (
	"context"
	"time"

	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/services/api"
	"github.com/pricewire/pricewire/services/materializer"
)

// Keeper lets the API ask a materializer of the same process for audits and rebuilds.
type Keeper struct {
	materializer *materializer.Materializer
}

var _ api.Keeper = Keeper{}

// NewKeeper returns the keeper of a materializer.
func NewKeeper(m *materializer.Materializer) Keeper { return Keeper{m} }

// Audit orders an audit.
func (k Keeper) Audit(ctx context.Context, in api.AuditInput) (api.AuditView, error) {
	a, err := k.materializer.Audit(ctx, materializer.Order{Stream: in.Stream, Deep: in.Deep, Repair: in.Repair})
	return auditView(&a), err
}

// Audits lists audits.
func (k Keeper) Audits(context.Context) ([]api.AuditView, error) {
	audits := k.materializer.Audits()
	views := make([]api.AuditView, len(audits))
	for i := range audits {
		views[i] = auditView(&audits[i])
	}
	return views, nil
}

// Rebuild orders a rebuild.
func (k Keeper) Rebuild(_ context.Context, in api.RebuildInput) (api.RebuildView, error) {
	r, err := k.materializer.Rebuild(in.List)
	return rebuildView(&r), err
}

// Rebuilds lists rebuilds.
func (k Keeper) Rebuilds(context.Context) ([]api.RebuildView, error) {
	rebuilds := k.materializer.Rebuilds()
	views := make([]api.RebuildView, len(rebuilds))
	for i := range rebuilds {
		views[i] = rebuildView(&rebuilds[i])
	}
	return views, nil
}

// Alarms are what the writer alone knows; whoever follows the tables sees the rest in them.
func (k Keeper) Alarms(context.Context) ([]string, error) {
	return ownAlarms(k.materializer.Health(), k.materializer.Audits()), nil
}

func jobView(j *materializer.Job) api.JobView {
	return api.JobView{
		ID: j.ID, State: string(j.State), Phase: j.Phase, On: j.On, Done: j.Done, Total: j.Total, Started: instant(j.Started), Ended: instant(j.Ended), Failure: j.Failure,
	}
}

// instant is a time, or nil where there is none.
func instant(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func auditView(a *materializer.Audit) api.AuditView {
	v := api.AuditView{
		JobView: jobView(&a.Job), Stream: a.Stream, Deep: a.Deep, Repair: a.Repair, AtStart: a.AtStart, Streams: a.Streams, Wrong: a.Wrong, Repaired: a.Repaired,
		Outdated: a.Outdated, Restored: a.Restored, Findings: make([]api.FindingView, len(a.Findings)),
	}
	for i := range a.Findings {
		v.Findings[i] = findingView(&a.Findings[i])
	}
	return v
}

func findingView(f *history.Finding) api.FindingView {
	return api.FindingView{
		Kind: string(f.Kind), Table: string(f.Table), Stream: f.Stream, First: f.First, Last: f.Last, Row: f.Row, Rows: f.Rows, Columns: append([]string{}, f.Columns...),
		Detail: f.Detail, Repaired: f.Repaired, Cure: materializer.Cure(f),
	}
}

func rebuildView(r *materializer.Rebuild) api.RebuildView {
	return api.RebuildView{
		JobView: jobView(&r.Job), List: r.List, Tables: append([]string{}, r.Tables...), Streams: append([]string{}, r.Streams...),
	}
}
