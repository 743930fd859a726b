package historytest

import (
	"context"
	"testing"
	"time"

	"github.com/pricewire/pricewire/pkg/history"
)

// Store is what the suite tests.
type Store interface {
	history.Reader
	history.PresentReader
	history.Appender
}

// Stream is the name that the suite's rows come from.
const Stream = "RATES_USD@life-1"

// Run tests an adapter. Each call of open returns a new, empty store.
func Run(t *testing.T, open func(t *testing.T) Store) {
	for _, test := range []struct {
		name string
		run  func(*testing.T, Store)
	}{
		{"RowsInsertedTwiceUnderOneTokenAreKeptOnce", insertedTwice},
		{"AMarkTellsWhatACrashCutOff", markAfterCrash},
		{"AMarkNamesOtherLivesOfAStream", markOtherLives},
		{"TheFirstClaimWins", firstClaimWins},
		{"PositionsFollowProgress", positionsFollowProgress},
		{"ACorrectionAnswersFromTheDayItWasKnown", correction},
		{"AnAnnouncedSuccessorAnswersForItsFuture", successor},
		{"WhatWasRetiredHasNoPriceAndSaysSo", retired},
		{"WhatIsUnknownIsNotFound", unknown},
		{"AttributesAreThoseOfTheLastCurrentRowKnown", attributes},
		{"RatesAreFoundByWhatIsDerivedOfThem", derivedFilters},
		{"AnIdentityIsFoundByEveryOneOfItsFields", identityFields},
		{"ARateWithStrangeTextIsFoundByIt", strangeText},
		{"RatesAndPricesAreFoundByManyMetersAndProducts", manyNames},
		{"TimesBeyondTheRangeAreAlwaysAndOpen", beyondTheRange},
		{"ARateHistoryTellsEveryPeriodAndChange", rateHistory},
		{"RatesAreListedPageByPage", ratePages},
		{"AQuestionThatIsWrongNamesEveryField", wrongQuestions},
		{"ALookupAnswersTheTiersOfEachLine", lookupTiers},
		{"ALookupAnswersThePricesOfEachLine", lookupPrices},
		{"ALookupNamesThePlaceOfEachAnswer", lookupSources},
		{"ALookupTellsWhenAnAnswerEnds", lookupEnds},
		{"ALookupThatIsWrongNamesEveryField", wrongLookups},
		{"RandomLookupsAnswerLikeTheModel", randomLookups},
		{"ARateDiffTellsWhatIsOtherwise", rateDiff},
		{"RestatementsTellWhatWasSaidAndIsSaid", restatements},
		{"AChartHasAStepWhereAPriceBecomesAnother", charts},
		{"APriceHistoryTellsEveryPeriod", priceHistory},
		{"RandomSeriesAnswerLikeTheModel", randomSeries},
		{"AReleaseIsVisibleAsAWholeOrNotAtAll", releaseVisibility},
		{"ALaterReleaseAnswersFromItsPublication", laterRelease},
		{"AWithdrawalIsVisibleAsAWholeOrNotAtAll", withdrawalVisibility},
		{"WithdrawnLinesLeaveTheirReleaseInForce", withdrawnLines},
		{"AListOfThePastAnswersFromWhenItShouldHaveBeenKnown", latePast},
		{"PricesAreFilteredByFamilyAndSegment", familiesAndSegments},
		{"PricesAreListedPageByPage", pricePages},
		{"PresentRatesAreThoseOfEveryInstantForWhichTheyHold", presentRates},
		{"PresentPricesAreThoseOfEveryInstantForWhichTheyHold", presentPrices},
		{"WhoStopsTheStreamOfAllIsToldWhy", stoppedStream},
		{"ItemsAnswerAsOf", itemsAsOf},
		{"AWithdrawnItemFallsBack", itemWithdrawn},
		{"ItemsAreListedPageByPage", itemPages},
		{"RecordsAreListed", records},
		{"PartsOfACrawlAreKeptOnce", crawlParts},
		{"WithdrawalsAndCorrectionsAreListed", withdrawalRecords},
		{"RandomRateHistoriesAnswerLikeTheModel", randomRates},
		{"RandomPriceHistoriesAnswerLikeTheModel", randomPrices},
		{"RandomItemHistoriesAnswerLikeTheModel", randomItems},
		{"AStoryOfPriceListsIsAnsweredAsItsBook", priceStory},
		{"AStoryOfItemListsIsAnsweredAsItsBook", itemStory},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, open(t)) })
	}
}

// Day is noon-free midnight of a day: "2026-01-31", or an instant in RFC 3339. It is for constants: what does not read is the zero time.
func Day(s string) time.Time {
	for _, layout := range []string{time.DateOnly, time.RFC3339Nano} {
		if at, err := time.Parse(layout, s); err == nil {
			return at
		}
	}
	return time.Time{}
}

// Put inserts rows into every table that they are for, under a token of their own.
func Put(t *testing.T, s history.Appender, token string, rows history.Rows) {
	t.Helper()
	for _, table := range history.Tables() {
		if err := s.Insert(context.Background(), table, rows, token); err != nil {
			t.Fatalf("insert into %s: %v", table, err)
		}
	}
}

func asOf(at, knownAt string) history.AsOf { return history.AsOf{At: Day(at), KnownAt: Day(knownAt)} }

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}
