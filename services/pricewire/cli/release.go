package cli

import (
	"encoding/json"
	"fmt"
	"net/url"

	"github.com/spf13/cobra"

	"github.com/pricewire/pricewire/services/pricewire/command"
	"github.com/pricewire/pricewire/services/pricewire/output"
)

func (a *app) releaseCommand() *cobra.Command {
	return group("release", "Prepare, check, approve and follow releases of the monthly lists",
		a.releaseCreate(), a.releaseLint(), a.releaseBackfill(), a.releaseList(), a.releaseShow(), a.releaseDiff(), a.releaseLog(),
		a.transition("submit", "Hand a draft in for review", func(cmd *cobra.Command, body map[string]*string) {
			body["reason"] = cmd.Flags().String("reason", "", "what the reviewers should know")
			body["acknowledge"] = acknowledgeFlag(cmd)
		}),
		a.transition("approve", "Approve a release; another person than its author and submitter must", func(cmd *cobra.Command, body map[string]*string) {
			body["short_notice"] = cmd.Flags().String("short-notice", "", "why it goes out with less notice than the policy asks for")
			body["acknowledge"] = acknowledgeFlag(cmd)
		}),
		a.transition("reject", "Send a release back for good", rejectFlags),
		a.releaseCorrect(), a.releaseWithdraw(), a.releaseExport(), a.releaseTemplate(), a.releaseSet())
}

const acknowledgeHelp = "rules of the warnings that you take responsibility for, separated by commas"

func acknowledgeFlag(cmd *cobra.Command) *string {
	return cmd.Flags().String("acknowledge", "", acknowledgeHelp)
}

func rejectFlags(cmd *cobra.Command, body map[string]*string) {
	body["reason"] = cmd.Flags().String("reason", "", "why")
	_ = cmd.MarkFlagRequired("reason")
}

func releasePath(id string) string { return "/v1/releases/" + url.PathEscape(id) }

// releaseColumns are what a list of releases shows.
func releaseColumns() []string {
	return []string{"id", "state", "effective_at", "publish_at", "published_at", "lines", "created_by", "approved_by", "held"}
}

func (a *app) releaseList() *cobra.Command {
	cmd := &cobra.Command{
		Use: "list", Short: "All releases", Args: cobra.NoArgs,
		Example: `  pricewire release list --market US
  pricewire release list --list offers --state in_review -o json`,
	}
	q := newQuery(cmd.Flags()).add("list", "list", "", "only this list").add("market", "market", "", "only this market").
		add("month", "month", "", "only this month, such as 2026-12").add("state", "state", "", "only this state").
		add("set", "set", "", "only the releases of this set")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return a.list(cmd.Context(), "/v1/releases", q.encode(), releaseColumns()...)
	}
	return cmd
}

func (a *app) releaseShow() *cobra.Command {
	return &cobra.Command{
		Use: "show ID", Short: "One release", Args: cobra.ExactArgs(1), Example: `  pricewire release show license-us-2026-12-r1`,
		RunE: func(cmd *cobra.Command, args []string) error {
			answer, err := a.remote().Get(cmd.Context(), releasePath(args[0]), nil)
			if err != nil {
				return err
			}
			return a.printRelease(answer)
		},
	}
}

// printRelease shows a release; on a table who acknowledged what, what was withdrawn, and its problems follow as lists of their own.
func (a *app) printRelease(answer json.RawMessage) error {
	if a.out() != output.Table || a.choosing() {
		return output.Object(a.streams.Out, a.out(), answer)
	}
	var release struct {
		Problems, Acknowledged, Withdrawals []json.RawMessage
	}
	if err := json.Unmarshal(answer, &release); err != nil {
		return fmt.Errorf("read answer: %w", err)
	}
	columns, err := shownFields(answer)
	if err != nil {
		return err
	}
	if err := output.Object(a.streams.Out, output.Table, answer, columns...); err != nil {
		return err
	}
	if err := a.section(release.Acknowledged, "rule", "by", "at"); err != nil {
		return err
	}
	if err := a.printWithdrawals(release.Withdrawals); err != nil {
		return err
	}
	return a.printProblems(release.Problems)
}

