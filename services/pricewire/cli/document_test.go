package cli

import (
	"crypto/sha256"
	"encoding/hex"
	"path/filepath"
	"strings"
	"testing"
)

func TestADocumentIsDownloadedAndIsTheOneThatWasReleased(t *testing.T) {
	sum := sha256.Sum256([]byte("the agreement"))
	hash := hex.EncodeToString(sum[:])
	f := serve(t, `{"kind":"partner-agreement","title":"Agreement","file":"terms.pdf","sha256":"`+hash+`","size":"13"}`)
	f.others["/v1/documents/files/"+hash] = "the agreement"
	path := filepath.Join(t.TempDir(), "terms.pdf")
	out, errs, code := f.run(t, "document", "get", "partner-agreement", "--market", "JP", "--file", path)
	if code != exitOK || text(t, path) != "the agreement" || !strings.Contains(out, "terms.pdf") || errs != "terms.pdf written to "+path+"\n" {
		t.Errorf("exit %d: %s%s", code, out, errs)
	}
	f.others["/v1/documents/files/"+hash] = "another"
	if out, errs, code := f.run(t, "document", "get", "partner-agreement", "--market", "JP", "--file", path); code != exitFailure || out != "" || text(t, path) != "the agreement" {
		t.Errorf("another file: exit %d: %s%s", code, out, errs)
	}
}

func TestADocumentBehindALinkIsNotDownloaded(t *testing.T) {
	f := serve(t, aDocument)
	path := filepath.Join(t.TempDir(), "terms.pdf")
	if _, errs, code := f.run(t, "document", "get", "partner-agreement", "--market", "JP", "--file", path); code != exitNotFound || !strings.Contains(errs, "https://example.com/ja") {
		t.Errorf("exit %d: %s", code, errs)
	}
	if out, errs, code := f.run(t, "document", "get", "partner-agreement", "--market", "JP,KR", "--file", path); code != exitUsage || out != "" {
		t.Errorf("several: exit %d: %s", code, errs)
	}
}

func TestAMarketWithoutADocumentIsNotFoundAfterTheOthersWereShown(t *testing.T) {
	f := serve(t, `{"items":[{"markets":["JP"],"document":`+aDocument+`,"problem":""},{"markets":["KR","TW"],"document":null,"problem":"no partner-agreement is for KR, TW"}],"next":null}`)
	for _, form := range []string{"table", "json", "ndjson", "csv"} {
		out, errs, code := f.run(t, "document", "get", "partner-agreement", "--market", "JP,KR,TW", "-o", form)
		if code != exitNotFound || !strings.Contains(out, "2026-10") || !strings.Contains(errs, "no partner-agreement is for KR, TW") {
			t.Errorf("%s: exit %d: %s%s", form, code, out, errs)
		}
		checkForm(t, form, out)
	}
}

func TestOneMarketIsOneHoweverItIsWritten(t *testing.T) {
	f := serve(t, aDocument)
	if out, errs, code := f.run(t, "document", "get", "partner-agreement", "--market", " JP, "); code != exitOK || !strings.Contains(out, "2026-10") {
		t.Errorf("exit %d: %s%s", code, out, errs)
	}
	if line := f.only(t).line; line != "GET /v1/documents/resolve?kind=partner-agreement&market=JP" {
		t.Errorf("%s", line)
	}
}
