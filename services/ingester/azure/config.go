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

// PublicEndpoint is the public Retail Prices API, in the version that knows savings plans. It needs no key.
const PublicEndpoint = "https://prices.azure.com/api/retail/prices?api-version=2023-01-01-preview"

// Config says how to read one source.
type Config struct {
	// BaseURL is the first page without its currency. What query it has is kept: a $filter narrows what is read. $top and $orderby are
	// refused, because the API answers wrongly to them.
	BaseURL string
	// UserAgent names us to the source; default "pricewire".
	UserAgent string
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
	// Jitter returns a number from 0 to 1 that spreads retries; default random.
	Jitter func() float64
}

func (c Config) withDefaults() Config {
	if c.UserAgent == "" {
		c.UserAgent = "pricewire"
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

// base parses and judges the base URL.
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
	for _, pair := range strings.Split(u.RawQuery, "&") {
		name, _, _ := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(name)
		if err != nil {
			return nil, fault.New(fault.Invalid, "read source URL %q: query %q: %w", c.BaseURL, pair, err)
		}
		switch strings.ToLower(name) {
		case "$top", "$orderby", "$skip":
			return nil, fault.New(fault.Invalid, "read source URL %q: %s breaks the paging of this API", c.BaseURL, name).WithHint("leave %s out", name)
		}
	}
	u.RawQuery = strings.ReplaceAll(u.RawQuery, " ", "%20")
	return u, nil
}

// first returns the link to the first page in a currency, unless the base URL names one itself.
func first(base *url.URL, currency string) string {
	u := *base
	if !u.Query().Has("currencyCode") {
		if u.RawQuery != "" {
			u.RawQuery += "&"
		}
		u.RawQuery += "currencyCode=" + url.QueryEscape("'"+currency+"'")
	}
	return u.String()
}

// SourceName returns the name under which crawl records know a source: "azure" for the public endpoint, else the URL's host without its
// port, so that an endpoint that moves to another port stays the same source.
func SourceName(baseURL string) (string, error) {
	u, err := Config{BaseURL: baseURL}.base()
	if err != nil {
		return "", err
	}
	public, err := url.Parse(PublicEndpoint)
	if err != nil {
		return "", fmt.Errorf("parse public endpoint: %w", err)
	}
	if u.Hostname() == public.Hostname() {
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
