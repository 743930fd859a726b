package deploy_test

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
	natsjs "github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/stream"
	"github.com/pricewire/pricewire/services/pricewire/connect"
	"github.com/pricewire/pricewire/services/pricewire/part"
)

// rightsInNATS is who may do what with each stream and bucket: r reads, w writes, d declares or changes how it is, x takes away. Whoever is not
// named may do nothing. Kept by hand: a bucket that is new must be thought of here, and denied in nats.conf to users who read all streams.
func rightsInNATS() map[string]map[string]string {
	const looksAfter = "rdx"
	of := func(rights map[string]string) map[string]string {
		rights["operator"] = looksAfter
		return rights
	}
	// Who declares streams of currencies may declare any that is not denied him.
	erp := of(map[string]string{"feeder": "rwd", "ingester": "rd", "materializer": "r", "api": "r", "notifier": "r"})
	return map[string]map[string]string{
		"PRICES":    of(map[string]string{"scheduler": "rwd", "ingester": "r", "materializer": "r", "api": "r", "notifier": "r", "feeder": "r"}),
		"RATES_USD": of(map[string]string{"ingester": "rwd", "materializer": "r", "api": "r", "notifier": "r", "feeder": "rd"}),
		"RATES_EUR": of(map[string]string{"ingester": "rwd", "materializer": "r", "api": "r", "notifier": "r", "feeder": "rd"}),

		"ERP_PRICES": erp, "ERP_RATES_USD": erp, "ERP_RATES_EUR": erp,

		"KV_pricewire_releases": of(map[string]string{"scheduler": "rwd", "api": "rwd"}),
		"OBJ_pricewire_lists":   of(map[string]string{"scheduler": "rd", "api": "rwdx"}), // an upload that is cut short takes its pieces back

		"KV_pricewire_requests": of(map[string]string{"api": "rwd"}),
		"KV_pricewire_tokens":   of(map[string]string{"api": "rwd"}),
		"pricewire_audit":       of(map[string]string{"api": "rwd"}),

		"KV_pricewire_watchlists":       of(map[string]string{"api": "rwd", "notifier": "rd"}),
		"KV_pricewire_webhooks":         of(map[string]string{"api": "rwd", "notifier": "rwd"}),
		"KV_pricewire_webhook_progress": of(map[string]string{"api": "rwd", "notifier": "rwd"}),
	}
}

// everythingDeclared has the server keep what the product keeps, and returns it by name: all that a process can need is opened, whatever that is.
func everythingDeclared(t *testing.T, bed *natsBed) map[string]natsjs.StreamConfig {
	t.Helper()
	operator := bed.as(t, "operator")
	cfg := connect.Default()
	cfg.NATS.URL, cfg.NATS.User, cfg.NATS.PasswordFile = bed.url, "operator", filepath.Join(bed.secrets, "nats-operator.password")
	servers, err := cfg.Resolve(func(string) (string, bool) { return "", false })
	if err != nil {
		t.Fatal(err)
	}
	needs := part.Needs{Name: "test"}
	for i, v := 0, reflect.ValueOf(&needs).Elem(); i < v.NumField(); i++ {
		if name := v.Type().Field(i).Name; v.Field(i).Kind() == reflect.Bool && name != "History" && name != "Writes" { // which are of tables
			v.Field(i).SetBool(true)
		}
	}
	base, err := part.Open(t.Context(), servers, needs, zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(base.Close)
	for _, d := range []stream.Declaration{stream.PricesDeclaration(), stream.RatesDeclaration("USD"), stream.RatesDeclaration("EUR")} {
		for _, d := range []stream.Declaration{d, stream.WithoutCostDeclaration(d.Name)} {
			if _, err := base.Streams.Declare(t.Context(), d); err != nil {
				t.Fatal(err)
			}
		}
	}
	js, err := natsjs.New(operator.Conn)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]natsjs.StreamConfig{}
	list := js.ListStreams(t.Context())
	for info := range list.Info() {
		all[info.Config.Name] = info.Config
	}
	if list.Err() != nil {
		t.Fatal(list.Err())
	}
	return all
}

// may reports whether a user may publish on a subject.
func may(u *server.User, subject string) bool {
	allowed := func(filters []string) bool {
		return slices.ContainsFunc(filters, func(f string) bool { return stream.Matches(f, subject) })
	}
	return allowed(u.Permissions.Publish.Allow) && !allowed(u.Permissions.Publish.Deny)
}

