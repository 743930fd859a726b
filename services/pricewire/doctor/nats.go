package doctor

import (
	"context"
	"fmt"
	"strings"

	natsclient "github.com/nats-io/nats.go"
	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/stream"
	"github.com/pricewire/pricewire/pkg/stream/jetstream"
	"github.com/pricewire/pricewire/services/pricewire/command"
	"github.com/pricewire/pricewire/services/pricewire/connect"
)

// resolve reads what is needed to reach one of the two servers.
func (p Patient) resolve(r *report) (*connect.Servers, bool) {
	cfg := p.Servers
	cfg.Wait, cfg.SecretsInURLs = 0, true
	if cfg.NATS.URL == "" {
		cfg.NATS.URL = connect.DefaultNATS
	}
	if cfg.ClickHouse.DSN == "" {
		cfg.ClickHouse.DSN = connect.DefaultClickHouse
	}
	var wrong command.Wrong
	cfg.Validate(&wrong)
	err := wrong.Err()
	var servers *connect.Servers
	if err == nil {
		servers, err = cfg.Resolve(p.lookup)
	}
	if err != nil {
		r.add("address", Wrong, err.Error(), "give the flags that say how it is reached, see --help")
		return nil, false
	}
	return servers, true
}

// notNamed says that a server was not looked at.
func notNamed(r *report, flag string) []Finding {
	r.add("address", Skipped, "not looked at: where it is, is not known here", "--data FOLDER of a server that runs on this machine, or "+flag)
	return r.findings
}

// nats looks at NATS and at the streams in it.
func (p Patient) nats(ctx context.Context) []Finding {
	r := &report{part: "nats"}
	if p.Servers.NATS.URL == "" {
		return notNamed(r, "--nats URL with --nats-user and --nats-password-file")
	}
	servers, ok := p.resolve(r)
	if !ok {
		return r.findings
	}
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	nc, err := servers.NATS(ctx, "pricewire doctor", zap.NewNop(), natsclient.MaxReconnects(0))
	if err != nil {
		r.add("address", Wrong, err.Error(), fault.HintOf(err))
		return r.findings
	}
	defer nc.Close()
	adapter, err := jetstream.New(nc, jetstream.Config{Replicas: servers.Replicas(), Timeout: checkTime})
	if err != nil {
		r.add("address", Wrong, err.Error(), fault.HintOf(err))
		return r.findings
	}
	r.fine("address", servers.NATSShown())
	if err := adapter.Check(ctx); err != nil {
		r.add("version", Wrong, err.Error(), fault.HintOf(err))
		return r.findings
	}
	r.fine("version", "NATS server "+adapter.Version()+", with JetStream")
	streams(ctx, r, adapter)
	return r.findings
}

// streams compares the streams with what they are declared to be.
func streams(ctx context.Context, r *report, adapter *jetstream.Adapter) {
	infos, err := adapter.Streams(ctx)
	if err != nil {
		r.add("streams", Wrong, err.Error(), fault.HintOf(err))
		return
	}
	declared := []stream.Declaration{stream.PricesDeclaration()}
	for _, info := range infos {
		if currency, ok := strings.CutPrefix(info.Name.Name, stream.Rates("")); ok && stream.IsRates(info.Name.Name) {
			declared = append(declared, stream.RatesDeclaration(currency))
		}
	}
	for _, d := range declared {
		deviate(ctx, r, adapter, d)
	}
	if err := adapter.CheckBatches(ctx, stream.Prices); err != nil && !fault.Is(err, fault.NotFound) {
		r.add("batches", Wrong, err.Error(), fault.HintOf(err))
	} else if err == nil {
		r.fine("batches", fmt.Sprintf("a release of %d lines fits into one", stream.BatchLimit))
	}
	if room, err := adapter.Room(ctx); err == nil {
		says := "streams take " + gib(room.Used)
		if room.Most == 0 {
			r.fine("room", says+", without a bound of their own")
		} else {
			judgeRoom(r, "room", "for streams", room.Most-min(room.Used, room.Most), room.Most)
		}
	}
}

func deviate(ctx context.Context, r *report, adapter *jetstream.Adapter, d stream.Declaration) {
	found, err := adapter.Deviations(ctx, d)
	switch {
	case fault.Is(err, fault.NotFound):
		r.add("stream", Warning, err.Error(), "the process that publishes to it makes it: start `pricewire up`, or the scheduler")
	case err != nil:
		r.add("stream", Wrong, err.Error(), fault.HintOf(err))
	case len(found) > 0:
		texts := make([]string, len(found))
		for i, f := range found {
			texts[i] = fmt.Sprintf("%s is %s, not %s", f.Setting, f.Has, f.Wants)
		}
		r.add("stream", Wrong, d.Name+": "+strings.Join(texts, "; "), "start the process that publishes to it again, which puts right what can be; what cannot be changed needs a stream made anew")
	default:
		r.fine("stream", d.Name+" is as declared: nothing in it ages, is purged or deleted")
	}
}
