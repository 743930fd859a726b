package materializer

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/stream"
)

// auditedAtOnce is how many messages are inspected between two words about how far an audit is.
const auditedAtOnce = 20_000_000

// auditing is an audit while it runs.
type auditing struct {
	m      *Materializer
	audit  *Audit
	schema []history.Finding // of tables and views
}

// runAudit makes an audit. The one at the start waits for a store that cannot be reached; others fail.
func (m *Materializer) runAudit(ctx context.Context, a *Audit) {
	m.jobs.begin(&a.Job)
	run := &auditing{m: m, audit: a}
	err := run.all(ctx)
	for pause := m.cfg.Retry; a.AtStart && fault.Is(err, fault.Unavailable) && ctx.Err() == nil; pause = min(2*pause, m.cfg.RetryMost) {
		m.deps.Log.Warn("audit at start failed", zap.Error(err))
		wait(ctx, pause)
		m.jobs.note(func() { a.Findings, a.Wrong, a.Outdated = nil, 0, 0 })
		err = run.all(ctx)
	}
	m.jobs.end(&a.Job, err)
	if ctx.Err() != nil {
		return
	}
	log := m.deps.Log.With(zap.String("audit", a.ID), zap.Bool("deep", a.Deep), zap.Int("wrong", a.Wrong), zap.Int("repaired", a.Repaired), zap.Int("outdated", a.Outdated))
	switch {
	case err != nil:
		log.Error("audit failed", zap.Error(err))
	case a.Wrong > 0:
		log.Error("audit found something wrong")
	default:
		log.Info("audit done")
	}
}

// all audits the schema and then each stream that was asked for.
func (a *auditing) all(ctx context.Context) error {
	a.phase("tables and views", "", 0)
	found, err := a.m.deps.Auditor.InspectSchema(ctx, a.audit.Repair)
	a.add(found...)
	if err != nil {
		return err
	}
	infos, err := a.m.deps.Reader.Streams(ctx)
	if err != nil {
		return err
	}
	a.schema = found
	if a.audit.Stream == "" || stream.IsRates(a.audit.Stream) {
		a.phase("keys", "", 0)
		shared, err := a.m.deps.Auditor.InspectKeys(ctx)
		a.add(shared...)
		if err != nil {
			return err
		}
	}
	for _, info := range infos {
		if a.audit.Stream != "" && a.audit.Stream != info.Name.Name {
			if !stream.IsRates(info.Name.Name) {
				continue
			}
			if err := a.derive(ctx, info.Name.String()); err != nil {
				return fault.Wrap(err, "derive from %s", info.Name.Name)
			}
			continue
		}
		if err := a.stream(ctx, info); err != nil {
			return fault.Wrap(err, "audit %s", info.Name.Name)
		}
	}
	return nil
}

// derive makes anew what is made of other tables, after one that was missing was made empty. Writers wait meanwhile.
func (a *auditing) derive(ctx context.Context, name string) error {
	if !slices.ContainsFunc(a.schema, func(f history.Finding) bool { return f.Repaired }) {
		return nil
	}
	a.phase("deriving", name, 0)
	if err := a.m.gate.hold(ctx); err != nil {
		return err
	}
	defer a.m.gate.release(true)
	return a.m.deps.Auditor.Derive(ctx, name, a.schema)
}

// stream audits what the tables hold of a stream, up to what its progress says now.
func (a *auditing) stream(ctx context.Context, info stream.Info) error {
	name := info.Name.String()
	last, err := a.m.deps.Auditor.Position(ctx, name)
	if err != nil {
		return err
	}
	if info, err = a.m.deps.Reader.Info(ctx, info.Name.Name); err != nil { // later than the position
		return err
	}
	if info.Name.String() != name {
		return fault.New(fault.Refused, "it was made again as %s", info.Name)
	}
	if info.Last < last {
		return fault.New(fault.Refused, "the stream ends at %d, but tables hold rows up to %d", info.Last, last).
			WithHint("the stream lost its end, or an older copy was restored: restore the whole of it")
	}
	wrong, repaired := a.audit.Wrong, a.audit.Repaired
	reader := &replay{reader: a.m.deps.Reader, name: info.Name}
	defer reader.stop()
	if last > 0 {
		look := a.inspect
		if a.audit.Deep { // it sees whatever the other does
			look = a.compare
		}
		if err := look(ctx, reader, last); err != nil {
			return err
		}
		if err := a.account(ctx, reader, last); err != nil {
			return err
		}
		if stream.IsRates(info.Name.Name) {
			if err := a.answers(ctx, name, last, wrong); err != nil {
				return err
			}
		}
	}
	a.m.jobs.note(func() { a.audit.Streams[name] = last })
	a.m.board.audited(name, a.audit.Wrong-wrong, a.audit.Repaired-repaired)
	return nil
}

// inspect looks for holes, doubles and gaps without reading the stream, and fills what is missing from it.
func (a *auditing) inspect(ctx context.Context, reader *replay, last uint64) error {
	a.phase("messages and rows", reader.name.String(), last)
	for first := uint64(1); first <= last; first += auditedAtOnce {
		end := min(last, first+auditedAtOnce-1)
		found, err := a.m.deps.Auditor.Inspect(ctx, history.Extent{Stream: reader.name.String(), First: first, Last: end, Tables: fed(reader.name.Name)})
		if err != nil {
			return err
		}
		filled, err := a.fill(ctx, reader, found, last)
		a.add(append(found, filled...)...)
		if err != nil {
			return err
		}
		a.at(end)
	}
	return nil
}

