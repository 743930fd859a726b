package up

import (
	"encoding/json"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"

	"github.com/pricewire/pricewire/pkg/daemon"
)

// endpointsFile says where everything listens, while it does.
const endpointsFile = "endpoints.json"

// Endpoints are where a running process can be reached. They hold passwords, hence the file's mode.
type Endpoints struct {
	HTTP        string `json:"http"`
	NATS        string `json:"nats"`
	ClickHouse  string `json:"clickhouse"`
	Analyst     string `json:"clickhouse_analyst,omitempty"`      // asks, and sees no cost; of an embedded ClickHouse
	AnalystCost string `json:"clickhouse_analyst_cost,omitempty"` // asks, and sees cost
	PID         int    `json:"pid"`
}

// reached is how this machine reaches an address that is listened on: one that stands for all of its own by the name that certificates have.
func reached(address net.Addr) string {
	if tcp, ok := address.(*net.TCPAddr); ok && tcp.IP.IsUnspecified() {
		return net.JoinHostPort("localhost", strconv.Itoa(tcp.Port))
	}
	return address.String()
}

func (e Endpoints) write(folder *daemon.Folder) error {
	data, err := json.MarshalIndent(e, "", "  ")
	if err != nil {
		return err
	}
	return folder.WriteFile(endpointsFile, append(data, '\n'), 0o600)
}

// removeEndpoints takes away what a process that was killed has left, or what this one wrote.
func removeEndpoints(folder *daemon.Folder) error {
	err := os.Remove(filepath.Join(folder.Path, endpointsFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
