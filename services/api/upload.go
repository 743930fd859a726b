package api

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/pkg/offer"
	"github.com/pricewire/pricewire/pkg/pricelist"
	"github.com/pricewire/pricewire/pkg/release"
	"github.com/pricewire/pricewire/pkg/service"
	"github.com/pricewire/pricewire/pkg/sheet"
)

const (
	// largestSheet bounds an uploaded sheet, or an archive of sheets.
	largestSheet = 256 << 20
	// uploadTime is how long an upload may take to arrive.
	uploadTime = 10 * time.Minute
)

// SheetInput is what an uploaded sheet is.
type SheetInput struct {
	List      string `query:"list" doc:"license (default), offers, services or documents." example:"license"`
	Market    string `query:"market" doc:"ISO 3166. Not needed where the list has none, which is WW, and where the sheet says it in its own column." example:"US"`
	Effective string `query:"effective" doc:"When it takes effect: a date or RFC 3339." example:"2026-12-01"`
	Kind      string `query:"kind" doc:"full (default): all lines; delta: only those that change." example:"full"`
	Filename  string `query:"filename" doc:"Name of the sheet, for its problems." example:"december.xlsx"`
}

// uploading is uploads for an operation whose file may be as large as any: it has its turn.
func (s *server) uploading(op huma.Operation, what string) huma.Operation {
	op = tooMany(uploads(op, what), "uploads")
	op.Middlewares = huma.Middlewares{s.uploads.inTurn}
	return op
}

// uploads describes an operation that takes a file as its body.
func uploads(op huma.Operation, what string) huma.Operation {
	binary := &huma.Schema{Type: huma.TypeString, Format: "binary"}
	op.RequestBody = &huma.RequestBody{
		Description: what + " At most 256 MiB, 512 MiB uncompressed.",
		Content:     map[string]*huma.MediaType{octets: {Schema: binary}, "text/csv": {Schema: binary}, "application/zip": {Schema: binary}},
	}
	op.MaxBodyBytes, op.BodyReadTimeout, op.SkipValidateBody = largestSheet, uploadTime, true
	return op
}

// octets is the media type of an upload whose bytes say what it is.
const octets = "application/octet-stream"

// aSheet says what an upload of a list may be.
const aSheet = "The sheet, told by its bytes: CSV, a workbook, or a zip archive or gzip file of one; documents also YAML. Beside an offer matrix an archive may hold " +
	"contents.csv, the service plans of bundles; beside a list of documents the files that it names, of at most 50 MiB each."

// upload is a file that somebody sent, and what it is to be read as.
type upload struct {
	list   string
	market string // upper case; empty when nobody said it
	name   string
	data   []byte
	keep   bool // the files that documents name, for good
}

// input reads what a sheet is to become, without the sheet itself.
func (in SheetInput) input(p *params) release.CreateInput {
	c := release.CreateInput{
		List: or(in.List, release.License), Market: p.marketOrAll("query.market", in.Market), Kind: release.SheetKind(or(in.Kind, string(release.Full))),
		EffectiveAt: p.instant("query.effective", in.Effective, time.Time{}),
	}
	if !slices.Contains([]string{release.License, release.Offers, release.Services, release.Documents}, c.List) {
		p.wrong("query.list", "\""+in.List+"\" is not license, offers, services or documents")
	}
	if c.Kind != release.Full && c.Kind != release.Delta {
		p.wrong("query.kind", "\""+in.Kind+"\" is not full or delta")
	}
	if c.Market == "" && !release.Priced(c.List) {
		c.Market = release.Worldwide
	}
	return c
}

// read reads an uploaded sheet into what a release is made of. What is wrong with single rows are problems, not an error.
func (s *server) read(ctx context.Context, c *release.CreateInput, u upload) error {
	u.list, u.market, u.name = c.List, c.Market, or(u.name, "sheet")
	var err error
	switch u.list {
	case release.License:
		err = readPrices(c, u)
	case release.Offers:
		err = readOffers(c, u)
	case release.Documents:
		err = s.readDocuments(ctx, c, u)
	default:
		err = readServices(c, u)
	}
	return fault.Wrap(err, "%s", u.name)
}

