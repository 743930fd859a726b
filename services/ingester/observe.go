package ingester

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/rate"
	"github.com/pricewire/pricewire/services/ingester/azure"
	"github.com/pricewire/pricewire/services/ingester/format"
	"github.com/pricewire/pricewire/services/ingester/fxrates"
	"github.com/pricewire/pricewire/services/ingester/pricesheet"
	"github.com/pricewire/pricewire/services/ingester/ratecard"
)

// ObserveInput is a snapshot that somebody took.
type ObserveInput struct {
	Name     string // of the file, for errors
	Source   string // default by the kind of file: "backfill" for retail prices, "ratecard", "price-sheet", "fx"
	Scope    string // default <source>-<currency>
	Currency string // default as configured; exchange rates are in USD
	At       time.Time
	Partial  bool      // a window: absence means nothing, and there is no shrink guard
	Body     io.Reader // a file of any kind that package format knows, perhaps gzipped
}

// Observe takes a snapshot as an observation of its scope. A refused one is no error: its record says so. Errors: invalid for a snapshot
// that cannot be read, naming file, row and byte, and otherwise as for Crawl.
func (g *Ingester) Observe(ctx context.Context, in ObserveInput) (Result, error) {
	if in.At.IsZero() {
		return Result{}, fault.New(fault.Invalid, "observe snapshot %s: it has no time", in.Name)
	}
	u, err := openUpload(in.Body)
	if err != nil {
		return Result{}, inFile(in.Name, err)
	}
	if in.Source == "" {
		in.Source = u.source()
	}
	if in.Currency == "" && u.kind == format.ExchangeRates {
		in.Currency = string(fxrates.Currency)
	}
	currency, scope, err := g.names(in.Currency, in.Scope, in.Source)
	if err != nil {
		return Result{}, err
	}
	return g.observe(ctx, u, in.Name, rate.Crawl{Source: in.Source, Scope: scope, Currency: string(currency), At: in.At.UTC(), Partial: in.Partial})
}

// observe reads an upload and commits it.
func (g *Ingester) observe(ctx context.Context, u *upload, name string, c rate.Crawl) (Result, error) {
	s, err := g.stageUpload(ctx, c)
	if err != nil {
		return Result{}, err
	}
	staged := s.folder
	defer func() {
		s.close()
		_ = staged.drop() // if it is still there; the next start removes what is left
	}()
	if err := g.readUpload(s, u); err != nil {
		return Result{}, inFile(name, err)
	}
	result, err := g.commit(ctx, s)
	if errors.Is(err, errStale) {
		return Result{}, fault.New(fault.Conflict, "observe snapshot %s: %w", name, err).WithHint("send it again")
	}
	if err == nil { // a snapshot that cannot be taken is its sender's business, a refused one everybody's
		g.board.note(c.Scope, c.Currency, result, nil)
	}
	return result, err
}

// stageUpload begins a staged crawl for one upload.
func (g *Ingester) stageUpload(ctx context.Context, c rate.Crawl) (*staged, error) {
	held, err := g.books.acquire(ctx, "state of "+c.Currency)
	if err != nil {
		return nil, err
	}
	defer held.release()
	if err := g.ready(ctx, held, c.Currency); err != nil {
		return nil, err
	}
	uploads := held.value.folder.in(uploadsFolder)
	if err := uploads.make(); err != nil {
		return nil, err
	}
	path, err := os.MkdirTemp(uploads.path, g.token+"-*")
	if err != nil {
		return nil, fmt.Errorf("stage upload: %w", err)
	}
	s, err := stage(folder{path}, stagedHead{Crawl: c, Shards: whole(), Finished: c.At})
	if err != nil {
		return nil, err
	}
	if _, err = s.attach(held.value); err != nil {
		return nil, errors.Join(err, s.drop())
	}
	return s, nil
}

// readUpload hands all rows of an upload over.
func (g *Ingester) readUpload(s *staged, u *upload) error {
	shard, err := s.begin(0)
	if err != nil {
		return err
	}
	s.shards[0] = shard
	if err := shard.Begin(); err != nil {
		return err
	}
	content, err := u.read(money.Currency(s.head.Crawl.Currency), g.cfg.SnapshotLimits, shard)
	if err != nil {
		return err
	}
	if s.head.OfferTerms = content.OfferTerms; content.OfferTerms != nil {
		if err := s.writeHead(); err != nil {
			return err
		}
	}
	return shard.End(rate.Traversal{Pages: 1, Rows: content.Rows, Complete: true, Snapshot: true})
}

// upload is a file that is being read. Limits count what is unpacked.
type upload struct {
	body   *bufio.Reader
	kind   format.Kind
	packed bool
}

// openUpload finds out what a file is, gzipped or not.
func openUpload(body io.Reader) (*upload, error) {
	from := bufio.NewReader(body)
	head, err := from.Peek(2)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read snapshot: %w", err)
	}
	u := &upload{packed: bytes.Equal(head, []byte{0x1f, 0x8b})} // gzip, RFC 1952
	var unpacked io.Reader = from
	if u.packed {
		if unpacked, err = gzip.NewReader(from); err != nil {
			return nil, fault.New(fault.Invalid, "unpack snapshot: %w", err)
		}
	}
	u.body = bufio.NewReaderSize(unpacked, format.HeadBytes)
	head, err = u.body.Peek(format.HeadBytes)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, u.damaged(err)
	}
	u.kind, err = format.Detect(head)
	return u, err
}

// damaged is the error for bytes that do not unpack: they lie in memory or come from a client.
func (u *upload) damaged(err error) error {
	if err != nil && u.packed && !fault.Is(err, fault.Invalid) {
		return fault.New(fault.Invalid, "unpack snapshot: %w", err)
	}
	return err
}

// source names where files of the kind come from.
func (u *upload) source() string {
	switch u.kind {
	case format.RateCard:
		return ratecard.PriceList
	case format.PriceSheet:
		return pricesheet.PriceList
	case format.ExchangeRates:
		return fxrates.PriceList
	case format.Retail:
	}
	return "backfill"
}

// read hands all rows over.
func (u *upload) read(currency money.Currency, limits azure.Limits, to rate.Sink) (format.Content, error) {
	if u.kind == format.Retail {
		page, err := azure.DecodeSnapshot(u.body, currency, limits, to)
		return format.Content{Rows: page.Rows}, u.damaged(err)
	}
	content, err := format.Read(u.kind, u.body, currency, format.Limits{}, to)
	return content, u.damaged(err)
}

// inFile names the file in an error about what it holds.
func inFile(name string, err error) error {
	if name == "" || !fault.Is(err, fault.Invalid) {
		return err
	}
	places := fault.PlacesOf(err)
	named := make([]fault.Place, 0, len(places)+1)
	for _, p := range places {
		named = append(named, fault.Place{Where: name + ", " + p.Where, Problem: p.Problem})
	}
	if len(named) == 0 {
		named = append(named, fault.Place{Where: name, Problem: err.Error()})
	}
	return fault.New(fault.Invalid, "%s: %w", name, err).WithPlaces(named...)
}
