package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/pricewire/pricewire/services/pricewire/output"
)

// formsKey is where a command's annotations name the forms it answers in, when they are others than the plain ones.
const formsKey = "forms"

// wholeKey is where the annotations say that what a command gives is no list of records: there are no fields to choose.
const wholeKey = "whole"

// noForm is the form of a command that gives something else than records, in the one form that it has.
const noForm = "-"

// silent declares that a command gives no records: a file in the one form that it has, or nothing.
func silent(cmd *cobra.Command) {
	annotate(cmd, formsKey, noForm)
	annotate(cmd, wholeKey, "yes")
}

// wholeList declares that a command also gives its whole answer as a workbook or Parquet file, and into a file.
func (a *app) wholeList(cmd *cobra.Command) {
	a.answersIn(cmd, append(output.Plain(), output.XLSX, output.Parquet)...)
}

// exported declares that a command answers with a file of the server's making, CSV unless another form is asked for.
func (a *app) exported(cmd *cobra.Command) {
	annotate(cmd, wholeKey, "yes")
	a.answersIn(cmd, output.CSV, output.XLSX, output.JSON, output.NDJSON, output.Parquet)
}

func (a *app) answersIn(cmd *cobra.Command, forms ...output.Format) {
	names := make([]string, len(forms))
	for i, f := range forms {
		names[i] = string(f)
	}
	annotate(cmd, formsKey, strings.Join(names, " "))
	a.fileFlag(cmd, "write to this file, whole or not at all, instead of standard output; -o is "+output.Names(forms...))
}

func (a *app) fileFlag(cmd *cobra.Command, help string) {
	cmd.Flags().StringVar(&a.file, "file", "", help)
}

// formsOf are the forms that a command answers in; none for one that gives no records.
func formsOf(cmd *cobra.Command) []output.Format {
	names, others := cmd.Annotations[formsKey]
	switch {
	case !others:
		return output.Plain()
	case names == noForm:
		return nil
	}
	var forms []output.Format
	for name := range strings.FieldsSeq(names) {
		forms = append(forms, output.Format(name))
	}
	return forms
}

// settleForm checks the form asked for against those that a command answers in, and the fields against what the form has; without a form it is the
// first of them.
func (a *app) settleForm(cmd *cobra.Command) error {
	forms := formsOf(cmd)
	if len(forms) == 0 {
		if typed(cmd, "output") || typed(cmd, "fields") || typed(cmd, "no-headers") {
			return errors.New("what comes has one form: leave --output, --fields and --no-headers out")
		}
		a.format, a.fields, a.bare = string(output.Table), nil, false
		return nil
	}
	if !cmd.Flags().Changed("output") || !typed(cmd, "output") && slices.Contains(allForms(), a.out()) && !slices.Contains(forms, a.out()) {
		a.format = string(forms[0])
	}
	if _, err := output.ParseFormat(a.format, forms...); err != nil {
		return fmt.Errorf("flag --output: %w", err)
	}
	if slices.Contains(a.fields, "") {
		return errors.New("flag --fields: a name is empty")
	}
	if !a.out().Binary() && cmd.Annotations[wholeKey] == "" {
		return nil
	}
	switch {
	case typed(cmd, "fields"):
		return errors.New("flag --fields: the file is as the server makes it, with all its columns; leave --fields out")
	case typed(cmd, "no-headers") && a.out() != output.CSV:
		return errors.New("flag --no-headers: only tables and CSV have heads")
	}
	a.fields = nil
	return nil
}

func allForms() []output.Format { return append(output.Plain(), output.XLSX, output.Parquet) }

// typed reports whether a flag stands in the command line itself. What the environment says for all commands does not disturb those that cannot
// follow it.
func typed(cmd *cobra.Command, flag string) bool {
	f := cmd.Flags().Lookup(flag)
	return f != nil && len(f.Annotations[typedKey]) > 0
}

// typedKey is where a flag's annotations say that it was typed.
const typedKey = "typed"

// markTyped notes which flags were typed, before others are filled in.
func markTyped(cmd *cobra.Command) {
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if f.Annotations == nil {
			f.Annotations = map[string][]string{}
		}
		f.Annotations[typedKey] = []string{"yes"}
	})
}

// deliver lets do put out the data of a command: into --file when that is given, which then has all of it or is as it was before.
func (a *app) deliver(binary bool, do func() error) error {
	if a.file == "" {
		if binary && a.terminal(a.streams.Out) {
			return usage(fmt.Errorf("what comes is not text, and would spoil the terminal: name a file with --file, or send it on with > or |"))
		}
		return do()
	}
	out := a.streams.Out
	defer func() { a.streams.Out = out }()
	err := replace(a.file, func(f io.Writer) error {
		a.streams.Out = a.onto(f)
		return do()
	})
	if err == nil {
		a.note("written to %s", a.file)
	}
	return err
}

// download asks the server for a file in the form that was asked for, and delivers it.
func (a *app) download(ctx context.Context, path string, values url.Values) error {
	form := a.out()
	values.Set("format", string(form))
	return a.deliver(form.Binary(), func() error {
		line := a.transfer("received", 0)
		defer line.end()
		if a.file == "" {
			line.terminal = false // the data itself shows how far it is, or who reads it does
		}
		out := io.Writer(&counting{a.streams.Out, line})
		if a.bare && form == output.CSV {
			out = &headless{Writer: out}
		}
		return a.remote().Copy(ctx, path, values, form.MediaType(), out)
	})
}

// rows delivers a list: a workbook or a Parquet file as the server makes it, the plain forms from its pages.
func (a *app) rows(ctx context.Context, path string, values url.Values, columns ...string) error {
	if a.out().Binary() {
		return a.download(ctx, path, values)
	}
	return a.deliver(false, func() error { return a.list(ctx, path, values, columns...) })
}
