package cli

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/services/pricewire/command"
)

// completionTime bounds how long a shell waits for a server.
const completionTime = 700 * time.Millisecond

// mostNames is how many names of a kind a shell is given.
const mostNames = "1000"

// names is where a server lists what has a name.
type names struct {
	path    string
	name    string   // the field that the name is in
	explain []string // the fields that say what it is
	whole   bool     // it lists all at once, and takes no limit
}

// namedThings are the names that servers know, by the noun whose verbs take them, or by the flag that does.
func namedThings() map[string]names {
	releases := names{"/v1/releases", "id", []string{"state", "effective_at"}, false}
	crawls := names{"/v1/crawls", "id", []string{"refused"}, false}
	sets := names{"/v1/releases", "set", nil, false}
	watchlists := names{"/v1/watchlists", "name", nil, true}
	return map[string]names{
		"release": releases, "--against": releases,
		"crawl": crawls, "--crawl": crawls,
		"set": sets, "--set": sets,
		"watchlist": watchlists, "--watchlist": watchlists,
		"webhook":    {"/v1/webhooks", "name", []string{"url"}, true},
		"token":      {"/v1/tokens", "id", []string{"name"}, true},
		"subscriber": {"/v1/subscribers", "name", nil, true},
		"document":   {"/v1/documents", "kind", []string{"title"}, false},
		"--key":      {"/v1/offers", "key", []string{"product_title"}, false},
		"--scope":    {"/v1/crawls", "scope", nil, false},
	}
}

// complete lets a shell complete the arguments and flags of a command.
func (a *app) complete(cmd *cobra.Command) {
	if cmd.ValidArgsFunction == nil && len(cmd.ValidArgs) == 0 && !cmd.HasSubCommands() {
		cmd.ValidArgsFunction = a.completeArgument
	}
	each := func(f *pflag.Flag) {
		if complete := a.flagCompletion(cmd, f); complete != nil {
			_ = cmd.RegisterFlagCompletionFunc(f.Name, complete) // fails only for one that has a completion already
		}
	}
	cmd.Flags().VisitAll(each)
	cmd.PersistentFlags().VisitAll(each)
}

// beginning are the words that begin so.
func beginning(words []string, begin string) []string {
	var some []string
	for _, w := range words {
		if strings.HasPrefix(strings.ToLower(w), strings.ToLower(begin)) {
			some = append(some, w)
		}
	}
	return some
}

// completeArgument completes the next argument of a command: the name of a thing where its noun has names, a file where it takes one.
func (a *app) completeArgument(cmd *cobra.Command, args []string, toComplete string) ([]string, cobra.ShellCompDirective) {
	wanted := arguments(cmd.Use)
	if len(args) >= len(wanted) {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	switch argument := wanted[len(args)]; {
	case strings.Contains(argument, "FILE") || strings.Contains(argument, "ZIP"):
		return nil, cobra.ShellCompDirectiveDefault
	case strings.Contains(argument, "DIR"):
		return nil, cobra.ShellCompDirectiveFilterDirs
	}
	if things, ok := namedThings()[cmd.Parent().Name()]; ok {
		return a.namesOf(cmd, things, toComplete), cobra.ShellCompDirectiveNoFileComp
	}
	return nil, cobra.ShellCompDirectiveNoFileComp
}

// flagCompletion completes a flag's value: one of its words, a name that the server knows, a file; or nothing.
func (a *app) flagCompletion(cmd *cobra.Command, f *pflag.Flag) cobra.CompletionFunc {
	none := cobra.ShellCompDirectiveNoFileComp
	switch f.Name {
	case "output":
		return func(cmd *cobra.Command, _ []string, begin string) ([]string, cobra.ShellCompDirective) {
			var words []string
			for _, form := range formsOf(cmd) {
				words = append(words, string(form))
			}
			return beginning(words, begin), none
		}
	case "market":
		return func(_ *cobra.Command, _ []string, begin string) ([]string, cobra.ShellCompDirective) {
			return beginning(listing.Markets(), begin), none
		}
	case "stream":
		return func(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
			return a.streamNames(cmd), none
		}
	}
	if v, ok := wordsOf(cmd, f); ok {
		return func(_ *cobra.Command, _ []string, begin string) ([]string, cobra.ShellCompDirective) {
			return beginning(v.words, begin), none
		}
	}
	if things, ok := namedThings()["--"+f.Name]; ok {
		return func(cmd *cobra.Command, _ []string, toComplete string) ([]string, cobra.ShellCompDirective) {
			return a.namesOf(cmd, things, toComplete), none
		}
	}
	if takesFile(f.Name) {
		return nil
	}
	return func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) { return nil, none }
}

// takesFile reports whether a flag names a file or a folder.
func takesFile(flag string) bool {
	if slices.Contains([]string{"file", "report", "fx", "data", "lines", "contents", "config", "engine", "to"}, flag) {
		return true
	}
	return slices.ContainsFunc([]string{"-file", "-ca", "-cert", "-key", "-creds"}, func(end string) bool { return strings.HasSuffix(flag, end) })
}

// namesOf asks the server for names that begin so; what it does not answer within a moment is not known.
func (a *app) namesOf(cmd *cobra.Command, things names, begin string) []string {
	var all []string
	for _, item := range a.askForNames(cmd, things.path, "items", !things.whole) {
		var record map[string]any
		if json.Unmarshal(item, &record) != nil {
			continue
		}
		name, _ := record[things.name].(string)
		if name == "" || !strings.HasPrefix(name, begin) {
			continue
		}
		var said []string
		for _, field := range things.explain {
			if text, _ := record[field].(string); text != "" {
				said = append(said, text)
			}
		}
		if len(said) > 0 {
			name += "\t" + strings.Join(said, ", ")
		}
		all = append(all, name)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// streamNames are the streams that the server has.
func (a *app) streamNames(cmd *cobra.Command) []string {
	var all []string
	for _, item := range a.askForNames(cmd, "/v1/status", "streams", false) {
		var stream struct{ Name string }
		if json.Unmarshal(item, &stream) == nil && stream.Name != "" {
			all = append(all, stream.Name)
		}
	}
	return all
}

func (a *app) askForNames(cmd *cobra.Command, path, member string, limited bool) []json.RawMessage {
	if command.Settle(cmd.Flags(), a.variable) != nil {
		return nil
	}
	var err error
	if a.bearer, err = a.token(); err != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(cmd.Context(), completionTime)
	defer cancel()
	values := url.Values{}
	if limited {
		values.Set("limit", mostNames)
	}
	answer, err := a.remote().Get(ctx, path, values)
	if err != nil {
		return nil
	}
	var members map[string]json.RawMessage
	var items []json.RawMessage
	if json.Unmarshal(answer, &members) != nil || json.Unmarshal(members[member], &items) != nil {
		return nil
	}
	return items
}
