package part

import (
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/rate"
	"github.com/pricewire/pricewire/services/ingester"
	"github.com/pricewire/pricewire/services/ingester/azure"
	"github.com/pricewire/pricewire/services/pricewire/command"
)

// Sources of usage rates that have a name; anything else is a base URL.
const (
	SourceSample = ingester.SourceSample
	SourceAzure  = ingester.SourceAzure
	SourceNone   = ingester.SourceNone
)

// Crawls says where usage rates come from, and how sources of them are watched.
type Crawls struct {
	Source       string        // sample, azure, none or a base URL
	Schedule     string        // cron schedule in UTC; empty: one that fits the source
	Currencies   []string      // crawled one after the other; the first is that of requests that name none
	Traversals   int           // how often a shard is read at most until nothing new appears, 1 to 100; 0: what fits the source
	ShardRows    int           // a catalogue of more known rates is read in shards; 0: always as a whole
	Concurrency  int           // requests under way at once
	Rate         float64       // requests a second
	AzureVersion string        // api-version to ask for: stable, or a date with -preview or without; empty: what fits the source
	Shrink       float64       // share of the rates that may be missing before a crawl or a shard is refused, 0 to 1
	RetireCrawls int           // consecutive complete crawls a rate must be absent from before it is retired, at least 1
	RetireAfter  time.Duration // and for how long
}

// DefaultCrawls is how a source is watched unless the configuration says otherwise.
func DefaultCrawls(source string) Crawls {
	policy := rate.DefaultPolicy()
	return Crawls{
		Source: source, Currencies: []string{"USD"}, ShardRows: 20_000, Concurrency: 4, Rate: 10,
		Shrink: policy.Shrink, RetireCrawls: policy.RetireCrawls, RetireAfter: policy.RetireAfter,
	}
}

// Flags adds the flags that set it; what it says before is their default.
func (c *Crawls) Flags(flags *pflag.FlagSet) {
	flags.StringVar(&c.Source, "source", c.Source, "where usage rates come from: sample, azure, none, or the base URL of a Retail Prices API")
	flags.StringVar(&c.Schedule, "crawl-schedule", c.Schedule, "cron schedule of crawls in UTC; default: every minute for the sample, every six hours otherwise")
	flags.StringSliceVar(&c.Currencies, "currencies", c.Currencies, "currencies to crawl, one after the other; a crawl that names none is in the first")
	flags.Var(command.NewBetween(&c.Traversals, 1, 100), "crawl-traversals", "how often a shard is read at most until nothing new appears in it, 1 to 100; default: 12, once for the sample")
	flags.IntVar(&c.ShardRows, "crawl-shard-rows", c.ShardRows, "a catalogue of more than this many known rates is read in shards: a service family each, larger families by region; 0: always as a whole")
	flags.IntVar(&c.Concurrency, "crawl-concurrency", c.Concurrency, "requests of a crawl that are under way at once, 1 to 64")
	flags.Float64Var(&c.Rate, "crawl-rate", c.Rate, "requests a second of a crawl, at most 1000")
	flags.StringVar(&c.AzureVersion, "azure-version", c.AzureVersion, "api-version to ask for: stable, or a date such as 2023-01-01-preview; default: that one of azure, for its savings plans, and none of others")
	flags.Float64Var(&c.Shrink, "shrink", c.Shrink, "share of the rates, 0 to 1, that may be missing before a crawl, or a shard of it, is refused")
	flags.IntVar(&c.RetireCrawls, "retire-crawls", c.RetireCrawls, "complete crawls in a row that a rate must be missing from before it is retired")
	flags.DurationVar(&c.RetireAfter, "retire-after", c.RetireAfter, "how long it must be missing, besides")
}

// azureCurrencies are those in which the Retail Prices API answers. USD is the price, the others are converted for reference.
// Source: Retail Prices API, supported currencies.
func azureCurrencies() []string {
	return []string{
		"USD", "AUD", "BRL", "CAD", "CHF", "CNY", "DKK", "EUR", "GBP", "INR", "JPY", "KRW", "NOK", "NZD", "RUB", "SEK", "TWD",
	}
}

// currencies are the configured ones as they are written: upper case, without blanks around them.
func (c Crawls) currencies() []string {
	all := make([]string, len(c.Currencies))
	for i, currency := range c.Currencies {
		all[i] = strings.ToUpper(strings.TrimSpace(currency))
	}
	return all
}

func (c Crawls) policy() rate.Policy {
	return rate.Policy{Shrink: c.Shrink, RetireCrawls: c.RetireCrawls, RetireAfter: c.RetireAfter}
}

