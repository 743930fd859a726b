package watchlist_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/pricelist"
	"github.com/pricewire/pricewire/pkg/rate"
	"github.com/pricewire/pricewire/pkg/watchlist"
	"github.com/pricewire/pricewire/pkg/watchlist/memory"
)

func TestEntriesTakeTheirUsualForm(t *testing.T) {
	w, err := watchlist.New("ours", " what we sell ", []watchlist.Line{{Market: "us", Product: " P ", SKU: "1"}, {Market: "US", Product: "P", SKU: "0001"}}, []watchlist.Meter{{ID: "m", Currency: "usd"}})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]watchlist.Line{{Market: "US", Product: "P", SKU: "0001"}}, w.Lines); diff != "" || w.Meters[0].Currency != "USD" || w.Description != "what we sell" {
		t.Errorf("%s; %+v", diff, w)
	}
}

func TestWhatIsNoWatchlistIsNamedPlaceByPlace(t *testing.T) {
	long := strings.Repeat("x", 200)
	_, err := watchlist.New("Ours!", "a\nb", []watchlist.Line{{SKU: "1"}, {Product: "=P"}, {Product: "P", Market: "USA"}, {Product: "P", Currency: "QQQ"}}, []watchlist.Meter{{SKU: "s"}, {ID: long}})
	if !fault.Is(err, fault.Invalid) {
		t.Fatal(err)
	}
	var where []string
	for _, p := range fault.PlacesOf(err) {
		where = append(where, p.Where)
	}
	want := "name description lines[0].product lines[1].product lines[2].market lines[3].currency meters[0].meter_id meters[1].meter_id"
	if got := strings.Join(where, " "); got != want {
		t.Errorf("%s", got)
	}
	for _, name := range []string{"", "-a", "a b", "a.b", "a>", strings.Repeat("a", 65)} {
		if _, err := watchlist.New(name, "", nil, nil); !fault.Is(err, fault.Invalid) {
			t.Errorf("name %q: %v", name, err)
		}
	}
	if _, err := watchlist.New("a", "", nil, make([]watchlist.Meter, watchlist.MaxEntries+1)); !fault.Is(err, fault.Invalid) {
		t.Errorf("too many: %v", err)
	}
}

func TestEmptyFieldsAreOpenAndLettersCountAlike(t *testing.T) {
	w, err := watchlist.New("ours", "", []watchlist.Line{{Product: "CFQ", SKU: "1", Market: "us"}, {Product: "ALL"}}, []watchlist.Meter{{ID: "M1", Region: "WestEurope"}, {ID: "m2", SKU: "s/1", Currency: "EUR"}})
	if err != nil {
		t.Fatal(err)
	}
	m := w.Matcher()
	for _, c := range []struct {
		id   pricelist.Identity
		want bool
	}{
		{pricelist.Identity{Market: "US", Product: "cfq", SKU: "0001", Term: "P1M"}, true},
		{pricelist.Identity{Market: "GB", Product: "CFQ", SKU: "0001"}, false},
		{pricelist.Identity{Market: "US", Product: "CFQ", SKU: "0002"}, false},
		{pricelist.Identity{Market: "GB", Product: "all", SKU: "0002"}, true},
		{pricelist.Identity{Market: "GB", Product: "other"}, false},
	} {
		if got := m.Line(c.id); got != c.want {
			t.Errorf("%+v: %v", c.id, got)
		}
	}
	for _, c := range []struct {
		id     rate.Identity
		region string
		want   bool
	}{
		{rate.Identity{MeterID: "m1", Currency: "USD"}, "westeurope", true},
		{rate.Identity{MeterID: "m1", Currency: "USD"}, "eastus", false},
		{rate.Identity{MeterID: "M2", SKUID: "S/1", Currency: "EUR"}, "", true},
		{rate.Identity{MeterID: "m2", SKUID: "s/1", Currency: "USD"}, "", false},
		{rate.Identity{MeterID: "m3"}, "", false},
	} {
		if got := m.Rate(c.id, c.region); got != c.want {
			t.Errorf("%+v in %s: %v", c.id, c.region, got)
		}
	}
	if !m.Offer("WW", "CFQ", "0001") || m.Offer("GB", "CFQ", "0001") || m.Offer("WW", "CFQ", "0002") {
		t.Error("the offer matrix is matched otherwise")
	}
}

