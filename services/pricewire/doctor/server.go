package doctor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/pricewire/pricewire/pkg/daemon"
	"github.com/pricewire/pricewire/pkg/fault"
)

const (
	// mostSkew is how far two clocks may be apart before answers as of now are not those of now.
	mostSkew = 5 * time.Second
	// muchLag is how many messages the tables may be behind a stream at any moment.
	muchLag = 10_000
	// longestText bounds what a server may say about itself, in bytes.
	longestText = 1 << 20
)

// server looks at the API, and at what it says of itself.
func (p Patient) server(ctx context.Context) []Finding {
	r := &report{part: "server"}
	if !p.reach(ctx, r) {
		return r.findings
	}
	p.serverVersion(ctx, r)
	p.ready(ctx, r)
	p.status(ctx, r)
	return r.findings
}

// shownURL is an address without who we are.
func shownURL(base string) string {
	u, err := url.Parse(base)
	if err != nil {
		return "the server"
	}
	return u.Redacted()
}

// reach asks whether anything answers.
func (p Patient) reach(ctx context.Context, r *report) bool {
	base := shownURL(p.Server.Base)
	if u, err := url.Parse(p.Server.Base); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		r.add("address", Away, base+" is no URL of a server", "write it as http://HOST:PORT, with --server or PRICEWIRE_SERVER")
		return false
	}
	began := p.Now()
	status, _, err := p.plain(ctx, "/livez")
	took := p.Now().Sub(began)
	if err != nil {
		r.add("address", Away, "no answer from "+base+": "+said(err), cureOf(err, p.Server.Base))
		return false
	}
	if status >= http.StatusBadRequest {
		r.add("address", Wrong, fmt.Sprintf("%s answers %d to /livez: it is another program, or a proxy before it", base, status), "look at --server and at the proxy")
		return false
	}
	r.fine("address", fmt.Sprintf("%s answers in %s", base, took.Round(time.Millisecond)))
	if u, _ := url.Parse(p.Server.Base); u.Scheme == "http" && !daemon.Near(u.Hostname()) {
		r.add("encryption", Warning, "what goes to "+base+" can be read and changed on its way", "use https://, with a proxy that has a certificate, or --http-tls-cert at the server")
	}
	return true
}

// said is why a request failed, without its address.
func said(err error) string {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		err = wrapped.Err
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return "it took longer than " + checkTime.String()
	}
	return err.Error()
}

// cureOf is what to do about a server that does not answer.
func cureOf(err error, base string) string {
	u, _ := url.Parse(base)
	if u == nil {
		u = &url.URL{}
	}
	if _, unknown := errors.AsType[*net.DNSError](err); unknown {
		return "look at the name in --server or PRICEWIRE_SERVER"
	}
	text := err.Error()
	switch {
	case strings.Contains(text, "certificate"):
		return "its certificate must be of an authority of this machine, for that name, and of this time"
	case strings.Contains(text, "server gave HTTP response to HTTPS client"):
		return "it speaks no TLS: write http:// in --server"
	case daemon.Loopback(u.Host):
		return "start it with `pricewire up`, or name another with --server or PRICEWIRE_SERVER"
	}
	return "look whether it runs, and whether a firewall is between; or name another with --server or PRICEWIRE_SERVER"
}

// plain asks for a path that answers in text.
func (p Patient) plain(ctx context.Context, path string) (int, string, error) {
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(p.Server.Base, "/")+path, nil)
	if err != nil {
		return 0, "", err
	}
	response, err := p.Server.HTTP.Do(request)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(response.Body, longestText))
	return response.StatusCode, strings.TrimSpace(string(text)), err
}

func (p Patient) serverVersion(ctx context.Context, r *report) {
	status, text, err := p.plain(ctx, "/version")
	var v struct {
		Version string `json:"version"`
	}
	switch {
	case err != nil || status != http.StatusOK || json.Unmarshal([]byte(text), &v) != nil:
		r.add("version", Wrong, "it does not say its version: it may be another program", "look at --server")
	case v.Version != p.Version:
		r.add("version", Warning, "it is "+v.Version+", and this program is "+p.Version, "use the same version for both: what one of them does not know yet may fail")
	default:
		r.fine("version", v.Version)
	}
}

