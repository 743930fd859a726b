package cli

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/services/pricewire/output"
)

func (a *app) releaseCommand() *cobra.Command {
	return group("release", "Prepare, check, approve and follow releases of price lists",
		a.releaseCreate(), a.releaseLint(), a.releaseList(), a.releaseShow(), a.releaseDiff(), a.releaseLog(),
		a.transition("submit", "Hand a draft in for review", nil),
		a.transition("approve", "Approve a release; another person than its author and submitter must", func(cmd *cobra.Command, body map[string]*string) {
			body["short_notice"] = cmd.Flags().String("short-notice", "", "why it goes out with less notice than the policy asks for")
			body["acknowledge"] = cmd.Flags().String("acknowledge", "", "why warnings that ask for it are accepted")
		}),
		a.transition("reject", "Send a release back for good", func(cmd *cobra.Command, body map[string]*string) {
			body["reason"] = cmd.Flags().String("reason", "", "why")
			_ = cmd.MarkFlagRequired("reason")
		}))
}

// sheetFlags declares what describes a sheet.
func sheetFlags(cmd *cobra.Command) *query {
	return newQuery(cmd.Flags()).add("list", "list", "license", "which list").add("market", "market", "", "market, ISO 3166").
		add("effective", "effective", "", "when it takes effect (a date or RFC 3339)").add("kind", "kind", "full", "full: all lines; delta: only those that change")
}

// upload sends a sheet with what describes it.
func (a *app) upload(cmd *cobra.Command, path, file string, values url.Values) (json.RawMessage, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, fault.New(fault.Invalid, "read sheet: %w", err).WithPlaces(fault.Place{Where: commandLine, Problem: err.Error()})
	}
	defer func() { _ = f.Close() }()
	if err := readable(f); err != nil {
		return nil, err
	}
	values.Set("filename", filepath.Base(file))
	return a.remote().Post(cmd.Context(), path, values, f, "text/csv")
}

// readable refuses what can be opened and holds no sheet.
func readable(f *os.File) error {
	info, err := f.Stat()
	switch {
	case err != nil:
		return fmt.Errorf("read sheet: %w", err)
	case info.IsDir():
		return usage(fmt.Errorf("%s is a folder, not a sheet", f.Name()))
	case info.Mode().IsRegular() && info.Size() == 0:
		return fault.New(fault.Invalid, "%s is empty", f.Name())
	}
	return nil
}

func (a *app) releaseCreate() *cobra.Command {
	cmd := &cobra.Command{
		Use: "create FILE", Short: "Make a draft from a sheet", Args: cobra.ExactArgs(1),
		Example: `  pricewire release create list.csv --list license --market US --effective 2026-12-01 --as alice`,
	}
	q := sheetFlags(cmd).add("publish-at", "publish_at", "", "publish earlier than the notice asks for").
		add("acknowledge", "acknowledge", "", "why warnings that ask for it are accepted")
	_ = cmd.MarkFlagRequired("market")
	_ = cmd.MarkFlagRequired("effective")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		answer, err := a.upload(cmd, "/v1/releases", args[0], q.encode())
		if err != nil {
			return err
		}
		return a.printRelease(answer)
	}
	return cmd
}

func (a *app) releaseLint() *cobra.Command {
	cmd := &cobra.Command{
		Use: "lint FILE", Short: "Name every problem of a sheet by row and column; stores nothing", Args: cobra.ExactArgs(1),
		Example: `  pricewire release lint list.csv --list license --market US`,
	}
	q := sheetFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		answer, err := a.upload(cmd, "/v1/releases:lint", args[0], q.encode())
		if err != nil {
			return err
		}
		var lint struct {
			Lines, Errors, Warnings, Notes int
			Problems                       []json.RawMessage
		}
		if err := json.Unmarshal(answer, &lint); err != nil {
			return fmt.Errorf("read answer: %w", err)
		}
		if a.out() == output.JSON {
			err = output.Object(a.streams.Out, output.JSON, answer)
		} else {
			err = output.List(a.streams.Out, a.out(), lint.Problems, "severity", "row", "column", "value", "rule", "text")
		}
		a.note("%d lines: %d errors, %d warnings, %d notes", lint.Lines, lint.Errors, lint.Warnings, lint.Notes)
		if err == nil && lint.Errors > 0 {
			err = fault.New(fault.Invalid, "%s has %d errors", args[0], lint.Errors)
		}
		return err
	}
	return cmd
}

func (a *app) releaseList() *cobra.Command {
	cmd := &cobra.Command{Use: "list", Short: "All releases", Args: cobra.NoArgs, Example: `  pricewire release list --market US`}
	q := newQuery(cmd.Flags()).add("list", "list", "", "only this list").add("market", "market", "", "only this market").
		add("month", "month", "", "only this month, such as 2026-12").add("state", "state", "", "only this state")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return a.list(cmd.Context(), "/v1/releases", q.encode(), "id", "state", "effective_at", "publish_at", "published_at", "lines", "created_by", "approved_by")
	}
	return cmd
}

