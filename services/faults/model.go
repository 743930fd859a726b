package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// stored is a message as it stands in a stream.
type stored struct {
	stream   string // with its incarnation
	sequence uint64
	subject  string
	id       string
	planted  plantKind // empty for what the product published
	batch    string    // id of its atomic batch, empty when it came alone
	place    int       // in the batch, from 1
	commit   bool
	data     []byte
}

// row is what a view must hold, column by column, in the form in which the judge reads it; none stands for NULL.
type row map[string]string

const none = "(none)"

// place is where a row comes from; it is unique in its view.
type place struct {
	Stream   string
	Sequence uint64
	Row      uint64
}

// model is what every view must hold.
type model map[string]map[place]row

// object is a JSON object.
type object map[string]any

func (o object) text(name string) string {
	switch v := o[name].(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	}
	return ""
}

func (o object) object(name string) object {
	v, _ := o[name].(map[string]any)
	return v
}

func (o object) list(name string) []object {
	list, _ := o[name].([]any)
	objects := make([]object, 0, len(list))
	for _, v := range list {
		m, _ := v.(map[string]any)
		objects = append(objects, m)
	}
	return objects
}

// flag is a boolean that may be left out.
func (o object) flag(name string) string { return strconv.FormatBool(o[name] == true) }

// number is a count that may be left out.
func (o object) number(name string) string {
	if o[name] == nil {
		return "0"
	}
	return o.text(name)
}

// amount is a decimal, NULL for none.
func (o object) amount(name string) string {
	if o == nil || o[name] == nil {
		return none
	}
	return plain(o.text(name))
}

// What SQL says for always and for open.
const (
	always = "1900-01-01 00:00:00.000"
	open   = "2262-01-01 00:00:00.000"
)

// valid is an instant of valid time, in milliseconds; what is missing or beyond the range is as given.
func (o object) valid(name, missing string) string {
	at, err := time.Parse(time.RFC3339Nano, o.text(name))
	if err != nil {
		return missing
	}
	text := at.UTC().Format("2006-01-02 15:04:05.000")
	switch {
	case at.Year() >= 2262:
		return open
	case at.Year() < 1900:
		return always
	}
	return text
}

// known is an instant of knowledge, in microseconds.
func (o object) known(name string) string {
	at, err := time.Parse(time.RFC3339Nano, o.text(name))
	if err != nil {
		return "no instant: " + o.text(name)
	}
	return at.UTC().Truncate(time.Microsecond).Format("2006-01-02 15:04:05.000000")
}

// plain writes a decimal without what does not count: exponents, signs of zero, zeros at its ends.
func plain(text string) string {
	if text == "" {
		return ""
	}
	mantissa, exponent, _ := strings.Cut(strings.ToLower(text), "e")
	sign := ""
	if strings.HasPrefix(mantissa, "-") {
		sign, mantissa = "-", mantissa[1:]
	}
	whole, decimals, _ := strings.Cut(mantissa, ".")
	shift, _ := strconv.Atoi(exponent)
	for ; shift > 0; shift-- {
		if decimals == "" {
			decimals = "0"
		}
		whole, decimals = whole+decimals[:1], decimals[1:]
	}
	for ; shift < 0; shift++ {
		if whole == "" {
			whole = "0"
		}
		whole, decimals = whole[:len(whole)-1], whole[len(whole)-1:]+decimals
	}
	whole, decimals = strings.TrimLeft(whole, "0"), strings.TrimRight(decimals, "0")
	switch {
	case whole == "" && decimals == "":
		return "0"
	case whole == "":
		whole = "0"
	}
	if decimals != "" {
		whole += "." + decimals
	}
	return sign + whole
}

