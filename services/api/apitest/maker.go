package apitest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"pgregory.net/rapid"
)

// maker makes one request.
type maker struct {
	t     *rapid.T
	op    operation
	names map[string][]string
}

// chance is true in so many of a hundred cases. Ranges of numbers would prefer small ones.
func (m maker) chance(percent int, label string) bool {
	drawn := 0
	for range 7 {
		drawn *= 2
		if rapid.Bool().Draw(m.t, label) {
			drawn++
		}
	}
	return drawn*100 < percent<<7
}

func (m maker) request() Request {
	r := Request{Method: m.op.method}
	wild := m.chance(50, "wild") // half of the requests have something wrong somewhere
	path := m.op.path
	for _, p := range m.op.parameters("path") {
		path = strings.ReplaceAll(path, "{"+fmt.Sprint(p["name"])+"}", url.PathEscape(m.pathText(p, wild)))
	}
	r.Target = path
	if q := m.query(wild); q != "" {
		r.Target += "?" + q
	}
	r.Header = m.header(wild)
	types, content := m.op.body()
	if len(types) > 0 {
		mediaType := rapid.SampledFrom(types).Draw(m.t, "type")
		r.Body = m.sent(mediaType, object(content[mediaType]), wild)
		r.Header = append(r.Header, [2]string{"Content-Type", m.contentType(mediaType, wild)})
	} else if wild && m.chance(10, "stray") {
		r.Body = []byte(`{"stray":true}`)
	}
	if m.op.method == http.MethodGet && m.chance(6, "method") {
		r.Method = rapid.SampledFrom([]string{http.MethodHead, http.MethodOptions}).Draw(m.t, "other method")
	}
	return r
}

func (m maker) pathText(p map[string]any, wild bool) string {
	text := m.text(p, wild)
	if text == "" || text == "." || text == ".." {
		return "x"
	}
	return text
}

func (m maker) query(wild bool) string {
	var parts []string
	add := func(name, value string) { parts = append(parts, url.QueryEscape(name)+"="+url.QueryEscape(value)) }
	for _, p := range m.op.parameters("query") {
		name := fmt.Sprint(p["name"])
		likely := 25
		if p["required"] == true {
			likely = 92
		}
		if !m.chance(likely, name) {
			continue
		}
		add(name, m.text(p, wild && m.chance(35, name+" wild")))
		if wild && m.chance(3, name+" twice") {
			add(name, m.text(p, false))
		}
	}
	if wild {
		switch rapid.IntRange(0, 24).Draw(m.t, "query") {
		case 0:
			add(m.hostile("name"), m.hostile("value"))
		case 1:
			parts = append(parts, "%zz=1")
		case 2:
			parts = append(parts, "at=%ff%fe")
		case 3:
			parts = append(parts, "a;b=c")
		case 4:
			parts = append(parts, "&&=&=x")
		}
	}
	return strings.Join(parts, "&")
}

func (m maker) header(wild bool) [][2]string {
	var all [][2]string
	add := func(percent int, name string, values ...string) {
		if m.chance(percent, name) {
			all = append(all, [2]string{name, rapid.SampledFrom(values).Draw(m.t, name+" value")})
		}
	}
	add(85, "X-Pricewire-User", "alice", "bob", "carol")
	add(40, "Accept", "application/json", "*/*", "text/csv", "application/x-ndjson;q=0.5, text/csv;q=0.4", "application/vnd.apache.parquet",
		"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "image/png", "application/json;q=0", "text/*;q=0.1, */*;q=0", "text/event-stream", "application/yaml", "nonsense", ";;;,,,q=")
	add(40, "Accept-Encoding", "gzip", "zstd", "gzip, zstd", "br", "*;q=0", "gzip;q=x", "identity;q=0")
	add(10, "If-None-Match", `"1"`, `W/"7"`, "*", "x", `"`, `"1", "2"`)
	if m.op.method != http.MethodGet {
		add(25, "If-Match", `"1"`, `"2"`, "*", `"x"`, "7", `W/"1"`, `"-1"`, `"99999999999999999999"`)
		add(20, "traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "00-0-0-0", "", "é", strings.Repeat("0", 3000))
		add(30, "Idempotency-Key", "a", "b", "c", "d-1", "", "é", strings.Repeat("k", 300))
	}
	add(8, "Last-Event-ID", "PRICES@1:42", "x", "PRICES@x:-1", ":", "PRICES@1:99999999999999999999")
	if wild && m.chance(8, "user") {
		all = append(all, [2]string{"X-Pricewire-User", rapid.SampledFrom([]string{"", " ", strings.Repeat("u", 200), "scheduler", "\xff\xfe", "a\tb"}).Draw(m.t, "user value")})
	}
	if wild && m.chance(2, "large header") {
		all = append(all, [2]string{"X-Large", strings.Repeat("h", 30_000)})
	}
	return all
}

func (m maker) contentType(mediaType string, wild bool) string {
	if wild && m.chance(12, "content type") {
		return rapid.SampledFrom([]string{"", "text/plain", "application/xml", "application/json; charset=utf-16", "nonsense", "multipart/form-data", "application/cbor"}).Draw(m.t, "content type value")
	}
	return mediaType
}

// sent is a body.
func (m maker) sent(mediaType string, described map[string]any, wild bool) []byte {
	example := described["example"]
	if !strings.Contains(mediaType, "json") {
		return m.file(example, wild)
	}
	value := example
	if m.chance(70, "made") {
		value = m.value(object(described["schema"]), "", wild, 0)
	}
	raw, err := json.Marshal(value)
	if err != nil {
		return nil
	}
	if mediaType == "application/x-ndjson" && m.chance(50, "lines") {
		raw = bytes.Repeat(append(raw, '\n'), rapid.IntRange(1, 3).Draw(m.t, "how many"))
	}
	if !wild {
		return raw
	}
	switch rapid.IntRange(0, 11).Draw(m.t, "broken") {
	case 0:
		return raw[:len(raw)/2]
	case 1:
		return append(raw, "}]"...)
	case 2:
		return bytes.ReplaceAll(raw, []byte(`"`), []byte{0xff})
	case 3:
		return []byte(rapid.SampledFrom([]string{"", "null", "[]", "0", `"x"`, "{", "\x00", `{"":0}`, "\ufeff{}", strings.Repeat("[", 20_000), `{"items":null}`, `{"a":1e999}`}).Draw(m.t, "instead"))
	case 4:
		return append([]byte("\ufeff"), raw...)
	case 5:
		return bytes.Replace(raw, []byte("{"), []byte(`{"extra":`+strings.Repeat("[", 50)+strings.Repeat("]", 50)+`,`), 1)
	}
	return raw
}

// file is a sheet, or something that may be taken for one.
func (m maker) file(example any, wild bool) []byte {
	text, _ := example.(string)
	if !wild {
		return []byte(text)
	}
	switch rapid.IntRange(0, 9).Draw(m.t, "file") {
	case 0:
		return nil
	case 1:
		return []byte("PK\x03\x04" + text)
	case 2:
		return []byte("\x1f\x8b\x08\x00broken")
	case 3:
		return rapid.SliceOfN(rapid.Byte(), 1, 300).Draw(m.t, "bytes")
	case 4:
		return []byte(strings.ReplaceAll(text, ",", m.hostile("cell")+","))
	case 5:
		return []byte(text + text)
	case 6:
		return []byte(strings.Repeat(",", 5000) + "\n")
	case 7:
		return []byte(text[:len(text)*2/3])
	case 8:
		return []byte("\ufeff" + strings.ReplaceAll(text, "\n", "\r"))
	}
	return []byte(text)
}
