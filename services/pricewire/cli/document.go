package cli

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/services/pricewire/output"
)

func (a *app) documentCommand() *cobra.Command {
	return group("document", "Ask for guides and agreements, as of any valid and knowledge time",
		a.itemList("/v1/documents", "The documents in force",
			`  pricewire document list
  pricewire document list --at 2026-12-01 -o json`,
			"kind", "title", "version", "language", "markets", "link", "file", "valid_from", "release"),
		a.documentGet())
}

func (a *app) documentGet() *cobra.Command {
	cmd := &cobra.Command{
		Use: "get KIND", Short: "The document that applies in a market, or those for several markets", Args: cobra.ExactArgs(1),
		Long: `The document that applies in a market: one that names it before one for its region before one for everywhere, in the language asked for where
there is one, and of the newest version.`,
		Example: `  pricewire document get partner-agreement --market JP
  pricewire document get customer-agreement --market DE,AT,CH --language de
  pricewire document get program-guide --market US --file guide.pdf`,
	}
	exits(cmd, "3 when some market has none")
	markets := cmd.Flags().StringSlice("market", nil, "market, ISO 3166; several separated by commas, or one flag each")
	q := newQuery(cmd.Flags()).add("language", "language", "", "language, such as de or zh-Hant").times()
	_ = cmd.MarkFlagRequired("market")
	a.fileFlag(cmd, "download the document to this file")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		values := q.encode()
		values.Set("kind", args[0])
		values.Set("market", strings.Join(*markets, ","))
		markets := strings.FieldsFunc(values.Get("market"), func(c rune) bool { return c == ',' || c == ' ' })
		values.Set("market", strings.Join(markets, ","))
		several := len(markets) > 1
		switch {
		case several && a.file != "":
			return usage(errors.New("--file takes the document of one market, not of several"))
		case several:
			return a.documents(cmd.Context(), values)
		}
		answer, err := a.remote().Get(cmd.Context(), "/v1/documents/resolve", values)
		if err != nil {
			return err
		}
		if a.file != "" {
			if err := a.saveDocument(cmd.Context(), answer); err != nil {
				return err
			}
		}
		return output.Object(a.streams.Out, a.out(), answer)
	}
	return cmd
}

// documents shows which document applies to which of several markets. That there is none for some of them is a failure, after what there is
// was shown.
func (a *app) documents(ctx context.Context, values url.Values) error {
	p, err := a.page(ctx, "/v1/documents/resolve", values)
	if err != nil {
		return err
	}
	columns := []string{"markets", "document.kind", "document.title", "document.version", "document.language", "document.link", "document.file", "problem"}
	var lacks []fault.Place
	shown := make([]json.RawMessage, len(p.Items))
	for i, item := range p.Items {
		var group struct {
			Markets  []string
			Document json.RawMessage
			Problem  string
		}
		if err := json.Unmarshal(item, &group); err != nil {
			return fmt.Errorf("read answer: %w", err)
		}
		markets := strings.Join(group.Markets, ",")
		if none := len(group.Document) == 0 || string(group.Document) == "null"; none {
			lacks = append(lacks, fault.Place{Where: markets, Problem: group.Problem})
		}
		if shown[i] = item; a.out() == output.Table || a.out() == output.CSV {
			if shown[i], err = json.Marshal(map[string]any{"markets": markets, "document": group.Document, "problem": group.Problem}); err != nil {
				return err
			}
		}
	}
	if err := a.printDocuments(shown, columns); err != nil {
		return err
	}
	if len(lacks) > 0 {
		return fault.New(fault.NotFound, "%s: %s", lacks[0].Where, lacks[0].Problem).WithPlaces(lacks...)
	}
	return nil
}

func (a *app) printDocuments(groups []json.RawMessage, columns []string) error {
	if a.out() == output.CSV {
		return output.Columns(a.streams.Out, groups, columns...)
	}
	return output.List(a.streams.Out, a.out(), groups, columns...)
}

// saveDocument downloads the file that a document is in, and makes sure that it is the one that was released.
func (a *app) saveDocument(ctx context.Context, answer json.RawMessage) error {
	var d struct{ Kind, File, SHA256, Link string }
	if err := json.Unmarshal(answer, &d); err != nil {
		return fmt.Errorf("read answer: %w", err)
	}
	if d.SHA256 == "" {
		return fault.New(fault.NotFound, "the %s is behind a link, not in a file: %s", d.Kind, d.Link).WithHint("open the link, or leave --file out")
	}
	err := replace(a.file, func(f io.Writer) error {
		sum := sha256.New()
		if err := a.remote().Copy(ctx, "/v1/documents/files/"+url.PathEscape(d.SHA256), nil, "*/*", io.MultiWriter(f, sum)); err != nil {
			return err
		}
		if got := hex.EncodeToString(sum.Sum(nil)); got != d.SHA256 {
			return fmt.Errorf("the server gave another file than %s: its SHA-256 is %s, not %s", d.File, got, d.SHA256)
		}
		return nil
	})
	if err == nil {
		a.note("%s written to %s", d.File, a.file)
	}
	return err
}
