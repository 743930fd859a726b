package cli

import (
	"encoding/json"
	"fmt"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/services/pricewire/output"
)

const (
	contentsHelp = "with --list offers: the public list of product names and service plan identifiers, which says what bundles contain"
	sheetsHelp   = `A sheet is a CSV file, a workbook, or one of the two zipped; what it is, the server tells by its content and its headers. Documents come as a YAML
file, and the files that it names are taken from its folder.`
)

func (a *app) releaseCreate() *cobra.Command {
	cmd := &cobra.Command{
		Use: "create FILE", Short: "Make a draft from a sheet", Args: cobra.ExactArgs(1),
		Long: "Make a draft from a sheet. Warnings do not stop it; errors do.\n\n" + sheetsHelp,
		Example: `  pricewire release create list.csv --list license --market US --effective 2026-12-01 --as alice
  pricewire release create matrix.xlsx --list offers --effective 2026-12-01 --contents service_plans.csv --as alice
  pricewire release create documents.yaml --list documents --effective 2026-12-01 --as alice`,
	}
	q := sheetFlags(cmd).add("publish-at", "publish_at", "", "publish earlier than the notice asks for").add("acknowledge", "acknowledge", "", acknowledgeHelp)
	return a.drafting(cmd, q)
}

func (a *app) releaseBackfill() *cobra.Command {
	cmd := &cobra.Command{
		Use: "backfill FILE", Short: "Make a draft of a list of the past, which counts as published when it really was", Args: cobra.ExactArgs(1),
		Long: "Make a draft of a list of the past. It is reviewed and approved like any other; its notice is not judged.\n\n" + sheetsHelp,
		Example: `  pricewire release backfill november.xlsx --list license --market US --effective 2025-11-01 --published 2025-10-01T00:00:00Z \
    --reason 'history from before day one' --as alice`,
	}
	q := sheetFlags(cmd).add("published", "published", "", "when it was published (RFC 3339)").add("reason", "reason", "", "why it is loaded now").
		add("acknowledge", "acknowledge", "", acknowledgeHelp)
	_ = cmd.MarkFlagRequired("published")
	_ = cmd.MarkFlagRequired("reason")
	return a.drafting(cmd, q)
}

// drafting makes a command that makes a draft.
func (a *app) drafting(cmd *cobra.Command, q *query) *cobra.Command {
	contents := cmd.Flags().String("contents", "", contentsHelp)
	_ = cmd.MarkFlagRequired("effective")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		values := q.encode()
		answer, err := a.upload(cmd.Context(), "/v1/releases", values, values.Get("list"), args[0], *contents)
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
		Example: `  pricewire release lint list.csv --list license --market US
  pricewire release lint documents.yaml --list documents -o csv > problems.csv`,
	}
	exits(cmd, "1 when the sheet has errors")
	q := sheetFlags(cmd)
	contents := cmd.Flags().String("contents", "", contentsHelp)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		values := q.encode()
		answer, err := a.upload(cmd.Context(), "/v1/releases:lint", values, values.Get("list"), args[0], *contents)
		if err != nil {
			return err
		}
		return a.printLint(answer, args[0])
	}
	return cmd
}

// linted is what a check of a sheet found.
type linted struct {
	Lines, Errors, Warnings, Notes int
	Predecessor                    string
	Diff                           counts
	Problems                       []json.RawMessage
}

// printLint writes what a check found; errors in the file make it a failure.
func (a *app) printLint(answer json.RawMessage, file string) error {
	var lint linted
	if err := json.Unmarshal(answer, &lint); err != nil {
		return fmt.Errorf("read answer: %w", err)
	}
	columns, err := problemColumns(lint.Problems)
	if err != nil {
		return err
	}
	if a.out() == output.JSON {
		err = output.Members(a.streams.Out, answer, "problems")
	} else {
		err = output.List(a.streams.Out, a.out(), lint.Problems, columns...)
	}
	if err != nil {
		return err
	}
	if lint.Predecessor != "" {
		a.note("against %s: %s", lint.Predecessor, lint.Diff)
	}
	a.note("%d lines: %d errors, %d warnings, %d notes", lint.Lines, lint.Errors, lint.Warnings, lint.Notes)
	if lint.Errors > 0 {
		return fault.New(fault.Invalid, "%s has %d errors", file, lint.Errors)
	}
	return nil
}