func (p Patient) ready(ctx context.Context, r *report) {
	status, text, err := p.plain(ctx, "/readyz")
	switch {
	case err != nil:
		r.add("ready", Wrong, "it does not say whether it is ready: "+said(err), "look at its log")
	case status != http.StatusOK:
		r.add("ready", Wrong, "it is not ready: "+firstLine(text), "wait while it starts; else its log says why")
	default:
		r.fine("ready", firstLine(text))
	}
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

// condition is what a server says of itself.
type condition struct {
	Now       time.Time `json:"now"`
	Simulated bool      `json:"simulated"`
	Source    string    `json:"source"`
	Streams   []struct {
		Name string `json:"name"`
		Last uint64 `json:"last"`
		Lag  uint64 `json:"lag"`
	} `json:"streams"`
	Alarms []string `json:"alarms"`
}

func (p Patient) status(ctx context.Context, r *report) {
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	began := p.Now()
	answer, err := p.Server.Get(ctx, "/v1/status", nil)
	ended := p.Now()
	var c condition
	if err == nil {
		err = json.Unmarshal(answer, &c)
	}
	if err != nil {
		p.unbelieved(r, err)
		return
	}
	r.fine("access", p.who(ctx))
	clockOf(r, c, began, ended)
	lagOf(r, c)
	for _, alarm := range c.Alarms {
		r.add("alarm", Wrong, alarm, "`pricewire status`, `pricewire calendar` and `pricewire crawl list` say more")
	}
	if len(c.Alarms) == 0 {
		r.fine("alarms", "none")
	}
}

// who is who asks, and what he may, as the server takes him.
func (p Patient) who(ctx context.Context) string {
	var who struct {
		Name  string   `json:"name"`
		Roles []string `json:"roles"`
		Cost  bool     `json:"cost"`
	}
	answer, err := p.Server.Get(ctx, "/v1/whoami", nil)
	if err == nil {
		err = json.Unmarshal(answer, &who)
	}
	if err != nil { // an older server does not say
		return "we may ask"
	}
	name := who.Name
	if name == "" {
		name = "nobody in particular"
	}
	text := name + ": " + strings.Join(who.Roles, ", ")
	if who.Cost {
		text += ", and sees what the partner pays"
	}
	return text
}

// unbelieved says why the status cannot be read.
func (p Patient) unbelieved(r *report, err error) {
	cure := fault.HintOf(err)
	if cure == "" {
		cure = "its log says why"
	}
	r.add("access", Wrong, "its status cannot be read: "+err.Error(), cure)
}

// clockOf compares the clocks: the server's is somewhere between when it was asked and when it had answered.
func clockOf(r *report, c condition, began, ended time.Time) {
	if c.Simulated {
		r.fine("clock", "simulated, "+c.Now.Format(time.RFC3339))
		return
	}
	var apart time.Duration
	switch {
	case c.Now.Before(began.Add(-time.Second)): // it tells whole seconds
		apart = c.Now.Sub(began)
	case c.Now.After(ended):
		apart = c.Now.Sub(ended)
	}
	if apart.Abs() <= mostSkew {
		r.fine("clock", "as this machine's, within "+mostSkew.String())
		return
	}
	way := "ahead of"
	if apart < 0 {
		way = "behind"
	}
	r.add("clock", Warning, fmt.Sprintf("the server's is %s %s this machine's", apart.Abs().Round(time.Second), way), "set the clocks of both by NTP: what is asked as of now is asked as of the wrong instant")
}

// lagOf says how far the tables are behind the streams.
func lagOf(r *report, c condition) {
	var behind []string
	state := Fine
	for _, s := range c.Streams {
		if s.Lag == 0 {
			continue
		}
		behind = append(behind, fmt.Sprintf("%s by %d messages", s.Name, s.Lag))
		if s.Lag > muchLag {
			state = Warning
		}
	}
	switch {
	case len(behind) == 0:
		r.fine("lag", fmt.Sprintf("the tables hold what the %d streams hold", len(c.Streams)))
	case state == Fine:
		r.fine("lag", "the tables are behind "+strings.Join(behind, ", "))
	default:
		r.add("lag", Warning, "the tables are behind "+strings.Join(behind, ", "), "ask again in a minute; when it does not fall, the materializer's log says why")
	}
}
