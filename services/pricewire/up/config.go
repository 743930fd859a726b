package up

import (
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/robfig/cron/v3"

	"github.com/pricewire/pricewire/pkg/fault"
)

// Sources of usage rates that have a name; anything else is a base URL.
const (
	SourceSample = "sample"
	SourceAzure  = "azure"
	SourceNone   = "none"
)

// Config is everything `pricewire up` can be told.
type Config struct {
	Data       string   // folder of all state
	HTTP       string   // HOST:PORT to serve on; port 0 is any free one
	NATS       string   // HOST:PORT of the embedded server, or the URL of an existing one
	ClickHouse string   // HOST:PORT of the embedded engine, or the DSN of an existing server
	Source     string   // sample, azure, none or a base URL
	Schedule   string   // cron schedule of crawls; empty: one that fits the source
	ClockStart string   // simulated time begins here; empty: real time, unless ClockRate is set
	ClockRate  float64  // simulated seconds a second; 0: real time, unless ClockStart is set
	Notice     []string // LIST=POLICY: how long before it takes effect a list must be public; see effective.ParseNotice
	// MovePercent is how far a licence price may move before a warning says so; 0 warns of none.
	MovePercent int
	Engine      string // path of the engine library; empty: found by itself
	LogLevel    string
	LogFormat   string
	Version     string
}

// external reports whether a server's address is the URL of one that runs already.
func external(address string) bool { return strings.Contains(address, "://") }

// Simulated reports whether time is simulated.
func (c Config) Simulated() bool { return c.ClockStart != "" || c.ClockRate != 0 }

// Validate reports everything that is wrong, before anything is touched.
func (c Config) Validate() error {
	var places []fault.Place
	wrong := func(flag, problem string) {
		places = append(places, fault.Place{Where: "flag." + flag, Problem: problem})
	}
	if c.Data == "" {
		wrong("data", "a folder is needed")
	}
	for flag, address := range map[string]string{"http": c.HTTP, "nats": c.NATS, "clickhouse": c.ClickHouse} {
		if flag == "http" || !external(address) {
			if problem := badAddress(address); problem != "" {
				wrong(flag, problem)
			}
			continue
		}
		if u, err := url.Parse(address); err != nil || u.Host == "" {
			wrong(flag, "not a URL of a server")
		}
	}
	c.validateClock(wrong)
	if _, err := c.policies(); err != nil {
		wrong("notice", err.Error())
	}
	if c.MovePercent < 0 || c.MovePercent > maxMovePercent {
		wrong("move-percent", "must be between 0 and "+strconv.Itoa(maxMovePercent))
	}
	if _, err := cron.ParseStandard(c.Schedule); c.Schedule != "" && err != nil {
		wrong("crawl-schedule", err.Error())
	}
	if c.Source != SourceSample && c.Source != SourceAzure && c.Source != SourceNone {
		if u, err := url.Parse(c.Source); err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
			wrong("source", "\""+c.Source+"\" is not sample, azure, none or an http URL")
		}
	}
	if len(places) > 0 {
		texts := make([]string, len(places))
		for i, p := range places {
			texts[i] = "--" + strings.TrimPrefix(p.Where, "flag.") + ": " + p.Problem
		}
		return fault.New(fault.Invalid, "%s", strings.Join(texts, "; ")).WithPlaces(places...)
	}
	return c.validateExposure()
}

func (c Config) validateClock(wrong func(flag, problem string)) {
	if _, err := c.clockStart(time.Time{}); err != nil {
		wrong("clock-start", err.Error())
	}
	if !(c.ClockRate >= 0 && c.ClockRate <= 10_000_000) { // not a number is neither
		wrong("clock-rate", "must be above 0 and at most 10,000,000 simulated seconds a second")
	}
	if c.Simulated() && (external(c.NATS) || external(c.ClickHouse)) {
		wrong("clock-rate", "simulated time is for trials on embedded servers, not for existing ones")
	}
}

// clockStart reads where simulated time begins; otherwise when the flag is not given.
func (c Config) clockStart(otherwise time.Time) (time.Time, error) {
	if c.ClockStart == "" {
		return otherwise, nil
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, c.ClockStart); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fault.New(fault.Invalid, "%q is not a time; write 2026-09-20 or 2026-09-20T00:00:00Z", c.ClockStart)
}

// validateExposure refuses to listen where other machines reach us while everybody is believed.
func (c Config) validateExposure() error {
	for flag, address := range map[string]string{"http": c.HTTP, "nats": c.NATS, "clickhouse": c.ClickHouse} {
		if external(address) {
			continue
		}
		host, _, _ := net.SplitHostPort(address) // checked before
		if host != "localhost" && !net.ParseIP(host).IsLoopback() {
			return fault.New(fault.Refused, "--%s %s can be reached from other machines, and no authentication is configured", flag, address).
				WithPlaces(fault.Place{Where: "flag." + flag, Problem: "not a loopback address"}).
				WithHint("use 127.0.0.1, and a proxy that authenticates in front of it")
		}
	}
	return nil
}

func badAddress(address string) string {
	host, port, err := net.SplitHostPort(address)
	if err != nil || host == "" {
		return "\"" + address + "\" is not HOST:PORT"
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return "\"" + port + "\" is not a port from 0 to 65535"
	}
	return ""
}
