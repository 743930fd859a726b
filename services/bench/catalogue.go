package main

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"

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

// readRows returns rows of a catalogue as the ingester reads them.
func readRows(from, to, version int) ([]rate.Row, error) {
	page, err := azure.DecodeSnapshot(bytes.NewReader(rowsJSON(from, to, version)), usd, azure.Limits{BodyBytes: 1 << 30, RowsPerPage: to - from})
	if err != nil {
		return nil, err
	}
	if len(page.Rows) != to-from {
		return nil, fmt.Errorf("read catalogue: %d rows of %d are valid", len(page.Rows), to-from)
	}
	return page.Rows, nil
}

// source serves a catalogue as the Retail Prices API does.
type source struct {
	url    string
	pages  [][]byte
	server *http.Server
}

// serve starts a source of n rows; its pages are made before the first request.
func serve(ctx context.Context, n int) (*source, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("serve catalogue: %w", err)
	}
	s := &source{url: "http://" + listener.Addr().String() + apiPath}
	for from := 0; from < n; from += pageRows {
		next := "null"
		if from+pageRows < n {
			next = strconv.Quote(s.url + "?currencyCode='USD'&$skip=" + strconv.Itoa(from+pageRows))
		}
		head := []byte(`{"BillingCurrency":"USD","CustomerEntityId":"Default","CustomerEntityType":"Retail","Items":`)
		page := append(head, rowsJSON(from, min(from+pageRows, n), 0)...)
		s.pages = append(s.pages, fmt.Appendf(page, `,"NextPageLink":%s,"Count":%d}`, next, min(pageRows, n-from)))
	}
	s.server = &http.Server{Handler: s, ReadHeaderTimeout: time.Minute}
	go func() { _ = s.server.Serve(listener) }() // ends with close
	return s, nil
}

func (s *source) close() { _ = s.server.Close() }

// ServeHTTP answers one page.
func (s *source) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	skip := 0
	if text := r.URL.Query().Get("$skip"); text != "" {
		skip, _ = strconv.Atoi(text)
	}
	if page := skip / pageRows; r.URL.Path == apiPath && page < len(s.pages) {
		_, _ = w.Write(s.pages[page]) // a client that went away has its own error
		return
	}
	http.NotFound(w, r)
}

// decode reads every page, as a crawl does, but from memory.
func (s *source) decode() (rows int, err error) {
	decoder := azure.NewDecoder(usd, azure.Limits{})
	for _, body := range s.pages {
		page, err := decoder.Page(bytes.NewReader(body))
		if err != nil {
			return rows, err
		}
		rows += len(page.Rows)
	}
	return rows, nil
}
