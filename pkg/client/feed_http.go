package client

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
)

// Feed is the feed of the events over HTTP, for programs that do not reach NATS. A batch is known to be whole by the type of the event that ends it.
func (c *Client) Feed() Feed { return &overHTTP{c} }

type overHTTP struct{ c *Client }

// listener is one run of Follow over HTTP. All of it belongs to one goroutine.
type listener struct {
	c       *Client
	o       *Options
	courses map[string]*course
	begin   Begin
	take    func(piece) error
	broken  error // of the subscriber: the end, whatever the connection says
}

func (h *overHTTP) follow(ctx context.Context, o Options, from Position, take func(piece) error) error {
	l := &listener{c: h.c, o: &o, courses: map[string]*course{}, begin: o.From}
	l.take = func(p piece) error {
		l.broken = take(p)
		return l.broken
	}
	for name, mark := range from {
		l.course(name, mark)
	}
	for failures := 1; ; failures++ {
		before := l.position().String()
		err := l.once(ctx)
		if l.position().String() != before {
			failures = 1
		}
		var need *NeedSnapshotError
		var e *Error
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case l.broken != nil:
			return l.broken
		case errors.As(err, &need) && o.Renew:
			l.course(need.Stream, Mark{})
			l.begin = FromSnapshot
			o.trouble(err)
			continue
		case !errors.As(err, &e), e.Status != 0 && !passing(e), e.Kind == ErrInvalid, e.Kind == ErrRefused:
			return err
		}
		o.trouble(err)
		if err := pause(ctx, max(backOff(failures, followLeast, followMost), e.RetryAfter)); err != nil {
			return err
		}
	}
}

// course begins to keep how a stream is followed.
func (l *listener) course(name string, mark Mark) *course {
	c := &course{stream: name, o: l.o, mark: mark, give: l.take, first: mark.Incarnation == ""}
	l.courses[name] = c
	return c
}

// once follows until something fails.
func (l *listener) once(ctx context.Context) error {
	for _, c := range l.courses {
		c.again()
	}
	there, err := l.where(ctx)
	if err != nil {
		return err
	}
	for name, c := range l.courses {
		now, ok := there[name]
		if held := c.mark; ok && held.Incarnation != "" && (held.Incarnation != now.Incarnation || now.Sequence < held.Sequence) {
			return &NeedSnapshotError{Stream: name, Held: held, Found: now.Incarnation, Last: now.Sequence}
		}
	}
	for name, now := range there {
		c, known := l.courses[name]
		if !known {
			c = l.course(name, Mark{})
		}
		if c.mark.Incarnation != "" {
			continue
		}
		if err := l.start(c, now); err != nil {
			return err
		}
	}
	l.begin = FromStart // what appears later is new from its beginning
	if err := l.snapshots(ctx); err != nil {
		return err
	}
	return l.changes(ctx)
}

// start decides where to begin in a stream.
func (l *listener) start(c *course, now Mark) error {
	switch {
	case l.begin == FromNow:
		c.mark = now
	case l.begin == FromStart:
		c.mark = Mark{Incarnation: now.Incarnation}
	case now.Sequence == 0:
		c.mark = now
		return c.whole()
	default:
		c.mark = Mark{Incarnation: now.Incarnation, Snapshot: now.Sequence}
	}
	return nil
}

// where asks how far the streams are that are to be followed.
func (l *listener) where(ctx context.Context) (Position, error) {
	there := Position{}
	err := l.c.listen(ctx, l.query(nil).text("from", "now").values(), "", func(s signal) error {
		p, err := ParsePosition(s.id)
		if err == nil {
			there, err = p, errEnough
		}
		return err
	})
	if !errors.Is(err, errEnough) {
		return nil, err
	}
	maps.DeleteFunc(there, func(name string, _ Mark) bool { return !l.follows(name) })
	return there, nil
}

func (l *listener) follows(name string) bool {
	return (len(l.o.Streams) == 0 || slices.Contains(l.o.Streams, name)) && len(familyOf(name).chosen(l.o.Subjects)) > 0
}

// mostSubjects is how many patterns the server takes.
const mostSubjects = 32

// query says which subjects are to come: those of some streams, or of all that are followed. What is too much to say is left out, and so everything
// comes, and is passed by here.
func (l *listener) query(names []string) params {
	var subjects []string
	for _, name := range names {
		subjects = append(subjects, familyOf(name).followed(l.o.Subjects)...)
	}
	if len(names) == 0 {
		subjects = l.all()
	}
	slices.Sort(subjects)
	subjects = slices.Compact(subjects)
	if len(subjects) > mostSubjects {
		return params{}
	}
	return params{}.text("subject", strings.Join(subjects, ","))
}

