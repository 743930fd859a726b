package main

import (
	"bufio"
	"slices"
	"strings"
	"testing"
)

// TestASubscriberTakesMessagesAlone gives a subscriber all that the product may send: where it begins, an event, a beat, why it ends, and the
// beginning of an event that the end of the connection cuts off.
func TestASubscriberTakesMessagesAlone(t *testing.T) {
	const sent = "retry: 1000\nid: S@1:0\n: follow\n\n" +
		"id: S@1:7\ndata: {\"stream\":\"S\",\"sequence\":\"7\",\"subject\":\"pw.rate\",\"id\":\"a: b\"}\n\n" +
		"id: S@1:9\n: alive\n\n" +
		"data: {\"stream\":\"S\",\"sequence\":\"8\",\"subject\":\"pw.rate\",\"id\":\"c\"}\n\n" +
		"event: problem\ndata: {\"title\":\"Unavailable\"}\n\n" +
		"id: S@1:10\ndata: {\"stream\":\"S\",\"sequence\":\"10\"}\n"
	var s subscriber
	s.read(bufio.NewReader(strings.NewReader(sent)))
	if want := []seenEvent{{"S", 7, "pw.rate", "a: b"}, {"S", 8, "pw.rate without a place", "c"}}; !slices.Equal(s.seen, want) {
		t.Errorf("saw %v instead of %v", s.seen, want)
	}
	if s.position != "S@1:9" {
		t.Errorf("would resume behind %s instead of S@1:9", s.position)
	}
}
