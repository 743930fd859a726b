package doctor

import (
	"context"
	"net/url"
	"strings"
	"time"

	"github.com/pricewire/pricewire/services/pricewire/connect"
	"github.com/pricewire/pricewire/services/pricewire/remote"
)

// checkTime bounds how long each question may take.
const checkTime = 5 * time.Second

// Patient is what is looked at.
type Patient struct {
	Version     string         // of this program
	Server      *remote.Server // its Base is used unless the data folder says where the server is, and Named is false
	Named       bool           // the server was named
	Data        string         // folder of a server on this machine
	DataNamed   bool           // the folder was named: it should be there
	Servers     connect.Config // NATS and ClickHouse; empty addresses are taken from the data folder
	Engine      string         // path of the engine library; empty: where it is looked for
	Variables   []string       // those of the environment that mean something
	Environment []string       // as os.Environ has it
	Now         func() time.Time
}

// Examine looks at everything, one part after the other. It takes as long as what does not answer is waited for, a few seconds each at most.
func Examine(ctx context.Context, p Patient) []Finding {
	client := p.client()
	data, endpoints := p.data()
	engine := p.engine()
	if !p.Named && endpoints != nil {
		server := *p.Server
		server.Base = endpoints.HTTP
		p.Server = &server
	}
	server := p.server(ctx)
	if p.Servers.NATS.URL == "" && endpoints != nil {
		p.Servers.NATS.URL = endpoints.NATS
	}
	if p.Servers.ClickHouse.DSN == "" && endpoints != nil {
		p.Servers.ClickHouse.DSN = endpoints.ClickHouse
	}
	nats, clickhouse := p.nats(ctx), p.clickhouse(ctx)
	var all []Finding
	for _, part := range [][]Finding{client, data, engine, server, nats, clickhouse} {
		all = append(all, part...)
	}
	return hidden(all, p.secrets(endpoints))
}

// secrets are the texts that nobody may read in what is found, wherever an error may have brought them.
func (p Patient) secrets(e *endpoints) []string {
	addresses := append([]string{p.Server.Base, p.Servers.ClickHouse.DSN}, strings.Split(p.Servers.NATS.URL, ",")...)
	if e != nil {
		addresses = append(addresses, e.HTTP, e.NATS, e.ClickHouse)
	}
	var all []string
	for _, address := range addresses {
		if u, err := url.Parse(strings.TrimSpace(address)); err == nil && u.User != nil {
			password, _ := u.User.Password()
			all = append(all, password)
		}
	}
	for _, entry := range p.Environment {
		name, value, _ := strings.Cut(entry, "=")
		for _, word := range [...]string{"PASSWORD", "TOKEN", "SECRET"} {
			if strings.HasPrefix(name, "PRICEWIRE_") && strings.HasSuffix(name, word) {
				all = append(all, value)
			}
		}
	}
	return all
}

// hidden puts xxxxx in the place of secrets.
func hidden(findings []Finding, secrets []string) []Finding {
	for _, secret := range secrets {
		if secret == "" {
			continue
		}
		for i := range findings {
			findings[i].Says = strings.ReplaceAll(findings[i].Says, secret, "xxxxx")
			findings[i].Cure = strings.ReplaceAll(findings[i].Cure, secret, "xxxxx")
		}
	}
	return findings
}

// lookup finds a variable in the environment.
func (p Patient) lookup(name string) (string, bool) {
	for _, entry := range p.Environment {
		if len(entry) > len(name) && entry[len(name)] == '=' && entry[:len(name)] == name {
			return entry[len(name)+1:], true
		}
	}
	return "", false
}