func (a *app) releaseCorrect() *cobra.Command {
	cmd := &cobra.Command{
		Use: "correct ID FILE", Short: "Make a draft that mends a published release", Args: cobra.ExactArgs(2),
		Long: `Make a draft that mends a published release. It has the full life of its own, and its reason is its reason for short notice too. After the
effective date of what it mends it takes effect when it is published, or at a later --from; with --retroactive, as of the original's date.

` + sheetsHelp,
		Example: `  pricewire release correct license-us-2026-12-r1 fixed.csv --kind delta --reason 'two prices were of November' --as alice
  pricewire release correct license-us-2026-12-r1 list.csv --reason 'wrong currency' --retroactive --as alice`,
	}
	q := newQuery(cmd.Flags()).add("reason", "reason", "", "why").add("from", "from", "", "when it takes effect, where that is later than its publication").
		add("kind", "kind", "full", "full: all lines; delta: only those that change").add("acknowledge", "acknowledge", "", acknowledgeHelp)
	retroactive := cmd.Flags().Bool("retroactive", false, "as of the effective date of what it mends")
	contents := cmd.Flags().String("contents", "", contentsHelp)
	_ = cmd.MarkFlagRequired("reason")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		values := q.encode()
		if *retroactive {
			values.Set("retroactive", strconv.FormatBool(true))
		}
		list, _, _ := strings.Cut(args[0], "-")
		answer, err := a.upload(cmd.Context(), releasePath(args[0])+"/correct", values, list, args[1], *contents)
		if err != nil {
			return err
		}
		return a.printRelease(answer)
	}
	return cmd
}

func (a *app) releaseWithdraw() *cobra.Command {
	cmd := &cobra.Command{
		Use: "withdraw ID", Short: "Take a release, or some lines of it, back; another person than its author and submitter must", Args: cobra.ExactArgs(1),
		Long: `Take a release, or some lines of it, back. What is withdrawn falls back to the release before, from now on or from the effective date on,
whichever is later; with --retroactive from the effective date on in any case.

The lines are chosen by a CSV file whose header names parts of identities, such as ProductId and SkuId: part of an export or of a diff will do.
What a row leaves empty matches everything. For lists that have no prices, the column is key.`,
		Example: `  pricewire release withdraw license-us-2026-12-r1 --reason 'published by mistake' --as bob
  pricewire release withdraw license-us-2026-12-r1 --lines wrong.csv --reason 'preview showed them by mistake' --as bob`,
	}
	q := newQuery(cmd.Flags()).add("reason", "reason", "", "why")
	lines := cmd.Flags().String("lines", "", "CSV file that chooses the lines; without it the whole release")
	retroactive := cmd.Flags().Bool("retroactive", false, "from the effective date on, even when that has passed")
	_ = cmd.MarkFlagRequired("reason")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		values := q.encode()
		if *retroactive {
			values.Set("retroactive", strconv.FormatBool(true))
		}
		answer, err := a.withdraw(cmd, args[0], *lines, values)
		if err != nil {
			return err
		}
		return a.printRelease(answer)
	}
	return cmd
}

func (a *app) withdraw(cmd *cobra.Command, id, lines string, values url.Values) (json.RawMessage, error) {
	path := releasePath(id) + "/withdraw"
	if !cmd.Flags().Changed("lines") {
		return a.remote().Post(cmd.Context(), path, values, nil, "")
	}
	f, err := openSheet(lines) // an empty name is a mistake, not the whole release
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	values.Set("filename", filepath.Base(lines))
	return a.send(cmd.Context(), path, values, f)
}