// all are the subjects of all streams that are followed, those that appear later included; none: all subjects.
func (l *listener) all() []string {
	if len(l.o.Streams) > 0 {
		var subjects []string
		for _, name := range l.o.Streams {
			subjects = append(subjects, familyOf(name).followed(l.o.Subjects)...)
		}
		return subjects
	}
	var subjects []string
	for _, s := range l.o.Subjects {
		tokens := strings.Split(strings.TrimPrefix(s, costlessSubject), ".")
		prefix := strings.TrimSuffix(s, strings.Join(tokens, "."))
		if len(tokens) < 3 || strings.ContainsAny(tokens[1], "*>") {
			return nil
		}
		end := prefix + "pw.release.>"
		if slices.Contains([]string{"rate", "quarantine", "crawl"}, tokens[1]) {
			end = prefix + "pw.crawl." + tokens[2] + ".>"
			if tokens[2] == ">" {
				end = prefix + "pw.crawl.>"
			}
		}
		subjects = append(subjects, s, end)
	}
	return subjects
}

// position is where all streams are.
func (l *listener) position() Position {
	p := Position{}
	for name, c := range l.courses {
		if c.mark.Incarnation != "" {
			p[name] = c.mark
		}
	}
	return p
}

// snapshots hands over the last event of each subject of the streams that have not been handed over yet.
func (l *listener) snapshots(ctx context.Context) error {
	var names []string
	for name, c := range l.courses {
		if c.mark.Snapshot > 0 {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	due := map[string]bool{} // streams of which an event has come: the server reads them from before where they were asked to go
	return l.until(ctx, l.query(names).flag("last_per_subject", true), "", func(s signal, e *Event) error {
		if e == nil {
			return l.beat(s, names)
		}
		c := l.courses[e.Stream]
		if c == nil || c.mark.Snapshot == 0 {
			return nil
		}
		if !due[e.Stream] {
			due[e.Stream] = true
			there, err := l.where(ctx)
			if err != nil {
				return err
			}
			c.mark.Snapshot = max(c.mark.Snapshot, there[e.Stream].Sequence)
		}
		return l.state(c, e, names)
	})
}

// state takes an event of a snapshot, which ends with the first batch that ends where the stream was, or behind.
func (l *listener) state(c *course, e *Event, names []string) error {
	over := e.Sequence >= c.mark.Snapshot && ends(e.Type)
	if e.Sequence > c.mark.Sequence {
		c.mark.Snapshot = max(c.mark.Snapshot, e.Sequence+1)
		if over {
			c.mark.Snapshot = e.Sequence
		}
		if err := c.state(e.Sequence, *e); err != nil {
			return err
		}
	}
	if over {
		if err := c.whole(); err != nil {
			return err
		}
	}
	return l.done(names)
}

// beat ends the snapshots of streams that nothing more is to come of: the server is behind where they were.
func (l *listener) beat(s signal, names []string) error {
	at, err := ParsePosition(s.id)
	if err != nil {
		return err
	}
	for _, name := range names {
		c := l.courses[name]
		if now, ok := at[name]; !ok || c.mark.Snapshot == 0 || now.Sequence+1 < c.mark.Snapshot {
			continue
		} else if now.Sequence < c.mark.Snapshot {
			c.mark.Snapshot = now.Sequence // it was put behind the last event that came
		}
		if err := c.whole(); err != nil {
			return err
		}
	}
	return l.done(names)
}

// done is errEnough when all snapshots have ended.
func (l *listener) done(names []string) error {
	for _, name := range names {
		if l.courses[name].mark.Snapshot > 0 {
			return nil
		}
	}
	return errEnough
}

// changes hands over every batch behind the marks.
func (l *listener) changes(ctx context.Context) error {
	resume := Position{}
	maps.Copy(resume, l.position())
	return l.until(ctx, l.query(nil).text("from", "start"), resume.String(), func(s signal, e *Event) error {
		if e == nil || !l.follows(e.Stream) {
			return nil
		}
		c := l.courses[e.Stream]
		if c == nil {
			c = l.course(e.Stream, Mark{})
		}
		if c.mark.Incarnation == "" {
			at, err := ParsePosition(s.id)
			if err != nil {
				return err
			}
			c.mark.Incarnation = at[e.Stream].Incarnation
		}
		if e.Sequence <= c.mark.Sequence {
			return nil
		}
		return c.change(e.Sequence, *e, ends(e.Type))
	})
}

// until listens until take has enough.
func (l *listener) until(ctx context.Context, query params, resume string, take func(signal, *Event) error) error {
	err := l.c.listen(ctx, query.values(), resume, func(s signal) error {
		if len(s.data) == 0 {
			return take(s, nil)
		}
		e, err := eventOf(s)
		if err != nil {
			return err
		}
		return take(s, &e)
	})
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}
