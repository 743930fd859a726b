package offer

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/pricewire/pricewire/pkg/item"
	"github.com/pricewire/pricewire/pkg/listing"
)

func TestARowOfEitherMatrixBecomesALineInOneSpelling(t *testing.T) {
	for _, c := range []struct {
		name   string
		values []item.Value
		want   string
		wrongs string
	}{
		{
			"a bundle", said("product_title=Microsoft 365 Business Basic", "product=cfq7ttc0lh18", "sku=1", "provisioning_id=3B555118-DA6A-4418-894F-7DF1E2096870",
				"min_licenses=1", "max_licenses=300", "asset_ownership_limit=2", "asset_ownership_limit_type=ConcurrentCount",
				"conversions=CFQ7TTC0LF8Q/0001,CFQ7TTC0LDPB/0001", "allowed_countries=DE; ad;AE;DE"),
			"CFQ7TTC0LH18/0001 | product_title=Microsoft 365 Business Basic | product=CFQ7TTC0LH18 | sku=0001 | " +
				"provisioning_id=3b555118-da6a-4418-894f-7df1e2096870 | min_licenses=1 | max_licenses=300 | asset_ownership_limit=2 | " +
				"asset_ownership_limit_type=ConcurrentCount | conversions=CFQ7TTC0LDPB/0001;CFQ7TTC0LF8Q/0001 | allowed_countries=AD;AE;DE", "",
		},
		{
			"a legacy offer", said("offer=031c9e47-4802-4248-838e-778fb1d2cc05", "min_licenses=1", "asset_ownership_limit=0", "asset_ownership_limit_type=None",
				"prerequisites=796b6b5f-613c-4e24-a17c-eba730d49c02;ms-azr-0145p", "billing_frequency=Monthly;Annual", "allowed_countries=US"),
			"031C9E47-4802-4248-838E-778FB1D2CC05 | min_licenses=1 | prerequisites=796B6B5F-613C-4E24-A17C-EBA730D49C02;MS-AZR-0145P | allowed_countries=US | " +
				"offer=031C9E47-4802-4248-838E-778FB1D2CC05 | billing_frequency=Annual;Monthly", "",
		},
		{"the columns of a table in any order", said("sku=0002", "product=P"), "P/0002 | product=P | sku=0002", ""},
		{"a spreadsheet's numbers", said("product=P", "sku=2", "max_licenses=1E+07", "min_licenses=25.0"), "P/0002 | product=P | sku=0002 | min_licenses=25 | max_licenses=10000000", ""},
		{"a limit for life", said("product=P", "sku=2", "asset_ownership_limit=1", "asset_ownership_limit_type=lifetime"), "P/0002 | product=P | sku=0002 | asset_ownership_limit=1 | asset_ownership_limit_type=Lifetime", ""},
		{"no maximum", said("product=P", "sku=2", "max_licenses=0"), "P/0002 | product=P | sku=0002", `note no-maximum max_licenses "0"`},
		{"a strange limit", said("product=P", "sku=2", "asset_ownership_limit_type=PerUser"), "P/0002 | product=P | sku=0002 | asset_ownership_limit_type=PerUser", `warning unknown-limit-type asset_ownership_limit_type "PerUser"`},
		{"countries nobody knows", said("product=P", "sku=2", "allowed_countries=US,UK;Utopia"), "P/0002 | product=P | sku=0002 | allowed_countries=UK;US;UTOPIA", `warning unknown-country allowed_countries "UK;UTOPIA"`},
		{"included plans", said("product=P", "sku=2", "included=Sway; Exchange Online (Plan 1);Sway"), "P/0002 | product=P | sku=0002 | included=Exchange Online (Plan 1);Sway", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			i, wrongs := Make(c.values)
			if diff := cmp.Diff(c.want, written(i)); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(c.wrongs, complaints(wrongs)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestARowThatCannotBeALineSaysWhy(t *testing.T) {
	for _, c := range []struct{ name, row, want string }{
		{"nothing", "", `error missing-identity product ""`},
		{"no SKU", "product=P", `error missing-identity sku ""`},
		{"no product", "sku=1", `error missing-identity product ""`},
		{"both kinds of identity", "product=P|sku=1|offer=MS-AZR-0145P", `error malformed-identity offer "MS-AZR-0145P"`},
		{"an offer id that is none", "offer=P", `error malformed-identity offer "P"`},
		{"an offer id with a slash", "offer=A-B/1", `error malformed-identity offer "A-B/1"`},
		{"a legacy id as product", "product=ms-azr-0145p|sku=1", `error malformed-identity product "MS-AZR-0145P"`},
		{"a product with a slash", "product=P/1|sku=1", `error malformed-identity product "P/1"`},
		{"a product with a letter that looks like another", "product=Р1|sku=1", `error malformed-identity product "Р1"`},
		{"a SKU with a blank", "product=P|sku=00 01", `error malformed-identity sku "00 01"`},
		{"half a licence", "product=P|sku=1|min_licenses=0.5", `error malformed-number min_licenses "0.5"`},
		{"fewer than none", "product=P|sku=1|max_licenses=-1", `error malformed-number max_licenses "-1"`},
		{"unlimited in words", "product=P|sku=1|max_licenses=unlimited", `error malformed-number max_licenses "unlimited"`},
		{"more than there can be", "product=P|sku=1|max_licenses=9223372036854775808", `error malformed-number max_licenses "9223372036854775808"`},
		{"more at least than at most", "product=P|sku=1|min_licenses=11|max_licenses=10", `error min-above-max min_licenses "11"`},
		{"a prerequisite without SKU", "product=P|sku=1|prerequisites=CFQ7TTC0LH18", `error malformed-reference prerequisites "CFQ7TTC0LH18"`},
		{"a conversion with too many parts", "product=P|sku=1|conversions=A/1/X,B/2", `error malformed-reference conversions "A/1/X"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, wrongs := Make(said(strings.Split(c.row, "|")...))
			if got := complaints(wrongs); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestReferencesAreReadAsMatricesWriteThem(t *testing.T) {
	for _, c := range []struct{ text, want, bad string }{
		{"", "", ""},
		{"None", "", ""},
		{"N/A", "", ""},
		{"CFQ7TTC0LF8Q/0001,CFQ7TTC0LDPB/0001", "CFQ7TTC0LDPB/0001;CFQ7TTC0LF8Q/0001", ""},
		{"CFQ7TTC0LF8Q/1; CFQ7TTC0LF8Q/0001", "CFQ7TTC0LF8Q/0001", ""},
		{"cfq7ttc0lf8q:001j|CFQ7TTC0LDPB : 2\nA/3", "A/0003;CFQ7TTC0LDPB/0002;CFQ7TTC0LF8Q/001J", ""},
		{"CFQ7TTC0LF8Q 0001 CFQ7TTC0LDPB 0002", "CFQ7TTC0LDPB/0002;CFQ7TTC0LF8Q/0001", ""},
		{"CFQ7TTC0LF8Q/0001 CFQ7TTC0LDPB/0002", "CFQ7TTC0LDPB/0002;CFQ7TTC0LF8Q/0001", ""},
		{"CFQ7TTC0LF8Q CFQ7TTC0LDPB", "", "CFQ7TTC0LF8Q CFQ7TTC0LDPB"},
		{"ms-azr-0145p;031c9e47-4802-4248-838e-778fb1d2cc05", "031C9E47-4802-4248-838E-778FB1D2CC05;MS-AZR-0145P", ""},
		{"A/1,B,/2,C/", "A/0001", "B /2 C/"},
		{"A/1,Ä/1", "A/0001", "Ä/1"},
	} {
		keys, bad := references(c.text)
		if join(keys) != c.want || strings.Join(bad, " ") != c.bad {
			t.Errorf("%q: %q and bad %q, want %q and bad %q", c.text, keys, bad, c.want, c.bad)
		}
	}
}

func TestALongMistakeIsShownShort(t *testing.T) {
	_, wrongs := Make(said("product=P", "sku=1", "prerequisites="+strings.Repeat(strings.Repeat("x", 200)+",", 1000), "allowed_countries="+strings.Repeat("Ü", 30000)))
	for _, w := range wrongs {
		if len(w.Value) > 700 {
			t.Errorf("%s shows %d bytes", w.Rule, len(w.Value))
		}
	}
	if len(wrongs) != 2 {
		t.Errorf("%d complaints", len(wrongs))
	}
}

func TestTheSchemaIsInOrderAndUnambiguous(t *testing.T) {
	s := Schema()
	if s.List != "offers" || s.Columns[0].Header != "ProductTitle" || s.Columns[13].Header != "AllowedCountries" || s.Columns[len(s.Columns)-1].Name != ColumnIncluded {
		t.Errorf("%+v", s.Columns)
	}
	owner := map[string]string{}
	for _, c := range s.Columns {
		for _, header := range append([]string{c.Header, c.Name}, c.Aliases...) {
			normal := strings.NewReplacer(" ", "", "-", "", "_", "").Replace(strings.ToLower(header))
			if other, taken := owner[normal]; taken && other != c.Name {
				t.Errorf("header %q means %s and %s", header, other, c.Name)
			}
			owner[normal] = c.Name
		}
	}
}

func hasError(wrongs []item.Wrong) bool {
	for _, w := range wrongs {
		if w.Severity == listing.Error {
			return true
		}
	}
	return false
}

func TestMakingALineOfWhatALineSaysChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		i, wrongs := Make(genValues(t))
		again, more := Make(i.Values)
		if i.Compare(again) != 0 {
			t.Fatalf("%s became %s", written(i), written(again))
		}
		if !hasError(wrongs) && hasError(more) {
			t.Fatalf("%s is wrong the second time: %+v", written(i), more)
		}
		at := -1
		for _, v := range i.Values {
			place := -1
			for n, c := range columns() {
				if c.Name == v.Name {
					place = n
				}
			}
			if place <= at || v.Text == "" {
				t.Fatalf("%s is out of order or empty in %s", v.Name, written(i))
			}
			at = place
		}
	})
}

func TestALineIsTheOfferItWasMadeOf(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		i, wrongs := Make(genValues(t))
		o, err := FromItem(i)
		if hasError(wrongs) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(i, o.Item()); diff != "" {
			t.Fatal(diff)
		}
		same, err := FromItem(o.Item())
		if diff := cmp.Diff(o, same); err != nil || diff != "" {
			t.Fatal(err, diff)
		}
	})
}

func TestALineInAnotherSpellingIsNoOffer(t *testing.T) {
	for _, i := range []item.Item{
		{Key: "P/1", Values: said("product=P", "sku=1")},
		{Key: "Q/0001", Values: said("product=P", "sku=0001")},
		{Key: "P/0001", Values: said("sku=0001", "product=P")},
		{Key: "P/0001", Values: said("product=P", "sku=0001", "allowed_countries=US;DE")},
		{Key: "P/0001", Values: said("product=P", "sku=0001", "max_licenses=x")},
		{Key: "P/0001", Values: said("product=P", "sku=0001", "colour=red")},
	} {
		if o, err := FromItem(i); err == nil {
			t.Errorf("%s is %+v", written(i), o)
		}
	}
}
