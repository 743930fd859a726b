package api

import (
	"bytes"
	"cmp"
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/sheet"
	"github.com/pricewire/pricewire/pkg/watchlist"
)

// largestWatchlist is how long a watchlist may be on its way in, in bytes.
const largestWatchlist = 4 << 20

// WatchedLine names licence lines.
type WatchedLine struct {
	Product  string `json:"product" doc:"Product id; of legacy lists the offer id." example:"CFQ7TTC0LH18"`
	SKU      string `json:"sku,omitempty" doc:"Only this SKU; leading zeros may be missing." example:"0001"`
	Market   string `json:"market,omitempty" doc:"Only this market: ISO 3166." example:"US"`
	Currency string `json:"currency,omitempty" doc:"Only this currency: ISO 4217." example:"USD"`
	Term     string `json:"term,omitempty" doc:"Only this term." example:"P1M"`
	Billing  string `json:"billing,omitempty" doc:"Only this billing plan." example:"Monthly"`
}

// WatchedMeter names usage rates.
type WatchedMeter struct {
	MeterID  string `json:"meter_id" example:"0008fc59-f088-5d25-8e72-147ec2e66261"`
	SKUID    string `json:"sku_id,omitempty" doc:"Only this SKU." example:"DZH318Z092QW/007H"`
	Currency string `json:"currency,omitempty" doc:"Only this currency: ISO 4217." example:"USD"`
	Region   string `json:"region,omitempty" doc:"Only this ARM region." example:"westeurope"`
}

// WatchlistHead is a watchlist without its entries.
type WatchlistHead struct {
	Name        string    `json:"name" example:"what-we-sell"`
	Description string    `json:"description"`
	LineCount   int       `json:"line_count"`
	MeterCount  int       `json:"meter_count"`
	CreatedBy   string    `json:"created_by" example:"alice"`
	CreatedAt   time.Time `json:"created_at"`
	UpdatedBy   string    `json:"updated_by" example:"alice"`
	UpdatedAt   time.Time `json:"updated_at"`
}

// WatchlistView is a watchlist.
type WatchlistView struct {
	WatchlistHead
	Lines  []WatchedLine  `json:"lines"`
	Meters []WatchedMeter `json:"meters"`
}

// WatchlistBody is what a watchlist is to hold.
type WatchlistBody struct {
	Description string         `json:"description,omitempty" doc:"At most 500 bytes." example:"what we sell in the US"`
	Lines       []WatchedLine  `json:"lines,omitempty" maxItems:"10000"`
	Meters      []WatchedMeter `json:"meters,omitempty" maxItems:"10000"`
}

// WatchEntryView is an entry of a watchlist as a row of a file.
type WatchEntryView struct {
	Product  string `json:"product"`
	SKU      string `json:"sku"`
	Market   string `json:"market"`
	Currency string `json:"currency"`
	Term     string `json:"term"`
	Billing  string `json:"billing"`
	MeterID  string `json:"meter_id"`
	SKUID    string `json:"sku_id"`
	Region   string `json:"region"`
}

// WatchlistInput names a watchlist.
type WatchlistInput struct {
	Name string `path:"name" doc:"Small letters, digits and hyphens." example:"what-we-sell"`
}

type (
	putWatchlistInput struct {
		ReleaseActor
		VersionInput
		WatchlistInput
		Body WatchlistBody
	}
	importWatchlistInput struct {
		ReleaseActor
		VersionInput
		WatchlistInput
		Description string `query:"description" doc:"At most 500 bytes; that of the list that is there when empty." example:"what we sell in the US"`
		RawBody     []byte `contentType:"text/csv"`
	}
	deleteWatchlistInput struct {
		ReleaseActor
		VersionInput
		WatchlistInput
	}
	entriesInput struct {
		WatchlistInput
		FormatInput
	}
	listWatchlistsInput struct{ PageInput }
	watchlistOutput     struct {
		ETag string `header:"ETag" doc:"The version, for If-Match."`
		Body WatchlistView
	}
	watchlistsOutput struct{ Body pageOf[WatchlistHead] }
)

