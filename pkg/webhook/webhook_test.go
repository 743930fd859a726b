package webhook_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/webhook"
)

func now() time.Time { return time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC) }

func secret(t *testing.T, fill string) webhook.Secret {
	t.Helper()
	s, err := webhook.NewSecret(strings.NewReader(strings.Repeat(fill, 32)))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestASignatureIsThatOfStandardWebhooks(t *testing.T) {
	s, err := webhook.ReadSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		t.Fatal(err)
	}
	got := webhook.Sign([]webhook.Secret{s}, "msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`))
	if want := "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestASecretShowsItselfToNobodyWhoDoesNotAsk(t *testing.T) {
	s := secret(t, "s")
	e := webhook.Endpoint{Name: "ours", Secrets: []webhook.Secret{s}}
	text := strings.TrimPrefix(s.Reveal(), "whsec_")
	for _, shown := range []string{fmt.Sprint(s), fmt.Sprintf("%v %+v %#v %s", e, e, e, s), fmt.Sprintf("%v %+v", &e, &e)} {
		if strings.Contains(shown, text) || strings.Contains(shown, "ssssssss") {
			t.Errorf("shown: %s", shown)
		}
	}
	back, err := webhook.ReadSecret(s.Reveal())
	if err != nil || back.Reveal() != s.Reveal() {
		t.Errorf("%v", err)
	}
	for _, bad := range []string{"", "whsec_", "whsec_%", "x" + s.Reveal(), "whsec_c2hvcnQ="} {
		if _, err := webhook.ReadSecret(bad); !fault.Is(err, fault.Invalid) || bad != "" && strings.Contains(err.Error(), bad[6:]) && len(bad) > 6 {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestBothSecretsSignWhileTheyOverlap(t *testing.T) {
	e := webhook.Endpoint{}.Rotated(secret(t, "a"), 0, now()).Rotated(secret(t, "b"), time.Hour, now())
	for after, want := range map[time.Duration]int{0: 2, time.Hour - 1: 2, time.Hour: 1} {
		signing := e.Signing(now().Add(after))
		if len(signing) != want || signing[0].Reveal() != secret(t, "b").Reveal() {
			t.Errorf("after %s: %d sign", after, len(signing))
		}
		if got := strings.Count(webhook.Sign(signing, "i", now(), nil), "v1,"); got != want {
			t.Errorf("after %s: %d signatures", after, got)
		}
	}
	e = e.Rotated(secret(t, "c"), time.Hour, now()).Rotated(secret(t, "d"), 0, now())
	if len(e.Signing(now())) != 1 {
		t.Error("a secret without an overlap goes on signing")
	}
}

func TestWhatIsNoEndpointIsNamedPlaceByPlace(t *testing.T) {
	for address, problem := range map[string]string{
		"": "required", "example.com": "URL", "ftp://x/": "https", "https://u:p@example.com": "password", "https://example.com/#x": "fragment",
		"https://": "URL", "https:///x": "URL", "https://example.com/" + strings.Repeat("x", webhook.MaxURL): "2048",
	} {
		_, err := webhook.New("ours", "", address, webhook.Filter{}, webhook.Request{}, webhook.Reach{})
		if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), problem) || fault.PlacesOf(err)[0].Where != "url" {
			t.Errorf("%.40q: %v", address, err)
		}
	}
	if _, err := webhook.New("Ours", "a\nb", "https://example.com", webhook.Filter{}, webhook.Request{}, webhook.Reach{}); len(fault.PlacesOf(err)) != 2 {
		t.Errorf("%v", err)
	}
}

func TestRequestsAreNumberedAndBounded(t *testing.T) {
	e, err := webhook.New("ours", "", "https://example.com", webhook.Filter{}, webhook.Request{}, webhook.Reach{})
	if err != nil {
		t.Fatal(err)
	}
	for range webhook.MaxRequests - 1 {
		if e, err = e.Request(webhook.Request{Kind: webhook.Test}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := e.Request(webhook.Request{Kind: webhook.Test}); !fault.Is(err, fault.Refused) {
		t.Errorf("too many: %v", err)
	}
	e = e.Without(webhook.MaxRequests)
	if e, err = e.Request(webhook.Request{Kind: webhook.Test}); err != nil || len(e.Requests) != 2 || e.Requests[1].Number != webhook.MaxRequests+1 {
		t.Errorf("%v, %v", e.Requests, err)
	}
}

func TestAnswersAreJudged(t *testing.T) {
	for status, want := range map[int]webhook.Verdict{
		200: webhook.Delivered, 204: webhook.Delivered, 299: webhook.Delivered, 410: webhook.Gone, 0: webhook.Pauses, 301: webhook.Pauses, 404: webhook.Pauses,
		429: webhook.Pauses, 503: webhook.Pauses, 400: webhook.Waits, 413: webhook.Waits, 500: webhook.Waits,
	} {
		if got := (webhook.Answer{Status: status}).Judge(); got != want {
			t.Errorf("%d: %s, want %s", status, got, want)
		}
	}
	if got := (webhook.Answer{Status: 500, RetryAfter: time.Second}).Judge(); got != webhook.Pauses {
		t.Errorf("one that asks to wait: %s", got)
	}
}

func TestWaitsGrowWithinBoundsAndAreNoShorterThanAsked(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, chance := rapid.IntRange(0, 1000).Draw(t, "n"), rapid.Float64Range(0, 1).Draw(t, "chance")
		asked := time.Duration(rapid.Int64Range(0, int64(100*time.Hour)).Draw(t, "asked"))
		wait := webhook.Answer{}.Wait(n, chance)
		if wait < webhook.FirstWait*4/5 || wait > webhook.LongestWait || wait > (webhook.Answer{}).Wait(n+1, 0) {
			t.Fatalf("%s after %d failures", wait, n)
		}
		if got := (webhook.Answer{RetryAfter: asked}).Wait(n, chance); got < min(asked, webhook.MostRetryAfter) || got > max(webhook.LongestWait, webhook.MostRetryAfter) {
			t.Fatalf("%s where %s was asked", got, asked)
		}
	})
}

// TestEventsOfASubjectNeverOvertake drives progress with random answers, as a sender does, and looks at the order in which each subject's
// events are taken.
func TestEventsOfASubjectNeverOvertake(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var p webhook.Progress
		at := now()
		taken := map[string][]uint64{}
		answer := func() webhook.Answer {
			return webhook.Answer{Status: rapid.SampledFrom([]int{200, 200, 500, 503, 0}).Draw(t, "status")}
		}
		settle := func(h webhook.Held, a webhook.Answer) {
			if p.Settle(h, webhook.Delivery{}, a, 0, at) == webhook.Delivered {
				taken[h.Subject] = append(taken[h.Subject], h.Sequence)
			}
		}
		var events [3]uint64
		for sequence := uint64(1); sequence <= uint64(rapid.IntRange(1, 60).Draw(t, "events")); sequence++ {
			at = at.Add(time.Duration(rapid.IntRange(0, 100).Draw(t, "seconds")) * time.Second)
			for h, due := p.Due(at); due && !p.Paused(at); h, due = p.Due(at) {
				settle(h, answer())
			}
			subject := rapid.IntRange(0, 2).Draw(t, "subject")
			h := webhook.Held{Stream: "S@1", Sequence: sequence, Subject: fmt.Sprint(subject)}
			events[subject]++
			if p.Holds(h.Subject) || p.Paused(at) {
				p.Hold(h)
				p.Hold(h) // read again
				continue
			}
			settle(h, answer())
		}
		for len(p.Held) > 0 {
			at = p.Next().Add(time.Nanosecond)
			h, due := p.Due(at)
			if !due {
				t.Fatalf("%d wait, and none is due at %s", len(p.Held), at)
			}
			settle(h, webhook.Answer{Status: 200})
		}
		for subject, n := range events {
			got := taken[fmt.Sprint(subject)]
			if uint64(len(got)) != n {
				t.Fatalf("subject %d: %d of %d events were taken", subject, len(got), n)
			}
			for i := 1; i < len(got); i++ {
				if got[i] <= got[i-1] {
					t.Fatalf("subject %d: %v", subject, got)
				}
			}
		}
		if p.Failing.Failures != 0 || p.Sent == 0 || len(p.Log) > webhook.MaxDeliveries {
			t.Fatalf("%+v", p.Failing)
		}
	})
}

