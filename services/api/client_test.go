package api

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	sdk "github.com/pricewire/pricewire/pkg/client"
)

// TestTheClientHasACallForEveryOperation keeps the Go client whole: an operation follow-events is its method FollowEvents.
func TestTheClientHasACallForEveryOperation(t *testing.T) {
	methods := reflect.TypeFor[*sdk.Client]()
	for where, op := range operations(t, setup(t)) {
		if !strings.Contains(where, " /v1/") {
			continue // what is for operators and tools
		}
		var name strings.Builder
		for word := range strings.SplitSeq(op.OperationID, "-") {
			name.WriteString(strings.ToUpper(word[:1]) + word[1:])
		}
		if _, ok := methods.MethodByName(name.String()); !ok {
			t.Errorf("%s: the client has no %s", where, name.String())
		}
	}
}

// clientTypes are the client's types, by the names of the schemas that they read.
func clientTypes() map[string]reflect.Type {
	return map[string]reflect.Type{
		"ReleaseView": reflect.TypeFor[sdk.Release](), "NoticeView": reflect.TypeFor[sdk.Notice](), "CountsView": reflect.TypeFor[sdk.DiffCounts](),
		"ProblemView": reflect.TypeFor[sdk.Problem](), "AcknowledgementView": reflect.TypeFor[sdk.Acknowledgement](), "WithdrawalView": reflect.TypeFor[sdk.Withdrawal](),
		"LogEntryView": reflect.TypeFor[sdk.LogEntry](), "TransitionBody": reflect.TypeFor[sdk.Transition](), "LintView": reflect.TypeFor[sdk.Lint](),
		"DiffView": reflect.TypeFor[sdk.Diff](), "ChangesView": reflect.TypeFor[sdk.Changes](), "ChangeColumns": reflect.TypeFor[sdk.ChangeColumns](), "RateGroupView": reflect.TypeFor[sdk.RateGroup](), "TotalView": reflect.TypeFor[sdk.Total](), "DifferenceView": reflect.TypeFor[sdk.Difference](),
		"LineIdentityView": reflect.TypeFor[sdk.LineIdentity](), "LineView": reflect.TypeFor[sdk.Line](), "MoveView": reflect.TypeFor[sdk.Move](),
		"ItemDifferenceView": reflect.TypeFor[sdk.ItemDifference](), "SetView": reflect.TypeFor[sdk.Set](), "SetReviewView": reflect.TypeFor[sdk.SetReview](),
		"SetMemberView": reflect.TypeFor[sdk.SetMember](), "OddView": reflect.TypeFor[sdk.Odd](), "SetLintView": reflect.TypeFor[sdk.SetLint](),
		"SetFileView": reflect.TypeFor[sdk.SetFile](), "PriceView": reflect.TypeFor[sdk.Price](), "PriceAnswerView": reflect.TypeFor[sdk.PriceAnswer](),
		"PriceDifferenceView": reflect.TypeFor[sdk.PriceDifference](), "PriceMoverView": reflect.TypeFor[sdk.PriceMover](),
		"PricePeriodView": reflect.TypeFor[sdk.PricePeriod](), "PriceRestatementView": reflect.TypeFor[sdk.PriceRestatement](),
		"PriceSayingView": reflect.TypeFor[sdk.PriceSaying](), "PriceLineView": reflect.TypeFor[sdk.PriceLine](), "PriceStepView": reflect.TypeFor[sdk.PriceStep](),
		"RateView": reflect.TypeFor[sdk.Rate](), "SavingsPlanView": reflect.TypeFor[sdk.SavingsPlan](), "RateDifferenceView": reflect.TypeFor[sdk.RateDifference](),
		"RateMoverView": reflect.TypeFor[sdk.RateMover](), "RateHistoryView": reflect.TypeFor[sdk.RateHistory](), "RatePeriodView": reflect.TypeFor[sdk.RatePeriod](),
		"RateChangeView": reflect.TypeFor[sdk.RateChange](), "RateRestatementView": reflect.TypeFor[sdk.RateRestatement](),
		"RateSayingView": reflect.TypeFor[sdk.RateSaying](), "RateLineView": reflect.TypeFor[sdk.RateLine](), "RateStepView": reflect.TypeFor[sdk.RateStep](),
		"PriceLookupItem": reflect.TypeFor[sdk.PriceLookupItem](), "PriceLookupView": reflect.TypeFor[sdk.PriceLookup](), "SourcedPriceView": reflect.TypeFor[sdk.SourcedPrice](),
		"RateLookupItem": reflect.TypeFor[sdk.RateLookupItem](), "RateLookupView": reflect.TypeFor[sdk.RateLookup](), "SourcedRateView": reflect.TypeFor[sdk.SourcedRate](),
		"SourceView": reflect.TypeFor[sdk.Source](), "OrderableView": reflect.TypeFor[sdk.Orderable](), "TermView": reflect.TypeFor[sdk.Term](),
		"LackView": reflect.TypeFor[sdk.Lack](), "PrerequisiteView": reflect.TypeFor[sdk.Prerequisite](), "CrawlView": reflect.TypeFor[sdk.Crawl](),
		"CrawlCountsView": reflect.TypeFor[sdk.CrawlCounts](), "ShardView": reflect.TypeFor[sdk.Shard](), "OfferTermView": reflect.TypeFor[sdk.OfferTerm](),
		"CrawlInput": reflect.TypeFor[sdk.CrawlInput](), "RunningView": reflect.TypeFor[sdk.Running](), "QuarantinedView": reflect.TypeFor[sdk.Quarantined](),
		"RejectView": reflect.TypeFor[sdk.Reject](), "StatusView": reflect.TypeFor[sdk.Status](), "ReasonView": reflect.TypeFor[sdk.Reason](),
		"ScopeView": reflect.TypeFor[sdk.Scope](), "RefusedShardView": reflect.TypeFor[sdk.RefusedShard](), "StreamView": reflect.TypeFor[sdk.Stream](),
		"MonthView": reflect.TypeFor[sdk.Month](), "AuditInput": reflect.TypeFor[sdk.AuditInput](), "AuditView": reflect.TypeFor[sdk.Audit](),
		"FindingView": reflect.TypeFor[sdk.Finding](), "RebuildInput": reflect.TypeFor[sdk.RebuildInput](), "RebuildView": reflect.TypeFor[sdk.Rebuild](),
		"TokenView": reflect.TypeFor[sdk.Token](), "NewTokenView": reflect.TypeFor[sdk.NewToken](), "NewTokenBody": reflect.TypeFor[sdk.TokenInput](),
		"WhoView": reflect.TypeFor[sdk.Who](), "WriteView": reflect.TypeFor[sdk.Write](), "WatchedLine": reflect.TypeFor[sdk.WatchedLine](),
		"WatchedMeter": reflect.TypeFor[sdk.WatchedMeter](), "WatchlistHead": reflect.TypeFor[sdk.WatchlistHead](), "WatchlistView": reflect.TypeFor[sdk.Watchlist](),
		"WatchlistBody": reflect.TypeFor[sdk.WatchlistInput](), "WebhookView": reflect.TypeFor[sdk.Webhook](), "WebhookSecretView": reflect.TypeFor[sdk.WebhookSecret](),
		"WebhookBody": reflect.TypeFor[sdk.WebhookInput](), "DeliveryView": reflect.TypeFor[sdk.Delivery](),
		"RedeliverInputBody": reflect.TypeFor[sdk.Redelivery](), "SubscriberView": reflect.TypeFor[sdk.NATSSubscriber](),
		"NewSubscriberView": reflect.TypeFor[sdk.NewNATSSubscriber](), "NewSubscriberBody": reflect.TypeFor[sdk.NATSSubscriberInput](),
	}
}

