package up

import (
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/pricewire/pricewire/pkg/daemon"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/services/pricewire/command"
	"github.com/pricewire/pricewire/services/pricewire/connect"
	"github.com/pricewire/pricewire/services/pricewire/part"
)

// Config is everything `pricewire up` can be told.
type Config struct {
	Data       string         // folder of all state
	HTTP       string         // HOST:PORT to serve on; port 0 is any free one
	Servers    connect.Config // each the URL of an existing server, or HOST:PORT of the embedded one
	Access     part.Access    // who may ask over HTTP
	Crawls     part.Crawls    // where usage rates come from, and how that is watched
	Lists      part.Lists     // how lists are released
	Hooks      part.Hooks     // how events are sent to webhooks
	ClockStart string         // simulated time begins here; empty: real time, unless ClockRate is set
	ClockRate  float64        // simulated seconds a second; 0: real time, unless ClockStart is set
	NATSCert   string         // PEM files of the certificate of the embedded NATS, and of its key; without them it listens on a loopback only
	NATSKey    string
	ERPStreams string // when streams without cost are told: part.ERPAuto, ERPOn or ERPOff
	SQL        SQL    // how the embedded ClickHouse is open to others
	Engine     string // path of the engine library; empty: found by itself
	Log        command.Log
	Version    string
}

// Default is the configuration of one that nothing was told.
func Default(version string) Config {
	servers := connect.Default()
	servers.NATS.URL, servers.ClickHouse.DSN, servers.SecretsInURLs = "127.0.0.1:4222", "127.0.0.1:9000", true
	return Config{
		Data: "./var", HTTP: "127.0.0.1:8080", Servers: servers, Access: part.DefaultAccess(), Crawls: part.DefaultCrawls(part.SourceSample), Lists: part.DefaultLists(), Hooks: part.DefaultHooks(),
		ERPStreams: part.ERPAuto, Log: command.Log{Level: "info", Format: "text"}, Version: version,
	}
}

// Flags adds the flags that set it; what it says before is their default.
func (c *Config) Flags(flags *pflag.FlagSet) {
	flags.StringVar(&c.Data, "data", c.Data, "folder of all state; one process at a time")
	flags.StringVar(&c.HTTP, "http", c.HTTP, "HOST:PORT of the API and the page; port 0: any free port")
	c.Access.Flags(flags)
	c.Servers.NATSFlags(flags, "HOST:PORT of the embedded NATS, or the URL of an existing one, nats://HOST:PORT, several with commas between")
	c.Servers.ClickHouseFlags(flags, "HOST:PORT of the embedded ClickHouse, or the DSN of an existing one, clickhouse://HOST:PORT/DATABASE")
	flags.StringVar(&c.NATSCert, "nats-tls-cert", c.NATSCert, "PEM file of the certificate of the embedded NATS; needed where --nats can be reached from other machines")
	flags.StringVar(&c.NATSKey, "nats-tls-key", c.NATSKey, "PEM file of that certificate's key")
	flags.StringVar(&c.ERPStreams, "erp-streams", c.ERPStreams, "when the streams are told without the partner's cost: auto (once somebody reads them), on or off")
	flags.StringVar(&c.SQL.AnalystPasswordFile, "analyst-password-file", "", "file with the password of the user analyst of the embedded ClickHouse, who sees no cost; none: one is made and kept in the data folder")
	flags.StringVar(&c.SQL.AnalystCostPasswordFile, "analyst-cost-password-file", "", "the same for the user analyst_cost, who sees cost")
	flags.StringVar(&c.SQL.TLSCert, "clickhouse-tls-cert", "", "PEM file of the certificate that the embedded ClickHouse shows; clients speak TLS then. It may be replaced at any time")
	flags.StringVar(&c.SQL.TLSKey, "clickhouse-tls-key", "", "PEM file of that certificate's key")
	c.Servers.WaitFlag(flags)
	c.Crawls.Flags(flags)
	flags.StringVar(&c.ClockStart, "clock-start", "", "simulated time begins here (a date or RFC 3339); a restart goes on from where it was")
	flags.Float64Var(&c.ClockRate, "clock-rate", 0, "simulated seconds a second")
	c.Lists.Flags(flags)
	c.Hooks.Flags(flags)
	flags.StringVar(&c.Engine, "engine", "", "path of the ClickHouse engine library; default: where make engine puts it")
	c.Log.Flags(flags)
	flags.String(command.ConfigFlag, "", command.ConfigUsage)
}

// externalNATS and externalClickHouse report whether a server is one that runs already.
func (c Config) externalNATS() bool       { return external(c.Servers.NATS.URL) }
func (c Config) externalClickHouse() bool { return external(c.Servers.ClickHouse.DSN) }