func TestAnEndpointIsGivenUpWhenItFailsForTooLong(t *testing.T) {
	var p webhook.Progress
	h := webhook.Held{Stream: "S@1", Sequence: 1, Subject: "s"}
	p.Settle(h, webhook.Delivery{}, webhook.Answer{Problem: "no route"}, 0, now())
	if why := p.GivenUp(time.Hour, now().Add(time.Hour-1)); why != "" {
		t.Errorf("early: %s", why)
	}
	if why := p.GivenUp(time.Hour, now().Add(time.Hour)); !strings.Contains(why, "no route") {
		t.Errorf("because %q", why)
	}
	p.Revived()
	if why := p.GivenUp(time.Hour, now().Add(time.Hour)); why != "" || len(p.Held) != 1 || p.Paused(now()) {
		t.Errorf("revived, and %q", why)
	}
	held, _ := p.Due(now())
	p.Settle(held, webhook.Delivery{}, webhook.Answer{Status: 500}, 0, now())
	if why := p.GivenUp(time.Hour, now().Add(time.Hour)); !strings.Contains(why, "an event of s") {
		t.Errorf("one event: %q", why)
	}
}

func TestALeaseIsOneSenders(t *testing.T) {
	var p webhook.Progress
	if !p.Renewed("a", time.Minute, now()) || p.Renewed("b", time.Minute, now().Add(time.Minute-1)) || !p.Renewed("a", time.Minute, now().Add(time.Second)) {
		t.Error("taken by two")
	}
	if !p.Renewed("b", time.Minute, now().Add(time.Hour)) {
		t.Error("never free")
	}
}
