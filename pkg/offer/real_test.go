//go:build real

package offer

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pricewire/pricewire/pkg/item"
	"github.com/pricewire/pricewire/pkg/listing"
)

// recorded is an offer as the partner API gave it for the United States.
type recorded struct {
	ID, Name, Description, URI            string
	MinimumQuantity, MaximumQuantity      int64
	LimitUnitOfMeasure, TermUnitOfMeasure string
	Limit, Term                           int64
	IsAddOn                               bool
	PrerequisiteOffers                    []string
	ConversionTargetOffers                []string
	SupportedBillingCycles                []string
	Product                               struct{ ID string }
}

func recordedOffers(t *testing.T) []recorded {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(os.Getenv("DATA"), "partner-center-offers", "00_offers_country_US.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all struct{ Items []recorded }
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	return all.Items
}

// recordedMatrix is the offers as rows of a legacy matrix.
func recordedMatrix(t *testing.T, offers []recorded) []item.Row {
	t.Helper()
	var rows []item.Row
	for n, r := range offers {
		i, wrongs := Make(said(
			"product_title="+r.Name, "description="+r.Description, "offer="+r.ID, "provisioning_id="+r.Product.ID,
			fmt.Sprint("min_licenses=", r.MinimumQuantity), fmt.Sprint("max_licenses=", r.MaximumQuantity),
			fmt.Sprint("asset_ownership_limit=", r.Limit), "asset_ownership_limit_type="+r.LimitUnitOfMeasure,
			"prerequisites="+strings.Join(r.PrerequisiteOffers, ";"), "conversions="+strings.Join(r.ConversionTargetOffers, ","),
			"billing_frequency="+strings.Join(r.SupportedBillingCycles, ";"), fmt.Sprintf("duration=%d %s", r.Term, r.TermUnitOfMeasure),
			"offer_uri="+r.URI, "allowed_countries=US",
		))
		if len(wrongs) > 0 {
			t.Fatalf("%s: %+v", r.Name, wrongs)
		}
		if o, err := FromItem(i); err != nil || o.Item().Compare(i) != 0 {
			t.Fatalf("%s: %v", r.Name, err)
		}
		rows = append(rows, item.Row{Item: i, Number: n + 2})
	}
	return rows
}

func servicePlans(t *testing.T) []Plan {
	t.Helper()
	f, err := os.Open(filepath.Join(os.Getenv("DATA"), "m365-service-plans", "service_plan_identifiers.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	records, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var plans []Plan
	for _, r := range records[1:] {
		plans = append(plans, Plan{ProvisioningString: r[1], ProvisioningID: r[2], Name: r[3], FriendlyName: r[5]})
	}
	return plans
}

// The recording is of 274 offers of one country, and add-ons refer to others that it does not hold: 69 of the 75 add-ons name some
// prerequisite that is not there, 2 of them nothing else.
func TestRealOffersAreAMatrixInWhichNearlyAllAddOnsCanBeHad(t *testing.T) {
	offers := recordedOffers(t)
	rows := recordedMatrix(t, offers)
	counts := map[string]int{}
	for _, p := range Validate(rows, Check{Whole: true}) {
		if p.Stops() {
			t.Errorf("%s: %s", p.Place(), p.Said())
		}
		counts[p.Rule]++
	}
	if counts[RuleUnknownPrerequisite] != 69 || len(counts) != 1 {
		t.Errorf("problems are %v", counts)
	}
	q := Question{Country: "US"}
	addOns := map[string]bool{}
	for i, r := range offers {
		o, err := FromItem(rows[i].Item)
		if err != nil {
			t.Fatal(err)
		}
		q.Matrix = append(q.Matrix, o)
		q.Priced = append(q.Priced, Line{Product: strings.ToLower(r.ID), SKU: "Corporate", Title: r.Name})
		addOns[o.Key()] = r.IsAddOn
	}
	orderable := map[bool]int{}
	var lost []string
	for _, v := range Orderable(q) {
		if addOns[v.Key] != (len(v.Prerequisites) > 0) {
			t.Errorf("%s is an add-on: %v, with %d prerequisites", v.Title, addOns[v.Key], len(v.Prerequisites))
		}
		if v.Orderable {
			orderable[addOns[v.Key]]++
			continue
		}
		lost = append(lost, v.Title)
		if len(v.Missing) != 1 || v.Missing[0].Lack != NoPrerequisiteOrderable {
			t.Errorf("%s lacks %+v", v.Title, v.Missing)
		}
	}
	if orderable[false] != 199 || orderable[true] != 73 {
		t.Errorf("%v can be ordered; not: %q", orderable, lost)
	}
	q.Country = "JP"
	for _, v := range Orderable(q) {
		if v.Orderable || v.Missing[0].Lack != CountryNotAllowed {
			t.Errorf("%s in JP: %+v", v.Title, v.Missing)
		}
	}
}

func TestRealBundlesSayWhatTheyContain(t *testing.T) {
	rows := Include(recordedMatrix(t, recordedOffers(t)), servicePlans(t))
	joined := 0
	for _, r := range rows {
		o, err := FromItem(r.Item)
		if err != nil {
			t.Fatal(err)
		}
		if len(o.Included) > 0 {
			joined++
		}
		if o.ProvisioningID == "3b555118-da6a-4418-894f-7df1e2096870" && !slices.Contains(o.Included, "EXCHANGE ONLINE (PLAN 1)") && !slices.Contains(o.Included, "Exchange Online (Plan 1)") {
			t.Errorf("%s contains %q", o.Title(), o.Included)
		}
	}
	if joined != 201 {
		t.Errorf("%d of %d offers say what they contain", joined, len(rows))
	}
	for _, p := range Validate(rows, Check{Whole: true}) {
		if p.Severity == listing.Error {
			t.Errorf("%s: %s", p.Place(), p.Said())
		}
	}
}
