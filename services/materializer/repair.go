package materializer

import (
	"context"
	"fmt"

	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/stream"
)

// repairBlock is how many messages are repaired at once. Blocks begin at fixed sequences and end where repairers agree, so that two that
// repair at the same time add the same rows under the same tokens.
const repairBlock = 256

// restore adds every row that tables lack of messages first to last and of their block, and tells what it added, table by table. Progress is
// up to where the stream was written.
func (m *Materializer) restore(ctx context.Context, reader *replay, first, last, progress uint64) ([]history.Finding, error) {
	var restored []history.Finding
	c := newConverter(reader.name.String())
	for at := (first-1)/repairBlock*repairBlock + 1; at <= last; {
		end := at + repairBlock - 1 - (at-1)%repairBlock
		agreed, err := m.deps.Appender.Claim(ctx, reader.name.String()+"/repair", at, min(end, progress))
		if err != nil {
			return restored, err
		}
		added, err := m.restoreBlock(ctx, reader, c, at, agreed)
		restored = append(restored, added...)
		if err != nil {
			return restored, err
		}
		at = agreed + 1
	}
	return restored, nil
}

func (m *Materializer) restoreBlock(ctx context.Context, reader *replay, c *converter, first, last uint64) ([]history.Finding, error) {
	rows, records := history.Rows{}, map[uint64]stream.Record{}
	err := reader.read(ctx, first, last, func(record *stream.Record) error {
		c.add(&rows, record)
		records[record.Sequence] = *record
		return nil
	})
	if err != nil {
		return nil, err
	}
	reasons, err := m.deps.Auditor.Rejected(ctx, reader.name.String(), first, last)
	if err != nil {
		return nil, err
	}
	rows, _ = setAside(&rows, reasons, reader.name.String(), records)
	var restored []history.Finding
	for _, t := range fed(reader.name.Name) {
		if rows.Count(t) == 0 {
			continue
		}
		n, err := m.deps.Auditor.Restore(ctx, history.Extent{Stream: reader.name.String(), First: first, Last: last, Tables: []history.Table{t}}, rows)
		if err != nil {
			return restored, err
		}
		if n > 0 {
			restored = append(restored, history.Finding{
				Kind: history.FindingHole, Table: t, Stream: reader.name.String(), First: first, Last: last, Rows: n, Repaired: true,
				Detail: fmt.Sprintf("%d rows of these messages were missing", n),
			})
		}
	}
	return restored, nil
}