// VersionInput lets a client write only over what it has seen.
type VersionInput struct {
	IfMatch     string `header:"If-Match" doc:"The ETag as it was read: when it has changed since, the write is a conflict. Without it the write holds for whatever is there." example:"\"7\""`
	IfNoneMatch string `header:"If-None-Match" doc:"*: only if nothing is there." example:"*"`
}

func (s *server) registerWatchlists(api huma.API) {
	huma.Register(api, watchlistOp(huma.Operation{OperationID: "list-watchlists", Description: "In the order of their names, without their entries.", Method: http.MethodGet, Path: "/v1/watchlists", Summary: "Watchlists, in order of their names"}), s.listWatchlists)
	huma.Register(api, watchlistOp(huma.Operation{Metadata: map[string]any{hasVersion: true}, OperationID: "show-watchlist", Description: "With all of its lines and meters. Its ETag is what If-Match is given when it is put anew.", Method: http.MethodGet, Path: "/v1/watchlists/{name}", Summary: "One watchlist"}), s.showWatchlist)
	huma.Register(api, watchlistOp(huma.Operation{
		OperationID: "put-watchlist", Method: http.MethodPut, Path: "/v1/watchlists/{name}", Summary: "Make a watchlist, or replace it", MaxBodyBytes: largestWatchlist,
		Description: "At most 10,000 entries. Every field but a line's product and a meter's id is open where it is empty. Whoever filters by the list sees the change within five seconds.",
	}), s.putWatchlist)
	huma.Register(api, watchlistOp(huma.Operation{
		OperationID: "import-watchlist", Method: http.MethodPut, Path: "/v1/watchlists/{name}/entries", Summary: "Make a watchlist from a CSV file, or replace its entries", MaxBodyBytes: largestWatchlist,
		Description: "Columns product, sku, market, currency, term, billing, meter_id, sku_id and region, in any order; those that nothing is said in may be missing. A row has a product or a meter_id.",
	}), s.importWatchlist)
	huma.Register(api, listed[pageOf[WatchEntryView]](api, watchlistOp(huma.Operation{
		OperationID: "export-watchlist", Method: http.MethodGet, Path: "/v1/watchlists/{name}/entries", Summary: "The entries of a watchlist, as a file or as one page",
		Description: "A CSV file can be imported again.",
	})), s.exportWatchlist)
	huma.Register(api, watchlistOp(huma.Operation{
		OperationID: "delete-watchlist", Method: http.MethodDelete, Path: "/v1/watchlists/{name}", Summary: "Delete a watchlist",
		Description: "The answer is what it was. Whoever follows events by it is told that it is gone.",
	}), s.deleteWatchlist)
}

func (s *server) watchlists() (watchlist.Store, error) {
	if s.deps.Watchlists == nil {
		return nil, noWatchlists()
	}
	return s.deps.Watchlists, nil
}

func (s *server) listWatchlists(ctx context.Context, in *listWatchlistsInput) (*watchlistsOutput, error) {
	var p params
	page := in.page(&p)
	if err := p.err(); err != nil {
		return nil, problemOf(err)
	}
	store, err := s.watchlists()
	if err != nil {
		return nil, problemOf(err)
	}
	all, err := store.List(ctx)
	if err != nil {
		return nil, problemOf(err)
	}
	items, next := named(all, page, func(w watchlist.Watchlist) string { return w.Name })
	return &watchlistsOutput{newPage(items, next, watchlistHead)}, nil
}

// named takes a page of what is in order of names, which are cursors.
func named[T any](all []T, page history.Page, name func(T) string) (items []T, next string) {
	for _, item := range all {
		if name(item) <= page.Cursor {
			continue
		}
		if len(items) == page.Size() {
			return items, name(items[len(items)-1])
		}
		items = append(items, item)
	}
	return items, ""
}

