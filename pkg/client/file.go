package client

import (
	"context"
	"io"

	"github.com/pricewire/pricewire/pkg/fault"
)

// Format is how a list is written as a file.
type Format string

// The formats. YAML is for releases of documents only, JSON for files is the whole list as one array.
const (
	CSV     Format = "csv"
	XLSX    Format = "xlsx"
	JSON    Format = "json"
	NDJSON  Format = "ndjson"
	Parquet Format = "parquet"
	YAML    Format = "yaml"
)

const (
	mediaBytes = "application/octet-stream"
	mediaZIP   = "application/zip"
)

// file writes a list as a file.
func (c *Client) file(ctx context.Context, path string, query params, as Format, w io.Writer) error {
	return c.copy(ctx, get(path, query.text("format", string(as)).values()), "*/*", w)
}

// copy writes an answer to w as it comes, however long it is. What breaks off is Unavailable: what was written of it is not whole, and it is not
// asked for again, because w cannot be taken back. What w itself says is returned as it is.
func (c *Client) copy(ctx context.Context, r call, accept string, w io.Writer) error {
	r.accept = accept
	response, err := c.send(ctx, r)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	out := &sink{w: w}
	n, err := io.Copy(out, response.Body)
	switch {
	case err == nil:
		return nil
	case out.err != nil:
		return out.err
	case ctx.Err() != nil:
		return ctx.Err()
	}
	return failed(fault.Unavailable, "the answer of %s broke off after %d bytes: %w", r.path, n, err).hint("ask again; the server's log says why")
}

// sink remembers whether it was the writer that failed.
type sink struct {
	w   io.Writer
	err error
}

func (s *sink) Write(p []byte) (int, error) {
	n, err := s.w.Write(p)
	s.err = err
	return n, err
}