// account compares manifests and records with what is there. Rows that are missing at the end of a message's show only here, so what does
// not add up is filled too, and counted again.
func (a *auditing) account(ctx context.Context, reader *replay, last uint64) error {
	a.phase("manifests and crawls", reader.name.String(), last)
	found, err := a.m.deps.Auditor.Account(ctx, reader.name.String(), last)
	if err != nil {
		return err
	}
	slices.SortFunc(found, func(f, g history.Finding) int {
		return cmp.Or(cmp.Compare(f.Last, g.Last), strings.Compare(string(f.Table), string(g.Table)), strings.Compare(f.Detail, g.Detail))
	})
	missing := func(f history.Finding) bool { return f.Rows > 0 }
	if a.audit.Repair && slices.ContainsFunc(found, missing) {
		for i := range found {
			if !missing(found[i]) { // rows of messages that inspection saw whole, or too many of them: nothing can be added
				continue
			}
			restored, err := a.restore(ctx, reader, found[i].First, found[i].Last, last)
			a.add(restored...)
			if err != nil {
				return err
			}
		}
		left, err := a.m.deps.Auditor.Account(ctx, reader.name.String(), last)
		if err != nil {
			return err
		}
		for i := range found {
			f := &found[i]
			f.Repaired = !slices.ContainsFunc(left, func(g history.Finding) bool { return f.Table == g.Table && f.Last == g.Last })
		}
	}
	a.add(found...)
	return nil
}

// answers compares what lists answer with the tables that they rest on, unless those were found wrong.
func (a *auditing) answers(ctx context.Context, name string, last uint64, wrong int) error {
	if err := a.derive(ctx, name); err != nil || a.audit.Wrong > wrong {
		return err
	}
	a.phase("answers of lists", name, last)
	found, err := a.m.deps.Auditor.InspectAnswers(ctx, name, last)
	a.add(found...)
	return err
}

// fill replays the messages of holes, block by block, where the audit is to repair. It returns what else was missing there.
func (a *auditing) fill(ctx context.Context, reader *replay, found []history.Finding, last uint64) ([]history.Finding, error) {
	filled := map[uint64]bool{}
	var others []history.Finding
	for i := range found {
		f := &found[i]
		if !a.audit.Repair || f.Kind != history.FindingHole {
			continue
		}
		for block := (f.First - 1) / repairBlock; block*repairBlock < f.Last; block++ {
			if filled[block] {
				continue
			}
			restored, err := a.restore(ctx, reader, block*repairBlock+1, min((block+1)*repairBlock, last), last)
			for _, r := range restored {
				if r.Rows > holesIn(found, &r) {
					others = append(others, r)
				}
			}
			if err != nil {
				return others, err
			}
			filled[block] = true
		}
		f.Repaired = true
	}
	return others, nil
}

// holesIn counts the rows that findings miss in the table of another one, of messages that it is about.
func holesIn(found []history.Finding, of *history.Finding) uint64 {
	rows := uint64(0)
	for i := range found {
		if f := &found[i]; f.Kind == history.FindingHole && f.Table == of.Table && f.First <= of.Last && f.Last >= of.First {
			rows += f.Rows
		}
	}
	return rows
}

func (a *auditing) restore(ctx context.Context, reader *replay, first, last, progress uint64) ([]history.Finding, error) {
	restored, err := a.m.restore(ctx, reader, first, last, progress)
	a.m.jobs.note(func() {
		for i := range restored {
			a.audit.Restored += restored[i].Rows
		}
	})
	return restored, err
}

// add keeps and logs findings.
func (a *auditing) add(found ...history.Finding) {
	for i := range found {
		f := &found[i]
		kept := false
		a.m.jobs.note(func() {
			switch {
			case f.Repaired:
				a.audit.Repaired++
			case f.Wrong():
				a.audit.Wrong++
			default:
				a.audit.Outdated++
			}
			if kept = len(a.audit.Findings) < keptFindings; kept {
				a.audit.Findings = append(a.audit.Findings, *f)
			}
		})
		if !kept {
			continue
		}
		log := a.m.deps.Log.With(zap.String("audit", a.audit.ID), zap.String("kind", string(f.Kind)), zap.String("table", string(f.Table)), zap.String("stream", f.Stream),
			zap.Uint64("first", f.First), zap.Uint64("last", f.Last), zap.Strings("columns", f.Columns), zap.String("detail", f.Detail))
		switch {
		case f.Repaired:
			log.Warn("audit repaired")
		case f.Wrong():
			log.Error("audit found", zap.String("cure", Cure(f)))
		default:
			log.Debug("audit found")
		}
	}
}

func (a *auditing) phase(what, stream string, total uint64) {
	a.m.jobs.note(func() { a.audit.Phase, a.audit.On, a.audit.Done, a.audit.Total = what, stream, 0, total })
}

func (a *auditing) at(sequence uint64) {
	a.m.jobs.note(func() { a.audit.Done = sequence })
}
