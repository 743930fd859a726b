package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/rate"
	"github.com/pricewire/pricewire/services/ingester/azure"
)

const (
	pageRows = 1000
	apiPath  = "/api/retail/prices"
	usd      = money.Currency("USD")
)

// firstStart is when the first prices of every catalogue start.
func firstStart() time.Time { return time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC) }

// rowJSON is row i of an invented catalogue in one of its versions. Every version has another price, which starts a day later.
func rowJSON(b []byte, i, version int) []byte {
	region, product := regionOf(i), i/len(regions())
	kind, extra := "Consumption", ""
	switch {
	case i%10 == 3:
		kind, extra = "Reservation", `"reservationTerm":"1 Year",`
	case i%7 == 2:
		extra = fmt.Sprintf(`"savingsPlan":[{"unitPrice":0.%03d,"retailPrice":0.%03d,"term":"1 Year"},{"unitPrice":0.%03d,"retailPrice":0.%03d,"term":"3 Years"}],`,
			300+i%90, 300+i%90, 200+i%90, 200+i%90)
	}
	price := fmt.Sprintf("%d.%04d", version%9+i%50, (i*7919+version)%10000)
	return fmt.Appendf(b, `{"currencyCode":"USD","tierMinimumUnits":0.0,%s"retailPrice":%s,"unitPrice":%s,"armRegionName":%q,"location":"Place %s",`+
		`"effectiveStartDate":%q,"meterId":"%08x-5b1e-4f6a-9c55-%012x","meterName":"M%d v%d","productId":"DZH318Z%05X","skuId":"DZH318Z%05X/%04X",`+
		`"productName":"Series %d","skuName":"M%d","serviceName":%q,"serviceId":"DZH313Z%05X","serviceFamily":"Compute","unitOfMeasure":"1 Hour",`+
		`"type":%q,"isPrimaryMeterRegion":true,"armSkuName":"Standard_M%d_v%d"}`,
		extra, price, price, region, region, firstStart().AddDate(0, 0, version).Format(time.RFC3339), i, i*31, product%64, product%6, product%4096, product%4096, i%65536,
		product%4096, product%64, serviceOf(i), product%24, kind, product%64, product%6)
}

func regions() []string {
	return []string{
		"westeurope", "northeurope", "uksouth", "francecentral", "swedencentral", "eastus", "eastus2", "westus2", "centralus", "southcentralus",
		"japaneast", "koreacentral", "southeastasia", "australiaeast", "newzealandnorth", "brazilsouth", "canadacentral", "uaenorth", "southafricanorth", "centralindia",
	}
}

func regionOf(i int) string { return regions()[i%len(regions())] }

func serviceOf(i int) string { return fmt.Sprintf("Service %d", i/len(regions())%24) }

// rowsJSON is an array of the rows from <= i < to.
func rowsJSON(from, to, version int) []byte {
	b := []byte{'['}
	for i := from; i < to; i++ {
		if i > from {
			b = append(b, ',')
		}
		b = rowJSON(b, i, version)
	}
	return append(b, ']')
}

// collector is a sink that keeps rows. What texts it keeps lie in the decoder's pages, which is fine for a benchmark.
type collector struct{ rows []rate.Row }

func (*collector) Same([]byte) bool { return false }

func (c *collector) Row(r *rate.Row, _ []byte) error {
	c.rows = append(c.rows, *r)
	return nil
}

func (*collector) Bad(q *rate.Quarantined) error {
	return fault.New(fault.Internal, "a row of the catalogue is not valid: %s", q.Detail)
}

// readRows returns rows of a catalogue as the ingester reads them.
func readRows(from, to, version int) ([]rate.Row, error) {
	c := collector{rows: make([]rate.Row, 0, to-from)}
	if _, err := azure.DecodeSnapshot(bytes.NewReader(rowsJSON(from, to, version)), usd, azure.Limits{BodyBytes: 1 << 30, RowsPerPage: to - from}, &c); err != nil {
		return nil, err
	}
	return c.rows, nil
}

// source serves a catalogue as the Retail Prices API does, filters by region included.
type source struct {
	url    string
	rows   int
	server *http.Server

	mu    sync.RWMutex
	pages map[string][][]byte // by region; "" has all
}

// serve starts a source of n rows; its pages are made before the first request.
func serve(ctx context.Context, n int) (*source, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("serve catalogue: %w", err)
	}
	s := &source{url: "http://" + listener.Addr().String() + apiPath, rows: n}
	s.show(0)
	s.server = &http.Server{Handler: s, ReadHeaderTimeout: time.Minute}
	go func() { _ = s.server.Serve(listener) }() // ends with close
	return s, nil
}

// show makes the source serve a version of its catalogue.
func (s *source) show(version int) { s.showFirst(s.rows, version) }

// showFirst makes the source serve a version of the first n rows, and of the others the one before any change.
func (s *source) showFirst(n, version int) {
	pages := make(map[string][][]byte)
	for r, region := range regions() {
		var rows [][]byte
		for i := r; i < s.rows; i += len(regions()) {
			shown := version
			if i >= n {
				shown = 0
			}
			rows = append(rows, rowJSON(nil, i, shown))
		}
		for len(rows) > 0 {
			k := min(pageRows, len(rows))
			pages[region] = append(pages[region], bytes.Join(rows[:k], []byte{','}))
			rows = rows[k:]
		}
		pages[""] = append(pages[""], pages[region]...)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pages = pages
}

func (s *source) close() { _ = s.server.Close() }

// inRegion finds the region that a filter asks for.
const inRegion = "armRegionName eq '"

// ServeHTTP answers one page.
func (s *source) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	filter := query.Get("$filter")
	_, region, _ := strings.Cut(filter, inRegion)
	region, _, _ = strings.Cut(region, "'")
	page, _ := strconv.Atoi(query.Get("$skip"))
	s.mu.RLock()
	pages := s.pages[region]
	s.mu.RUnlock()
	if filter != "" && region == "" { // the rest, which is empty
		pages = nil
	}
	if r.URL.Path != apiPath || page > len(pages) {
		http.NotFound(w, r)
		return
	}
	var rows []byte
	next := "null"
	if page < len(pages) {
		rows = pages[page]
	}
	if page+1 < len(pages) {
		query.Set("$skip", strconv.Itoa(page+1))
		next = strconv.Quote(s.url + "?" + query.Encode())
	}
	_, _ = io.WriteString(w, `{"BillingCurrency":"USD","CustomerEntityId":"Default","CustomerEntityType":"Retail","Items":[`) // a client that
	_, _ = w.Write(rows)                                                                                                      // went away has its
	_, _ = fmt.Fprintf(w, `],"NextPageLink":%s,"Count":%d}`, next, pageRows)                                                  // own error
}

// bodies are the pages of a catalogue that is read as a whole, as they come.
func (s *source) bodies() [][]byte {
	s.mu.RLock()
	defer s.mu.RUnlock()
	all := make([][]byte, len(s.pages[""]))
	for i, rows := range s.pages[""] {
		all[i] = fmt.Appendf(nil, `{"BillingCurrency":"USD","CustomerEntityId":"Default","CustomerEntityType":"Retail","Items":[%s],"NextPageLink":null,"Count":%d}`, rows, pageRows)
	}
	return all
}

// discard is a sink that believes nothing before it is read, and keeps nothing.
type discard struct{}

func (discard) Same([]byte) bool            { return false }
func (discard) Row(*rate.Row, []byte) error { return nil }
func (discard) Bad(*rate.Quarantined) error { return nil }
