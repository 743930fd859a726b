package document

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/listing"
)

// doc makes a document of "kind version language market market".
func doc(s string) Document {
	parts := strings.Fields(s)
	return Document{Kind: parts[0], Title: s, Version: parts[1], Language: parts[2], Link: "https://example.com", Markets: parts[3:]}
}

func programme() []Document {
	return []Document{
		doc("program-guide 1 en ww"),
		doc("program-guide 1 de ww"),
		doc("partner-agreement 1 en americas"),
		doc("partner-agreement 1 en asia-pacific"),
		doc("partner-agreement 1 en emea"),
		doc("partner-agreement 1 de emea"),
		doc("partner-agreement 1 de-CH CH"),
		doc("partner-agreement 1 fr CH"),
		doc("partner-agreement 1 ja japan"),
		doc("partner-agreement 1 en japan"),
		doc("customer-agreement 1 en US CA"),
		doc("customer-agreement 1 en-GB emea"),
		doc("customer-agreement 2.9 en-ZA emea"),
		doc("customer-agreement 2.10 en-IE emea"),
	}
}

func TestTheMostSpecificDocumentInTheBestLanguageApplies(t *testing.T) {
	for _, c := range []struct{ name, kind, market, language, want string }{
		{"for everywhere", "program-guide", "JP", "", "program-guide 1 en ww"},
		{"in the language asked for", "program-guide", "JP", "de", "program-guide 1 de ww"},
		{"in what the language is a variety of", "program-guide", "AT", "de-AT", "program-guide 1 de ww"},
		{"in English for want of the language", "program-guide", "JP", "ja", "program-guide 1 en ww"},
		{"of the region", "partner-agreement", "br", "", "partner-agreement 1 en americas"},
		{"of a region of one country", "partner-agreement", "JP", "ja-JP", "partner-agreement 1 ja japan"},
		{"of the market before the region, whatever the language", "partner-agreement", "CH", "en", "partner-agreement 1 de-CH CH"},
		{"in a related language", "partner-agreement", "CH", "fr-CA", "partner-agreement 1 fr CH"},
		{"of a market beside others", "Customer Agreement", "ca", "fr", "customer-agreement 1 en US CA"},
		{"in the newest version", "customer-agreement", "DE", "", "customer-agreement 2.10 en-IE emea"},
		{"in the language before the newest version", "customer-agreement", "DE", "en_gb", "customer-agreement 1 en-GB emea"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, err := Resolve(programme(), c.kind, c.market, c.language)
			if err != nil || d.Title != c.want {
				t.Errorf("got %q (%v), want %q", d.Title, err, c.want)
			}
		})
	}
}

func TestWhereNoDocumentAppliesTheErrorSaysWhatThereIs(t *testing.T) {
	for _, c := range []struct {
		name, kind, market, language string
		documents                    []Document
		want                         fault.Kind
		says, hints                  string
	}{
		{"not for the market", "partner-agreement", "KR", "", programme(), fault.NotFound, "no partner-agreement is for KR", "it is there for americas, asia-pacific, emea, japan, CH"},
		{"no such kind", "price-guide", "KR", "", programme(), fault.NotFound, "there is no price-guide", "the kinds there are: customer-agreement, partner-agreement, program-guide"},
		{"no document at all", "price-guide", "KR", "", nil, fault.NotFound, "there is no price-guide: the list holds no document", ""},
		{"no such market", "partner-agreement", "UK", "", programme(), fault.Invalid, "no such market: UK", "a market is an ISO 3166 country code such as US"},
		{"no such language", "partner-agreement", "US", "english", programme(), fault.Invalid, `"english" is no language`, "write a BCP 47 tag such as en, de-AT or zh-Hant"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Resolve(c.documents, c.kind, c.market, c.language)
			if !fault.Is(err, c.want) || err.Error() != c.says || fault.HintOf(err) != c.hints {
				t.Errorf("%s: %v (%s)", fault.KindOf(err), err, fault.HintOf(err))
			}
		})
	}
}

func TestMarketsThatShareADocumentAreTogether(t *testing.T) {
	got := ""
	for _, r := range ResolveAll(programme(), "partner-agreement", []string{"de", "JP", "KR", "XX", "AT", "CH", "TW", "DE"}, "de") {
		got += strings.Join(r.Markets, " ") + ": " + r.Document.Title
		if r.Err != nil {
			got += fault.KindOf(r.Err).String() + " " + r.Err.Error()
		}
		got += "\n"
	}
	want := `DE AT: partner-agreement 1 de emea
JP: partner-agreement 1 en japan
KR TW: not-found no partner-agreement is for KR, TW
XX: invalid no such market: XX
CH: partner-agreement 1 de-CH CH
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if r := ResolveAll(programme(), "partner-agreement", nil, ""); r != nil {
		t.Errorf("%+v", r)
	}
}

func TestVersionsAreOrderedAsPeopleCount(t *testing.T) {
	for _, c := range [][2]string{{"1", "2"}, {"2.9", "2.10"}, {"v9", "V10"}, {"2026-02", "2026-10"}, {"2026", "2026-01"}, {"1.0", "1.0a"}, {"", "1"}, {"9", "10"}} {
		if compareVersions(c[0], c[1]) >= 0 || compareVersions(c[1], c[0]) <= 0 {
			t.Errorf("%q is not before %q", c[0], c[1])
		}
	}
	if compareVersions("v01", "V1") != 0 {
		t.Error("zeros in front count")
	}
}

func TestResolvingDoesNotDependOnTheOrderOfTheDocuments(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		documents := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Document {
			markets := rapid.SampledFrom([]string{"ww", "emea", "DE", "AT DE", "japan", "JP"}).Draw(t, "markets")
			language := rapid.SampledFrom([]string{"en", "de", "de-AT", "ja"}).Draw(t, "language")
			return doc("guide " + rapid.SampledFrom([]string{"1", "2"}).Draw(t, "version") + " " + language + " " + markets)
		}), 1, 8).Draw(t, "documents")
		market := rapid.SampledFrom([]string{"DE", "AT", "JP", "US"}).Draw(t, "market")
		language := rapid.SampledFrom([]string{"", "de-AT", "ja"}).Draw(t, "language")
		d, err := Resolve(documents, "guide", market, language)
		same, sameErr := Resolve(rapid.Permutation(documents).Draw(t, "shuffled"), "guide", market, language)
		if diff := cmp.Diff(d, same); diff != "" || (err == nil) != (sameErr == nil) {
			t.Fatal(diff, err, sameErr)
		}
		for i := range documents {
			if err != nil && distance(&documents[i], market) != notFor {
				t.Fatalf("%s is for %s, and nothing was found", documents[i].Title, market)
			}
			if err == nil && distance(&documents[i], market) < distance(&d, market) {
				t.Fatalf("%s is closer to %s than %s", documents[i].Title, market, d.Title)
			}
		}
	})
}

func TestOneDocumentForEachRegionCoversEveryMarket(t *testing.T) {
	var documents []Document
	for _, r := range Regions() {
		documents = append(documents, doc("partner-agreement 1 en "+string(r)))
	}
	all := ResolveAll(documents, PartnerAgreement, listing.Markets(), "")
	n := 0
	for _, r := range all {
		if r.Err != nil {
			t.Error(r.Err)
		}
		n += len(r.Markets)
	}
	if len(all) != len(Regions()) || n != len(listing.Markets()) {
		t.Errorf("%d documents for %d markets", len(all), n)
	}
}
