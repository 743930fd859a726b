package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/services/pricewire/output"
)

func (a *app) releaseSet() *cobra.Command {
	return group("set", "Many market files as one: each a release of its own, made, reviewed and approved together",
		a.setCreate(), a.setLint(), a.setShow(), a.setReview(),
		a.setTransition("submit", "Hand all drafts of a set in for review", func(cmd *cobra.Command, body map[string]*string) {
			body["reason"] = cmd.Flags().String("reason", "", "what the reviewers should know")
			body["acknowledge"] = acknowledgeFlag(cmd)
		}),
		a.setTransition("approve", "Approve all releases of a set, or none", func(cmd *cobra.Command, body map[string]*string) {
			body["short_notice"] = cmd.Flags().String("short-notice", "", "why they go out with less notice than the policy asks for")
			body["acknowledge"] = acknowledgeFlag(cmd)
		}),
		a.setTransition("reject", "Send all releases of a set back for good", rejectFlags))
}

func setPath(name string) string { return "/v1/sets/" + url.PathEscape(name) }

// setFlags declares what describes the sheets of a set.
func setFlags(cmd *cobra.Command) *query {
	return newQuery(cmd.Flags()).add("list", "list", "license", "which list: "+strings.Join(lists(), ", ")).
		add("effective", "effective", "", "when all of it takes effect (a date or RFC 3339)").
		add("kind", "kind", "full", "full: all lines; delta: only those that change")
}

const setHelp = `A set is a folder with one sheet a market, folders in it included, or a zip archive of one. Each sheet says its market in its own column; a
legacy list says it in its name, such as pricelist-DE.xlsx.`

func (a *app) setCreate() *cobra.Command {
	cmd := &cobra.Command{
		Use: "create NAME DIR|ZIP", Short: "Make a draft from every sheet of a folder or a zip archive, or none when one cannot be",
		Args: cobra.ExactArgs(2), Long: setHelp,
		Example: `  pricewire release set create december-2026 ./december --list license --effective 2026-12-01 --as alice`,
	}
	q := setFlags(cmd).add("acknowledge", "acknowledge", "", acknowledgeHelp)
	_ = cmd.MarkFlagRequired("effective")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		answer, err := a.uploadSet(cmd.Context(), setPath(args[0]), q.encode(), args[1])
		if err != nil {
			return err
		}
		return a.printSet(answer)
	}
	return cmd
}

// uploadSet sends the sheets of a folder or an archive.
func (a *app) uploadSet(ctx context.Context, path string, values url.Values, source string) (json.RawMessage, error) {
	if err := knownList(values.Get("list")); err != nil {
		return nil, err
	}
	if info, err := os.Stat(source); err == nil && info.IsDir() {
		sheets, err := folderBundle(source, a.note)
		if err != nil {
			return nil, err
		}
		return a.sendBundle(ctx, path, values, sheets)
	}
	f, err := openSheet(source)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	if !strings.EqualFold(filepath.Ext(source), ".zip") {
		return nil, usage(fmt.Errorf("%s is neither a folder nor a zip archive; one sheet alone is for release create", source))
	}
	return a.send(ctx, path, values, f)
}

func (a *app) setLint() *cobra.Command {
	cmd := &cobra.Command{
		Use: "lint DIR|ZIP", Short: "Name every problem of every sheet; stores nothing", Args: cobra.ExactArgs(1), Long: setHelp,
		Example: `  pricewire release set lint ./december --list license --effective 2026-12-01`,
	}
	exits(cmd, "1 when a sheet has errors")
	q := setFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		answer, err := a.uploadSet(cmd.Context(), "/v1/sets:lint", q.encode(), args[0])
		if err != nil {
			return err
		}
		return a.printSetLint(answer, args[0])
	}
	return cmd
}

func (a *app) printSetLint(answer json.RawMessage, source string) error {
	var lint struct {
		Files []struct {
			File, Market string
			linted
		}
		Errors, Warnings, Notes int
	}
	if err := json.Unmarshal(answer, &lint); err != nil {
		return fmt.Errorf("read answer: %w", err)
	}
	var all []json.RawMessage
	for _, f := range lint.Files {
		all = append(all, tagged("file", f.File, f.Problems)...)
		a.note("%s: %s, %d lines: %d errors, %d warnings, %d notes", f.File, first(f.Market, "no market"), f.Lines, f.Errors, f.Warnings, f.Notes)
	}
	columns, err := problemColumns(all, "file")
	if err != nil {
		return err
	}
	if a.out() == output.JSON && !a.choosing() {
		err = output.Object(a.streams.Out, output.JSON, answer)
	} else {
		err = output.List(a.streams.Out, a.out(), all, columns...)
	}
	if err != nil {
		return err
	}
	a.note("%d sheets: %d errors, %d warnings, %d notes", len(lint.Files), lint.Errors, lint.Warnings, lint.Notes)
	if lint.Errors > 0 {
		return fault.New(fault.Invalid, "%s has %d errors", source, lint.Errors)
	}
	return nil
}

