package main

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestAClientTakesEveryEventOnceAndInOrder(t *testing.T) {
	const begins = "retry: 2000\nid: PRICES@1:0,RATES_USD@1:7\n: follow\n\n"
	event := func(sequence int) string {
		return fmt.Sprintf("id: PRICES@1:0,RATES_USD@1:%d\ndata: {%s}\n\n", sequence, strings.Repeat("id: long", listenerBuffer/4))
	}
	alive := "id: PRICES@1:0,RATES_USD@1:8\n: alive\n\n"
	for name, c := range map[string]struct{ sent, says string }{
		"whole":      {begins + event(8) + alive + event(9), io.EOF.Error()},
		"a gap":      {begins + event(8) + event(10), "10 came where 9"},
		"twice":      {begins + event(8) + event(8), "8 came where 9"},
		"from afar":  {strings.Replace(begins, ":7", ":6", 1), "begins behind 6"},
		"at the end": {begins + "event: problem\ndata: {}\n\n", "problem"},
	} {
		l := &listener{audience: &audience{arrived: make(chan time.Time, 1), joined: make(chan struct{}, 1)}, next: 8}
		l.due.Store(9)
		err := l.read(t.Context(), bufio.NewReaderSize(strings.NewReader(c.sent), listenerBuffer))
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
		if whole := name == "whole"; len(l.arrived) == 1 != whole {
			t.Errorf("%s: all came %d times", name, len(l.arrived))
		}
	}
}

func TestAWrongAnswerIsNoPointRead(t *testing.T) {
	rows, err := readRows(0, 1, 0)
	if err != nil {
		t.Fatal(err)
	}
	status, body := http.StatusOK, rows[0].Identity.MeterID
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("meter_id") != rows[0].Identity.MeterID {
			t.Error(r.URL)
		}
		w.Header().Set("Pricewire-Source", "memory")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	defer server.Close()
	p := newPoints(&instance{HTTP: server.URL}, rows)
	defer p.http.CloseIdleConnections()
	waits, err := p.steady(t.Context(), 20)
	if err != nil || len(waits) != 20 || p.remembered.Load() != 20 {
		t.Errorf("%v, %v, %d from memory", waits, err, p.remembered.Load())
	}
	status = http.StatusServiceUnavailable
	if _, err := p.steady(t.Context(), 2); err == nil {
		t.Error("a failure is a figure")
	}
	status, body = http.StatusOK, "another"
	if _, err := p.steady(t.Context(), 2); err == nil {
		t.Error("another's answer is a figure")
	}
}