func (s *server) showWatchlist(ctx context.Context, in *WatchlistInput) (*watchlistOutput, error) {
	w, err := s.findWatchlist(ctx, in.Name)
	if err != nil {
		return nil, problemOf(err)
	}
	return watchlistAnswer(w), nil
}

func (s *server) findWatchlist(ctx context.Context, name string) (watchlist.Watchlist, error) {
	store, err := s.watchlists()
	if err != nil {
		return watchlist.Watchlist{}, err
	}
	w, err := store.Get(ctx, name)
	if fault.Is(err, fault.NotFound) {
		return w, fault.New(fault.NotFound, "there is no watchlist %s", name).WithHint("pricewire watchlist list names them")
	}
	return w, err
}

func (s *server) putWatchlist(ctx context.Context, in *putWatchlistInput) (*watchlistOutput, error) {
	lines, meters := make([]watchlist.Line, len(in.Body.Lines)), make([]watchlist.Meter, len(in.Body.Meters))
	for i, l := range in.Body.Lines {
		lines[i] = watchlist.Line{Market: l.Market, Currency: l.Currency, Product: l.Product, SKU: l.SKU, Term: l.Term, Billing: l.Billing}
	}
	for i, m := range in.Body.Meters {
		meters[i] = watchlist.Meter{ID: m.MeterID, SKU: m.SKUID, Currency: m.Currency, Region: m.Region}
	}
	return s.storeWatchlist(ctx, s.act(ctx, in.ReleaseActor, "").Who, in.Name, in.VersionInput, func(*watchlist.Watchlist) (watchlist.Watchlist, error) {
		return watchlist.New(in.Name, in.Body.Description, lines, meters)
	})
}

func (s *server) importWatchlist(ctx context.Context, in *importWatchlistInput) (*watchlistOutput, error) {
	lines, meters, err := watchlist.ReadCSV(bytes.NewReader(in.RawBody))
	if err != nil {
		return nil, problemOf(err)
	}
	return s.storeWatchlist(ctx, s.act(ctx, in.ReleaseActor, "").Who, in.Name, in.VersionInput, func(over *watchlist.Watchlist) (watchlist.Watchlist, error) {
		description := in.Description
		if description == "" && over != nil {
			description = over.Description
		}
		return watchlist.New(in.Name, description, lines, meters)
	})
}

// storeWatchlist writes a list over what is there, if that is what the client has seen.
func (s *server) storeWatchlist(ctx context.Context, who, name string, seen VersionInput, make func(over *watchlist.Watchlist) (watchlist.Watchlist, error)) (*watchlistOutput, error) {
	store, err := s.watchlists()
	if err != nil {
		return nil, problemOf(err)
	}
	if who == "" {
		return nil, problemOf(nobody("store watchlist " + name))
	}
	over, err := s.seenWatchlist(ctx, store, name, seen)
	if err != nil {
		return nil, problemOf(err)
	}
	w, err := make(over)
	if err != nil {
		return nil, problemOf(err)
	}
	if over == nil {
		if all, err := store.List(ctx); err != nil || len(all) >= watchlist.MaxLists {
			return nil, problemOf(cmp.Or[error](err, fault.New(fault.Refused, "there are %d watchlists, as many as may be", len(all)).WithHint("delete one that nobody uses")))
		}
	}
	if w, err = store.Put(ctx, w.Stamped(over, who, s.deps.Clock.Now().UTC())); err != nil {
		return nil, problemOf(err)
	}
	return watchlistAnswer(w), nil
}

// seenWatchlist returns what is there, nil for nothing, if that is what the client has seen.
func (s *server) seenWatchlist(ctx context.Context, store watchlist.Store, name string, seen VersionInput) (*watchlist.Watchlist, error) {
	w, err := store.Get(ctx, name)
	there := err == nil
	if err != nil && !fault.Is(err, fault.NotFound) {
		return nil, err
	}
	if err := seen.check("watchlist "+name, there, w.Version); err != nil {
		return nil, err
	}
	if !there {
		return nil, nil //nolint:nilnil // nothing is there
	}
	return &w, nil
}

