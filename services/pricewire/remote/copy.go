package remote

import (
	"context"
	"io"
	"net/http"
	"net/url"

	"github.com/pricewire/pricewire/pkg/fault"
)

// Copy asks for a path in a media type and writes the body to w as it comes. Errors are those of Get. A body that breaks off is Unavailable:
// what was written of it is not whole. What w itself says is returned as it is.
func (s *Server) Copy(ctx context.Context, path string, query url.Values, mediaType string, w io.Writer) error {
	request, err := s.request(ctx, http.MethodGet, path, query, nil, "")
	if err != nil {
		return err
	}
	request.Header.Set("Accept", mediaType)
	response, err := s.send(request)
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
	return fault.New(fault.Unavailable, "the answer of %s broke off after %d bytes: %w", s.Base, n, err).WithHint("ask again; the server's log says why")
}

// sink remembers whether it was the writer that failed.
type sink struct {
	w   io.Writer
	err error
}

// Write is io.Writer's.
func (s *sink) Write(p []byte) (int, error) {
	n, err := s.w.Write(p)
	s.err = err
	return n, err
}
