package api

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pricewire/pricewire/pkg/event"
	"github.com/pricewire/pricewire/pkg/stream"
	"github.com/pricewire/pricewire/schemas"
)

// listening is a client of the events that joins, breaks off and resumes.
type listening struct {
	*bundle
	query string
	id    string // the last that came
	due   uint64 // the next sequence; 0: not known yet
}

// hear listens until the sequence end has come, or until it has enough of this connection.
func (l *listening) hear(ctx context.Context, end uint64, enough int) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, l.url+"/v1/events?"+l.query, nil)
	if err != nil {
		return err
	}
	if l.id != "" {
		request.Header.Set("Last-Event-ID", l.id)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	id := ""
	for lines := bufio.NewScanner(response.Body); lines.Scan(); {
		name, value, _ := strings.Cut(lines.Text(), ": ")
		switch {
		case name == "id":
			id = value
		case name == "event":
			return fmt.Errorf("behind %q: %s", l.id, value)
		case name == "data" || strings.HasPrefix(lines.Text(), ": follow"):
			if err := l.heard(id, name == "data"); err != nil {
				return err
			}
			if enough--; l.due > end || enough < 0 {
				return nil
			}
		}
	}
	return ctx.Err()
}

func (l *listening) heard(id string, event bool) error {
	at := uint64(0) // before the stream was there
	if _, mark, ok := strings.Cut(id, ":"); ok {
		var err error
		if at, err = strconv.ParseUint(mark, 10, 64); err != nil {
			return err
		}
	}
	if l.due == 0 {
		l.due = at + 1
	}
	due := l.due
	if !event {
		due--
	}
	if at != due {
		return fmt.Errorf("%s came where %d was due, behind %q", id, due, l.id)
	}
	l.id, l.due = id, at+1
	return nil
}

func TestClientsThatJoinWhileAStreamAppearsMissNothing(t *testing.T) {
	b := setup(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	const clients, events = 150, 300
	random := rand.New(rand.NewPCG(1, 2))
	var listen sync.WaitGroup
	for i := range clients {
		rest, breaks := time.Duration(random.IntN(1500))*time.Millisecond, random.IntN(20)
		listen.Go(func() {
			time.Sleep(rest)
			l := &listening{bundle: b, query: "subject=pw.crawl.usd.%3E&from=" + []string{"now", "start"}[i%2]}
			for l.due <= events {
				if err := l.hear(ctx, events, breaks); err != nil {
					t.Errorf("client %d: %v", i, err)
					return
				}
				breaks = 2*breaks + 1
			}
		})
	}
	time.Sleep(600 * time.Millisecond)
	if _, err := b.streams.Declare(ctx, stream.RatesDeclaration("USD")); err != nil {
		t.Fatal(err)
	}
	data, err := schemas.Example(string(event.TypeCrawlProgressed))
	if err != nil {
		t.Fatal(err)
	}
	for range events {
		if random.IntN(3) == 0 {
			time.Sleep(time.Duration(random.IntN(15)) * time.Millisecond)
		}
		if _, err := b.streams.Publish(ctx, stream.Rates("USD"), []stream.Message{{Subject: "pw.crawl.usd.azure-usd", ID: "x", Data: data}}, stream.Expectation{}); err != nil {
			t.Fatal(err)
		}
	}
	listen.Wait()
}

func TestAClientThatWasThereBeforeTheStreamGetsAllOfItWhenItResumes(t *testing.T) {
	b := setup(t)
	l := &listening{bundle: b, query: "subject=pw.crawl.usd.%3E"}
	if err := l.hear(t.Context(), 0, 0); err != nil || l.id != "none" {
		t.Fatalf("behind %q, %v", l.id, err)
	}
	data, err := schemas.Example(string(event.TypeCrawlProgressed))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.streams.Declare(t.Context(), stream.RatesDeclaration("USD")); err != nil {
		t.Fatal(err)
	}
	if _, err := b.streams.Publish(t.Context(), stream.Rates("USD"), []stream.Message{{Subject: "pw.crawl.usd.azure-usd", ID: "x", Data: data}}, stream.Expectation{}); err != nil {
		t.Fatal(err)
	}
	if err := l.hear(t.Context(), 1, 9); err != nil || l.due != 2 {
		t.Errorf("%d is due, %v", l.due, err)
	}
}
