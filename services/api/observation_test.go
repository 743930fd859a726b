package api

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/pricewire/pricewire/pkg/fault"
)

func TestASnapshotIsHandedOverWhileItArrives(t *testing.T) {
	b := setup(t)
	reader, writer := io.Pipe()
	b.watcher.observe = func(in ObserveInput) error {
		first := make([]byte, 5)
		if _, err := io.ReadFull(in.Body, first); err != nil {
			return err
		}
		_, _ = io.WriteString(writer, " and the rest") // only now is the rest sent
		_ = writer.Close()
		rest, err := io.ReadAll(in.Body)
		if string(first)+string(rest) != "first and the rest" {
			return fmt.Errorf("got %q", string(first)+string(rest))
		}
		return err
	}
	go func() { _, _ = io.WriteString(writer, "first") }()
	response, err := http.Post(b.url+"/v1/observations?name=2026-01-15.json&wait=false", octets, reader)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if body, _ := io.ReadAll(response.Body); response.StatusCode != http.StatusOK {
		t.Errorf("%s: %s", response.Status, body)
	}
}

func TestAnUploadThatBreaksOffIsNotTakenForItsContent(t *testing.T) {
	b := setup(t)
	told := make(chan error, 1)
	b.watcher.observe = func(in ObserveInput) error {
		data, err := io.ReadAll(in.Body)
		told <- err
		return fault.New(fault.Invalid, "row 1 of %d bytes ends early", len(data))
	}
	address, err := url.Parse(b.url)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", address.Host)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = fmt.Fprintf(conn, "POST /v1/observations?name=2026-01-15.json HTTP/1.1\r\nHost: %s\r\nContent-Type: %s\r\nContent-Length: 100\r\n\r\n[{\"half", address.Host, octets)
	if tcp, ok := conn.(*net.TCPConn); ok { // so that the answer can still be read
		_ = tcp.CloseWrite()
	}
	if err := <-told; !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("whoever reads the snapshot is told %v", err)
	}
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if body, _ := io.ReadAll(answer.Body); answer.StatusCode != http.StatusServiceUnavailable || !strings.Contains(string(body), "broke off") {
		t.Errorf("%s: %s", answer.Status, body)
	}
}

func TestASnapshotIsBoundedWhileItArrives(t *testing.T) {
	b := setup(t)
	read := int64(0)
	b.watcher.observe = func(in ObserveInput) (err error) {
		read, err = io.Copy(io.Discard, in.Body)
		return err
	}
	response, err := http.Post(b.url+"/v1/observations?name=2026-01-15.json", octets, io.LimitReader(zeros{}, largestSnapshot+100))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, _ := io.ReadAll(response.Body)
	if response.StatusCode != http.StatusRequestEntityTooLarge || read > largestSnapshot || !strings.Contains(string(body), "2026-01-15.json has more than 256 MiB") {
		t.Errorf("%s after %d bytes: %s", response.Status, read, body)
	}
}

// zeros never ends.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

func TestAnEarlyRefusalReachesAClientThatIsStillSending(t *testing.T) {
	b := setup(t)
	b.watcher.observe = func(ObserveInput) error { return fault.New(fault.Refused, "not now") }
	response, err := http.Post(b.url+"/v1/observations?name=2026-01-15.json", octets, io.LimitReader(zeros{}, 64<<20))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("%s", response.Status)
	}
}

func TestAnUnreachableWatcherIsSaidAndSpoilsNothingElse(t *testing.T) {
	b := setup(t)
	b.watcher.lost = fault.New(fault.Unavailable, "no answer from the ingester").WithHint("start it")
	status := b.good(t, "GET", "/v1/status", "", "")
	if alarms := fmt.Sprint(status["alarms"]); !strings.Contains(alarms, "how crawls go is not known: no answer from the ingester") {
		t.Errorf("alarms %s", alarms)
	}
	b.bad(t, http.StatusServiceUnavailable, "no answer|start it", "GET", "/v1/crawls/running", "", "")
	b.watcher.lost, b.watcher.watching = nil, Watching{Source: "azure"}
	if source := b.good(t, "GET", "/v1/status", "", "")["source"]; source != "azure" {
		t.Errorf("source %v", source)
	}
}
