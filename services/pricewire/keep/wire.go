package keep

import (
	"context"

	"github.com/pricewire/pricewire/services/api"
	"github.com/pricewire/pricewire/services/pricewire/peer"
)

// What both ends agree on, beside what peer does. Orders and answers go as the API shows them.
const (
	header  = "Pricewire-Keep"
	version = "1"

	pathAudits   = "/keep/audits"
	pathRebuilds = "/keep/rebuilds"
	pathAlarms   = "/keep/alarms"
)

func speaks() peer.Interface {
	return peer.Interface{Name: "materializer", Header: header, Version: version, Recheck: "pricewire audit --status and pricewire rebuild --status"}
}

// Keeper is what is carried.
type Keeper interface {
	api.Keeper
	// Alarms are what the writer of the tables alone knows and wants a person to look at, a sentence each.
	Alarms(ctx context.Context) ([]string, error)
}
