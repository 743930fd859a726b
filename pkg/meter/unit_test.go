package meter

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/pricewire/pricewire/pkg/money"
)

func TestAUnitOfMeasureIsABlockOfAUnit(t *testing.T) {
	for text, want := range map[string]string{
		// counts and their multiples
		"1": "1 Units", "10": "10 Units", "25000 ": "25000 Units", "1K": "1000 Units", "10K": "10000 Units", "1M": "1000000 Units",
		"1B": "1000000000 Units", "2T": "2000000000000 Units", "0.5": "0.5 Units", "1.5K": "1500 Units", "10K Transactions": "10000 Transactions",
		// nouns, in the plural
		"1 Hour": "1 Hours", "100 Hours": "100 Hours", "1 GB": "1 GB", "1 Gb": "1 GB", "128 MB": "128 MB", "1 gib": "1 GiB", "Days": "1 Days",
		"Units": "1 Units", "5 Policies": "5 Policies", "1 Query": "1 Queries", "10000000 Pushes": "10000000 Pushes", "1 push": "1 Pushes",
		"100 Mbps": "100 Mbps", "1 Count": "1 Count", "1 Rotation": "1 Rotations", "1000 APIs": "1000 APIs", "1\u00a0GB": "1 GB",
		// a time to each
		"1/Month": "1 Units/Month", "1 /Hour": "1 Units/Hour", "10K/Month": "10000 Units/Month", "1 GB/Month": "1 GB/Month", "1/Second": "1 Units/Second",
		"100 IOPS/Month": "100 IOPS/Month", "1/10 Days": "1 Units/10 Days", "1/3 Months": "1 Units/3 Months", "Gb / Month": "1 GB/Month",
		"1 Daily Reserved Units": "1 Units/Day", "10 Hourly Units": "10 Units/Hour", "1 Annual Domain": "1 Domains/Year", "1/1 Day": "1 Units/Day",
		// a size over a time
		"1 GB Second": "1 GB Seconds", "100 GB Seconds": "100 GB Seconds", "10 DBU Hours": "10 DBU Hours", "10 Unit Hours": "10 Unit Hours",
		// kinds
		"100 Core Hours": "100 Hours", "2 Hosted Zones": "2 Zones", "1000 Relay Hrs": "1000 Hours", "1 Named Users": "1 Users",
		"10000 Virtual User Minutes": "10000 Minutes", "1 Database Units (DU)": "1 Units", "1 Key Use": "1 Keys",
		// words of their own
		"1 API Calls": "1 Requests", "Per Call": "1 Calls", "print job": "1 Requests", "CallingMinutes": "1 Minutes", "Minute(s)": "1 Minutes",
		"1 VM": "1 Virtual Machines", "1000 MAUs": "1000 Users/Month", "1 Cubic Meter/Month": "1 Cubic Meters/Month", "Text": "1 Messages",
		// other languages
		"1 hora": "1 Hours", "1 GB/mes": "1 GB/Month", "1/小时": "1 Units/Hour", "1 GB/月": "1 GB/Month",
	} {
		got := ParseUnit(text)
		if said := got.Block.String() + " " + got.Name; said != want || !got.Known() {
			t.Errorf("%q is %s, want %s", text, said, want)
		}
	}
}

func TestAUnitOfMeasureThatNoRuleCoversIsEmpty(t *testing.T) {
	for _, text := range []string{
		"", " ", "/", "/Month", "0", "0 GB", "1/", "1/Fortnight", "1/0 Days", "1/x Days", "1/2 3 Days", "1//Day", "1 GB/Month/Day", "1 Widget",
		"Unassigned", "1 1 Hour", "10000 1,000s", "10000s", "1KB", "1 K", "1MB", "1.2.3", "1,000", "-1", "1 por mes", "1e3", "1 Daily",
		"1 Blue Hours", "1 GB GB", "0.0000000000000000001", "999999999999999999999 GB", "1 Million",
	} {
		if got := ParseUnit(text); got != (Unit{}) {
			t.Errorf("%q is %s of %q", text, got.Block, got.Name)
		}
	}
}

func TestSpacesAroundAndBetweenWordsMeanNothing(t *testing.T) {
	words := rapid.SampledFrom([][]string{{"1", "GB", "/", "Month"}, {"10K"}, {"100", "Hours"}, {"2", "Hosted", "Zones"}, {"1", "/", "10", "Days"}})
	spaces := rapid.SampledFrom([]string{" ", "  ", "\t", "\u00a0", " \n"})
	rapid.Check(t, func(t *rapid.T) {
		plain, odd := "", ""
		for _, w := range words.Draw(t, "words") {
			plain += w + " "
			odd += spaces.Draw(t, "space") + w
		}
		if got, want := ParseUnit(odd+spaces.Draw(t, "end")), ParseUnit(plain); got != want || !got.Known() {
			t.Fatalf("%q is %v, %q is %v", odd, got, plain, want)
		}
	})
}

func FuzzParseUnit(f *testing.F) {
	for _, text := range []string{"1 GB/Month", "10K", "1/10 Days", "1 Daily Reserved Units", "Minute(s)", "1 小时", "\xff"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		u := ParseUnit(text)
		if u.Known() != (u.Block.Cmp(money.Decimal{}) > 0) {
			t.Fatalf("%q is %s of %q", text, u.Block, u.Name)
		}
	})
}
