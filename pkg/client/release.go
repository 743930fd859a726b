package client

import (
	"context"
	"io"
	"iter"
	"net/url"
	"strings"
	"time"
)

// ReleaseFilter chooses releases; what is empty chooses all.
type ReleaseFilter struct {
	List   string // license, offers, services or documents
	Market string
	Month  string // for example 2026-12
	State  string
	Set    string
}

// ListReleases returns releases in order of their ids.
func (c *Client) ListReleases(ctx context.Context, f ReleaseFilter) iter.Seq2[Release, error] {
	q := params{}.text("list", f.List).text("market", f.Market).text("month", f.Month).text("state", f.State).text("set", f.Set)
	return pages[Release](ctx, c, "/v1/releases", q.values())
}

// ShowRelease returns one release, with its ETag.
func (c *Client) ShowRelease(ctx context.Context, id string) (Release, error) {
	return c.release(ctx, get(releasePath(id, ""), nil))
}

// LogRelease returns who did what to a release, when and why, in order.
func (c *Client) LogRelease(ctx context.Context, id string) ([]LogEntry, error) {
	return items[LogEntry](ctx, c, releasePath(id, "/log"), nil)
}

// Sheet is a file that a list comes in, and what to make of it. What is empty is read from the file or left to the server.
type Sheet struct {
	Content     io.Reader // an io.Seeker can be sent a second time
	Filename    string    // for the problems that are found in it
	List        string    // license when empty
	Market      string
	Effective   string // date or instant
	Kind        string // full or delta
	Acknowledge []string
}

func (s Sheet) in(p params) params {
	return p.text("list", s.List).text("market", s.Market).text("effective", s.Effective).text("kind", s.Kind).text("filename", s.Filename)
}

// CreateInput is a sheet that becomes a draft.
type CreateInput struct {
	Sheet
	PublishAt time.Time // earlier than the notice policy asks for; zero: when it asks for
	Published time.Time // of a list of the past: when it was public; needs Reason
	Reason    string
}

// CreateRelease makes a draft from a sheet. An Invalid error names every place of it that is wrong.
func (c *Client) CreateRelease(ctx context.Context, in CreateInput, options ...CallOption) (Release, error) {
	q := in.in(params{}).text("acknowledge", strings.Join(in.Acknowledge, ",")).instant("publish_at", in.PublishAt).
		instant("published", in.Published).text("reason", in.Reason)
	return c.release(ctx, write("/v1/releases", q.values()).from(in.Content, mediaBytes).as(options))
}

// LintRelease names every problem of a sheet and stores nothing. Acknowledge is not looked at.
func (c *Client) LintRelease(ctx context.Context, in Sheet) (Lint, error) {
	return ask[Lint](ctx, c, write("/v1/releases:lint", in.in(params{}).values()).from(in.Content, mediaBytes))
}

// CorrectInput is a sheet that mends a public release. Its list, market and effective instant are those of that release.
type CorrectInput struct {
	Content     io.Reader
	Filename    string
	Kind        string
	Reason      string    // required
	From        time.Time // from when on; zero: from its publication on
	Retroactive bool      // or from when on the release that it mends took effect
	Acknowledge []string
}

// CorrectRelease makes a draft that mends a public release.
func (c *Client) CorrectRelease(ctx context.Context, id string, in CorrectInput, options ...CallOption) (Release, error) {
	q := params{}.text("reason", in.Reason).instant("from", in.From).flag("retroactive", in.Retroactive).text("kind", in.Kind).
		text("filename", in.Filename).text("acknowledge", strings.Join(in.Acknowledge, ","))
	return c.release(ctx, write(releasePath(id, "/correct"), q.values()).from(in.Content, mediaBytes).as(options))
}

// WithdrawInput says what of a release is taken back.
type WithdrawInput struct {
	Reason      string // required
	Retroactive bool
	Lines       io.Reader // which lines, as CSV; nil: all
	Filename    string
}

// WithdrawRelease takes a release, or some lines of it, back. It returns when the answer of before can be queried.
func (c *Client) WithdrawRelease(ctx context.Context, id string, in WithdrawInput, options ...CallOption) (Release, error) {
	q := params{}.text("reason", in.Reason).flag("retroactive", in.Retroactive).text("filename", in.Filename)
	r := write(releasePath(id, "/withdraw"), q.values())
	if in.Lines != nil {
		r = r.from(in.Lines, mediaBytes)
	}
	return c.release(ctx, r.as(options))
}

// SubmitRelease hands a draft in for review.
func (c *Client) SubmitRelease(ctx context.Context, id string, why Transition, options ...CallOption) (Release, error) {
	return c.move(ctx, releasePath(id, "/submit"), why, options)
}

// ApproveRelease approves a release; it is published when due. Another person than author and submitter has to. What goes out at once can be
// queried when this returns.
func (c *Client) ApproveRelease(ctx context.Context, id string, why Transition, options ...CallOption) (Release, error) {
	return c.move(ctx, releasePath(id, "/approve"), why, options)
}

// RejectRelease sends a release back for good; it needs a reason.
func (c *Client) RejectRelease(ctx context.Context, id string, why Transition, options ...CallOption) (Release, error) {
	return c.move(ctx, releasePath(id, "/reject"), why, options)
}

// DiffFilter says what of a diff to tell.
type DiffFilter struct {
	Against string // release to compare with; empty: the predecessor
	Change  string
	Product string
	Segment string
	ByMove  bool // the lines that move farthest first
}

func (f DiffFilter) query() params {
	p := params{}.text("against", f.Against).text("change", f.Change).text("product", f.Product).text("segment", f.Segment)
	if f.ByMove {
		p.text("by", "move")
	}
	return p
}

// DiffRelease returns what a release changes.
func (c *Client) DiffRelease(ctx context.Context, id string, f DiffFilter) (Diff, error) {
	return ask[Diff](ctx, c, get(releasePath(id, "/diff"), f.query().values()))
}

// ReleaseChanges returns what a release of prices changes, column by column; against names another release than its predecessor, and may be empty.
func (c *Client) ReleaseChanges(ctx context.Context, id, against string) (Changes, error) {
	return ask[Changes](ctx, c, get(releasePath(id, "/changes"), params{}.text("against", against).values()))
}

// ExportRelease writes a release as a file to w, as partners get it; a preview is marked as such and can be had before approval.
func (c *Client) ExportRelease(ctx context.Context, id string, as Format, preview bool, w io.Writer) error {
	return c.file(ctx, releasePath(id, "/export"), params{}.flag("preview", preview), as, w)
}

// GetTemplate writes a file to fill in for a list to w.
func (c *Client) GetTemplate(ctx context.Context, list string, w io.Writer) error {
	return c.copy(ctx, get("/v1/templates/"+url.PathEscape(list), nil), "*/*", w)
}

func (c *Client) release(ctx context.Context, r call) (Release, error) {
	v, etag, err := askTagged[Release](ctx, c, r)
	v.ETag = etag
	return v, err
}

func (c *Client) move(ctx context.Context, path string, why Transition, options []CallOption) (Release, error) {
	r, err := write(path, nil).json(why)
	if err != nil {
		return Release{}, err
	}
	return c.release(ctx, r.as(options))
}

func releasePath(id, act string) string { return "/v1/releases/" + url.PathEscape(id) + act }