func (a *app) releaseShow() *cobra.Command {
	return &cobra.Command{
		Use: "show ID", Short: "One release", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			answer, err := a.remote().Get(cmd.Context(), "/v1/releases/"+url.PathEscape(args[0]), nil)
			if err != nil {
				return err
			}
			return a.printRelease(answer)
		},
	}
}

// printRelease shows a release; on a table its problems follow as a list of their own.
func (a *app) printRelease(answer json.RawMessage) error {
	if a.out() != output.Table {
		return output.Object(a.streams.Out, a.out(), answer)
	}
	var release struct {
		Problems []json.RawMessage
	}
	if err := json.Unmarshal(answer, &release); err != nil {
		return fmt.Errorf("read answer: %w", err)
	}
	err := output.Object(a.streams.Out, output.Table, answer, "id", "state", "kind", "effective_at", "publish_at", "published_at", "created_by", "submitted_by", "approved_by",
		"lines", "diff.added", "diff.price_changed", "diff.changed", "diff.ending", "diff.removed", "diff.unchanged", "notice.policy", "notice.days", "notice.short", "notice.reason",
		"predecessor", "supersedes", "superseded_by", "held", "checksum")
	if err != nil || len(release.Problems) == 0 {
		return err
	}
	if _, err := fmt.Fprintln(a.streams.Out); err != nil {
		return err
	}
	shown := release.Problems[:min(len(release.Problems), mostPlaces)]
	if err := output.List(a.streams.Out, output.Table, shown, "severity", "row", "column", "value", "rule", "text"); err != nil {
		return err
	}
	if more := len(release.Problems) - len(shown); more > 0 {
		a.note("… and %d more; -o json shows all", more)
	}
	return nil
}

func (a *app) releaseDiff() *cobra.Command {
	cmd := &cobra.Command{
		Use: "diff ID", Short: "What a release changes, against its predecessor or another release", Args: cobra.ExactArgs(1),
		Example: `  pricewire release diff license-us-2026-12-r1 -o csv > review.csv`,
	}
	q := newQuery(cmd.Flags()).add("against", "against", "", "release to compare with, instead of the predecessor")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		answer, err := a.remote().Get(cmd.Context(), "/v1/releases/"+url.PathEscape(args[0])+"/diff", q.encode())
		if err != nil {
			return err
		}
		if a.out() == output.JSON {
			return output.Object(a.streams.Out, output.JSON, answer)
		}
		var diff struct {
			Summary json.RawMessage
			Lines   []json.RawMessage
		}
		if err := json.Unmarshal(answer, &diff); err != nil {
			return fmt.Errorf("read answer: %w", err)
		}
		if a.out() == output.CSV { // the same columns whatever the lines are
			if err := output.Columns(a.streams.Out, diff.Lines, diffColumns()...); err != nil {
				return err
			}
		} else if err := output.List(a.streams.Out, a.out(), diff.Lines, "change", "identity.product", "identity.sku", "identity.term", "identity.billing", "identity.currency", "identity.tier",
			"before.unit_price", "after.unit_price", "before.erp_price", "after.erp_price", "after.product_title", "after.sku_title"); err != nil {
			return err
		}
		a.note("%s", diff.Summary)
		return nil
	}
	return cmd
}

// diffColumns are those of a diff as CSV.
func diffColumns() []string {
	columns := []string{"change"}
	for _, c := range []string{"market", "currency", "product", "sku", "term", "billing", "tier"} {
		columns = append(columns, "identity."+c)
	}
	for _, side := range []string{"before.", "after."} {
		for _, c := range []string{
			"unit_price", "erp_price", "price_basis", "starts_at", "ends_at", "end_of_sale", "product_title", "sku_title", "publisher", "description", "unit", "segment", "tags",
		} {
			columns = append(columns, side+c)
		}
	}
	return columns
}

func (a *app) releaseLog() *cobra.Command {
	return &cobra.Command{
		Use: "log ID", Short: "Who did what with a release, when and why", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			log, err := a.page(cmd.Context(), "/v1/releases/"+url.PathEscape(args[0])+"/log", nil)
			if err != nil {
				return err
			}
			return output.List(a.streams.Out, a.out(), log.Items, "at", "who", "what", "reason")
		},
	}
}

// transition is a command that moves a release on. What declare adds are fields of the request's body.
func (a *app) transition(verb, short string, declare func(*cobra.Command, map[string]*string)) *cobra.Command {
	cmd := &cobra.Command{Use: verb + " ID", Short: short, Args: cobra.ExactArgs(1), Example: "  pricewire release " + verb + " license-us-2026-12-r1 --as bob"}
	body := map[string]*string{}
	if declare != nil {
		declare(cmd, body)
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		answer, err := a.remote().PostJSON(cmd.Context(), "/v1/releases/"+url.PathEscape(args[0])+"/"+verb, body)
		if err != nil {
			return err
		}
		return a.printRelease(answer)
	}
	return cmd
}
