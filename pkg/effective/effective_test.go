package effective

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func at(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return time.Time{}
	}
	return t
}

func TestThirtyDaysAreThirtyTimesTwentyFourHours(t *testing.T) {
	for effective, want := range map[string]string{
		"2026-12-01T00:00:00Z": "2026-11-01T00:00:00Z", "2026-03-01T00:00:00Z": "2026-01-30T00:00:00Z",
		"2028-03-01T00:00:00Z": "2028-01-31T00:00:00Z", "2027-03-01T00:00:00Z": "2027-01-30T00:00:00Z",
	} {
		if got := Days(30).PublishAt(at(effective)); !got.Equal(at(want)) {
			t.Errorf("%s must be public at %s, got %s", effective, want, got)
		}
	}
}

func TestFirstOfMonthNeverGivesLessThanThirtyDays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		month := Month{rapid.IntRange(1900, 2200).Draw(t, "year"), time.Month(rapid.IntRange(1, 12).Draw(t, "month"))}
		got := FirstOfMonth().PublishAt(month.Start())
		if notice := month.Start().Sub(got); notice < 30*day || notice > 31*day {
			t.Fatalf("%s gets %s", month, notice)
		}
		if got.After(month.Add(-1).Start()) {
			t.Fatalf("%s is later than the first of the month before %s", got, month)
		}
	})
}

func TestNoticePoliciesReadBack(t *testing.T) {
	for _, s := range []string{"days:30", "days:1", "first-of-month", "none"} {
		if n, err := ParseNotice(s); err != nil || n.String() != s {
			t.Errorf("%s reads as %s, %v", s, n, err)
		}
	}
	for _, s := range []string{"", "days:", "days:-1", "days:400", "30", "monthly"} {
		if n, err := ParseNotice(s); err == nil {
			t.Errorf("%q accepted as %s", s, n)
		}
	}
}

func TestAnEndInTheLastMinuteMeansMidnight(t *testing.T) {
	for in, want := range map[string]string{
		"2026-07-31T23:59:00Z": "2026-08-01T00:00:00Z", "2026-12-31T23:59:59Z": "2027-01-01T00:00:00Z",
		"2026-07-02T00:00:00Z": "2026-07-02T00:00:00Z", "2021-11-03T06:57:00Z": "2021-11-03T06:57:00Z", "2026-07-31T23:58:59Z": "2026-07-31T23:58:59Z",
	} {
		if got := End(at(in)); !got.Equal(at(want)) {
			t.Errorf("End(%s) = %s, want %s", in, got, want)
		}
	}
}

func TestPeriodsAreHalfOpen(t *testing.T) {
	p := Period{at("2026-01-01T00:00:00Z"), at("2026-02-01T00:00:00Z")}
	if !p.Contains(p.From) || p.Contains(p.To) || p.Contains(p.From.Add(-1)) {
		t.Fatal("a period contains its start and not its end")
	}
	if (Period{From: p.From}).Contains(p.From.Add(-1)) || !(Period{From: p.From}).Contains(p.From.AddDate(500, 0, 0)) || !(Period{}).Contains(p.From) {
		t.Fatal("zero ends are open")
	}
	if p.Overlaps(Period{From: p.To}) || !p.Overlaps(Period{To: p.From.Add(1)}) || !(Period{p.To, p.From}).Empty() {
		t.Fatal("overlap and emptiness")
	}
}

func TestClippingKeepsExactlyTheCommonInstants(t *testing.T) {
	gen := func(t *rapid.T, label string) Period {
		pick := func(l string) time.Time {
			if n := rapid.IntRange(0, 6).Draw(t, label+l); n > 0 {
				return time.Unix(int64(n), 0)
			}
			return time.Time{}
		}
		return Period{pick(" from"), pick(" to")}
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b, instant := gen(t, "a"), gen(t, "b"), time.Unix(int64(rapid.IntRange(0, 8).Draw(t, "instant")), 0)
		if a.Clip(b).Contains(instant) != (a.Contains(instant) && b.Contains(instant)) {
			t.Fatalf("%v in %v at %v", a, b, instant)
		}
	})
}

func TestMonthsReadAndCount(t *testing.T) {
	m, err := ParseMonth("2026-12")
	if err != nil || m.String() != "2026-12" || m.Add(1).String() != "2027-01" || m.Add(-12).String() != "2025-12" || !m.Before(m.Add(1)) {
		t.Fatalf("%s, %v", m, err)
	}
	for _, bad := range []string{"", "2026", "2026-13", "2026-12-01", "26-12"} {
		if m, err := ParseMonth(bad); err == nil {
			t.Errorf("%q accepted as %s", bad, m)
		}
	}
}

func TestGivenNoticeRoundsDown(t *testing.T) {
	e := at("2026-12-01T00:00:00Z")
	if DaysBetween(at("2026-11-01T00:00:00Z"), e) != 30 || DaysBetween(at("2026-11-01T00:00:01Z"), e) != 29 || DaysBetween(at("2026-12-01T01:00:00Z"), e) != -1 {
		t.Fatal("notice must be counted in whole days, rounded down")
	}
}
