package jetstream

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/stream"
	"github.com/pricewire/pricewire/pkg/trace"
)

// Last returns the newest record under a subject. The stream's leader answers, not any replica, so that what was stored before the
// question is in the answer.
func (a *Adapter) Last(ctx context.Context, name, subject string) (stream.Record, error) {
	if !stream.ValidFilter(subject) {
		return stream.Record{}, fault.New(fault.Invalid, "subject %q is malformed", subject)
	}
	info, err := a.Info(ctx, name)
	if err != nil {
		return stream.Record{}, err
	}
	rec, err := a.lastRecord(ctx, info.Name, subject)
	if err != nil {
		return stream.Record{}, requestFault(ctx, err, "read last record of %s under %s", name, subject)
	}
	return rec, nil
}

func (a *Adapter) lastRecord(ctx context.Context, name stream.Name, subject string) (stream.Record, error) {
	var reply struct {
		Message *struct {
			Subject  string    `json:"subject"`
			Sequence uint64    `json:"seq"`
			Header   string    `json:"hdrs"`
			Data     string    `json:"data"`
			Time     time.Time `json:"time"`
		} `json:"message"`
		Error *jetstream.APIError `json:"error"`
	}
	msg, err := a.request(ctx, "STREAM.MSG.GET."+name.Name, subject)
	if err != nil {
		return stream.Record{}, err
	}
	if err := json.Unmarshal(msg.Data, &reply); err != nil {
		return stream.Record{}, fmt.Errorf("read reply: %w", err)
	}
	switch {
	case reply.Error != nil && reply.Error.ErrorCode == jetstream.JSErrCodeMessageNotFound:
		return stream.Record{}, jetstream.ErrMsgNotFound
	case reply.Error != nil && reply.Error.ErrorCode == jetstream.JSErrCodeStreamNotFound:
		return stream.Record{}, jetstream.ErrStreamNotFound
	case reply.Error != nil:
		return stream.Record{}, reply.Error
	case reply.Message == nil:
		return stream.Record{}, errors.New("reply holds no message")
	}
	m := reply.Message
	rec := stream.Record{Stream: name, Sequence: m.Sequence, Subject: m.Subject, Stored: m.Time.UTC()}
	if rec.Data, err = base64.StdEncoding.DecodeString(m.Data); err != nil {
		return stream.Record{}, fmt.Errorf("read data: %w", err)
	}
	header, err := decodeHeader(m.Header)
	if err != nil {
		return stream.Record{}, fmt.Errorf("read headers: %w", err)
	}
	setHeaders(&rec, header)
	return rec, nil
}

func decodeHeader(text string) (nats.Header, error) {
	if text == "" {
		return nil, nil
	}
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, err
	}
	return nats.DecodeHeadersMsg(raw)
}

// settled returns the highest sequence up to which whole batches are stored, and synced. Consumers deliver messages of a batch while it is
// being committed, up to a tenth of a second before they are safe; a direct get waits for the commit.
func (a *Adapter) settled(ctx context.Context, name string) (uint64, error) {
	msg, err := a.request(ctx, "DIRECT.GET."+name, ">")
	if err != nil {
		return 0, err
	}
	switch status := msg.Header.Get("Status"); status {
	case "":
		return wholeUpTo(msg.Header)
	case "404":
		return 0, nil
	case "503":
		return 0, nats.ErrNoResponders
	default:
		return 0, fmt.Errorf("status %s %s", status, msg.Header.Get("Description"))
	}
}

// wholeUpTo returns the sequence of a stream's last message, or of the last one before its batch if that batch lacks its end: a server
// with one replica that fails while it commits leaves such a piece, and completes it when it is started again.
func wholeUpTo(h nats.Header) (uint64, error) {
	last, err := strconv.ParseUint(h.Get(jetstream.SequenceHeader), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("read sequence: %w", err)
	}
	if h.Get(headerBatchID) == "" || h.Get(headerBatchCommit) != "" {
		return last, nil
	}
	piece, err := strconv.ParseUint(h.Get(headerBatchSequence), 10, 64)
	if err != nil || piece > last {
		return 0, fmt.Errorf("message %d is at %q of its batch", last, h.Get(headerBatchSequence))
	}
	return last - piece, nil
}

// request asks the server for the last message under a subject.
func (a *Adapter) request(ctx context.Context, api, subject string) (*nats.Msg, error) {
	ask, err := json.Marshal(map[string]string{"last_by_subj": subject})
	if err != nil {
		return nil, err
	}
	ctx, done := a.connected(ctx)
	defer done()
	ctx, cancel := context.WithTimeout(ctx, a.cfg.Timeout)
	defer cancel()
	answer, err := a.nc.RequestWithContext(ctx, jetstream.DefaultAPIPrefix+api, ask)
	return answer, lostWith(ctx, err)
}

// setHeaders fills what a record's headers tell: the server keeps those of the batch.
func setHeaders(rec *stream.Record, h nats.Header) {
	rec.ID, rec.Origin, rec.Batch = h.Get(headerID), h.Get(headerOrigin), h.Get(headerBatchID)
	rec.Trace = trace.Received(h.Values(headerTrace))
	rec.Commit = rec.Batch == "" || h.Get(headerBatchCommit) != ""
}

// Watch tells of new streams. It also speaks up after every reconnection, since what happened meanwhile was missed.
func (a *Adapter) Watch(ctx context.Context) (<-chan struct{}, error) {
	created := make(chan *nats.Msg, 16)
	sub, err := a.nc.ChanSubscribe("$JS.EVENT.ADVISORY.STREAM.CREATED.>", created)
	if err != nil {
		return nil, fault.New(fault.Unavailable, "watch streams: %w", err)
	}
	connected := a.nc.StatusChanged(nats.CONNECTED)
	if err := a.nc.FlushTimeout(a.cfg.Timeout); err != nil { // from here on nothing is missed
		a.nc.RemoveStatusListener(connected)
		return nil, fault.New(fault.Unavailable, "watch streams: %w", errors.Join(err, sub.Unsubscribe()))
	}
	news := make(chan struct{}, 1)
	go func() {
		defer close(news)
		defer a.nc.RemoveStatusListener(connected)
		defer func() { _ = sub.Unsubscribe() }() // fails only on a closed connection
		for {
			select {
			case <-ctx.Done():
				return
			case <-created:
			case _, open := <-connected:
				if !open { // with the connection
					return
				}
			}
			select {
			case news <- struct{}{}:
			default: // one is waiting already
			}
		}
	}()
	return news, nil
}
