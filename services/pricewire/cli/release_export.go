package cli

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
)

func (a *app) releaseExport() *cobra.Command {
	cmd := &cobra.Command{
		Use: "export ID", Short: "A release as a file, as partners get it: CSV unless -o names another form", Args: cobra.ExactArgs(1),
		Long: `A release as a file, as partners get it: the columns in their official order, safe against formulas. An export that is read in again gives the
same lines. With --preview only what changes, with the dates on which sales end.`,
		Example: `  pricewire release export license-us-2026-12-r1 > december.csv
  pricewire release export license-us-2026-12-r1 -o xlsx --file december.xlsx
  pricewire release export license-us-2026-12-r1 --preview`,
	}
	a.exported(cmd)
	preview := cmd.Flags().Bool("preview", false, "only what changes against the release before")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		values := url.Values{}
		if *preview {
			values.Set("preview", strconv.FormatBool(true))
		}
		return a.download(cmd.Context(), releasePath(args[0])+"/export", values)
	}
	return cmd
}

func (a *app) releaseTemplate() *cobra.Command {
	cmd := &cobra.Command{
		Use: "template", Short: "A workbook to fill in for a list, with its columns explained; for documents a YAML file", Args: cobra.NoArgs,
		Example: `  pricewire release template --file prices.xlsx
  pricewire release template --list documents > documents.yaml`,
	}
	silent(cmd)
	list := cmd.Flags().String("list", "license", "which list: "+strings.Join(lists(), ", "))
	a.fileFlag(cmd, "write to this file, whole or not at all, instead of standard output")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := knownList(*list); err != nil {
			return err
		}
		return a.deliver(*list != "documents", func() error {
			return a.remote().Copy(cmd.Context(), "/v1/templates/"+*list, nil, "*/*", a.streams.Out)
		})
	}
	return cmd
}
