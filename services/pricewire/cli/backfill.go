package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/services/pricewire/output"
)

// totals are what a backfill did, as its JSON has them.
type totals struct {
	Snapshots    int `json:"snapshots"`
	Rows         int `json:"rows"`
	Refused      int `json:"refused"`
	Quarantined  int `json:"quarantined"`
	Added        int `json:"added"`
	PriceChanged int `json:"price_changed"`
	Corrections  int `json:"corrections"`
	Backdated    int `json:"backdated"`
	Rescheduled  int `json:"rescheduled"`
	Expiring     int `json:"expiring"`
	Renamed      int `json:"renamed"`
	Restated     int `json:"restated"`
	Retired      int `json:"retired"`
	Periods      int `json:"periods"`
	Repeated     int `json:"repeated"`
	Foreign      int `json:"foreign"`
}

// observed is a crawl's record as the server answers an upload.
type observed struct {
	ID          string `json:"id"`
	Rows        int    `json:"rows"`
	Refused     string `json:"refused"`
	Repeated    bool   `json:"repeated"`
	Quarantined int    `json:"quarantined"`
	Foreign     int    `json:"foreign"`
	Counts      totals `json:"counts"`
}

func (a *app) rateBackfill() *cobra.Command {
	cmd := &cobra.Command{
		Use: "backfill DIR|FILE", Short: "Load dated files YYYY-MM-DD.json or .csv, perhaps .gz, each observed at 12:00 UTC of its date", Args: cobra.ExactArgs(1),
		Long: `Load files of usage rates, each an observation of its scope at 12:00 UTC of the date that names it, or at --at for a single file.

A file holds rows of the Retail Prices API (an array, or its envelope), a rate card, a price sheet of the Azure plan, or the monthly exchange
rates. Its content says which: rates of each are a price list of their own, retail, ratecard, price-sheet or fx.`,
		Example: `  pricewire rate backfill ./snapshots
  pricewire rate backfill ./first-pages --partial -o json
  pricewire rate backfill price-sheet.csv --at 2026-10-01 --scope price-sheet-us`,
	}
	q := newQuery(cmd.Flags()).add("currency", "currency", "USD", "currency of the rows").add("scope", "scope", "", "scope; default backfill-<currency>").
		add("at", "observed_at", "", "when a single file was observed (a date or RFC 3339); default: 12:00 UTC of the date that names it")
	partial := cmd.Flags().Bool("partial", false, "the files are windows: absence means nothing, and there is no shrink guard")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		files, err := backfilled(args[0], *q.values["observed_at"])
		if err != nil {
			return err
		}
		values := q.encode()
		values.Set("partial", strconv.FormatBool(*partial))
		sum, err := a.uploadAll(cmd, files, values)
		if err != nil {
			return err
		}
		answer, err := json.Marshal(sum)
		if err != nil {
			return err
		}
		return output.Object(a.streams.Out, a.out(), answer)
	}
	return cmd
}

// uploadAll sends snapshots one after the other and adds up what they did.
func (a *app) uploadAll(cmd *cobra.Command, files []string, values url.Values) (totals, error) {
	sum, progress := totals{}, a.progress("snapshots", len(files))
	for i, file := range files {
		values.Set("name", filepath.Base(file))
		values.Set("wait", strconv.FormatBool(i == len(files)-1)) // the last one answers for all before it
		record, err := a.uploadSnapshot(cmd, file, values)
		if err != nil {
			if len(files) > 1 {
				progress.note("%d of %d snapshots were taken; the same command goes on from there", i, len(files))
			}
			if strings.HasPrefix(err.Error(), filepath.Base(file)) { // what is wrong in a file is said with its name
				return sum, fault.Wrap(err, "backfill")
			}
			return sum, fault.Wrap(err, "backfill %s", filepath.Base(file))
		}
		sum.add(record)
		if record.Refused != "" {
			progress.note("%s refused: %s", filepath.Base(file), record.Refused)
		}
		progress.step()
	}
	progress.end()
	return sum, nil
}

func (a *app) uploadSnapshot(cmd *cobra.Command, file string, values url.Values) (observed, error) {
	var record observed
	f, err := os.Open(file)
	if err != nil {
		return record, fault.New(fault.Invalid, "read snapshot: %w", err)
	}
	defer func() { _ = f.Close() }()
	if err := snapshot(f); err != nil {
		return record, err
	}
	answer, err := a.remote().Post(cmd.Context(), "/v1/observations", values, f, octets)
	if err != nil {
		return record, err
	}
	return record, json.Unmarshal(answer, &record)
}