// check compares what a client has seen with what is there.
func (in VersionInput) check(what string, there bool, version uint64) error {
	var p params
	wanted := MatchInput{in.IfMatch}.version(&p)
	if in.IfNoneMatch != "" && in.IfNoneMatch != "*" {
		p.wrong("header.If-None-Match", "\""+in.IfNoneMatch+"\" is not *")
	}
	if err := p.err(); err != nil {
		return err
	}
	switch {
	case in.IfNoneMatch == "*" && there:
		return fault.New(fault.Conflict, "%s is there already", what)
	case in.IfMatch != "" && !there:
		return fault.New(fault.NotFound, "there is no %s", what)
	case wanted != 0 && wanted != version:
		return fault.New(fault.Conflict, "%s has been changed by somebody else", what).WithHint("look at it again")
	}
	return nil
}

func (s *server) deleteWatchlist(ctx context.Context, in *deleteWatchlistInput) (*watchlistOutput, error) {
	w, err := s.findWatchlist(ctx, in.Name)
	if err == nil {
		err = in.check("watchlist "+in.Name, true, w.Version)
	}
	if err == nil {
		err = s.unwatched(ctx, in.Name)
	}
	if err == nil {
		err = s.deps.Watchlists.Delete(ctx, in.Name, w.Version)
	}
	if err != nil {
		return nil, problemOf(err)
	}
	return watchlistAnswer(w), nil
}

// unwatched refuses to delete a list that a webhook is filtered by.
func (s *server) unwatched(ctx context.Context, name string) error {
	if s.deps.Webhooks == nil {
		return nil
	}
	all, err := s.deps.Webhooks.List(ctx)
	if err != nil {
		return err
	}
	for _, e := range all {
		if e.Filter.Watchlist == name {
			return fault.New(fault.Refused, "webhook %s is filtered by watchlist %s", e.Name, name).WithHint("delete the webhook first: pricewire webhook delete %s", e.Name)
		}
	}
	return nil
}

func (s *server) exportWatchlist(ctx context.Context, in *entriesInput) (*huma.StreamResponse, error) {
	var p params
	f := in.file(&p)
	if err := p.err(); err != nil {
		return nil, problemOf(err)
	}
	w, err := s.findWatchlist(ctx, in.Name)
	if err != nil {
		return nil, problemOf(err)
	}
	var entries []WatchEntryView
	for r := range w.Rows {
		entries = append(entries, WatchEntryView{r[0], r[1], r[2], r[3], r[4], r[5], r[6], r[7], r[8]})
	}
	same := func(e WatchEntryView) WatchEntryView { return e }
	if f == "" {
		return jsonAnswer(newPage(entries, "", same)), nil
	}
	return sendTable(s, "watchlist-"+w.Name, f, func(context.Context) table[WatchEntryView] {
		return tableOf("Entries", slice(entries, same), sheet.Note{Name: "Watchlist", Text: w.Name}, sheet.Note{Name: "Description", Text: w.Description})
	}), nil
}

func watchlistHead(w watchlist.Watchlist) WatchlistHead {
	return WatchlistHead{w.Name, w.Description, len(w.Lines), len(w.Meters), w.CreatedBy, w.CreatedAt, w.UpdatedBy, w.UpdatedAt}
}

func watchlistAnswer(w watchlist.Watchlist) *watchlistOutput {
	v := WatchlistView{WatchlistHead: watchlistHead(w), Lines: make([]WatchedLine, len(w.Lines)), Meters: make([]WatchedMeter, len(w.Meters))}
	for i, l := range w.Lines {
		v.Lines[i] = WatchedLine{Product: l.Product, SKU: l.SKU, Market: l.Market, Currency: l.Currency, Term: l.Term, Billing: l.Billing}
	}
	for i, m := range w.Meters {
		v.Meters[i] = WatchedMeter{MeterID: m.ID, SKUID: m.SKU, Currency: m.Currency, Region: m.Region}
	}
	return &watchlistOutput{strconv.Quote(strconv.FormatUint(w.Version, 10)), v}
}
