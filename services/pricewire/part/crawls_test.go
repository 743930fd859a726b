package part

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/rate"
	"github.com/pricewire/pricewire/services/ingester"
	"github.com/pricewire/pricewire/services/ingester/azure"
	"github.com/pricewire/pricewire/services/pricewire/command"
)

// validated is what is wrong with a configuration.
func validated(c Crawls) error {
	var wrong command.Wrong
	c.Validate(&wrong)
	return wrong.Err()
}

func TestTheDefaultsAreGoodForEverySource(t *testing.T) {
	for _, source := range []string{SourceSample, SourceAzure, SourceNone, "http://127.0.0.1:8099/api/retail/prices"} {
		if err := validated(DefaultCrawls(source)); err != nil {
			t.Errorf("%s: %v", source, err)
		}
	}
}

func TestWrongCrawlsAreNamedByTheirFlags(t *testing.T) {
	for name, c := range map[string]struct {
		source string
		set    func(*Crawls)
		says   string
	}{
		"a currency Azure lacks":       {SourceAzure, func(c *Crawls) { c.Currencies = []string{"USD", "PLN", "XXQ"} }, "--currencies: azure has no prices in PLN, XXQ, but in USD, AUD"},
		"a currency that is none":      {SourceNone, func(c *Crawls) { c.Currencies = []string{"PLN", "XXQ"} }, "--currencies: XXQ: not a currency"},
		"a currency twice":             {SourceAzure, func(c *Crawls) { c.Currencies = []string{"USD", " usd"} }, "--currencies: USD: there twice"},
		"no currency":                  {SourceNone, func(c *Crawls) { c.Currencies = nil }, "--currencies: at least one"},
		"too many traversals":          {SourceNone, func(c *Crawls) { c.Traversals = 101 }, "--crawl-traversals: must be from 1 to 100"},
		"negative traversals":          {SourceNone, func(c *Crawls) { c.Traversals = -1 }, "--crawl-traversals"},
		"shards of less than nothing":  {SourceNone, func(c *Crawls) { c.ShardRows = -1 }, "--crawl-shard-rows: must not be negative"},
		"no concurrency":               {SourceNone, func(c *Crawls) { c.Concurrency = 0 }, "--crawl-concurrency: must be at least 1"},
		"too much concurrency":         {SourceNone, func(c *Crawls) { c.Concurrency = 65 }, "--crawl-concurrency: must be from 1 to 64"},
		"no requests":                  {SourceNone, func(c *Crawls) { c.Rate = 0 }, "--crawl-rate: must be more than 0"},
		"not a number of requests":     {SourceNone, func(c *Crawls) { c.Rate = math.NaN() }, "--crawl-rate"},
		"a version that is none":       {SourceNone, func(c *Crawls) { c.AzureVersion = "latest" }, "--azure-version: must be stable"},
		"a share of more than all":     {SourceNone, func(c *Crawls) { c.Shrink = 15 }, "--shrink: must be from 0 to 1"},
		"retirement at once":           {SourceNone, func(c *Crawls) { c.RetireCrawls = 0 }, "--retire-crawls: must be at least 1"},
		"retirement beforehand":        {SourceNone, func(c *Crawls) { c.RetireAfter = -time.Hour }, "--retire-after: must not be negative"},
		"a schedule that is none":      {SourceNone, func(c *Crawls) { c.Schedule = "often" }, "--crawl-schedule"},
		"a source that is none":        {"ftp://x", func(*Crawls) {}, "--source: read source URL \"ftp://x\": it is no http or https URL; use sample, azure"},
		"a source without a scheme":    {"127.0.0.1:18555", func(*Crawls) {}, "--source: read source URL \"127.0.0.1:18555\": it is no http or https URL; put http:// before it: http://127.0.0.1:18555"},
		"a source that pages wrongly":  {"http://x/prices?$top=5", func(*Crawls) {}, "--source: read source URL"},
		"a source with a wrong number": {"http://x/prices", func(c *Crawls) { c.Concurrency = 65 }, "--crawl-concurrency"},
	} {
		cfg := DefaultCrawls(c.source)
		c.set(&cfg)
		err := validated(cfg)
		if !fault.Is(err, fault.Invalid) || !strings.HasPrefix(err.Error(), c.says) || len(fault.PlacesOf(err)) != 1 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTheIngesterIsToldAllThatWasConfigured(t *testing.T) {
	c := Crawls{
		Source: SourceAzure, Schedule: "0 * * * *", Currencies: []string{"eur", " USD"}, Traversals: 3, ShardRows: 0, Concurrency: 7, Rate: 2.5, AzureVersion: azure.VersionStable,
		Shrink: 0.3, RetireCrawls: 5, RetireAfter: time.Hour,
	}
	want := ingester.Config{
		Source: SourceAzure, Currencies: []string{"EUR", "USD"}, Cadence: "0 * * * *", Policy: rate.Policy{Shrink: 0.3, RetireCrawls: 5, RetireAfter: time.Hour},
		Client: azure.Config{APIVersion: "stable", Concurrency: 7, RequestsPerSecond: 2.5}, ShardRows: -1, Traversals: 3,
	}
	if diff := cmp.Diff(want, c.ingester()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
