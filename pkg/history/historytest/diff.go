package historytest

import (
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/pricewire/pricewire/pkg/money"
)

// Diff tells how what is there differs from what is wanted; amounts are compared as numbers, and an empty list is as good as none.
func Diff(want, got any) string {
	return cmp.Diff(want, got, cmpopts.EquateComparable(money.Decimal{}), cmpopts.EquateEmpty())
}
