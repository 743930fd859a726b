package sample

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/pricewire/pricewire/pkg/clock"
)

// Path is where the handler answers, as the real API does.
const Path = "/api/retail/prices"

// pageRows is how many rows a page has, as the real API's.
const pageRows = 1000

// BaseURL returns what a client of the feed at host:port is configured with.
func BaseURL(hostport string) string {
	return "http://" + hostport + Path + "?api-version=2023-01-01-preview"
}

// Config says which feed to play.
type Config struct {
	// Seed chooses the catalogue and its fate.
	Seed uint64
	// Beat is how often each spot price moves; with the two hours of LivelyBeat four or so do each minute. 0: they change like the rest,
	// once in a while, which is what a simulated clock wants.
	Beat time.Duration
}

// LivelyBeat keeps a live demonstration moving.
const LivelyBeat = 2 * time.Hour

// feed is the handler. It keeps the rows of the instant last asked for, because a client asks for page after page of them.
type feed struct {
	catalogue
	seed  uint64
	beat  time.Duration
	clock clock.Clock

	mu   sync.Mutex
	at   time.Time
	last []row
}

// New returns the feed as a handler for Path. It knows currencyCode, api-version and, in its own links, $skip; anything else is refused.
func New(cfg Config, clock clock.Clock) http.Handler {
	f := &feed{catalogue: newCatalogue(cfg.Seed), seed: cfg.Seed, beat: cfg.Beat.Truncate(time.Minute), clock: clock}
	mux := http.NewServeMux()
	mux.Handle("GET "+Path, f)
	return mux
}

// request is what a client may ask for.
type request struct {
	currency    string
	thousandths int
	skip        int
	plans       bool
}

// parse reads a query; the text says what is wrong with it.
func parse(query url.Values) (request, string) {
	r := request{currency: "USD"}
	for name, values := range query {
		value := values[0]
		switch name {
		case "currencyCode":
			r.currency = strings.ToUpper(strings.Trim(value, "'"))
		case "api-version":
			r.plans = value == "2023-01-01-preview"
		case "$skip":
			n, err := strconv.Atoi(value)
			if err != nil || n < 0 {
				return r, "$skip is no number of rows"
			}
			r.skip = n
		default:
			return r, name + " is unknown: the sample knows currencyCode and api-version"
		}
	}
	var ok bool
	if r.thousandths, ok = thousandths(r.currency); !ok {
		return r, "currencyCode " + strconv.Quote(r.currency) + " is unknown"
	}
	return r, ""
}

// ServeHTTP answers one page.
func (f *feed) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	query, err := url.ParseQuery(r.URL.RawQuery)
	asked, wrong := parse(query)
	if err != nil {
		wrong = err.Error()
	}
	rows := f.now()
	if wrong == "" && asked.skip > 0 && asked.skip >= len(rows) {
		wrong = "$skip is beyond the end"
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	if wrong != "" {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write(append(strconv.AppendQuote([]byte(`{"Error":{"Code":"400","Message":`), wrong), "}}"...)) // a client that left is no concern
		return
	}
	_, _ = w.Write(page(rows, asked, "http://"+r.Host+Path)) // as above
}

// now returns the rows of the current minute.
func (f *feed) now() []row {
	at := f.clock.Now().UTC().Truncate(time.Minute)
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.last == nil || !at.Equal(f.at) {
		f.at, f.last = at, f.rows(at)
	}
	return f.last
}

func page(rows []row, asked request, self string) []byte {
	end := min(asked.skip+pageRows, len(rows))
	shown := rows[asked.skip:end]
	b := make([]byte, 0, 800*len(shown)+512)
	b = append(b, `{"BillingCurrency":`...)
	b = strconv.AppendQuote(b, asked.currency)
	b = append(b, `,"CustomerEntityId":"Default","CustomerEntityType":"Retail","Items":[`...)
	for i := range shown {
		if i > 0 {
			b = append(b, ',')
		}
		b = shown[i].appendTo(b, asked.currency, asked.thousandths, asked.plans)
	}
	b = append(b, `],"NextPageLink":`...)
	if end < len(rows) {
		b = strconv.AppendQuote(b, self+"?"+next(asked, end))
	} else {
		b = append(b, "null"...)
	}
	b = append(b, `,"Count":`...)
	b = strconv.AppendInt(b, int64(len(shown)), 10)
	return append(b, '}')
}

func next(asked request, skip int) string {
	version := ""
	if asked.plans {
		version = "api-version=2023-01-01-preview&"
	}
	return version + "currencyCode=%27" + asked.currency + "%27&$skip=" + strconv.Itoa(skip)
}
