package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pricewire/pricewire/pkg/document"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/offer"
)

// octets is the media type of an upload: what it is, the server tells by its bytes.
const octets = "application/octet-stream"

// sheetFlags declares what describes a sheet.
func sheetFlags(cmd *cobra.Command) *query {
	q := newQuery(cmd.Flags()).add("list", "list", "license", "which list: "+strings.Join(lists(), ", ")).
		add("market", "market", "", "market, ISO 3166; not needed where the list has none, or the sheet says it").
		add("effective", "effective", "", "when it takes effect (a date or RFC 3339)")
	return q.add("kind", "kind", "full", "full: all lines; delta: only those that change")
}

// lists are the lists that are released.
func lists() []string { return []string{"license", "offers", "services", "documents"} }

// knownList refuses what is no list.
func knownList(name string) error {
	for _, l := range lists() {
		if l == name {
			return nil
		}
	}
	return usage(fmt.Errorf("%q is not a list; there are %s", name, strings.Join(lists(), ", ")))
}

// upload sends a list's file with what describes it, together with the files that belong to it: those that a file of documents names, or the
// contents of bundles beside an offer matrix.
func (a *app) upload(ctx context.Context, path string, values url.Values, list, file, contents string) (json.RawMessage, error) {
	if err := knownList(list); err != nil {
		return nil, err
	}
	if contents != "" && list != offer.List {
		return nil, usage(fmt.Errorf("--contents says what the bundles of --list %s contain; %s have none", offer.List, list))
	}
	f, err := openSheet(file)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	values.Set("filename", filepath.Base(file))
	switch {
	case contents != "":
		together, err := matrixBundle(file, contents)
		if err != nil {
			return nil, err
		}
		return a.sendBundle(ctx, path, values, together)
	case list == document.List:
		return a.uploadDocuments(ctx, path, values, f)
	}
	return a.send(ctx, path, values, f)
}

// send sends a file, and shows on a terminal how much of it is sent.
func (a *app) send(ctx context.Context, path string, values url.Values, f *os.File) (json.RawMessage, error) {
	size := int64(0)
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
		size = info.Size()
	}
	line := a.transfer("of "+filepath.Base(f.Name())+" sent", size)
	defer line.end()
	return a.remote().Post(ctx, path, values, &counted{f, line}, octets)
}

// uploadDocuments sends a list of documents, with the files that it names.
func (a *app) uploadDocuments(ctx context.Context, path string, values url.Values, f *os.File) (json.RawMessage, error) {
	data, err := io.ReadAll(io.LimitReader(f, largestSheet+1))
	switch {
	case err != nil:
		return nil, unreadable(f.Name(), err)
	case len(data) > largestSheet:
		return nil, fault.New(fault.Invalid, "%s has more than %d MiB", f.Name(), largestSheet>>20)
	}
	if together := documentBundle(f.Name(), data, a.note); len(together.files) > 0 {
		return a.sendBundle(ctx, path, values, together)
	}
	return a.remote().Post(ctx, path, values, bytes.NewReader(data), octets)
}

// openSheet opens a file that a person named.
func openSheet(file string) (*os.File, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, fault.New(fault.Invalid, "read sheet: %w", err).WithPlaces(fault.Place{Where: commandLine, Problem: err.Error()})
	}
	if err := readable(f); err != nil {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}

// readable refuses what can be opened and holds no sheet.
func readable(f *os.File) error {
	info, err := f.Stat()
	switch {
	case err != nil:
		return fmt.Errorf("read sheet: %w", err)
	case info.IsDir():
		return usage(fmt.Errorf("%s is a folder, not a sheet", f.Name()))
	case info.Mode().IsRegular() && info.Size() == 0:
		return fault.New(fault.Invalid, "%s is empty", f.Name())
	}
	return nil
}

// sendBundle sends files as one archive, which is made while it is sent.
func (a *app) sendBundle(ctx context.Context, path string, values url.Values, b bundle) (json.RawMessage, error) {
	archive, w := io.Pipe()
	progress := a.progress(b.what+" sent", len(b.files))
	packed := make(chan error, 1)
	go func() {
		err := b.write(w, progress.step)
		_ = w.CloseWithError(err)
		packed <- err
	}()
	answer, err := a.remote().Post(ctx, path, values, archive, octets)
	_ = archive.Close() // an answer may come before everything was read
	packErr := <-packed
	progress.end()
	if packErr != nil && !errors.Is(packErr, io.ErrClosedPipe) {
		return nil, packErr
	}
	return answer, err
}