// shownFields are the fields of a release that a table has: those that every release has, and of the others those that say something.
func shownFields(answer json.RawMessage) ([]string, error) {
	columns := []string{
		"id", "state", "kind", "effective_at", "publish_at", "published_at", "created_by", "submitted_by", "approved_by",
		"lines", "diff.added", "diff.price_changed", "diff.changed", "diff.ending", "diff.removed", "diff.unchanged", "notice.policy",
		"notice.days", "notice.short", "notice.reason", "predecessor", "supersedes", "superseded_by", "held",
	}
	others := []string{"corrects", "reason", "retroactive", "follows_publication", "backfilled", "set"}
	values, err := output.Cells(answer, others...)
	if err != nil {
		return nil, err
	}
	for i, name := range others {
		if values[i] != "" && values[i] != "false" {
			columns = append(columns, name)
		}
	}
	return append(columns, "checksum"), nil
}

// printWithdrawals adds what was taken back of a release below what is there.
func (a *app) printWithdrawals(withdrawals []json.RawMessage) error {
	if len(withdrawals) == 0 {
		return nil
	}
	rows := make([][]string, len(withdrawals))
	for i, w := range withdrawals {
		var err error
		if rows[i], err = output.Cells(w, "lines", "by", "at", "from", "known_at", "in_force", "retroactive", "pending", "reason"); err != nil {
			return err
		}
		if rows[i][0] == "0" {
			rows[i][0] = "all"
		}
	}
	if _, err := fmt.Fprintln(a.streams.Out); err != nil {
		return err
	}
	return output.Grid(a.streams.Out, []string{"WITHDRAWN LINES", "BY", "AT", "FROM", "KNOWN AT", "IN FORCE", "RETROACTIVE", "PENDING", "REASON"}, rows)
}

// section adds a table below what is there, nothing when it has no rows.
func (a *app) section(items []json.RawMessage, columns ...string) error {
	if len(items) == 0 {
		return nil
	}
	if _, err := fmt.Fprintln(a.streams.Out); err != nil {
		return err
	}
	return output.List(a.streams.Out, output.Table, items, columns...)
}

// printProblems adds the first problems of a sheet below what is there.
func (a *app) printProblems(problems []json.RawMessage) error {
	first := problems[:min(len(problems), command.MostPlaces)]
	columns, err := problemColumns(first)
	if err != nil {
		return err
	}
	if err := a.section(first, columns...); err != nil {
		return err
	}
	if more := len(problems) - len(first); more > 0 {
		a.note("… and %d more; -o json shows all", more)
	}
	return nil
}

// problemColumns are what a table of problems shows; the worksheet only where there is one.
func problemColumns(problems []json.RawMessage, before ...string) ([]string, error) {
	columns := append(before, "severity")
	for _, p := range problems {
		sheet, err := output.Cells(p, "sheet")
		if err != nil {
			return nil, err
		}
		if sheet[0] != "" {
			columns = append(columns, "sheet")
			break
		}
	}
	return append(columns, "row", "column", "value", "rule", "text"), nil
}

func (a *app) releaseLog() *cobra.Command {
	return &cobra.Command{
		Use: "log ID", Short: "Who did what with a release, when and why", Args: cobra.ExactArgs(1), Example: `  pricewire release log license-us-2026-12-r1`,
		RunE: func(cmd *cobra.Command, args []string) error {
			log, err := a.page(cmd.Context(), releasePath(args[0])+"/log", nil)
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
	if verb == "reject" {
		cmd.Example += " --reason 'two prices are of last month'"
	}
	body := map[string]*string{}
	declare(cmd, body)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		answer, err := a.remote().PostJSON(cmd.Context(), releasePath(args[0])+"/"+verb, body)
		if err != nil {
			return err
		}
		return a.printRelease(answer)
	}
	return cmd
}