// largestSnapshot is how much the server takes of one file, in bytes, packed or not.
const largestSnapshot = 256 << 20

// snapshot refuses a file that need not be sent: one that is empty or too large.
func snapshot(f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("read snapshot: %w", err)
	}
	name, hint := filepath.Base(f.Name()), "split it, or compress it with gzip"
	if strings.HasSuffix(name, ".gz") {
		hint = "split it"
	}
	switch {
	case info.Mode().IsRegular() && info.Size() == 0:
		return fault.New(fault.Invalid, "%s is empty", name).WithHint("get the file again")
	case info.Size() >= largestSnapshot:
		return fault.New(fault.Invalid, "%s has %d MiB, and less than %d MiB can be taken", name, info.Size()>>20, largestSnapshot>>20).WithHint("%s", hint)
	}
	return nil
}

func (t *totals) add(o observed) {
	t.Snapshots++
	t.Rows += o.Rows
	if o.Refused != "" {
		t.Refused++
		return
	}
	if o.Repeated {
		t.Repeated++
		return
	}
	t.Quarantined += o.Quarantined
	t.Foreign += o.Foreign
	t.Added += o.Counts.Added
	t.PriceChanged += o.Counts.PriceChanged
	t.Corrections += o.Counts.Corrections
	t.Backdated += o.Counts.Backdated
	t.Rescheduled += o.Counts.Rescheduled
	t.Expiring += o.Counts.Expiring
	t.Renamed += o.Counts.Renamed
	t.Restated += o.Counts.Restated
	t.Retired += o.Counts.Retired
	t.Periods += o.Counts.Periods
}

// dated is what a file is called that says when it was observed; its first group is the date.
func dated() *regexp.Regexp {
	return regexp.MustCompile(`^(\d{4}-\d{2}-\d{2})\.(?:json|csv)(?:\.gz)?$`)
}

// datedNames are how such files are called, for people.
const datedNames = "YYYY-MM-DD.json or YYYY-MM-DD.csv, perhaps with .gz behind it"

// backfilled lists what is to be loaded: the dated files of a folder in order of their dates, or one file, which is dated unless a time is given.
func backfilled(path, at string) ([]string, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, badArgument("read %s: %w", path, err)
	case info.IsDir() && at != "":
		return nil, badArgument("%s is a folder, whose files say their dates; --at is for a single file", path)
	case info.IsDir():
		return snapshots(path)
	case at != "":
		return []string{path}, nil
	}
	if match := dated().FindStringSubmatch(filepath.Base(path)); match == nil || !isDate(match[1]) {
		return nil, badArgument("%s does not say when it was observed", path).WithHint("give --at TIME, or name it %s", datedNames)
	}
	return []string{path}, nil
}

// badArgument is a fault of the command line.
func badArgument(format string, args ...any) *fault.Error {
	e := fault.New(fault.Invalid, format, args...)
	return e.WithPlaces(fault.Place{Where: commandLine, Problem: e.Error()})
}

func isDate(s string) bool {
	_, err := time.Parse(time.DateOnly, s)
	return err == nil
}

// snapshots lists the dated files of a folder in order of their dates.
func snapshots(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, badArgument("read folder: %w", err)
	}
	byDate, names := map[string]string{}, dated()
	var wrong []error
	for _, entry := range entries {
		match := names.FindStringSubmatch(entry.Name())
		if match == nil || entry.IsDir() {
			continue
		}
		if !isDate(match[1]) {
			wrong = append(wrong, fmt.Errorf("%s is not a date", entry.Name()))
			continue
		}
		if other, ok := byDate[match[1]]; ok {
			wrong = append(wrong, fmt.Errorf("%s and %s have the same date", filepath.Base(other), entry.Name()))
			continue
		}
		byDate[match[1]] = filepath.Join(dir, entry.Name())
	}
	if err := errors.Join(wrong...); err != nil {
		return nil, fault.New(fault.Invalid, "read folder %s: %w", dir, err).WithHint("keep one file a date, named %s", datedNames)
	}
	if len(byDate) == 0 {
		return nil, badArgument("folder %s holds no file named %s", dir, datedNames)
	}
	var files []string
	for _, date := range slices.Sorted(maps.Keys(byDate)) {
		files = append(files, byDate[date])
	}
	return files, nil
}
