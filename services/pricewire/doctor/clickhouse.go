package doctor

import (
	"context"
	"fmt"

	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/fault"
)

// clickhouse looks at ClickHouse, its schema and its disks.
func (p Patient) clickhouse(ctx context.Context) []Finding {
	r := &report{part: "clickhouse"}
	if p.Servers.ClickHouse.DSN == "" {
		return notNamed(r, "--clickhouse DSN with --clickhouse-user and --clickhouse-password-file")
	}
	servers, ok := p.resolve(r)
	if !ok {
		return r.findings
	}
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	store, err := servers.History(ctx, true, zap.NewNop())
	if err != nil {
		r.add("address", Wrong, err.Error(), fault.HintOf(err))
		return r.findings
	}
	defer func() { _ = store.Close() }()
	r.fine("address", servers.ClickHouseShown())
	health, err := store.Health(ctx)
	if health.Version != "" {
		r.fine("version", "ClickHouse "+health.Version)
	}
	if health.Migrations > 0 {
		r.fine("schema", fmt.Sprintf("all %d migrations are made", health.Migrations))
	}
	if err != nil {
		r.add("disk", Skipped, "its user may not see it: "+err.Error(), "ask as the user of the processes")
		return r.findings
	}
	for _, d := range health.Disks {
		judgeRoom(r, "disk", d.Name+" at "+d.Path, d.Free, d.Total)
	}
	if health.Broken > 0 {
		r.add("parts", Wrong, fmt.Sprintf("%d parts of tables could not be read and were set aside", health.Broken), "pricewire audit --repair, and look at the disk")
	} else {
		r.fine("parts", "none is broken")
	}
	return r.findings
}