// rateKey is the key of a rate's identity: each field with its length, hashed.
func rateKey(identity object) string {
	var text strings.Builder
	for _, name := range []string{"price_list", "currency", "meter_id", "sku_id", "type", "reservation_term", "tier"} {
		fmt.Fprintf(&text, "%d:%s", len(identity.text(name)), identity.text(name))
	}
	sum := sha256.Sum256([]byte(text.String()))
	return hex.EncodeToString(sum[:8])
}

// newModel computes what the views must hold from the messages of the streams. An error says what the model does not understand.
func newModel(messages []stored) (model, error) {
	m := model{}
	for _, v := range views() {
		m[v.name] = map[place]row{}
	}
	for i := range messages {
		s := &messages[i]
		if s.planted != "" && s.planted.rejected() {
			m.add("rejects", s, 0, row{"subject": s.subject, "event_id": s.id, "data": string(s.data)})
			continue
		}
		e, err := s.event()
		if err != nil {
			return nil, err
		}
		if err := m.take(s, e); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func (s *stored) event() (object, error) {
	decoder := json.NewDecoder(bytes.NewReader(s.data))
	decoder.UseNumber()
	var e object
	if err := decoder.Decode(&e); err != nil {
		return nil, fmt.Errorf("message %d of %s on %s: %w", s.sequence, s.stream, s.subject, err)
	}
	return e, nil
}

func (m model) add(view string, s *stored, n int, r row) {
	m[view][place{s.stream, s.sequence, uint64(n)}] = r
}

// take adds the rows of an event.
func (m model) take(s *stored, e object) error {
	d := e.object("data")
	switch e.text("type") {
	case "pricewire.rate.changed.v1":
		m.rateChanged(s, d)
	case "pricewire.rate.quarantined.v1":
		m.quarantined(s, d)
	case "pricewire.crawl.progressed.v1":
		m.add("crawl_parts", s, 0, row{
			"crawl": d.text("crawl"), "scope": d.text("scope"), "currency": d.text("currency"), "known_at": d.known("started"),
			"part": d.number("part"), "changes": d.number("changes"),
		})
	case "pricewire.source.stale.v1":
		taken := "" // never
		if d["taken"] != nil {
			taken = d.known("taken")
		}
		m.add("sources_stale", s, 0, row{
			"crawl": d.text("crawl"), "source": d.text("source"), "scope": d.text("scope"), "currency": d.text("currency"), "refused": d.number("refused"),
			"since": d.known("since"), "taken": taken, "reason": d.text("reason"), "known_at": d.known("known_at"),
		})
	case "pricewire.crawl.finished.v1":
		m.crawlFinished(s, d)
	case "pricewire.price.changed.v1":
		m.priceChanged(s, d)
	case "pricewire.release.published.v1":
		m.published(s, d)
	case "pricewire.release.effective.v1":
		m.add("releases_effective", s, 0, row{
			"release": d.text("release"), "list": d.text("list"), "market": d.text("market"), "effective_at": d.known("effective_at"),
			"supersedes": d.text("supersedes"),
		})
	case "pricewire.release.corrected.v1":
		m.add("corrections", s, 0, row{
			"release": d.text("release"), "by": d.text("by"), "list": d.text("list"), "market": d.text("market"), "month": d.text("month"),
			"revision": d.number("revision"), "reason": d.text("reason"), "effective_at": d.known("effective_at"), "retroactive": d.flag("retroactive"),
			"known_at": d.known("corrected_at"),
		})
	case "pricewire.release.withdrawn.v1":
		m.withdrawn(s, d)
	case "pricewire.release.missing.v1":
		m.add("releases_missing", s, 0, row{
			"release": d.text("release"), "list": d.text("list"), "market": d.text("market"), "month": d.text("month"), "revision": d.number("revision"),
			"publish_at": d.known("publish_at"), "effective_at": d.known("effective_at"), "days": d.number("days"), "noticed_at": d.known("noticed_at"),
		})
	default:
		return fmt.Errorf("message %d of %s is of type %q, which the model does not know", s.sequence, s.stream, e.text("type"))
	}
	return nil
}
