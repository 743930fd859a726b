package effective

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// years is the range of months that a list can have.
const firstYear, lastYear = 2000, 2199

// policies are all there are.
func policies() []Notice {
	all := []Notice{{}, FirstOfMonth()}
	for n := range 367 {
		all = append(all, Days(n))
	}
	return all
}

// daysBefore counts back on the calendar, day by day, by the rules of leap years alone.
func daysBefore(year, month, day, n int) (int, int, int) {
	length := func(year, month int) int {
		switch month {
		case 4, 6, 9, 11:
			return 30
		case 2:
			if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
				return 29
			}
			return 28
		}
		return 31
	}
	for day <= n {
		n -= day
		if month--; month == 0 {
			year, month = year-1, 12
		}
		day = length(year, month)
	}
	return year, month, day - n
}

func TestEveryMonthOfTwoCenturiesIsPublishedOnTheDayThatCountingBackGives(t *testing.T) {
	for _, policy := range policies() {
		for year := firstYear; year <= lastYear; year++ {
			for month := 1; month <= 12; month++ {
				start := Month{year, time.Month(month)}.Start()
				y, m, d := daysBefore(year, month, 1, policy.days)
				want := fmt.Sprintf("%04d-%02d-%02dT00:00:00Z", y, m, d)
				if policy.firstOfMonth {
					fy, fm, _ := daysBefore(year, month, 1, 1)
					want = min(want, fmt.Sprintf("%04d-%02d-01T00:00:00Z", fy, fm))
				}
				at := policy.PublishAt(start)
				if got := at.Format(time.RFC3339); got != want {
					t.Fatalf("%s: %s is published at %s, want %s", policy, start, got, want)
				}
				if days := DaysBetween(at, start); days < policy.days {
					t.Fatalf("%s: %s gives %d days", policy, start, days)
				}
			}
		}
	}
}

func TestAPublicationDoesNotDependOnTheZoneItIsAskedIn(t *testing.T) {
	zones := []string{"America/New_York", "Europe/Berlin", "America/Sao_Paulo", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia", "UTC"}
	rapid.Check(t, func(t *rapid.T) {
		zone, err := time.LoadLocation(rapid.SampledFrom(zones).Draw(t, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		policy := rapid.SampledFrom(policies()).Draw(t, "policy")
		from := time.Date(firstYear, 1, 1, 0, 0, 0, 0, time.UTC).Unix()
		at := time.Unix(from+rapid.Int64Range(0, 200*365*86400).Draw(t, "second"), 0).UTC()
		here, there := policy.PublishAt(at), policy.PublishAt(at.In(zone))
		if !here.Equal(there) || there.Location() != time.UTC {
			t.Fatalf("%s: asked in %s it is %s, in UTC %s", policy, zone, there, here)
		}
		if at.Sub(here) < time.Duration(policy.days)*24*time.Hour {
			t.Fatalf("%s: %s is published at %s", policy, at, here)
		}
		read, err := ParseNotice(policy.String())
		if err != nil || read.PublishAt(at) != here {
			t.Fatalf("%s reads back as %s, %v", policy, read, err)
		}
	})
}
