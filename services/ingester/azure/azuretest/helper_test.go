package azuretest

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// reply is an answer of the stand-in.
type reply struct {
	status int
	header http.Header
	body   string
	err    error // of reading the body
}

// envelope is a page as it is written.
type envelope struct {
	BillingCurrency string
	Items           []json.RawMessage
	NextPageLink    *string
	Count           int
}

// ask asks without the help of the client that is tested elsewhere.
func ask(t *testing.T, link string, header ...string) reply {
	t.Helper()
	transport := &http.Transport{DisableCompression: true, DisableKeepAlives: true}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, strings.ReplaceAll(link, " ", "%20"), nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	response, err := transport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	from := io.Reader(response.Body)
	if response.Header.Get("Content-Encoding") == "gzip" {
		if from, err = gzip.NewReader(from); err != nil {
			t.Fatal(err)
		}
	}
	body, err := io.ReadAll(from)
	return reply{response.StatusCode, response.Header, string(body), err}
}

func (r reply) page(t *testing.T) envelope {
	t.Helper()
	var e envelope
	if err := json.Unmarshal([]byte(r.body), &e); err != nil || r.status != http.StatusOK {
		t.Fatalf("%d %v: %.200s", r.status, err, r.body)
	}
	return e
}

// walk follows the links to the end and returns all rows, and how many pages they came on. A page that fails is asked for again.
func walk(t *testing.T, link string) (rows []string, pages int) {
	t.Helper()
	for link != "" {
		r := ask(t, link)
		if r.status != http.StatusOK || r.err != nil || !json.Valid([]byte(r.body)) {
			continue
		}
		page := r.page(t)
		if page.Count != len(page.Items) {
			t.Fatalf("Count is %d of %d", page.Count, len(page.Items))
		}
		for _, row := range page.Items {
			rows = append(rows, string(row))
		}
		pages++
		link = ""
		if page.NextPageLink != nil {
			link = *page.NextPageLink
		}
	}
	return rows, pages
}

func withFilter(s *Server, filter string) string {
	return s.URL() + "?api-version=" + Version + "&$filter=" + url.QueryEscape(filter)
}

// fields of a row.
func fields(t *testing.T, row string) map[string]any {
	t.Helper()
	var all map[string]any
	d := json.NewDecoder(strings.NewReader(row))
	d.UseNumber()
	if err := d.Decode(&all); err != nil {
		t.Fatalf("%v: %s", err, row)
	}
	return all
}

// set of texts, and how often each is there.
func set(texts []string) map[string]int {
	all := make(map[string]int)
	for _, s := range texts {
		all[s]++
	}
	return all
}
