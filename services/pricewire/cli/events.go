package cli

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/services/pricewire/remote"
)

const (
	// longestEvent bounds one line of an event stream; a message of the streams is smaller.
	longestEvent = 16 << 20
	// A broken stream rests before it is taken up where it broke off: a moment at first, longer while the server stays away.
	reconnectPause     = time.Second
	reconnectPauseMost = 15 * time.Second
)

func (a *app) eventsCommand() *cobra.Command {
	return group("events", "Follow what is published",
		a.eventsTail())
}

func (a *app) eventsTail() *cobra.Command {
	cmd := &cobra.Command{
		Use: "tail", Short: "Print events as NDJSON, one CloudEvent a line, and follow; a lost connection is taken up where it broke off", Args: cobra.NoArgs,
		Long: `Print events as NDJSON, one CloudEvent a line, and follow; a lost connection is taken up where it broke off. As a table or CSV each event has a
line too, with its data in one cell as CSV; -o json gives a list, which ends when the command does.`,
		Example: `  pricewire events tail --subject 'pw.rate.usd.>'
  pricewire events tail --from start --count 10
  pricewire events tail --from now -o table
  pricewire events tail --watchlist what-we-sell --type pricewire.price.changed.v1
  pricewire events tail --last-per-subject --subject 'pw.price.us.>' --fields subject,data.change,data.after`,
	}
	annotate(cmd, formsKey, "ndjson table json csv")
	q := eventFilters(newQuery(cmd.Flags())).
		add("from", "from", "", "start, now (default), a sequence, or a time: events known at or after it")
	count := cmd.Flags().Uint64("count", 0, "stop after so many events; 0: follow")
	last := cmd.Flags().Bool("last-per-subject", false, "begin with the last event of each subject: the current state")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		values := q.encode()
		if *last {
			values.Set("last_per_subject", strconv.FormatBool(true))
		}
		if err := judgeEventFields(a.fields); err != nil {
			return err
		}
		t := &tailer{app: a, left: *count, bounded: *count > 0, printer: a.eventPrinter()}
		err := t.follow(cmd.Context(), func(ctx context.Context) (io.ReadCloser, error) {
			response, err := a.remote().Stream(ctx, "/v1/events", values, "text/event-stream", t.position)
			if err != nil {
				return nil, err
			}
			return response.Body, nil
		})
		return errors.Join(err, t.printer.end())
	}
	return cmd
}

// tailer prints server-sent events and knows where it is.
type tailer struct {
	app      *app
	position string
	left     uint64
	bounded  bool
	printer  *eventPrinter
}

var errEnough = errors.New("enough events")

// follow connects and, when the connection is lost after it once worked, connects again behind the last event.
func (t *tailer) follow(ctx context.Context, connect func(context.Context) (io.ReadCloser, error)) error {
	connected, pause := false, reconnectPause
	for {
		body, err := connect(ctx)
		if err == nil {
			connected, pause = true, reconnectPause
			err = t.read(body)
			_ = body.Close()
		}
		switch {
		case errors.Is(err, errEnough):
			return nil
		case ctx.Err() != nil:
			return nil //nolint:nilerr // interrupted: what a follower is for has been done
		case err != nil && (!connected || !fault.Is(err, fault.Unavailable)):
			return err
		}
		t.app.note("connection lost; taking it up again in %s", pause)
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
		pause = min(2*pause, reconnectPauseMost)
	}
}

// read prints the events of one connection until it breaks.
func (t *tailer) read(body io.Reader) error {
	lines := bufio.NewScanner(body)
	lines.Buffer(make([]byte, 64<<10), longestEvent)
	id := t.position
	var kind string
	var data []byte
	for lines.Scan() {
		name, value, _ := bytes.Cut(lines.Bytes(), []byte(": "))
		switch string(name) {
		case "id":
			id = string(value)
		case "event":
			kind = string(value)
		case "data":
			data = append(data[:0], value...)
		case "":
			if len(data) == 0 {
				t.position = cmp.Or(id, t.position) // so far nothing passed
				continue
			}
			if kind == "problem" {
				return remote.Problem(http.StatusInternalServerError, data) // the server's own word on why the stream ended
			}
			if err := t.print(data); err != nil {
				return err
			}
			t.position, data, kind = id, data[:0], ""
			if t.bounded && t.left == 0 {
				return errEnough
			}
		}
	}
	return fault.New(fault.Unavailable, "event stream ended: %w", errors.Join(lines.Err(), io.ErrUnexpectedEOF))
}

func (t *tailer) print(data []byte) error {
	if err := t.printer.print(data); err != nil {
		return err
	}
	if t.bounded {
		t.left--
	}
	return nil
}
