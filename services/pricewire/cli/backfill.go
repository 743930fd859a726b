package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
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
		Use: "backfill DIR", Short: "Load dated snapshots YYYY-MM-DD.json[.gz], each observed at 12:00 UTC of its date", Args: cobra.ExactArgs(1),
		Example: `  pricewire rate backfill ./snapshots
  pricewire rate backfill ./first-pages --partial -o json`,
	}
	q := newQuery(cmd.Flags()).add("currency", "currency", "USD", "currency of the rows").add("scope", "scope", "", "scope; default backfill-<currency>")
	partial := cmd.Flags().Bool("partial", false, "the snapshots are windows: absence means nothing, and there is no shrink guard")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		files, err := snapshots(args[0])
		if err != nil {
			return err
		}
		values := q.encode()
		values.Set("partial", strconv.FormatBool(*partial))
		sum, progress := totals{}, a.progress("snapshots", len(files))
		for i, file := range files {
			values.Set("name", filepath.Base(file))
			values.Set("wait", strconv.FormatBool(i == len(files)-1)) // the last one answers for all before it
			record, err := a.uploadSnapshot(cmd, file, values)
			if err != nil {
				progress.note("%d of %d snapshots were taken; the same command goes on from there", i, len(files))
				return fault.Wrap(err, "backfill %s", filepath.Base(file))
			}
			sum.add(record)
			if record.Refused != "" {
				progress.note("%s refused: %s", filepath.Base(file), record.Refused)
			}
			progress.step()
		}
		progress.end()
		answer, err := json.Marshal(sum)
		if err != nil {
			return err
		}
		return output.Object(a.streams.Out, a.out(), answer)
	}
	return cmd
}

func (a *app) uploadSnapshot(cmd *cobra.Command, file string, values map[string][]string) (observed, error) {
	var record observed
	f, err := os.Open(file)
	if err != nil {
		return record, fault.New(fault.Invalid, "read snapshot: %w", err)
	}
	defer func() { _ = f.Close() }()
	contentType := "application/json"
	if filepath.Ext(file) == ".gz" {
		contentType = "application/gzip"
	}
	answer, err := a.remote().Post(cmd.Context(), "/v1/observations", values, f, contentType)
	if err != nil {
		return record, err
	}
	return record, json.Unmarshal(answer, &record)
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

// snapshots lists the dated files of a folder in order of their dates.
func snapshots(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fault.New(fault.Invalid, "read folder: %w", err).WithPlaces(fault.Place{Where: commandLine, Problem: err.Error()})
	}
	dated := regexp.MustCompile(`^(\d{4}-\d{2}-\d{2})\.json(\.gz)?$`)
	byDate := map[string]string{}
	var dates []string
	var wrong []error
	for _, entry := range entries {
		match := dated.FindStringSubmatch(entry.Name())
		if match == nil || entry.IsDir() {
			continue
		}
		if _, err := time.Parse(time.DateOnly, match[1]); err != nil {
			wrong = append(wrong, fmt.Errorf("%s is not a date", entry.Name()))
			continue
		}
		if other, ok := byDate[match[1]]; ok {
			wrong = append(wrong, fmt.Errorf("%s and %s have the same date", filepath.Base(other), entry.Name()))
			continue
		}
		byDate[match[1]] = filepath.Join(dir, entry.Name())
		dates = append(dates, match[1])
	}
	if err := errors.Join(wrong...); err != nil {
		return nil, fault.New(fault.Invalid, "read folder %s: %w", dir, err).WithHint("keep one file a date, named YYYY-MM-DD.json or YYYY-MM-DD.json.gz")
	}
	if len(dates) == 0 {
		return nil, fault.New(fault.Invalid, "folder %s holds no file named YYYY-MM-DD.json or YYYY-MM-DD.json.gz", dir).
			WithPlaces(fault.Place{Where: commandLine, Problem: "no snapshots"})
	}
	slices.Sort(dates)
	files := make([]string, len(dates))
	for i, date := range dates {
		files[i] = byDate[date]
	}
	return files, nil
}
