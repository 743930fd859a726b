package clickhouse

import (
	"regexp"
	"slices"
	"time"

	"github.com/pricewire/pricewire/pkg/fault"
)

// Reader is a user who asks questions of some views, each within limits, and can do nothing else.
type Reader struct {
	User     string // lower case letters, digits and underscores
	Password string // compared in constant time; an empty one is refused
	Views    []View // what may be asked; the database of the first is that of clients that name none
	Limits   Limits // of each question
}

// View is a view, or a table, that a reader may ask. It has to read with its owner's rights: SQL SECURITY DEFINER.
type View struct{ Database, Name string }

func (v View) String() string { return quoteName(v.Database) + "." + quoteName(v.Name) }

// Limits are what one question of a reader may cost, and how much a reader may do at once. A question that needs more ends with one
// exception, whose code is named here. A client may ask for less than these limits, never for more. Zero values are usable defaults.
type Limits struct {
	Rows        int64         // read, code 158; 0: 500,000,000
	ResultRows  int64         // answered, code 396; 0: 10,000,000
	ResultBytes int64         // answered, uncompressed, code 396; 0: 1 GiB
	Memory      int64         // bytes, code 241; sorting and grouping go to disk from half of it on; 0: 192 MiB
	Time        time.Duration // whole seconds, code 159; 0: 60 s
	Threads     int           // 0: 1
	Queries     int           // at once; one more waits for Queue, and is refused with code 202; 0: 2
	Queue       time.Duration // 0: 5 s
	Connections int           // at once; one more is refused with code 203; 0: 32
	Transfer    time.Duration // a client that takes nothing for so long is cut off, and one that takes Time and this for an answer; 0: 30 s
}

// readerQueries is how many questions all readers together may ask at once: with their memory they leave some to who writes.
const readerQueries = 3

func (l Limits) withDefaults() Limits {
	l.Rows = orDefault(l.Rows, 500_000_000)
	l.ResultRows = orDefault(l.ResultRows, 10_000_000)
	l.ResultBytes = orDefault(l.ResultBytes, 1<<30)
	l.Memory = orDefault(l.Memory, 192*mebibyte)
	l.Time = orDefault(l.Time, time.Minute)
	l.Threads = orDefault(l.Threads, 1)
	l.Queries = orDefault(l.Queries, 2)
	l.Queue = orDefault(l.Queue, 5*time.Second)
	l.Connections = orDefault(l.Connections, 32)
	l.Transfer = orDefault(l.Transfer, 30*time.Second)
	return l
}

func (l Limits) negative() bool {
	return l.Rows < 0 || l.ResultRows < 0 || l.ResultBytes < 0 || l.Memory < 0 || l.Time < 0 || l.Threads < 0 || l.Queries < 0 || l.Queue < 0 || l.Connections < 0 || l.Transfer < 0
}

var (
	readerName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,62}$`)
	viewName   = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,127}$`)
)

// validate reports what cannot work; owner is the user who may do everything.
func (r Reader) validate(owner string) error {
	wrong := func(format string, args ...any) error {
		return fault.New(fault.Invalid, "check engine configuration: reader %q: "+format, append([]any{r.User}, args...)...)
	}
	switch {
	case !readerName.MatchString(r.User):
		return wrong("a name is lower case letters, digits and underscores, 63 at most")
	case r.User == owner:
		return wrong("has the name of the user who may do everything")
	case r.Password == "":
		return wrong("password is empty")
	case len(r.Views) == 0:
		return wrong("may ask nothing")
	case r.Limits.negative() || r.Limits.Time%time.Second != 0:
		return wrong("a limit is negative, or the time is no whole number of seconds")
	}
	for _, v := range r.Views {
		if !viewName.MatchString(v.Database) || !viewName.MatchString(v.Name) {
			return wrong("%s is not the name of a view", v)
		}
	}
	return nil
}

// role is what the engine calls the reader's rights.
func (r Reader) role() string { return "reader_" + r.User }

// database is that of clients that name none.
func (r Reader) database() string { return r.Views[0].Database }

func (r Reader) mayUse(database string) bool {
	return slices.ContainsFunc(r.Views, func(v View) bool { return v.Database == database })
}