// readPrices reads a licence list; where nobody said for which market it is, its rows do.
func readPrices(c *release.CreateInput, u upload) error {
	read, err := sheet.ReadLicense(u.name, u.data, sheet.Options{Market: u.market})
	if err != nil {
		return err
	}
	c.Rows, c.Problems = read.Rows, read.Problems
	if c.Market == "" {
		c.Market = marketOf(read.Rows)
	}
	return nil
}

// marketOf returns the market of all rows, empty when they have several or there are none.
func marketOf(rows []pricelist.Row) string {
	for i := range rows {
		if rows[i].Market != rows[0].Market {
			return ""
		}
	}
	if len(rows) == 0 {
		return ""
	}
	return rows[0].Market
}

// noMarket says that nobody said for which market a sheet is.
func noMarket(rows []pricelist.Row) error {
	var markets []string
	for i := range rows {
		if m := rows[i].Market; !slices.Contains(markets, m) {
			markets = append(markets, m)
		}
	}
	slices.Sort(markets)
	e := fault.New(fault.Invalid, "the sheet has no line that says for which market it is").WithHint("name the market: --market US")
	if len(markets) > 0 {
		e = fault.New(fault.Invalid, "the sheet has lines of several markets: %s", strings.Join(markets[:min(len(markets), 10)], ", ")).
			WithHint("split it: a release is for one market")
	}
	return e.WithPlaces(fault.Place{Where: "market", Problem: "is required, because the sheet does not say it"})
}

// contentsName is the file beside an offer matrix that says what bundles contain.
const contentsName = "contents.csv"

// readOffers reads an offer matrix, and what its bundles contain.
func readOffers(c *release.CreateInput, u upload) error {
	files, err := sheet.Unpack(u.name, u.data, sheet.Limits{})
	if err != nil {
		return err
	}
	var matrices []sheet.File
	var plans []offer.Plan
	for _, f := range files {
		if len(files) == 1 || !strings.EqualFold(base(f.Name), contentsName) {
			matrices = append(matrices, f)
			continue
		}
		if plans, err = readPlans(c, f); err != nil {
			return err
		}
	}
	if len(matrices) != 1 {
		return fault.New(fault.Invalid, "the archive holds %d sheets that may be the matrix: %s", len(matrices), names(matrices)).
			WithHint("keep one matrix in it, and beside it at most %s", contentsName)
	}
	read, err := sheet.ReadItems(matrices[0].Name, matrices[0].Data, offer.Schema(), sheet.Options{})
	c.Items, c.Problems = offer.Include(read.Rows, plans), append(c.Problems, read.Problems...)
	return err
}

func readPlans(c *release.CreateInput, f sheet.File) ([]offer.Plan, error) {
	read, problems, err := sheet.ReadServicePlans(f.Data, sheet.Options{})
	if err != nil {
		return nil, fault.Wrap(err, "%s", f.Name)
	}
	for _, p := range problems {
		p.Sheet = cmp.Or(p.Sheet, f.Name)
		c.Problems = append(c.Problems, p)
	}
	plans := make([]offer.Plan, len(read))
	for i, p := range read {
		plans[i] = offer.Plan{ProvisioningString: p.StringID, ProvisioningID: p.ProductID, Name: p.Name, FriendlyName: p.FriendlyName}
	}
	return plans, nil
}

func readServices(c *release.CreateInput, u upload) error {
	read, err := sheet.ReadItems(u.name, u.data, service.Schema(), sheet.Options{})
	c.Items, c.Problems = service.Gather(read.Rows), read.Problems
	return err
}

// base is the name of a file without its folders.
func base(name string) string { return name[strings.LastIndexByte(name, '/')+1:] }

// names tells people of files.
func names(files []sheet.File) string {
	const most = 10
	var all []string
	for _, f := range files[:min(len(files), most)] {
		all = append(all, f.Name)
	}
	if len(files) > most {
		all = append(all, "…")
	}
	return strings.Join(all, ", ")
}

// hasErrors reports whether some problem stops a list.
func hasErrors(problems []listing.Problem) bool {
	return slices.ContainsFunc(problems, listing.Problem.Stops)
}

// words splits a list of words at its commas.
func words(s string) []string {
	var all []string
	for word := range strings.SplitSeq(s, ",") {
		if word = strings.TrimSpace(word); word != "" {
			all = append(all, word)
		}
	}
	return all
}
