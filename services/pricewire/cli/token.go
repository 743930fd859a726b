package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/services/pricewire/output"
)

// tokenColumns are what a list of tokens shows.
func tokenColumns() []string {
	return []string{"id", "name", "owner", "roles", "cost", "state", "created_by", "expires_at", "used_at"}
}

func (a *app) tokenCommand() *cobra.Command {
	return group("token", "Tokens with which people and programs say who they are", a.tokenCreate(), a.tokenList(), a.tokenShow(), a.tokenRevoke())
}

// newToken is what the flags ask for.
type newToken struct {
	Name      string   `json:"name"`
	Owner     string   `json:"owner,omitempty"`
	Roles     []string `json:"roles"`
	Cost      bool     `json:"cost,omitempty"`
	ExpiresAt string   `json:"expires_at"`
}

func (a *app) tokenCreate() *cobra.Command {
	cmd := &cobra.Command{
		Use: "create", Short: "Make a token; its text is shown this once", Args: cobra.NoArgs,
		Long: "Make a token; its text is shown this once, and only its hash is kept. Operators make tokens, and nobody gives away a role that he has not, nor the right\nto see cost. " +
			"The first token is made beside the server, by whoever may read its data folder: --data DIR, while `pricewire up` runs there, or on the NATS\nof one's own: --nats URL.",
		Example: `  pricewire token create --name 'first operator' --owner alice --roles reader,editor,approver,operator --cost --data ./var --to admin.token
  pricewire token create --name 'nightly export' --owner reports --roles reader --expires 90d --token-file admin.token --to reports.token`,
	}
	var ask newToken
	var local localTokens
	var expires, to string
	flags := cmd.Flags()
	flags.StringVar(&ask.Name, "name", "", "what it is for (required)")
	flags.StringVar(&ask.Owner, "owner", "", "who acts with it; default who makes it")
	flags.StringSliceVar(&ask.Roles, "roles", nil, "reader, editor, approver, operator, with commas between (required)")
	flags.BoolVar(&ask.Cost, "cost", false, "it shows what the partner pays")
	flags.StringVar(&expires, "expires", "90d", "when it ends: a date, RFC 3339, or days from now such as 90d; at most a year ahead")
	flags.StringVar(&to, "to", "", "new file to put the token into, for its owner alone to read; it is not shown then")
	local.flags(flags)
	_ = cmd.MarkFlagRequired("name")  // the flag is there
	_ = cmd.MarkFlagRequired("roles") // the flag is there
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		var err error
		if ask.ExpiresAt, err = ending(expires, time.Now()); err != nil { //nolint:forbidigo // what a person types is about the real time
			return err
		}
		var file *os.File
		if to != "" {
			if file, err = newSecretFile(to); err != nil {
				return err
			}
		}
		answer, err := a.createToken(cmd.Context(), local, ask)
		return a.tellToken(answer, err, file)
	}
	return cmd
}

// ending reads when a token ends.
func ending(text string, now time.Time) (string, error) {
	days, ok := strings.CutSuffix(text, "d")
	if !ok {
		return text, nil // the server reads it
	}
	n, err := strconv.Atoi(days)
	if err != nil || n < 1 || n > 366 {
		return "", usage(fmt.Errorf("flag --expires: %q is not a number of days from 1d to 366d", text))
	}
	return now.UTC().Add(time.Duration(n) * 24 * time.Hour).Format(time.RFC3339), nil
}

// newSecretFile makes a file that its owner alone can read; one that is there is not touched.
func newSecretFile(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil, usage(fmt.Errorf("flag --to: %s is there already", path))
	}
	return file, err
}

func (a *app) createToken(ctx context.Context, local localTokens, ask newToken) (json.RawMessage, error) {
	if local.named() {
		return local.create(ctx, a.user, ask)
	}
	return a.remote().PostJSON(ctx, "/v1/tokens", ask)
}

// tellToken shows a token that was made, or puts it into a file; without one the file goes again.
func (a *app) tellToken(answer json.RawMessage, err error, file *os.File) error {
	if file != nil {
		answer, err = toFile(answer, err, file)
	}
	if err != nil {
		return err
	}
	if a.out() != output.Table {
		return output.Object(a.streams.Out, a.out(), answer)
	}
	var made struct{ ID, Token string }
	if err := json.Unmarshal(answer, &made); err != nil {
		return fmt.Errorf("read answer: %w", err)
	}
	if file != nil {
		a.note("token %s is in %s", made.ID, file.Name())
		return nil
	}
	a.note("token %s; this is shown once:", made.ID)
	_, err = fmt.Fprintln(a.streams.Out, made.Token)
	return err
}

