package cli

import (
	"path/filepath"
	"testing"

	"github.com/pricewire/pricewire/pkg/sheet"
)

func TestALegacySampleIsAWorkbookThatCanBeRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pricelist.xlsx")
	if _, errs, code := invoke(t, "sample", "legacy", "--month", "2026-12", "--currency", "USD,EUR", "--lines", "40", "--file", path); code != exitOK {
		t.Fatalf("exit %d: %s", code, errs)
	}
	read, err := sheet.ReadLicense("pricelist.xlsx", []byte(text(t, path)), sheet.Options{Market: "DE"})
	if err != nil || len(read.Rows) != 40 || read.Rows[0].Currency == read.Rows[39].Currency {
		t.Errorf("%d rows, %v", len(read.Rows), err)
	}
	f := serve(t, "")
	if out, errs, code := f.onTerminal(t, "sample", "legacy"); code != exitUsage || out != "" {
		t.Errorf("on a terminal: exit %d: %s", code, errs)
	}
	for _, args := range [][]string{{"--month", "2020-01"}, {"--lines", "0"}, {"--month", "soon"}} {
		if _, errs, code := invoke(t, append([]string{"sample", "legacy"}, args...)...); code != exitUsage {
			t.Errorf("%v: exit %d: %s", args, code, errs)
		}
	}
}
