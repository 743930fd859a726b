package azure

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/pricewire/pricewire/pkg/fault"
)

// PublicEndpoint is the public Retail Prices API. It needs no key.
const PublicEndpoint = "https://prices.azure.com/api/retail/prices"

// Versions of the Retail Prices API. Source: Retail Prices API, preview version.
const (
	VersionStable       = "stable"             // what the API answers when no version is asked for
	VersionSavingsPlans = "2023-01-01-preview" // the first that tells of savings plans; filters are case-sensitive
)

// Config says how to read one source. Zero values mean the defaults.
type Config struct {
	// BaseURL is the first page without its currency. What query it has is kept: a $filter narrows what is read. $top and $orderby are
	// refused, because the API answers wrongly to them.
	BaseURL string
	// APIVersion is the api-version to ask for, unless the base URL names one itself: VersionStable for none, or a date, with
	// "-preview" or without. Default VersionSavingsPlans for the public endpoint, else none.
	APIVersion string
	// UserAgent names us to the source; default "pricewire".
	UserAgent string
	// Concurrency is how many requests may be under way at once, those of all traversals of a client together: 1 to 64, default DefaultConcurrency.
	Concurrency int
	// RequestsPerSecond bounds how often the source is asked: up to 1,000, default 10.
	RequestsPerSecond float64
	// PageTimeout bounds one attempt at one page, body included; default 60 s.
	PageTimeout time.Duration
	// Attempts is how often a page is asked for before the traversal breaks off, default 5; a page that came but cannot be read is asked
	// for at most 3 times.
	Attempts int
	// Backoff is the wait before the second attempt; it doubles up to BackoffMost. Defaults 1 s and 60 s.
	Backoff, BackoffMost time.Duration
	// RetryAfterMost is how long a source may ask to wait; more breaks the traversal off. Default 5 min.
	RetryAfterMost time.Duration
	Limits         Limits
}

// Deps are what a client needs; nil means the usual.
type Deps struct {
	// Transport makes one request; default one of its own.
	Transport http.RoundTripper
	// Wait waits for real time to pass, or for ctx.
	Wait func(ctx context.Context, d time.Duration) error
	// Now tells real time, by which a source's pauses and the rate of requests are counted.
	Now func() time.Time
	// Jitter returns a number from 0 to 1 that spreads retries; default random.
	Jitter func() float64
}

const (
	// DefaultConcurrency is well below the twenty or so at which the public API begins to refuse.
	DefaultConcurrency    = 4
	mostConcurrency       = 64
	mostRequestsPerSecond = 1000
)

// Validate returns an error of kind fault.Invalid that names every value out of its range, or says what is wrong with the base URL.
func (c Config) Validate() error {
	var places []fault.Place
	wrong := func(bad bool, where, problem string) {
		if bad {
			places = append(places, fault.Place{Where: where, Problem: problem})
		}
	}
	wrong(c.Concurrency < 0 || c.Concurrency > mostConcurrency, "concurrency", fmt.Sprintf("must be from 1 to %d", mostConcurrency))
	wrong(!(c.RequestsPerSecond >= 0 && c.RequestsPerSecond <= mostRequestsPerSecond), "requests per second", // NaN included
		fmt.Sprintf("must be more than 0 and at most %d", mostRequestsPerSecond))
	wrong(!isVersion(c.APIVersion), "api version", "must be stable, YYYY-MM-DD or YYYY-MM-DD-preview")
	wrong(c.Attempts < 0, "attempts", "must not be negative")
	wrong(c.PageTimeout < 0, "page timeout", "must not be negative")
	wrong(c.Backoff < 0, "backoff", "must not be negative")
	wrong(c.BackoffMost < 0, "longest backoff", "must not be negative")
	wrong(c.RetryAfterMost < 0, "longest retry-after", "must not be negative")
	if len(places) > 0 {
		return fault.New(fault.Invalid, "check source: %s %s", places[0].Where, places[0].Problem).WithPlaces(places...)
	}
	_, err := c.base()
	return err
}

