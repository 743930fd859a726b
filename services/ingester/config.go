package ingester

import (
	"context"
	"net/http"
	"regexp"
	"slices"
	"time"

	"github.com/robfig/cron/v3"
	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/clock"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/rate"
	"github.com/pricewire/pricewire/pkg/stream"
	"github.com/pricewire/pricewire/services/ingester/azure"
)

// Names of sources; anything else is the base URL of a source that speaks the Retail Prices API.
const (
	SourceSample = "sample"
	SourceAzure  = "azure"
	SourceNone   = "none"
)

// Config says what to watch, and how.
type Config struct {
	// Source is what is crawled by itself: SourceSample, SourceAzure, SourceNone or a base URL.
	Source string
	// Currencies of those crawls, one after the other; default USD. The first is that of requests that name none.
	Currencies []string
	// Scope of those crawls; default <source>-<currency>.
	Scope string
	// SampleURL is where the bundled feed answers; needed for SourceSample only.
	SampleURL string
	// Cadence is a cron schedule in UTC, or "@every 6h": when to crawl again after the first crawl, which is at once. Default DefaultCadence.
	Cadence string
	// Retry is how long after a crawl that failed the next is tried, if the schedule doesn't say earlier; default one minute.
	Retry time.Duration
	// Folder is where states are cached, one folder a currency. One process may use it.
	Folder string
	// Policy sets the guards; default rate.DefaultPolicy.
	Policy rate.Policy
	// Client sets limits, retries and time-outs of crawls; its BaseURL is not used.
	Client azure.Config
	// ShardRows is how many identities a catalogue may have that is read as a whole; a larger one is read in shards of at most about as many:
	// by service family, and by region where that is still too much. Default 20,000; negative: always as a whole.
	ShardRows int
	// VerifyEvery is how often what shards found is compared with the catalogue read as a whole, to find what a source hides from filters. Default
	// a week; the first crawl in shards is verified always.
	VerifyEvery time.Duration
	// Traversals is how often a shard is read at most until a traversal finds nothing that none before it found; 1: what is read once is
	// believed. Default 12, and 1 for SourceSample. From 1 to 100.
	Traversals int
	// ResumeWithin is how old a crawl may be that was broken off and is gone on with; default a day.
	ResumeWithin time.Duration
	// PartMessages is about how many messages are published as one batch; default 20,000.
	PartMessages int
	// SnapshotLimits bound uploaded snapshots; default 256 MiB and 500,000 rows.
	SnapshotLimits azure.Limits
}

// Deps are what an Ingester works with.
type Deps struct {
	Clock     clock.Clock
	Publisher stream.Publisher
	Reader    stream.Reader
	Declarer  stream.Declarer
	Log       *zap.Logger
	Transport http.RoundTripper                                // nil: the usual
	Wait      func(ctx context.Context, d time.Duration) error // between attempts, in real time; nil: the usual
}

// DefaultCadence returns the schedule that fits a source: every six hours for what is far away, every minute for the sample. On a
// simulated clock, rate simulated seconds a second, the sample is crawled at most about once a second of real time: a crawl holds the clock,
// and nobody sees what happens in between. The rate of a real clock is 1.
func DefaultCadence(source string, rate float64) string {
	if source != SourceSample {
		return "0 */6 * * *"
	}
	for _, c := range []struct {
		every time.Duration
		spec  string
	}{{time.Minute, "* * * * *"}, {15 * time.Minute, "*/15 * * * *"}, {time.Hour, "0 * * * *"}, {6 * time.Hour, "0 */6 * * *"}} {
		if c.every.Seconds() >= rate {
			return c.spec
		}
	}
	return "0 0 * * *"
}