// TestTheClientReadsEveryField holds the client's types against the description of the API.
func TestTheClientReadsEveryField(t *testing.T) {
	_, raw := setup(t).raw(t, "GET", "/openapi.json", "")
	var document struct {
		Components struct {
			Schemas map[string]struct{ Properties map[string]any }
		}
	}
	if err := json.Unmarshal(raw, &document); err != nil {
		t.Fatal(err)
	}
	types := clientTypes()
	compared := 0
	for name, schema := range document.Components.Schemas {
		if _, listed := schema.Properties["items"]; listed || len(schema.Properties) == 0 || name == "VersionView" || name == "ErrorModel" || name == "ErrorDetail" || name == "WatchEntryView" || name == "RotateInputBody" || name == "FocusView" ||
			strings.HasSuffix(name, "RequestBody") || name == "Problem" || name == "ProblemPlace" {
			continue // pages, rows of files, what has no type of its own, and errors
		}
		of, ok := types[name]
		if !ok {
			t.Errorf("the client has no type for %s", name)
			continue
		}
		compared++
		fields := jsonFields(of)
		for property := range schema.Properties {
			if !fields[property] && property != "$schema" {
				t.Errorf("%s does not read %s of %s", of, property, name)
			}
		}
	}
	if compared < 60 {
		t.Errorf("%d types were compared", compared)
	}
}

// jsonFields are the names under which a struct reads JSON, those of what it embeds included.
func jsonFields(of reflect.Type) map[string]bool {
	names := map[string]bool{}
	for _, f := range reflect.VisibleFields(of) {
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" {
			names[name] = true
		}
	}
	return names
}
