package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// echo answers each line with itself, and tells what it got.
func echo(t *testing.T) (address string, got chan string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	got = make(chan string, 100)
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				for lines := bufio.NewReader(c); ; {
					line, err := lines.ReadString('\n')
					if err != nil {
						return
					}
					got <- strings.TrimSpace(line)
					io.WriteString(c, line)
				}
			}()
		}
	}()
	return listener.Addr().String(), got
}

// speller sees a point in every piece, named by its direction.
type speller struct{}

func (speller) see(_ []byte, d direction) []point { return []point{point(fmt.Sprint(int(d)))} }

func through(t *testing.T) (*proxy, chan string) {
	t.Helper()
	address, got := echo(t)
	p, err := newProxy(t.Context(), func() watcher { return speller{} })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.close)
	p.aim(address)
	return p, got
}

func dial(t *testing.T, p *proxy) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", p.address())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(10 * time.Second))
	return c
}

func TestACutComesBeforeDuringOrAfterAnAnswer(t *testing.T) {
	for p, want := range map[part]string{nothing: "", half: "abc", all: "abcde\n"} {
		door, got := through(t)
		c := dial(t, door)
		done := false
		trap := newTrap("1", 0, p, func() { done = true })
		door.set(trap)
		io.WriteString(c, "abcde\n")
		if line := <-got; line != "abcde" {
			t.Errorf("the server got %q", line)
		}
		answer, _ := io.ReadAll(c) // a reset is an error, and what came before it may be gone
		<-trap.done
		if !done || !strings.HasPrefix(want, string(answer)) {
			t.Errorf("%s: %q, %v", p, answer, done)
		}
		if again := dial(t, door); !answers(again) {
			t.Errorf("%s: the next connection does not work", p)
		}
	}
}

func TestACutBeforeAQuestionLeavesTheServerWithout(t *testing.T) {
	door, got := through(t)
	c := dial(t, door)
	if !answers(c) {
		t.Fatal("no answer")
	}
	<-got
	door.set(newTrap("0", 1, nothing, nil)) // the next but one
	if !answers(c) {
		t.Error("no answer to the first")
	}
	<-got
	if answers(c) {
		t.Error("an answer to the second")
	}
	if len(got) > 0 {
		t.Errorf("the server got %q", <-got)
	}
}

func TestSilenceEndsWhenItIsHealed(t *testing.T) {
	door, got := through(t)
	c := dial(t, door)
	door.hold()
	io.WriteString(c, "hello\n")
	if len(got) > 0 {
		t.Error("it passed")
	}
	door.heal()
	if line := <-got; line != "hello" {
		t.Errorf("%q", line)
	}
	door.reset()
	if _, err := io.ReadAll(c); err == nil {
		t.Error("a cut looks like a polite end")
	}
}

func answers(c net.Conn) bool {
	io.WriteString(c, "question\n")
	line, err := bufio.NewReader(c).ReadString('\n')
	return err == nil && line == "question\n"
}

func TestInsertionsAreFollowedInClickHousesProtocol(t *testing.T) {
	w := watchClickHouse()
	for i, step := range []struct {
		piece string
		from  direction
		want  point
	}{
		{"SELECT 1", fromClient, ""},
		{"rows", fromServer, ""},
		{"..INSERT IN", fromClient, ""},
		{"TO rates (a)", fromClient, ""},
		{"sample", fromServer, ""},
		{"block INSERT INTO is only data", fromClient, insertData},
		{"block", fromClient, ""},
		{"end of stream", fromServer, insertAnswer},
		{"ping", fromClient, ""},
		{"pong", fromServer, ""},
	} {
		got := w.see([]byte(step.piece), step.from)
		if (len(got) == 1) != (step.want != "") || (len(got) == 1 && got[0] != step.want) {
			t.Errorf("step %d: %v, not %q", i, got, step.want)
		}
	}
}

func TestBatchesAreFollowedInNATSsProtocol(t *testing.T) {
	w := watchNATS()
	for i, step := range []struct {
		piece string
		from  direction
		want  point
	}{
		{"HPUB a 1\r\nNats-Batch-Id: x", fromClient, ""},
		{"HPUB a 1\r\nNats-Batch-Com", fromClient, ""},
		{"mit: 1\r\n", fromClient, batchCommit},
		{`MSG _INBOX 1 {"stream":"PRICES","seq":3,"ba`, fromServer, ""},
		{`tch":"x","count":3}`, fromServer, batchAck},
		{`HMSG Nats-Batch-Commit: 1`, fromServer, ""},
	} {
		got := w.see([]byte(step.piece), step.from)
		if (len(got) == 1) != (step.want != "") || (len(got) == 1 && got[0] != step.want) {
			t.Errorf("step %d: %v, not %q", i, got, step.want)
		}
	}
}