// written are subjects that a stream keeps: some of each of its filters, and of what the user may publish.
func written(u *server.User, s *natsjs.StreamConfig) []string {
	var subjects []string
	for _, f := range append(slices.Clone(s.Subjects), u.Permissions.Publish.Allow...) {
		for _, rest := range []string{"x", "x.y"} {
			if subject := strings.NewReplacer("*", "x", ">", rest).Replace(f); stream.MatchesAny(s.Subjects, subject) {
				subjects = append(subjects, subject)
			}
		}
	}
	return subjects
}

// rightsOf is what a user may do with a stream, as its letters.
func rightsOf(u *server.User, s *natsjs.StreamConfig) string {
	questions := map[string][]string{
		"r": {
			"STREAM.INFO.S", "STREAM.MSG.GET.S", "DIRECT.GET.S", "DIRECT.GET.S.x", "DIRECT.GET.S.x.y", "CONSUMER.CREATE.S", "CONSUMER.CREATE.S.c", "CONSUMER.CREATE.S.c.x.y",
			"CONSUMER.DURABLE.CREATE.S.c", "CONSUMER.MSG.NEXT.S.c", "CONSUMER.INFO.S.c", "CONSUMER.LIST.S", "CONSUMER.NAMES.S", "STREAM.SNAPSHOT.S",
		},
		"d": {"STREAM.CREATE.S", "STREAM.UPDATE.S", "STREAM.TEMPLATE.CREATE.S"},
		"x": {"STREAM.DELETE.S", "STREAM.PURGE.S", "STREAM.MSG.DELETE.S", "STREAM.RESTORE.S"},
	}
	rights := ""
	for _, right := range []string{"r", "w", "d", "x"} {
		var subjects []string
		for _, q := range questions[right] {
			subjects = append(subjects, "$JS.API."+regexp.MustCompile(`\bS\b`).ReplaceAllLiteralString(q, s.Name))
		}
		if right == "w" {
			subjects = written(u, s)
		}
		if slices.ContainsFunc(subjects, func(subject string) bool { return may(u, subject) }) {
			rights += right
		}
	}
	return rights
}

// TestEveryStreamAndBucketIsForThoseItIsFor compares the permissions of all users with the table, for all streams and buckets that the product makes.
func TestEveryStreamAndBucketIsForThoseItIsFor(t *testing.T) {
	bed := newNATSBed(t, "reseller", "billing:cost")
	bed.serve(t)
	declared, table := everythingDeclared(t, bed), rightsInNATS()
	for name := range table {
		if _, there := declared[name]; !there {
			t.Errorf("%s is not made by anybody", name)
		}
	}
	users := 0
	for name, s := range declared {
		rights, known := table[name]
		if !known {
			t.Errorf("%s is new: say here who may do what with it", name)
			continue
		}
		for _, u := range bed.options.Users {
			if u.Account.Name != "PRICEWIRE" {
				continue
			}
			users++
			if got := rightsOf(u, &s); got != rights[u.Username] {
				t.Errorf("%s: %s may %q, and should %q", name, u.Username, got, rights[u.Username])
			}
		}
		cost := slices.Contains([]string{"PRICES", "RATES_USD", "RATES_EUR"}, name)
		if erp := strings.HasPrefix(name, "ERP_"); stream.MaySubscribe(name, true) != (cost || erp) || stream.MaySubscribe(name, false) != erp {
			t.Errorf("%s: subscribers with cost may read it: %t, without: %t", name, stream.MaySubscribe(name, true), stream.MaySubscribe(name, false))
		}
	}
	if users != 7*len(table) {
		t.Errorf("%d rights of users were compared", users)
	}
}

// TestNoBucketIsForgotten finds the names of buckets in the sources of the packages that keep something in NATS.
func TestNoBucketIsForgotten(t *testing.T) {
	files, err := filepath.Glob("../../pkg/*/natskv/*.go")
	if err != nil || len(files) < 10 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	named, found := regexp.MustCompile(`= "(pricewire_[a-z_]+)"`), 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range named.FindAllStringSubmatch(string(text), -1) {
			found++
			known := false
			for _, prefix := range []string{"KV_", "OBJ_", ""} {
				_, is := rightsInNATS()[prefix+m[1]]
				known = known || is
			}
			if !known {
				t.Errorf("%s of %s is not in the table", m[1], file)
			}
		}
	}
	if found < 8 {
		t.Errorf("only %d names were found", found)
	}
}
