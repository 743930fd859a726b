package offer

import (
	"testing"

	"github.com/pricewire/pricewire/pkg/item"
)

func TestWhatTheLinesOfAMatrixMeanTogetherIsChecked(t *testing.T) {
	base := made(t, 2, "product=BASE", "sku=1", "allowed_countries=US")
	for _, c := range []struct {
		name  string
		row   item.Row
		check Check
		want  string
	}{
		{"an add-on to what is there", made(t, 3, "product=P", "sku=1", "prerequisites=BASE/1", "allowed_countries=US"), Check{}, ""},
		{
			"an add-on to what is not there", made(t, 3, "product=P", "sku=1", "prerequisites=BASE/1,GONE/1,OLD/2", "allowed_countries=US"),
			Check{},
			`row 3, column prerequisites: warning unknown-prerequisite "GONE/0001;OLD/0002"`,
		},
		{
			"an add-on to itself", made(t, 3, "product=P", "sku=1", "prerequisites=P/1", "allowed_countries=US"),
			Check{},
			`row 3, column prerequisites: warning requires-itself "P/0001"`,
		},
		{
			"a conversion to what is not there", made(t, 3, "product=P", "sku=1", "conversions=GONE/1", "allowed_countries=US"),
			Check{},
			`row 3, column conversions: note unknown-conversion "GONE/0001"`,
		},
		{"nowhere to be sold", made(t, 3, "product=P", "sku=1"), Check{}, `row 3, column allowed_countries: warning no-allowed-country ""`},
		{
			"a delta may refer to the list before", made(t, 3, "product=P", "sku=1", "prerequisites=OLD/1", "allowed_countries=US"),
			Check{Before: []item.Item{{Key: "OLD/0001"}}},
			"",
		},
		{
			"a whole sheet may not", made(t, 3, "product=P", "sku=1", "prerequisites=OLD/1", "allowed_countries=US"),
			Check{Whole: true, Before: []item.Item{{Key: "OLD/0001"}}},
			`the list: warning lines-gone "1"; row 3, column prerequisites: warning unknown-prerequisite "OLD/0001"`,
		},
		{
			"what is checked of any list", made(t, 3, "product=BASE", "sku=1", "allowed_countries=CA"),
			Check{},
			`row 3, column allowed_countries: error duplicate-identity "BASE/0001"`,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := problems(Validate([]item.Row{base, c.row}, c.check)); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}
