package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// subscriber follows every event over HTTP from the start, and resumes behind the last one whenever its connection ends.
type subscriber struct {
	mu       sync.Mutex
	position string
	seen     []seenEvent
	resumed  int
}

// seenEvent is an event as it came.
type seenEvent struct {
	stream   string // without its incarnation
	sequence uint64
	subject  string
	id       string
}

// run follows until ctx ends, now from one product, now from another.
func (s *subscriber) run(ctx context.Context, products []*product) {
	client := &http.Client{}
	defer client.CloseIdleConnections()
	for n := 0; ctx.Err() == nil; n++ {
		base := products[n%len(products)].http()
		if base != "" {
			s.follow(ctx, client, base)
		}
		wait(ctx, restartPause/2)
	}
}

// follow reads one connection to its end.
func (s *subscriber) follow(ctx context.Context, client *http.Client, base string) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/v1/events?from=start", nil)
	if err != nil {
		return
	}
	s.mu.Lock()
	s.resumed++
	if s.position != "" {
		request.Header.Set("Last-Event-ID", s.position)
	}
	s.mu.Unlock()
	response, err := client.Do(request)
	if err != nil {
		return
	}
	defer func() { _ = response.Body.Close() }()
	s.read(bufio.NewReaderSize(response.Body, 1<<20))
}

// read takes server-sent events to their end. Messages alone are events of the product: those of another type say why the stream ends. Any of
// them may say how far the stream is, as browsers understand it.
func (s *subscriber) read(lines *bufio.Reader) {
	var position, kind, data string
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			return // what came without its end has not come
		}
		field, value, _ := strings.Cut(strings.TrimRight(line, "\r\n"), ": ")
		switch field {
		case "id":
			position = value
		case "event":
			kind = value
		case "data":
			data = value
		case "": // the end of one, or a comment
			if value != "" {
				continue
			}
			if data != "" && kind == "" {
				s.take(data, position)
			}
			s.reach(position)
			position, kind, data = "", "", ""
		}
	}
}

// reach notes how far the stream is, if that was said.
func (s *subscriber) reach(position string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.position = cmp.Or(position, s.position)
}

func (s *subscriber) take(data, position string) {
	var e struct{ Stream, Sequence, Subject, ID string }
	if err := json.Unmarshal([]byte(data), &e); err != nil {
		e.Subject = "unreadable: " + err.Error()
	}
	if position == "" { // nobody could resume behind it
		e.Subject += " without a place"
	}
	sequence, _ := strconv.ParseUint(e.Sequence, 10, 64)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen = append(s.seen, seenEvent{e.Stream, sequence, e.Subject, e.ID})
}

func (s *subscriber) number() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.seen)
}

// wanted are the events that a subscriber must see, as the streams hold them.
func wanted(messages []stored) []seenEvent {
	var want []seenEvent
	for i := range messages {
		m := &messages[i]
		if m.planted == "" || !m.planted.rejected() {
			name, _, _ := strings.Cut(m.stream, "@")
			want = append(want, seenEvent{name, m.sequence, m.subject, m.id})
		}
	}
	return want
}

// judge compares what came with what the streams hold: each event once, in the order of its stream, and nothing that a crash has undone.
// An event came only when its whole batch was stored, so what is in the streams at the end includes it.
func (s *subscriber) judge(messages []stored) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var wrong []string
	tell := func(format string, args ...any) {
		if len(wrong) < mostDifferences {
			wrong = append(wrong, "the subscriber "+fmt.Sprintf(format, args...))
		}
	}
	times := map[seenEvent]int{}
	last := map[string]uint64{}
	for _, e := range s.seen {
		if times[e]++; times[e] == 2 {
			tell("saw %v again", e)
		}
		if e.sequence <= last[e.stream] {
			tell("saw %v behind %d", e, last[e.stream])
		}
		last[e.stream] = e.sequence
	}
	for _, e := range wanted(messages) {
		if times[e] == 0 {
			tell("never saw %v", e)
		}
		delete(times, e)
	}
	for e := range times {
		tell("saw %v, which is in no stream", e)
	}
	return wrong
}