func isVersion(v string) bool {
	if v == "" || v == VersionStable {
		return true
	}
	_, err := time.Parse(time.DateOnly, strings.TrimSuffix(v, "-preview"))
	return err == nil
}

func (c Config) withDefaults() Config {
	if c.UserAgent == "" {
		c.UserAgent = "pricewire"
	}
	if c.Concurrency <= 0 {
		c.Concurrency = DefaultConcurrency
	}
	if c.RequestsPerSecond <= 0 {
		c.RequestsPerSecond = 10
	}
	if c.Attempts <= 0 {
		c.Attempts = 5
	}
	for _, d := range []struct {
		at    *time.Duration
		usual time.Duration
	}{{&c.PageTimeout, time.Minute}, {&c.Backoff, time.Second}, {&c.BackoffMost, time.Minute}, {&c.RetryAfterMost, 5 * time.Minute}} {
		if *d.at <= 0 {
			*d.at = d.usual
		}
	}
	c.Limits = c.Limits.withDefaults()
	return c
}

// base parses and judges the base URL, and adds the version.
func (c Config) base() (*url.URL, error) {
	u, err := url.Parse(c.BaseURL)
	switch {
	case err != nil:
		return nil, fault.New(fault.Invalid, "read source URL: %w", err)
	case (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "":
		return nil, fault.New(fault.Invalid, "read source URL %q: it is no http or https URL", c.BaseURL).
			WithHint("use sample, azure, none or a URL such as http://127.0.0.1:8099/api/retail/prices")
	case u.User != nil:
		return nil, fault.New(fault.Invalid, "read source URL: it holds a user name or password, which would show up in crawl records")
	case u.Fragment != "":
		return nil, fault.New(fault.Invalid, "read source URL %q: it has a fragment", c.BaseURL)
	}
	all, err := pairs(u.RawQuery)
	if err != nil {
		return nil, fault.Wrap(err, "read source URL %q", c.BaseURL)
	}
	filters, version := 0, ""
	for _, p := range all {
		switch strings.ToLower(p.name) {
		case "$top", "$orderby", "$skip":
			return nil, fault.New(fault.Invalid, "read source URL %q: %s breaks the paging of this API", c.BaseURL, p.name).WithHint("leave %s out", p.name)
		case "$filter":
			filters++
		case "api-version":
			version = p.name
		}
	}
	if filters > 1 {
		return nil, fault.New(fault.Invalid, "read source URL %q: it has more than one $filter", c.BaseURL).WithHint("join them with and")
	}
	u.RawQuery = strings.ReplaceAll(u.RawQuery, " ", "%20")
	if version == "" {
		u.RawQuery = c.versioned(u)
	}
	return u, nil
}

// versioned returns the query of a base URL that names no version, with the configured one.
func (c Config) versioned(u *url.URL) string {
	version := c.APIVersion
	if version == "" && isPublic(u) {
		version = VersionSavingsPlans
	}
	if version == "" || version == VersionStable {
		return u.RawQuery
	}
	return strings.TrimPrefix(u.RawQuery+"&api-version="+version, "&")
}

func isPublic(u *url.URL) bool {
	public, err := url.Parse(PublicEndpoint)
	return err == nil && strings.EqualFold(u.Hostname(), public.Hostname())
}

// SourceName returns the name under which crawl records know a source: "azure" for the public endpoint, else the URL's host without its
// port, so that an endpoint that moves to another port stays the same source.
func SourceName(baseURL string) (string, error) {
	u, err := Config{BaseURL: baseURL}.base()
	if err != nil {
		return "", err
	}
	if isPublic(u) {
		return "azure", nil
	}
	name := func(r rune) rune {
		if (r >= 'a' && r <= 'z') || (r >= '0' && r <= '9') || r == '-' || r == '.' {
			return r
		}
		return '-'
	}
	return strings.Map(name, strings.ToLower(u.Hostname())), nil
}
