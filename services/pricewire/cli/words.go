package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/pricewire/pricewire/services/pricewire/command"
)

// vocabulary is the words that a flag takes.
type vocabulary struct {
	words []string
	open  bool // a server may know others
}

// vocabularies are the words that flags take, by "COMMAND/FLAG", else by "NOUN/FLAG", else by flag.
func vocabularies() map[string]vocabulary {
	released := lists()
	return map[string]vocabulary{
		"release/list":       {words: released},
		"rebuild/list":       {words: append([]string{"usage"}, released...)},
		"release/kind":       {words: []string{"full", "delta"}},
		"release/state":      {words: []string{"draft", "in_review", "approved", "published", "effective", "superseded", "rejected", "withdrawn"}},
		"release/change":     {words: []string{"added", "price_changed", "changed", "ending", "removed"}},
		"rate/by":            {words: []string{"relative", "absolute"}},
		"price/by":           {words: []string{"relative", "absolute"}},
		"calendar/list":      {words: released},
		"rate/layout":        {words: []string{"focus"}},
		"term":               {words: []string{"P1M", "P1Y", "P3Y"}, open: true},
		"billing":            {words: []string{"Monthly", "Annual", "Triennial", "OneTime", "None"}, open: true},
		"type":               {words: knownWords()["type"], open: true},
		"price-list":         {words: knownWords()["price_list"], open: true},
		"os":                 {words: []string{"Windows", "Linux"}, open: true},
		"purchase-option":    {words: []string{"on-demand", "spot", "low-priority", "dev-test", "reservation"}, open: true},
		"reservation-term":   {words: []string{"1 Year", "3 Years", "5 Years"}, open: true},
		"family":             {words: []string{"Office 365", "EMS", "Dynamics CRM"}, open: true},
		"segment":            {words: []string{"Commercial", "Education", "Charity", "GovernmentCommunityCloud"}, open: true},
		"currency":           {words: currencies(), open: true},
		"currencies":         {words: currencies(), open: true},
		"price-currency":     {words: currencies(), open: true},
		"token/roles":        {words: []string{"reader", "editor", "approver", "operator"}, open: true},
		"up/auth":            {words: []string{"trust", "required"}, open: true},
		"up/source":          {words: []string{"sample", "azure", "none"}, open: true},
		"events tail/from":   {words: []string{"start", "now"}, open: true},
		"reconcile/known-at": {words: []string{"then", "now"}, open: true},
		"log-level":          {words: []string{"debug", "info", "warn", "error"}, open: true},
		"log-format":         {words: []string{"text", "json"}, open: true},
		"quarantine/reason":  {words: []string{"disagreement"}, open: true},
	}
}

// currencies are those that Azure's rates come in.
func currencies() []string {
	return strings.Fields("USD AUD BRL CAD CHF CNY DKK EUR GBP INR JPY KRW NOK NZD RUB SEK TWD")
}

// wordsOf are the words that a flag of a command takes.
func wordsOf(cmd *cobra.Command, f *pflag.Flag) (vocabulary, bool) {
	if choice, ok := f.Value.(*command.Choice); ok {
		return vocabulary{words: choice.Words()}, true
	}
	all := vocabularies()
	_, path, _ := strings.Cut(cmd.CommandPath(), " ")
	noun, _, _ := strings.Cut(path, " ")
	for _, key := range []string{path + "/" + f.Name, noun + "/" + f.Name, f.Name} {
		if v, ok := all[key]; ok {
			return v, true
		}
	}
	return vocabulary{}, false
}

// checkWords refuses words that flags do not take, before anything is asked; it tells which was likely meant.
func checkWords(cmd *cobra.Command) error {
	var wrong []error
	cmd.Flags().Visit(func(f *pflag.Flag) {
		v, ok := wordsOf(cmd, f)
		if value := f.Value.String(); ok && !v.open && value != "" && f.Value.Type() == "string" && !slices.Contains(v.words, value) {
			wrong = append(wrong, wordError("--"+f.Name, value, v.words))
		}
	})
	return errors.Join(wrong...)
}

// unknownWord is the usage error of a word that is none of those that an argument takes.
func unknownWord(argument, word string, words []string) error {
	return usage(wordError(argument, word, words))
}

func wordError(where, word string, words []string) error {
	return fmt.Errorf("%s: %q is not known; use %s%s", where, word, strings.Join(words, ", "), command.DidYouMean(word, words))
}

// flagNames are the names of all flags that a command takes.
func flagNames(cmd *cobra.Command) []string {
	var names []string
	add := func(f *pflag.Flag) {
		if !f.Hidden {
			names = append(names, f.Name)
		}
	}
	cmd.LocalFlags().VisitAll(add)
	cmd.InheritedFlags().VisitAll(add)
	return names
}