// external reports whether a server's address is the URL of one that runs already.
func external(address string) bool { return strings.Contains(address, "://") }

// Simulated reports whether time is simulated.
func (c Config) Simulated() bool { return c.ClockStart != "" || c.ClockRate != 0 }

// Validate reports everything that is wrong, before anything is touched.
func (c Config) Validate() error {
	var wrong command.Wrong
	if c.Data == "" {
		wrong.Flag("data", "a folder is needed")
	}
	for _, flag := range []string{"http", "nats", "clickhouse"} {
		if address, ours := c.ours()[flag]; ours {
			if problem := command.BadAddress(address); problem != "" {
				wrong.Flag(flag, problem)
			}
		}
	}
	c.validateServers(&wrong)
	c.validateFeeding(&wrong)
	c.SQL.validate(&wrong, c.externalClickHouse())
	c.validateClock(&wrong)
	c.Lists.Validate(&wrong)
	c.Hooks.Validate(&wrong)
	c.Access.Validate(&wrong)
	c.Crawls.Validate(&wrong)
	if err := wrong.Err(); err != nil {
		return err
	}
	return c.validateExposure()
}

// ours are the addresses that this process listens on, by flag.
func (c Config) ours() map[string]string {
	all := map[string]string{"http": c.HTTP}
	if !c.externalNATS() {
		all["nats"] = c.Servers.NATS.URL
	}
	if !c.externalClickHouse() {
		all["clickhouse"] = c.Servers.ClickHouse.DSN
	}
	return all
}

// validateServers looks at what is said of existing servers, and refuses to be told such things of embedded ones.
func (c Config) validateServers(wrong *command.Wrong) {
	given, usual := c.Servers, Default("").Servers
	if !c.externalNATS() {
		usual.NATS.URL = given.NATS.URL
		if given.NATS != usual.NATS {
			wrong.Flag("nats", "is that of the embedded server, and the other flags about NATS are about an existing one")
		}
		given.NATS.URL = connect.DefaultNATS
	}
	if !c.externalClickHouse() {
		usual.ClickHouse.DSN = given.ClickHouse.DSN
		if given.ClickHouse != usual.ClickHouse {
			wrong.Flag("clickhouse", "is that of the embedded engine, and the other flags about ClickHouse are about an existing one")
		}
		given.ClickHouse.DSN = connect.DefaultClickHouse
	}
	given.Validate(wrong)
}

// validateFeeding looks at what is said of subscribers of NATS.
func (c Config) validateFeeding(wrong *command.Wrong) {
	switch {
	case (c.NATSCert == "") != (c.NATSKey == ""):
		wrong.Flag("nats-tls-cert", "a certificate and its key, --nats-tls-key, go together")
	case c.NATSCert != "" && c.externalNATS():
		wrong.Flag("nats-tls-cert", "is that of the embedded server, and --nats is an existing one")
	}
	if !slices.Contains([]string{part.ERPAuto, part.ERPOn, part.ERPOff}, c.ERPStreams) {
		wrong.Flag("erp-streams", "must be auto, on or off")
	}
}

func (c Config) validateClock(wrong *command.Wrong) {
	if _, err := c.clockStart(time.Time{}); err != nil {
		wrong.Flag("clock-start", err.Error())
	}
	if !(c.ClockRate >= 0 && c.ClockRate <= 10_000_000) { // not a number is neither
		wrong.Flag("clock-rate", "must be above 0 and at most 10,000,000 simulated seconds a second")
	}
	if c.Simulated() && (c.externalNATS() || c.externalClickHouse()) {
		wrong.Flag("clock-rate", "simulated time is for trials on embedded servers, not for existing ones")
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

// validateExposure refuses to listen where other machines reach us while everybody is believed, or passwords travel in the open.
func (c Config) validateExposure() error {
	if err := c.Access.Exposed(c.HTTP); err != nil {
		return err
	}
	if address, ours := c.ours()["nats"]; ours && c.NATSCert == "" && !daemon.Loopback(address) {
		return fault.New(fault.Refused, "--nats %s can be reached from other machines, and passwords could be read on their way", address).
			WithPlaces(fault.Place{Where: "flag.nats", Problem: "not a loopback address"}).
			WithHint("give it a certificate, --nats-tls-cert and --nats-tls-key, or use 127.0.0.1")
	}
	if address, ours := c.ours()["clickhouse"]; ours && !c.SQL.tls() && !daemon.Loopback(address) {
		return fault.New(fault.Refused, "--clickhouse %s can be reached from other machines, and passwords would travel in the open", address).
			WithPlaces(fault.Place{Where: "flag.clickhouse", Problem: "not a loopback address"}).
			WithHint("give it a certificate, --clickhouse-tls-cert and --clickhouse-tls-key, or use 127.0.0.1")
	}
	return nil
}
