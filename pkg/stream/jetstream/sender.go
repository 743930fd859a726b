package jetstream

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nuid"

	"github.com/pricewire/pricewire/pkg/stream"
)

// A sender asks for an acknowledgement after so many messages or bytes, and has a few of them outstanding at most: enough to keep the
// server busy, far below the 100,000 messages and 128 MiB at which it drops what is queued for a stream.
const (
	ackMessages    = 500
	ackBytes       = 4 << 20
	ackOutstanding = 4
)

var errConnectionLost = errors.New("connection was lost")

// sender sends one batch: all messages carry the batch's id and their place in it, the last one the commit. The server stages them, and
// stores all of them on the commit if there is no gap and the last one's expectation holds.
type sender struct {
	nc      *nats.Conn
	stream  string
	timeout time.Duration
	inbox   string
	sub     *nats.Subscription
	acks    chan *nats.Msg
	lost    chan nats.Status
	header  nats.Header

	waiting  int // acknowledgements asked for and not yet received
	messages int // since the last one was asked for
	bytes    int
}

func newSender(nc *nats.Conn, name string, timeout time.Duration, messages int) (*sender, error) {
	s := &sender{
		nc: nc, stream: name, timeout: timeout, inbox: nc.NewInbox(), acks: make(chan *nats.Msg, 2*ackOutstanding), header: nats.Header{},
		lost: nc.StatusChanged(nats.RECONNECTING, nats.CLOSED),
	}
	if messages > 1 {
		s.header[headerBatchID] = []string{nuid.Next()}
		s.header[headerBatchSequence] = []string{""}
	}
	var err error
	if s.sub, err = nc.ChanSubscribe(s.inbox, s.acks); err != nil {
		nc.RemoveStatusListener(s.lost)
		return nil, err
	}
	return s, nil
}

func (s *sender) close() {
	_ = s.sub.Unsubscribe() // fails only on a closed connection
	s.nc.RemoveStatusListener(s.lost)
}

func (s *sender) send(ctx context.Context, batch []stream.Message, expect stream.Expectation) (uint64, error) {
	last := len(batch) - 1
	if err := s.stageAll(ctx, batch[:last]); err != nil {
		s.abandon(batch[0].Subject)
		return 0, err
	}
	return s.commit(ctx, last, batch[last], expect)
}

func (s *sender) stageAll(ctx context.Context, batch []stream.Message) error {
	for i, m := range batch {
		if err := s.stage(ctx, i, m); err != nil {
			return err
		}
	}
	for s.waiting > 0 {
		if err := s.awaitStaged(ctx); err != nil {
			return err
		}
	}
	return nil
}

// abandon makes the server drop what it has staged: a message out of sequence ends a batch. Otherwise the batch would stay open until
// it times out, and the server allows few open batches.
func (s *sender) abandon(subject string) {
	if s.nc.IsConnected() {
		_ = s.publish(stream.BatchLimit, stream.Message{Subject: subject}, "") // only frees memory early
	}
}

// stage sends a message that is not the last. The first one is awaited alone: whatever is wrong with the stream shows then.
func (s *sender) stage(ctx context.Context, i int, m stream.Message) error {
	s.messages++
	s.bytes += len(m.Data) + len(m.Subject)
	reply := ""
	if i == 0 || s.messages >= ackMessages || s.bytes >= ackBytes {
		reply, s.messages, s.bytes = s.inbox, 0, 0
		s.waiting++
	}
	if err := s.publish(i, m, reply); err != nil {
		return err
	}
	if i == 0 || s.waiting >= ackOutstanding {
		return s.awaitStaged(ctx)
	}
	return nil
}

func (s *sender) awaitStaged(ctx context.Context) error {
	msg, err := s.await(ctx)
	if err != nil {
		return err
	}
	s.waiting--
	if len(msg.Data) == 0 {
		return nil
	}
	_, err = parseAck(msg.Data)
	return err
}

func (s *sender) commit(ctx context.Context, i int, m stream.Message, expect stream.Expectation) (uint64, error) {
	s.header[headerExpectStream] = []string{s.stream}
	if i > 0 {
		s.header[headerBatchCommit] = []string{"1"}
	}
	if expect.Subject != "" {
		s.header[headerExpectSequence] = []string{strconv.FormatUint(expect.Sequence, 10)}
		s.header[headerExpectSubject] = []string{expect.Subject}
	}
	if err := s.publish(i, m, s.inbox); err != nil {
		return 0, err
	}
	msg, err := s.await(ctx)
	if err != nil {
		return 0, err
	}
	ack, err := parseAck(msg.Data)
	if err != nil {
		return 0, err
	}
	if ack.Stream != s.stream || ack.Sequence == 0 || (i > 0 && ack.Count != i+1) {
		return 0, fmt.Errorf("acknowledgement names %d messages up to %d of stream %q", ack.Count, ack.Sequence, ack.Stream)
	}
	return ack.Sequence, nil
}

func (s *sender) publish(i int, m stream.Message, reply string) error {
	fillHeaders(s.header, m)
	if seq, ok := s.header[headerBatchSequence]; ok {
		seq[0] = strconv.Itoa(i + 1)
	}
	return s.nc.PublishMsg(&nats.Msg{Subject: m.Subject, Reply: reply, Header: s.header, Data: m.Data})
}

func (s *sender) await(ctx context.Context) (*nats.Msg, error) {
	timer := time.NewTimer(s.timeout)
	defer timer.Stop()
	select {
	case msg := <-s.acks:
		if len(msg.Data) == 0 && msg.Header.Get("Status") == "503" {
			return nil, nats.ErrNoResponders
		}
		return msg, nil
	case <-s.lost:
		return nil, errConnectionLost
	case <-timer.C:
		return nil, fmt.Errorf("no acknowledgement after %s", s.timeout)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// ack is what the server says once a message or batch is stored, or why it is not.
type ack struct {
	Stream   string              `json:"stream"`
	Sequence uint64              `json:"seq"`
	Count    int                 `json:"count"`
	Error    *jetstream.APIError `json:"error"`
}

func parseAck(data []byte) (ack, error) {
	var a ack
	if err := json.Unmarshal(data, &a); err != nil {
		return ack{}, fmt.Errorf("read acknowledgement: %w", err)
	}
	if a.Error != nil {
		return ack{}, a.Error
	}
	return a, nil
}
