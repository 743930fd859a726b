package cli

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pricewire/pricewire/services/pricewire/output"
)

// formsKey is where a command's annotations name the forms it answers in, when they are others than the plain ones.
const formsKey = "forms"

// wholeList declares that a command also gives its whole answer as a workbook or Parquet file, and into a file.
func (a *app) wholeList(cmd *cobra.Command) {
	a.answersIn(cmd, append(output.Plain(), output.XLSX, output.Parquet)...)
}

// exported declares that a command answers with a file of the server's making, CSV unless another form is asked for.
func (a *app) exported(cmd *cobra.Command) {
	a.answersIn(cmd, output.CSV, output.XLSX, output.JSON, output.NDJSON, output.Parquet)
}

func (a *app) answersIn(cmd *cobra.Command, forms ...output.Format) {
	names := make([]string, len(forms))
	for i, f := range forms {
		names[i] = string(f)
	}
	cmd.Annotations = map[string]string{formsKey: strings.Join(names, " ")}
	a.fileFlag(cmd, "write to this file, whole or not at all, instead of standard output; -o is "+output.Names(forms...))
}

func (a *app) fileFlag(cmd *cobra.Command, help string) {
	cmd.Flags().StringVar(&a.file, "file", "", help)
}

// settleForm checks the form asked for against those that a command answers in; without one it is the first of them.
func (a *app) settleForm(cmd *cobra.Command) error {
	forms := output.Plain()
	if names, ok := cmd.Annotations[formsKey]; ok {
		forms = nil
		for name := range strings.FieldsSeq(names) {
			forms = append(forms, output.Format(name))
		}
	}
	if !cmd.Flags().Changed("output") {
		a.format = string(forms[0])
	}
	if _, err := output.ParseFormat(a.format, forms...); err != nil {
		return fmt.Errorf("flag --output: %w", err)
	}
	return nil
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
		a.streams.Out = f
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
		return a.remote().Copy(ctx, path, values, form.MediaType(), a.streams.Out)
	})
}

// rows delivers a list: a workbook or a Parquet file as the server makes it, the plain forms from its pages.
func (a *app) rows(ctx context.Context, path string, values url.Values, columns ...string) error {
	if a.out().Binary() {
		return a.download(ctx, path, values)
	}
	return a.deliver(false, func() error { return a.list(ctx, path, values, columns...) })
}
