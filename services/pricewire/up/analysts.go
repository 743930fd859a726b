package up

import (
	"crypto/tls"
	"os"
	"strings"

	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/daemon"
	"github.com/pricewire/pricewire/pkg/embedded/clickhouse"
	"github.com/pricewire/pricewire/pkg/fault"
	history "github.com/pricewire/pricewire/pkg/history/clickhouse"
	"github.com/pricewire/pricewire/services/pricewire/command"
	"github.com/pricewire/pricewire/services/pricewire/connect"
)

// Users of the embedded ClickHouse who only ask: one sees no cost, the other does.
const (
	analyst     = "analyst"
	analystCost = "analyst_cost"
)

// SQL is how the embedded ClickHouse is open to analysts and to other machines.
type SQL struct {
	AnalystPasswordFile, AnalystCostPasswordFile string // empty: passwords are made and kept in the data folder
	TLSCert, TLSKey                              string // PEM files; empty: the listener is plain
}

func (q SQL) tls() bool { return q.TLSCert != "" }

func (q SQL) validate(wrong *command.Wrong, external bool) {
	if external && q != (SQL{}) {
		wrong.Flag("clickhouse", "is an existing server, and the flags about analysts and TLS are about the embedded one")
	}
	if (q.TLSCert == "") != (q.TLSKey == "") {
		wrong.Flag("clickhouse-tls-cert", "a certificate and its key belong together")
	}
}

// listenerTLS is the TLS of the listener, nil for none.
func (q SQL) listenerTLS(log *zap.Logger) (*tls.Config, error) {
	if !q.tls() {
		return nil, nil //nolint:nilnil // none is asked for
	}
	certificate, err := daemon.NewCertificate(q.TLSCert, q.TLSKey, log)
	if err != nil {
		return nil, badFlag("clickhouse-tls-cert", err)
	}
	return certificate.TLS(), nil
}

// readers are the users who only ask. Each sees the views that analysts are shown, with or without cost.
func (q SQL) readers(folder *daemon.Folder) ([]clickhouse.Reader, error) {
	names, err := history.AnalystViews()
	if err != nil {
		return nil, err
	}
	views := func(database string) []clickhouse.View {
		all := make([]clickhouse.View, len(names))
		for i, name := range names {
			all[i] = clickhouse.View{Database: database, Name: name}
		}
		return all
	}
	without := views(history.ERPDatabase(connect.Database))
	readers := []clickhouse.Reader{
		{User: analyst, Views: without},
		{User: analystCost, Views: append(views(connect.Database), without...)},
	}
	for i, file := range []string{q.AnalystPasswordFile, q.AnalystCostPasswordFile} {
		if file == "" {
			readers[i].Password, err = secret(folder, "clickhouse-"+readers[i].User)
		} else {
			readers[i].Password, err = passwordIn(file)
		}
		if err != nil {
			return nil, err
		}
	}
	return readers, nil
}

// passwordIn reads a password from a file of its own.
func passwordIn(file string) (string, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return "", fault.New(fault.Invalid, "read password: %w", err)
	}
	password := strings.TrimSpace(string(data))
	if password == "" {
		return "", fault.New(fault.Invalid, "read password: %s is empty", file)
	}
	return password, nil
}
