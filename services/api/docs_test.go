package api

import (
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

func TestThePagesForPeopleTellOfEveryOperationAndLoadNothingFromElsewhere(t *testing.T) {
	b := setup(t)
	response, raw := b.raw(t, "GET", "/docs", "")
	page := string(raw)
	if response.status != http.StatusOK || response.header.Get("Content-Type") != "text/html; charset=utf-8" {
		t.Fatalf("%d %v", response.status, response.header)
	}
	policy := response.header.Get("Content-Security-Policy")
	if !strings.HasPrefix(policy, "default-src 'none'") || strings.Contains(policy, "http") || strings.Contains(policy, "unsafe") {
		t.Errorf("policy %q", policy)
	}
	for _, operation := range operations(t, b) {
		if !strings.Contains(page, `<article id="`+operation.OperationID+`"`) {
			t.Errorf("%s is not told of", operation.OperationID)
		}
	}
	for _, loads := range regexp.MustCompile(`(?i)(?:src|href|action|poster|data|srcset)="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		if target := loads[1]; !strings.HasPrefix(target, "#") && !strings.HasPrefix(target, "/") || strings.HasPrefix(target, "//") {
			t.Errorf("the page speaks of %s", target)
		}
	}
	if strings.Contains(page, "<style") || strings.Contains(page, " style=") || strings.Contains(page, " onclick") {
		t.Error("the page has style or script of its own, which its policy forbids")
	}
	for _, file := range []string{"/docs/docs.css", "/docs/docs.js"} {
		response, raw := b.raw(t, "GET", file, "")
		if response.status != http.StatusOK || !strings.Contains(page, `"`+file+`"`) {
			t.Errorf("%s: %d", file, response.status)
		}
		for _, outside := range regexp.MustCompile(`@import|url\(|import\(|fetch\(|https?://[^1]`).FindAllString(string(raw), -1) {
			t.Errorf("%s speaks of %s", file, outside)
		}
		if again, _ := b.raw(t, "GET", file, "", "If-None-Match", response.header.Get("ETag")); again.status != http.StatusNotModified {
			t.Errorf("%s is sent again: %d", file, again.status)
		}
	}
}

func TestThePagesAreWellFormedAndEveryLinkLeadsSomewhere(t *testing.T) {
	b := setup(t)
	_, raw := b.raw(t, "GET", "/docs/", "")
	page := string(raw)
	ids := map[string]int{}
	for _, id := range regexp.MustCompile(` id="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		ids[id[1]]++
	}
	for id, n := range ids {
		if n != 1 {
			t.Errorf("%d places are called %s", n, id)
		}
	}
	for _, link := range regexp.MustCompile(`href="#([^"]*)"`).FindAllStringSubmatch(page, -1) {
		if ids[link[1]] == 0 {
			t.Errorf("#%s leads nowhere", link[1])
		}
	}
	decoder := xml.NewDecoder(strings.NewReader(page))
	decoder.Strict, decoder.AutoClose, decoder.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	for {
		if _, err := decoder.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

func TestEveryExampleForTheShellIsARequestThatIsUnderstood(t *testing.T) {
	b := world(t)
	_, raw := b.raw(t, "GET", "/docs", "")
	examples := regexp.MustCompile(`(?s)class="curl"><code>(.*?)</code>`).FindAllStringSubmatch(string(raw), -1)
	if len(examples) < 60 {
		t.Fatalf("%d examples", len(examples))
	}
	for _, e := range examples {
		text := strings.NewReplacer("&#39;", "'", "&amp;", "&", "&#34;", `"`, "&lt;", "<", "&gt;", ">").Replace(e[1])
		target := regexp.MustCompile(`'http://127.0.0.1:8080([^']*)'`).FindStringSubmatch(text)
		if target == nil || strings.Contains(target[1], "{") {
			t.Errorf("no request: %s", text)
			continue
		}
		if strings.Contains(text, " -X ") || strings.Contains(text, "\n  -") || strings.Contains(target[1], "/v1/events") {
			continue // it writes, or never ends
		}
		if response, answer := b.raw(t, "GET", target[1], ""); response.status == 400 || response.status == 422 || response.status >= 500 && !strings.HasSuffix(target[1], "/readyz") {
			t.Errorf("%s: %d %.200s", target[1], response.status, answer)
		}
	}
}