// toFile puts the text of a token into a file, and takes it out of the answer.
func toFile(answer json.RawMessage, err error, file *os.File) (json.RawMessage, error) {
	fields := map[string]json.RawMessage{}
	var text string
	if err == nil {
		err = json.Unmarshal(answer, &fields)
	}
	if err == nil {
		err = json.Unmarshal(fields["token"], &text)
	}
	if err == nil {
		_, err = fmt.Fprintln(file, text)
	}
	err = errors.Join(err, file.Close())
	if err != nil {
		_ = os.Remove(file.Name()) // it is empty, or half of one
		return nil, err
	}
	delete(fields, "token")
	return json.Marshal(fields)
}

func (a *app) tokenList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "Tokens: all for operators, else one's own", Args: cobra.NoArgs,
		Example: "  pricewire token list --fields id,owner,roles,expires_at",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.list(cmd.Context(), "/v1/tokens", url.Values{}, tokenColumns()...)
		},
	}
}

func (a *app) tokenShow() *cobra.Command {
	return &cobra.Command{
		Use: "show ID", Short: "One token", Args: cobra.ExactArgs(1), Example: "  pricewire token show k3v7qz2mxw4a",
		RunE: func(cmd *cobra.Command, args []string) error {
			answer, err := a.remote().Get(cmd.Context(), "/v1/tokens/"+url.PathEscape(args[0]), nil)
			if err != nil {
				return err
			}
			return output.Object(a.streams.Out, a.out(), answer)
		},
	}
}

func (a *app) tokenRevoke() *cobra.Command {
	return &cobra.Command{
		Use: "revoke ID", Short: "End a token for good, at once", Args: cobra.ExactArgs(1),
		Example: "  pricewire token revoke k3v7qz2mxw4a --token-file admin.token",
		RunE: func(cmd *cobra.Command, args []string) error {
			answer, err := a.remote().PostJSON(cmd.Context(), "/v1/tokens/"+url.PathEscape(args[0])+"/revoke", struct{}{})
			if err != nil {
				return err
			}
			return output.Object(a.streams.Out, a.out(), answer)
		},
	}
}

func (a *app) whoamiCommand() *cobra.Command {
	return &cobra.Command{
		Use: "whoami", Short: "Who the server takes you for, and what you may", Args: cobra.NoArgs,
		Example: "  pricewire whoami --token-file admin.token",
		RunE: func(cmd *cobra.Command, _ []string) error {
			answer, err := a.remote().Get(cmd.Context(), "/v1/whoami", nil)
			if err != nil {
				return err
			}
			return output.Object(a.streams.Out, a.out(), answer)
		},
	}
}

// recordPage is how many records of the log are asked for at a time.
const recordPage = 1000

func (a *app) auditLogCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "audit-log", Short: "Who wrote what, when and from where, and what became of it; the newest first", Args: cobra.NoArgs,
		Example: `  pricewire audit-log --limit 20
  pricewire audit-log --limit 100000 -o ndjson > writes.ndjson`,
	}
	limit := cmd.Flags().Int("limit", 100, "records at most; each write has one when it begins and one when it ends")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if *limit < 1 {
			return usage(fmt.Errorf("flag --limit: must be 1 or more"))
		}
		records, err := a.writes(cmd.Context(), *limit)
		if err != nil {
			return err
		}
		return output.List(a.streams.Out, a.out(), records, "at", "who", "via", "token", "operation", "object", "address", "outcome", "status")
	}
	return cmd
}

// writes reads so many records, page by page.
func (a *app) writes(ctx context.Context, limit int) ([]json.RawMessage, error) {
	var records []json.RawMessage
	for cursor := ""; len(records) < limit; {
		values := url.Values{"limit": {strconv.Itoa(min(recordPage, limit-len(records)))}}
		if cursor != "" {
			values.Set("cursor", cursor)
		}
		p, err := a.page(ctx, "/v1/audit-log", values)
		if err != nil {
			return nil, err
		}
		records = append(records, p.Items...)
		if p.Next == nil {
			break
		}
		cursor = *p.Next
	}
	return records, nil
}

// tokenVariable holds the token of client commands where no file is named.
const tokenVariable = "PRICEWIRE_TOKEN"

// token is what the server is shown: that of the file, else that of the environment; empty for none.
func (a *app) token() (string, error) {
	text, named := os.LookupEnv(tokenVariable)
	if a.tokenFile != "" {
		data, err := os.ReadFile(a.tokenFile)
		if err != nil {
			return "", usage(fmt.Errorf("flag --token-file: %w", err))
		}
		text, named = string(data), true
	}
	text = strings.TrimSpace(text)
	if !named {
		return "", nil
	}
	if text == "" || strings.ContainsAny(text, " \r\n\t\x00") || len(text) > http.DefaultMaxHeaderBytes/4 {
		return "", fault.New(fault.Invalid, "the token in %s is not one line of text", orWord(a.tokenFile, tokenVariable)).
			WithPlaces(fault.Place{Where: "flag.token-file", Problem: "not a token"}).WithHint("it holds what `pricewire token create` has shown, and nothing else")
	}
	return text, nil
}

func orWord(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