func TestAFileReadsBack(t *testing.T) {
	text := rapid.StringMatching(`[A-Za-z0-9",/ ]{0,6}[A-Za-z0-9]`)
	maybe := func(g *rapid.Generator[string]) *rapid.Generator[string] { return rapid.OneOf(rapid.Just(""), g) }
	currency := maybe(rapid.SampledFrom([]string{"USD", "EUR"}))
	rapid.Check(t, func(t *rapid.T) {
		lines := rapid.SliceOf(rapid.Custom(func(t *rapid.T) watchlist.Line {
			return watchlist.Line{maybe(rapid.SampledFrom([]string{"US", "GB"})).Draw(t, "market"), currency.Draw(t, "currency"), text.Draw(t, "product"), maybe(text).Draw(t, "sku"), maybe(text).Draw(t, "term"), maybe(text).Draw(t, "billing")}
		})).Draw(t, "lines")
		meters := rapid.SliceOf(rapid.Custom(func(t *rapid.T) watchlist.Meter {
			return watchlist.Meter{text.Draw(t, "id"), maybe(text).Draw(t, "sku"), currency.Draw(t, "currency"), maybe(text).Draw(t, "region")}
		})).Draw(t, "meters")
		w, err := watchlist.New("w", "", lines, meters)
		if err != nil {
			t.Fatal(err)
		}
		var file bytes.Buffer
		if err := w.WriteCSV(&file); err != nil {
			t.Fatal(err)
		}
		gotLines, gotMeters, err := watchlist.ReadCSV(&file)
		if err != nil || !cmp.Equal(gotLines, w.Lines) || !cmp.Equal(gotMeters, w.Meters) {
			t.Fatalf("%v: %v, want %v; %v, want %v", err, gotLines, w.Lines, gotMeters, w.Meters)
		}
	})
}

func TestAWrongFileIsNamedRowByRow(t *testing.T) {
	for file, says := range map[string]string{
		"":                               "empty",
		"product,colour\np,red\n":        "colour",
		"product,product\np,p\n":         "twice",
		"product,meter_id\np,m\n,\n":     "row 2, column product",
		"product,sku\np,1\np,\"x\n":      "row 3",
		"product,region\np,westeurope\n": "row 2, column sku_id",
		"meter_id,term\nm,P1M\n":         "row 2, column meter_id",
		"product,currency\np,QQQ\n":      "row 2, column currency",
		"product\n" + strings.Repeat("p\n", watchlist.MaxEntries+1): "more than",
	} {
		if _, _, err := watchlist.ReadCSV(strings.NewReader(file)); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error()+fmt.Sprint(fault.PlacesOf(err)), says) {
			t.Errorf("%.40q: %v", file, err)
		}
	}
}

// downStore fails when it is told to.
type downStore struct {
	watchlist.Store
	err  error
	gets int
}

func (d *downStore) Get(ctx context.Context, name string) (watchlist.Watchlist, error) {
	d.gets++
	if d.err != nil {
		return watchlist.Watchlist{}, d.err
	}
	return d.Store.Get(ctx, name)
}

func TestAShelfSeesChangesInTimeAndOutlivesItsStore(t *testing.T) {
	store := &downStore{Store: memory.NewStore()}
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	shelf := watchlist.NewShelf(store, func() time.Time { return now })
	has := func() (bool, error) {
		m, err := shelf.Matcher(t.Context(), "ours")
		return err == nil && m.Rate(rate.Identity{MeterID: "m2"}, ""), err
	}
	if _, err := has(); !fault.Is(err, fault.NotFound) {
		t.Fatalf("nothing is there: %v", err)
	}
	w, _ := watchlist.New("ours", "", nil, []watchlist.Meter{{ID: "m1"}})
	stored, err := store.Put(t.Context(), w)
	if err != nil {
		t.Fatal(err)
	}
	if on, err := has(); on || err != nil {
		t.Fatal(on, err)
	}
	stored.Meters = append(stored.Meters, watchlist.Meter{ID: "m2"})
	if stored, err = store.Put(t.Context(), stored); err != nil {
		t.Fatal(err)
	}
	asked := store.gets
	for range 10 {
		if on, err := has(); on || err != nil {
			t.Fatal(on, err)
		}
	}
	if store.gets != asked {
		t.Errorf("asked %d times more within the freshness", store.gets-asked)
	}
	now = now.Add(watchlist.Freshness)
	if on, err := has(); !on || err != nil {
		t.Errorf("the change is not seen: %v", err)
	}
	store.err = fault.New(fault.Unavailable, "gone")
	now = now.Add(time.Hour)
	if on, err := has(); !on || err != nil {
		t.Errorf("without the store: %v", err)
	}
	store.err = nil
	if err := store.Delete(t.Context(), "ours", stored.Version); err != nil {
		t.Fatal(err)
	}
	if _, err := has(); !fault.Is(err, fault.NotFound) {
		t.Errorf("deleted: %v", err)
	}
}
