package part

import (
	"strings"
	"testing"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/release"
	"github.com/pricewire/pricewire/services/pricewire/command"
)

func TestNoticeIsConfiguredByList(t *testing.T) {
	policies, err := Lists{Notice: []string{"offers=days:5", "license=first-of-month"}}.Policies()
	if err != nil {
		t.Fatal(err)
	}
	for list, want := range map[string]string{release.License: "first-of-month", release.Offers: "days:5", release.Services: "none", release.Documents: "none"} {
		if got := policies[list].Notice.String(); got != want {
			t.Errorf("%s: %s, want %s", list, got, want)
		}
	}
	for text, says := range map[string]string{"licence=none": "license", "offers": "offers", "offers=days:x": "days", "=": "LIST=POLICY"} {
		if _, err := (Lists{Notice: []string{text}}).Policies(); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestWrongListsAreNamedByTheirFlags(t *testing.T) {
	var wrong command.Wrong
	Lists{Notice: []string{"x=y"}, MovePercent: 1001}.Validate(&wrong)
	if err := wrong.Err(); err == nil || !strings.Contains(err.Error(), "--notice") || !strings.Contains(err.Error(), "--move-percent") {
		t.Errorf("got %v", err)
	}
	var none command.Wrong
	if DefaultLists().Validate(&none); none.Err() != nil {
		t.Errorf("the defaults: %v", none.Err())
	}
}