// client configures the reading of a source.
func (c Crawls) client() azure.Config {
	return azure.Config{APIVersion: c.AzureVersion, Concurrency: c.Concurrency, RequestsPerSecond: c.Rate}
}

// ingester configures the ingester, but for what only a running process has.
func (c Crawls) ingester() ingester.Config {
	cfg := ingester.Config{
		Source: c.Source, Currencies: c.currencies(), Cadence: c.Schedule, Policy: c.policy(), Client: c.client(), ShardRows: c.ShardRows, Traversals: c.Traversals,
	}
	if c.ShardRows == 0 {
		cfg.ShardRows = -1
	}
	return cfg
}

// Validate notes everything that is wrong.
func (c Crawls) Validate(wrong *command.Wrong) {
	c.validateCurrencies(wrong)
	if c.Concurrency == 0 { // to the client it is the default
		wrong.Flag("crawl-concurrency", "must be at least 1")
	}
	if c.Rate == 0 {
		wrong.Flag("crawl-rate", "must be more than 0")
	}
	if c.ShardRows < 0 {
		wrong.Flag("crawl-shard-rows", "must not be negative; 0 is to read a catalogue as a whole")
	}
	client := c.client()
	client.BaseURL = azure.PublicEndpoint
	report(client.Validate(), wrong, map[string]string{
		"concurrency": "crawl-concurrency", "requests per second": "crawl-rate", "api version": "azure-version",
	})
	report(c.policy().Validate(), wrong, map[string]string{"shrink": "shrink", "retire crawls": "retire-crawls", "retire after": "retire-after"})
	cfg := c.ingester()
	cfg.Source, cfg.Folder = SourceNone, "." // it has a folder when it runs, and the source is looked at below
	report(cfg.Validate(), wrong, map[string]string{"cadence": "crawl-schedule", "traversals": "crawl-traversals"})
	if err := CheckSource(c.Source); err != nil {
		wrong.Flag("source", hinted(err))
	}
}

// CheckSource returns an invalid fault that says why something is no source: neither one that has a name nor the base URL of what speaks
// the Retail Prices API.
func CheckSource(source string) error {
	if source == SourceSample || source == SourceAzure || source == SourceNone {
		return nil
	}
	if withoutScheme(source) {
		return fault.New(fault.Invalid, "read source URL %q: it is no http or https URL", source).WithHint("put http:// before it: http://%s", source)
	}
	_, err := azure.SourceName(source)
	return err
}

// withoutScheme reports whether a source would be a URL with http:// before it: words alone would too, but are mistyped names.
func withoutScheme(source string) bool {
	if strings.Contains(source, "://") || !strings.ContainsAny(source, ".:/") {
		return false
	}
	_, err := azure.SourceName("http://" + source)
	return err == nil
}

// validateCurrencies makes sure that there are some, each once, that exist and that the source can be asked for.
func (c Crawls) validateCurrencies(wrong *command.Wrong) {
	const flag = "currencies"
	source, all := c.Source, c.currencies()
	if len(all) == 0 {
		wrong.Flag(flag, "at least one is needed")
	}
	var unknown, twice []string
	for i, text := range all {
		_, err := money.ParseCurrency(text)
		served := slices.Contains(azureCurrencies(), text) || (source != SourceAzure && source != SourceSample)
		if err != nil || !served {
			unknown = append(unknown, text)
		} else if slices.Contains(all[:i], text) {
			twice = append(twice, text)
		}
	}
	if len(unknown) > 0 && (source == SourceAzure || source == SourceSample) {
		wrong.Flag(flag, source+" has no prices in "+strings.Join(unknown, ", ")+", but in "+strings.Join(azureCurrencies(), ", "))
	} else if len(unknown) > 0 {
		wrong.Flag(flag, strings.Join(unknown, ", ")+": not a currency of ISO 4217")
	}
	if len(twice) > 0 {
		wrong.Flag(flag, strings.Join(twice, ", ")+": there twice")
	}
}

// hinted is an error with its hint, for where only a text is asked for.
func hinted(err error) string {
	if hint := fault.HintOf(err); hint != "" {
		return err.Error() + "; " + hint
	}
	return err.Error()
}

// report passes on what is wrong with a service's configuration, under the names of the flags that it comes from. Places without a flag are
// checked elsewhere.
func report(err error, wrong *command.Wrong, flags map[string]string) {
	for _, place := range fault.PlacesOf(err) {
		if flag, ok := flags[place.Where]; ok {
			wrong.Flag(flag, place.Problem)
		}
	}
}
