package cli

import (
	"net/http"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// a command line, the request it makes, and an answer to it.
type journey struct {
	args   string // split at blanks; SHEET stands for a sheet
	want   string // method, path and query
	body   string
	answer string
}

func journeys() []journey {
	const id = "license-us-2026-12-r1"
	return []journey{
		{"release create SHEET --market US --effective 2026-12-01", "POST /v1/releases?effective=2026-12-01&filename=list.csv&kind=full&list=license&market=US", "a sheet", aRelease},
		{"release create SHEET --list offers --effective 2026-12-01 --kind delta --publish-at 2026-11-20 --acknowledge lines-gone,price-moved", "POST /v1/releases?acknowledge=lines-gone%2Cprice-moved&effective=2026-12-01&filename=list.csv&kind=delta&list=offers&publish_at=2026-11-20", "a sheet", aRelease},
		{"release backfill SHEET --market US --effective 2025-11-01 --published 2025-10-01T00:00:00Z --reason history", "POST /v1/releases?effective=2025-11-01&filename=list.csv&kind=full&list=license&market=US&published=2025-10-01T00%3A00%3A00Z&reason=history", "a sheet", aRelease},
		{"release lint SHEET --market US", "POST /v1/releases:lint?filename=list.csv&kind=full&list=license&market=US", "a sheet", strings.Replace(aLint, `"errors":1`, `"errors":0`, 1)},
		{"release correct " + id + " SHEET --reason typo --from 2026-12-10 --retroactive --kind delta --acknowledge later-list", "POST /v1/releases/" + id + "/correct?acknowledge=later-list&filename=list.csv&from=2026-12-10&kind=delta&reason=typo&retroactive=true", "a sheet", aRelease},
		{"release withdraw " + id + " --reason mistake", "POST /v1/releases/" + id + "/withdraw?reason=mistake", "", aRelease},
		{"release withdraw " + id + " --lines SHEET --retroactive --reason mistake", "POST /v1/releases/" + id + "/withdraw?filename=list.csv&reason=mistake&retroactive=true", "a sheet", aRelease},
		{"release submit " + id + " --reason look --acknowledge price-moved", "POST /v1/releases/" + id + "/submit", `{"acknowledge":"price-moved","reason":"look"}`, aRelease},
		{"release approve " + id + " --short-notice late --acknowledge price-moved", "POST /v1/releases/" + id + "/approve", `{"acknowledge":"price-moved","short_notice":"late"}`, aRelease},
		{"release reject " + id + " --reason wrong", "POST /v1/releases/" + id + "/reject", `{"reason":"wrong"}`, aRelease},
		{"release list --list license --market US --month 2026-12 --state draft --set december-2026", "GET /v1/releases?limit=5000&list=license&market=US&month=2026-12&set=december-2026&state=draft", "", releases},
		{"release show " + id, "GET /v1/releases/" + id, "", aRelease},
		{"release log " + id, "GET /v1/releases/" + id + "/log", "", aLog},
		{"release diff " + id + " --against license-us-2026-10-r1 --change price_changed --product P --segment Charity --by-move", "GET /v1/releases/" + id + "/diff?against=license-us-2026-10-r1&by=move&change=price_changed&product=P&segment=Charity", "", aDiff},
		{"release diff offers-ww-2026-12-r1", "GET /v1/releases/offers-ww-2026-12-r1/diff", "", anItemDiff},
		{"release set show december-2026", "GET /v1/sets/december-2026", "", aSet},
		{"release set review december-2026", "GET /v1/sets/december-2026/review", "", aReview},
		{"release set submit december-2026 --acknowledge price-moved", "POST /v1/sets/december-2026/submit", `{"acknowledge":"price-moved","reason":""}`, aSet},
		{"release set approve december-2026 --short-notice late", "POST /v1/sets/december-2026/approve", `{"acknowledge":"","short_notice":"late"}`, aSet},
		{"release set reject december-2026 --reason wrong", "POST /v1/sets/december-2026/reject", `{"reason":"wrong"}`, aSet},
		{"calendar --list license --market US", "GET /v1/calendar?list=license&market=US", "", aCalendar},
		{"price diff --market US --from 2026-11-01 --to 2026-12-01 --sku 0001 --term P1M --billing Monthly --tier 0 --family EMS --segment Education", "GET /v1/prices/diff?billing=Monthly&family=EMS&from=2026-11-01&limit=5000&market=US&segment=Education&sku=0001&term=P1M&tier=0&to=2026-12-01", "", priceDiffs},
		{"price diff --market US --from 2026-11-01 --to 2026-12-01 --known-from 2026-10-01 --known-to 2026-11-02 --currency USD", "GET /v1/prices/diff?currency=USD&from=2026-11-01&known_from=2026-10-01&known_to=2026-11-02&limit=5000&market=US&to=2026-12-01", "", priceDiffs},
		{"price get --market US --product P --sku 1 --term P1M --billing Monthly", "GET /v1/prices?billing=Monthly&market=US&product=P&sku=1&term=P1M", "", prices},
		{"orderable --market US --product P --at 2026-12-01 --known-at 2026-11-02", "GET /v1/orderable?at=2026-12-01&known_at=2026-11-02&market=US&product=P", "", orderables},
		{"orderable --market US", "GET /v1/orderable?market=US", "", orderables},
		{"offer list --market WW --key K --at 2026-12-01 --known-at 2026-11-02", "GET /v1/offers?at=2026-12-01&key=K&known_at=2026-11-02&limit=5000&market=WW", "", offers},
		{"service list", "GET /v1/services?limit=5000", "", services},
		{"document list", "GET /v1/documents?limit=5000", "", documents},
		{"document get partner-agreement --market JP --language ja --at 2026-12-01 --known-at 2026-11-02", "GET /v1/documents/resolve?at=2026-12-01&kind=partner-agreement&known_at=2026-11-02&language=ja&market=JP", "", aDocument},
		{"document get partner-agreement --market JP,KR", "GET /v1/documents/resolve?kind=partner-agreement&market=JP%2CKR", "", `{"items":[{"markets":["JP","KR"],"document":` + aDocument + `,"problem":""}],"next":null}`},
		{"rate get --meter M --sku S --reservation-term P1Y", "GET /v1/rates?currency=USD&meter_id=M&price_list=retail&reservation_term=P1Y&sku_id=S&tier=0&type=Consumption", "", `{"items":[{"meter_id":"M"}],"next":null}`},
		{"rate list --os Windows --purchase-option on-demand", "GET /v1/rates?limit=5000&operating_system=Windows&price_list=retail&purchase_option=on-demand", "", `{"items":[{"meter_id":"M"}],"next":null}`},
		{"rate diff --from 2026-01-01 --to 2026-02-01 --known-from 2026-01-15 --known-to 2026-02-15 --region westeurope", "GET /v1/rates/diff?from=2026-01-01&known_from=2026-01-15&known_to=2026-02-15&limit=5000&price_list=retail&region=westeurope&to=2026-02-01", "", rateDiffs},
		{"rate movers --from 2026-01-01 --to 2026-02-01 --by absolute --limit 5 --service S", "GET /v1/rates/movers?by=absolute&from=2026-01-01&limit=5&price_list=retail&service=S&to=2026-02-01", "", rateDiffs},
		{"rate restatements --from 2026-01-01 --to 2026-02-01 --said-at 2026-01-15 --known-at 2026-02-15 --meter M", "GET /v1/rates/restatements?from=2026-01-01&known_at=2026-02-15&limit=5000&meter_id=M&price_list=retail&said_at=2026-01-15&to=2026-02-01", "", rateRestatements},
		{"rate series --meter M --sku S --tier 5 --from 2026-01-01 --points 10", "GET /v1/rates/series?from=2026-01-01&meter_id=M&points=10&price_list=retail&sku_id=S&tier=5", "", rateSeries},
		{"price history --market US --product P --sku 1 --term P1M --billing Monthly --currency USD", "GET /v1/prices/history?billing=Monthly&currency=USD&market=US&product=P&sku=1&term=P1M", "", prices},
		{"price series --market US --product P --sku 1 --term P1M --billing Monthly --from 2026-01-01 --to 2027-01-01", "GET /v1/prices/series?billing=Monthly&from=2026-01-01&market=US&product=P&sku=1&term=P1M&to=2027-01-01", "", rateSeries},
		{"price restatements --market US --from 2026-01-01 --product P", "GET /v1/prices/restatements?from=2026-01-01&limit=5000&market=US&product=P", "", priceDiffs},
		{"price movers --market US --from 2026-01-01 --to 2026-02-01 --segment Education", "GET /v1/prices/movers?from=2026-01-01&market=US&segment=Education&to=2026-02-01", "", priceDiffs},
		{"crawl list --scope azure-usd", "GET /v1/crawls?limit=5000&scope=azure-usd", "", `{"items":[` + aCrawl + `],"next":null}`},
		{"crawl running", "GET /v1/crawls/running", "", runningCrawls},
		{"quarantine list --crawl c-1 --scope s --currency USD --reason disagreement", "GET /v1/quarantine?crawl=c-1&currency=USD&limit=5000&reason=disagreement&scope=s", "", `{"items":[{"crawl":"c-1","reason":"disagreement"}],"next":null}`},
		{"crawl show c-1", "GET /v1/crawls/c-1", "", aCrawl},
		{"crawl accept c-1", "POST /v1/crawls/c-1/accept", "{}", aCrawl},
		{"token show t-1", "GET /v1/tokens/t-1", "", madeToken},
		{"token revoke t-1", "POST /v1/tokens/t-1/revoke", "{}", madeToken},
		{"whoami", "GET /v1/whoami", "", madeToken},
		{"audit --stream PRICES --deep --repair", "POST /v1/audits", `{"deep":true,"repair":true,"stream":"PRICES"}`, aCleanAudit},
		{"audit --status", "GET /v1/audits", "", `{"items":[` + aCleanAudit + `],"next":null}`},
		{"rebuild --list usage", "POST /v1/rebuilds", `{"list":"usage"}`, aRebuild},
		{"rebuild --status", "GET /v1/rebuilds", "", `{"items":[` + aRebuild + `],"next":null}`},
	}
}

// aCrawl is the record of a crawl of a rate card whose catalogue has two shards.
const aCrawl = `{"id":"c-1","started":"2026-01-10T00:00:00Z","rows":8480,"identities":8400,"complete":true,"refused":"","counts":{"added":1,"price_changed":2},"quarantined":3,"traversals":2,
"shards":[{"name":"compute/westeurope","pages":9,"rows":8478,"identities":8400,"traversals":2,"refused":""},
{"name":"storage","pages":1,"rows":2,"identities":0,"traversals":3,"refused":"it lost 40 % of its rates"}],
"offer_terms":[{"name":"Monetary Credit","discount":"0.15","excluded_meter_ids":["m-1"],"effective_from":null}]}`

// words splits a command line, and puts a sheet in its place.
func words(t *testing.T, line string) []string {
	t.Helper()
	args := strings.Fields(line)
	for i, arg := range args {
		if arg == "SHEET" {
			args[i] = file(t, t.TempDir(), "list.csv", "a sheet")
		}
	}
	return args
}

func TestEveryCommandAsksForWhatItWasToldAndAnswersInEveryForm(t *testing.T) {
	for _, j := range append(journeys(), subscriptionJourneys()...) {
		f := serve(t, j.answer)
		for _, form := range []string{"table", "json", "ndjson", "csv"} {
			out, errs, code := f.run(t, append(words(t, j.args), "--as", "alice", "-o", form)...)
			if code != exitOK || out == "" {
				t.Errorf("%s -o %s: exit %d, %q, %s", j.args, form, code, out, errs)
				continue
			}
			checkForm(t, form, out)
			request := f.only(t)
			if request.line != j.want || request.user != "alice" || string(request.body) != j.body {
				t.Errorf("%s:\n got %s %q by %s\nwant %s %q", j.args, request.line, request.body, request.user, j.want, j.body)
			}
			if j.body == "a sheet" && request.sends != octets {
				t.Errorf("%s: sent as %s", j.args, request.sends)
			}
		}
	}
}

func TestEveryProblemOfTheServerHasItsExitCode(t *testing.T) {
	for status, want := range map[int]int{
		http.StatusNotFound: exitNotFound, http.StatusConflict: exitConflict, http.StatusUnprocessableEntity: exitRefused, http.StatusServiceUnavailable: exitUnavailable,
		http.StatusInternalServerError: exitFailure,
	} {
		for _, j := range journeys() {
			f := serve(t, `{"detail":"it cannot be","hint":"do so"}`)
			f.status = status
			out, errs, code := f.run(t, words(t, j.args)...)
			if code != want || out != "" || errs != "error: it cannot be\nhint: do so\n" {
				t.Errorf("%s: status %d: exit %d, want %d: %q, %q", j.args, status, code, want, out, errs)
			}
		}
	}
}

func TestAWrongPlaceInAFileIsAFailureAndOneThatWasTypedIsUsage(t *testing.T) {
	for place, want := range map[string]int{"query.effective": exitUsage, "row 7, column UnitPrice": exitFailure} {
		f := serve(t, `{"type":"https://pricewire.dev/problems/invalid","detail":"it is wrong","errors":[{"location":"`+place+`","message":"no number"}]}`)
		f.status = http.StatusBadRequest
		_, errs, code := f.run(t, words(t, "release create SHEET --market US --effective 2026-12-01")...)
		if code != want || !strings.Contains(errs, strings.ReplaceAll(place, "query.", "--")+": no number") {
			t.Errorf("%s: exit %d, want %d: %s", place, code, want, errs)
		}
	}
}

func TestEveryCommandHasAnExample(t *testing.T) {
	var check func(cmd *cobra.Command)
	check = func(cmd *cobra.Command) {
		for _, c := range cmd.Commands() {
			check(c)
		}
		if cmd.HasSubCommands() || cmd.Example != "" {
			return
		}
		t.Errorf("%s has no example", cmd.CommandPath())
	}
	check((&app{}).root())
}

func TestEveryExampleIsACommandLineThatIsUnderstood(t *testing.T) {
	root := (&app{}).root()
	var check func(cmd *cobra.Command)
	check = func(cmd *cobra.Command) {
		for _, c := range cmd.Commands() {
			check(c)
		}
		for line := range strings.Lines(strings.ReplaceAll(cmd.Example, "\\\n", "")) {
			line, _, _ = strings.Cut(line, " #")
			args := strings.Fields(line)
			found, rest, err := root.Find(args[1:])
			if err != nil || args[0] != "pricewire" || found == root {
				t.Errorf("%s: %v", line, err)
				continue
			}
			for _, arg := range rest {
				name, isFlag := strings.CutPrefix(arg, "--")
				if isFlag && found.Flags().Lookup(name) == nil && found.InheritedFlags().Lookup(name) == nil {
					t.Errorf("%s: no flag %s", line, arg)
				}
			}
		}
	}
	check(root)
}
