package materializer

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"slices"
	"strings"

	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/stream"
)

// A deep audit holds messages of about so many bytes, and so many of them, at once.
const comparedBytes, comparedMessages = 16 << 20, 20_000

// comparing is a deep look at one stream.
type comparing struct {
	*auditing
	reader  *replay
	with    history.Comparison
	rows    *converter
	last    uint64
	digests map[publication]hash.Hash // over the ids of the changes of a batch that is being read

	first   uint64 // of the block that is being read
	bytes   int
	block   history.Rows
	records map[uint64]stream.Record
	found   []history.Finding // of manifests in the block
}

// compare reads the stream again and compares all columns of all rows with what its messages give now.
func (a *auditing) compare(ctx context.Context, reader *replay, last uint64) (err error) {
	name := reader.name.String()
	a.phase("hashing rows", name, last)
	with, err := a.m.deps.Auditor.Compare(ctx, history.Extent{Stream: name, First: 1, Last: last, Tables: fed(reader.name.Name)})
	if err != nil {
		return err
	}
	defer func() {
		if failed := with.Close(context.WithoutCancel(ctx)); err == nil {
			err = failed
		}
	}()
	a.phase("comparing with the stream", name, last)
	c := &comparing{auditing: a, reader: reader, with: with, rows: newConverter(name), last: last, digests: map[publication]hash.Hash{}}
	c.begin(1)
	for at := uint64(1); at <= last; at++ {
		if err := reader.read(ctx, at, at, c.take); err != nil {
			return err
		}
		if at == last || c.bytes >= comparedBytes || at-c.first+1 >= comparedMessages {
			if err := c.end(ctx, at); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *comparing) begin(first uint64) {
	c.first, c.bytes, c.block, c.records, c.found = first, 0, history.Rows{}, map[uint64]stream.Record{}, nil
}

// take adds a message to the block.
func (c *comparing) take(record *stream.Record) error {
	c.rows.add(&c.block, record)
	c.records[record.Sequence] = *record
	c.bytes += len(record.Data)
	c.digest(record)
	return nil
}

// digest follows the checksum that a manifest says of its changes.
func (c *comparing) digest(record *stream.Record) {
	of := func(p publication) hash.Hash {
		if c.digests[p] == nil {
			c.digests[p] = sha256.New()
		}
		return c.digests[p]
	}
	if change := newest(c.block.PriceChanges); change != nil && change.Sequence == record.Sequence {
		of(publication{change.Release, change.Withdrawal}).Write([]byte(record.ID))
	}
	if change := newest(c.block.ItemChanges); change != nil && change.Sequence == record.Sequence {
		of(publication{change.Release, change.Withdrawal}).Write([]byte(record.ID))
	}
	if r := newest(c.block.Releases); r != nil && r.Sequence == record.Sequence {
		c.check(history.TableReleases, publication{r.Release, 0}, record.Sequence, r.Checksum, of(publication{r.Release, 0}))
	}
	if w := newest(c.block.Withdrawals); w != nil && w.Sequence == record.Sequence {
		p := publication{w.Release, w.Withdrawal}
		c.check(history.TableWithdrawals, p, record.Sequence, w.Checksum, of(p))
	}
}

func newest[R any](rows []R) *R {
	if len(rows) == 0 {
		return nil
	}
	return &rows[len(rows)-1]
}

func (c *comparing) check(t history.Table, p publication, sequence uint64, said string, sum hash.Hash) {
	delete(c.digests, p)
	if got := hex.EncodeToString(sum.Sum(nil)); got != said {
		c.found = append(c.found, history.Finding{
			Kind: history.FindingCount, Table: t, Stream: c.reader.name.String(), First: sequence, Last: sequence,
			Detail: fmt.Sprintf("the manifest of %s says the checksum %s, and that of its changes in the stream is %s", p.release, said, got),
		})
	}
}

// end compares the block with what is kept, and fills its holes where the audit is to repair.
func (c *comparing) end(ctx context.Context, last uint64) error {
	reasons, err := c.m.deps.Auditor.Rejected(ctx, c.reader.name.String(), c.first, last)
	if err != nil {
		return err
	}
	rows, since := setAside(&c.block, reasons, c.reader.name.String(), c.records)
	found, err := c.with.Block(ctx, c.first, last, rows)
	if err != nil {
		return err
	}
	// A message that a table refused may have rows in others: nobody minds them.
	found = slices.DeleteFunc(found, func(f history.Finding) bool {
		return f.Kind == history.FindingExtra && f.Table != history.TableRejects && since[f.First]
	})
	for sequence := range since {
		if !strings.HasPrefix(reasons[sequence], keepIn) {
			found = append(found, history.Finding{
				Kind: history.FindingOutdated, Table: history.TableRejects, Stream: c.reader.name.String(), First: sequence, Last: sequence,
				Detail: "the message was rejected by an older version of the program; this one understands it",
			})
		}
	}
	mended := &replay{reader: c.m.deps.Reader, name: c.reader.name}
	defer mended.stop()
	filled, err := c.fill(ctx, mended, found, c.last)
	c.add(append(append(found, filled...), c.found...)...)
	if err != nil {
		return err
	}
	c.at(last)
	c.begin(last + 1)
	return nil
}