func (c Config) withDefaults() Config {
	if c.Source == "" {
		c.Source = SourceNone
	}
	if len(c.Currencies) == 0 {
		c.Currencies = []string{"USD"}
	}
	if c.Cadence == "" {
		c.Cadence = DefaultCadence(c.Source, 1)
	}
	if c.Retry <= 0 {
		c.Retry = time.Minute
	}
	if c.Policy == (rate.Policy{}) {
		c.Policy = rate.DefaultPolicy()
	}
	if c.Client.Concurrency <= 0 {
		c.Client.Concurrency = azure.DefaultConcurrency
	}
	if c.ShardRows == 0 {
		c.ShardRows = 20_000
	}
	if c.VerifyEvery <= 0 {
		c.VerifyEvery = 7 * 24 * time.Hour
	}
	if c.Traversals == 0 {
		c.Traversals = 12
		if c.Source == SourceSample {
			c.Traversals = 1
		}
	}
	if c.ResumeWithin <= 0 {
		c.ResumeWithin = 24 * time.Hour
	}
	if c.PartMessages <= 0 {
		c.PartMessages = 20_000
	}
	if c.SnapshotLimits.BodyBytes <= 0 {
		c.SnapshotLimits.BodyBytes = 256 << 20
	}
	if c.SnapshotLimits.RowsPerPage <= 0 {
		c.SnapshotLimits.RowsPerPage = 500_000
	}
	return c
}

// Validate returns an invalid fault that names every value that is wrong.
func (c Config) Validate() error {
	c = c.withDefaults()
	var places []fault.Place
	wrong := func(where string, err error) {
		if err != nil {
			places = append(places, fault.Place{Where: where, Problem: err.Error()})
		}
	}
	if c.Folder == "" {
		wrong("folder", fault.New(fault.Invalid, "a folder is needed"))
	}
	_, err := cron.ParseStandard(c.Cadence)
	wrong("cadence", err)
	for i, currency := range c.Currencies {
		_, err = money.ParseCurrency(currency)
		wrong("currency", err)
		if err == nil && slices.Contains(c.Currencies[:i], currency) {
			wrong("currency", fault.New(fault.Invalid, "%s is there twice", currency))
		}
	}
	if c.Scope != "" && len(c.Currencies) > 1 {
		wrong("scope", fault.New(fault.Invalid, "a scope is of one currency, and several are to be crawled"))
	}
	wrong("policy", c.Policy.Validate())
	if c.Source != SourceNone {
		_, err = c.source("")
		wrong("source", err)
	}
	if c.Scope != "" {
		wrong("scope", checkScope(c.Scope))
	}
	if c.Traversals < 1 || c.Traversals > 100 {
		wrong("traversals", fault.New(fault.Invalid, "must be from 1 to 100"))
	}
	if len(places) == 0 {
		return nil
	}
	return fault.New(fault.Invalid, "configure ingester: %s: %s", places[0].Where, places[0].Problem).WithPlaces(places...)
}

// source is where rows come from.
type source struct{ name, baseURL string }

// source resolves what was asked for; empty is the configured source.
func (c Config) source(asked string) (source, error) {
	if asked == "" {
		asked = c.Source
	}
	switch asked {
	case SourceNone:
		return source{}, fault.New(fault.Invalid, "find source: none is configured").WithHint("name one: sample, azure or a URL").
			WithPlaces(fault.Place{Where: "source", Problem: "none is configured"})
	case SourceAzure:
		return source{SourceAzure, azure.PublicEndpoint}, nil
	case SourceSample:
		if c.SampleURL == "" {
			return source{}, fault.New(fault.Invalid, "find source: the sample is not being served").WithHint("start with --source sample")
		}
		return source{SourceSample, c.SampleURL}, nil
	}
	name, err := azure.SourceName(asked)
	return source{name, asked}, err
}

// scopeForm is what a scope may be called: it becomes part of subjects, ids and file names.
const scopeForm = `^[a-z0-9][a-z0-9._-]{0,63}$`

func checkScope(scope string) error {
	if regexp.MustCompile(scopeForm).MatchString(scope) {
		return nil
	}
	return fault.New(fault.Invalid, "%q is no name of a scope", scope).WithHint("use up to 64 lower-case letters, digits, dots, dashes and underscores").
		WithPlaces(fault.Place{Where: "scope", Problem: "not a name"})
}
