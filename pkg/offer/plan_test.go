package offer

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pricewire/pricewire/pkg/item"
)

func TestABundleSaysWhatItContains(t *testing.T) {
	plans := []Plan{
		{"O365_BUSINESS_ESSENTIALS", "3B555118-da6a-4418-894f-7df1e2096870", "SWAY", "Sway"},
		{"O365_BUSINESS_ESSENTIALS", "3b555118-da6a-4418-894f-7df1e2096870", "EXCHANGE_S_STANDARD", "Exchange Online; (Plan 1)"},
		{"O365_BUSINESS_ESSENTIALS", "3b555118-da6a-4418-894f-7df1e2096870", "SWAY", "Sway"},
		{"FLOW_P1", "00000000-0000-0000-0000-000000000001", "FLOW", " "},
		{"", "", "NOBODYS", "Nobody's"},
	}
	rows := []item.Row{
		made(t, 2, "product=A", "sku=1", "provisioning_id=3b555118-da6a-4418-894f-7df1e2096870", "provisioning_string=FLOW_P1", "description=d"),
		made(t, 3, "product=B", "sku=1", "provisioning_string=flow_p1", "included=Old"),
		made(t, 4, "product=C", "sku=1", "included=Own"),
		made(t, 5, "product=D", "sku=1", "provisioning_id=other"),
	}
	before := written(rows[1].Item)
	got := Include(rows, plans)
	for i, want := range []string{"Exchange Online, (Plan 1);Sway", "FLOW", "Own", ""} {
		if got[i].Get(ColumnIncluded) != want || got[i].Number != rows[i].Number {
			t.Errorf("row %d includes %q, want %q", got[i].Number, got[i].Get(ColumnIncluded), want)
		}
		if o, err := FromItem(got[i].Item); err != nil || len(o.Included) == 0 && want != "" {
			t.Errorf("row %d is no offer any more: %v", got[i].Number, err)
		}
	}
	if diff := cmp.Diff(before, written(rows[1].Item)); diff != "" {
		t.Errorf("the rows given were changed: %s", diff)
	}
}