func (a *app) setShow() *cobra.Command {
	return &cobra.Command{
		Use: "show NAME", Short: "The releases of a set", Args: cobra.ExactArgs(1), Example: `  pricewire release set show december-2026`,
		RunE: func(cmd *cobra.Command, args []string) error {
			answer, err := a.remote().Get(cmd.Context(), setPath(args[0]), nil)
			if err != nil {
				return err
			}
			return a.printSet(answer)
		},
	}
}

// printSet shows a set as the list of its releases.
func (a *app) printSet(answer json.RawMessage) error {
	if a.out() == output.JSON {
		return output.Members(a.streams.Out, answer, "releases")
	}
	var set struct{ Releases []json.RawMessage }
	if err := json.Unmarshal(answer, &set); err != nil {
		return fmt.Errorf("read answer: %w", err)
	}
	return output.List(a.streams.Out, a.out(), set.Releases, releaseColumns()...)
}

func (a *app) setReview() *cobra.Command {
	return &cobra.Command{
		Use: "review NAME", Short: "What a set changes, and the lines that go another way than in most markets and currencies", Args: cobra.ExactArgs(1),
		Example: `  pricewire release set review december-2026`,
		RunE: func(cmd *cobra.Command, args []string) error {
			answer, err := a.remote().Get(cmd.Context(), setPath(args[0])+"/review", nil)
			if err != nil {
				return err
			}
			return a.printReview(answer)
		},
	}
}

func (a *app) printReview(answer json.RawMessage) error {
	if a.out() == output.JSON {
		return output.Members(a.streams.Out, answer, "releases", "odd")
	}
	var review struct{ Releases, Odd []json.RawMessage }
	if err := json.Unmarshal(answer, &review); err != nil {
		return fmt.Errorf("read answer: %w", err)
	}
	if a.out() != output.Table || a.choosing() {
		return output.List(a.streams.Out, a.out(), append(marked("release", review.Releases), marked("odd", review.Odd)...))
	}
	var rows [][]string
	for _, r := range review.Releases {
		row, err := output.Cells(r, "release", "against", "summary.added", "summary.price_changed", "summary.changed", "renamed",
			"summary.ending", "summary.removed", "summary.unchanged")
		if err != nil {
			return err
		}
		rows = append(rows, row)
	}
	heads := []string{"RELEASE", "AGAINST", "ADDED", "PRICE CHANGED", "CHANGED", "RENAMED", "ENDING", "REMOVED", "UNCHANGED"}
	if err := output.Grid(a.streams.Out, heads, rows); err != nil {
		return err
	}
	a.note("lines that go another way than in most markets and currencies: %d", len(review.Odd))
	return a.printOdd(review.Odd)
}

// printOdd adds the odd ones out below what is there.
func (a *app) printOdd(all []json.RawMessage) error {
	if len(all) == 0 {
		return nil
	}
	rows := make([][]string, len(all))
	for i, odd := range all {
		var err error
		if rows[i], err = oddRow(odd); err != nil {
			return err
		}
	}
	if _, err := fmt.Fprintln(a.streams.Out); err != nil {
		return err
	}
	heads := slices.Concat([]string{"RELEASE"}, identityHeads(), []string{"DOES", "PERCENT", "OTHERS DO", "PERCENT", "OTHERS"})
	return output.Grid(a.streams.Out, heads, rows)
}

func oddRow(odd json.RawMessage) ([]string, error) {
	row, err := output.Cells(odd, slices.Concat([]string{"release"}, identityFields(), []string{"change", "percent", "usual", "usual_percent"})...)
	if err != nil {
		return nil, err
	}
	others, err := output.Cells(odd, "others", "of")
	if err != nil {
		return nil, err
	}
	return append(row, others[0]+" of "+others[1]), nil
}

// setTransition is a command that moves the releases of a set on together.
func (a *app) setTransition(verb, short string, declare func(*cobra.Command, map[string]*string)) *cobra.Command {
	cmd := &cobra.Command{Use: verb + " NAME", Short: short, Args: cobra.ExactArgs(1), Example: "  pricewire release set " + verb + " december-2026 --as bob"}
	if verb == "reject" {
		cmd.Example += " --reason 'exchange rates of last month'"
	}
	body := map[string]*string{}
	declare(cmd, body)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		answer, err := a.remote().PostJSON(cmd.Context(), setPath(args[0])+"/"+verb, body)
		if err != nil {
			return err
		}
		return a.printSet(answer)
	}
	return cmd
}
