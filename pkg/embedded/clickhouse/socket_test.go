package clickhouse_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/url"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/ClickHouse/ch-go/proto"

	"github.com/pricewire/pricewire/pkg/embedded/clickhouse/clickhousetest"
)

const clientRevision = 54460

// rawClient speaks the protocol by hand, rightly or wrongly.
type rawClient struct {
	t    *testing.T
	conn net.Conn
	in   *bufio.Reader
}

func dialRaw(t *testing.T, dsn string) *rawClient {
	t.Helper()
	parsed, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", parsed.Host)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return &rawClient{t: t, conn: conn, in: bufio.NewReader(conn)}
}

func (c *rawClient) send(encode func(b *proto.Buffer)) {
	c.t.Helper()
	var b proto.Buffer
	encode(&b)
	if _, err := c.conn.Write(b.Buf); err != nil {
		c.t.Fatalf("send: %v", err)
	}
}

func (c *rawClient) hello(user, password string, revision int) {
	c.t.Helper()
	c.send(func(b *proto.Buffer) {
		proto.ClientHello{Name: "raw", Major: 1, ProtocolVersion: revision, User: user, Password: password}.Encode(b)
	})
}

// logIn shakes hands and reads the server's part.
func (c *rawClient) logIn() {
	c.t.Helper()
	c.hello("test", "test", clientRevision)
	c.want(proto.ServerCodeHello)
	reader := proto.NewReader(c.in)
	var hello proto.ServerHello
	if err := hello.DecodeAware(reader, clientRevision); err != nil {
		c.t.Fatalf("read hello: %v", err)
	}
	c.in = bufio.NewReader(reader) // whatever the reader took ahead comes next
	c.send(func(b *proto.Buffer) { b.PutString("") })
}

func (c *rawClient) query(sql string) {
	c.t.Helper()
	c.send(func(b *proto.Buffer) {
		proto.Query{
			Body: sql, Stage: proto.StageComplete,
			Info: proto.ClientInfo{ProtocolVersion: clientRevision, Interface: proto.InterfaceTCP, Query: proto.ClientQueryInitial},
		}.EncodeAware(b, clientRevision)
	})
	c.emptyBlock()
}

func (c *rawClient) emptyBlock() {
	c.t.Helper()
	c.send(func(b *proto.Buffer) {
		proto.ClientCodeData.Encode(b)
		b.PutString("")
		proto.BlockInfo{BucketNum: -1}.Encode(b)
		b.PutInt(0)
		b.PutInt(0)
	})
}

func (c *rawClient) want(code proto.ServerCode) {
	c.t.Helper()
	got, err := c.in.ReadByte()
	if err != nil || proto.ServerCode(got) != code {
		c.t.Fatalf("packet %s, want %s: %v", proto.ServerCode(got), code, err)
	}
}

func (c *rawClient) wantException(code proto.Error) {
	c.t.Helper()
	c.want(proto.ServerCodeException)
	reader := proto.NewReader(c.in)
	var exception proto.Exception
	if err := exception.DecodeAware(reader, clientRevision); err != nil || exception.Code != code || exception.Name != "DB::Exception" {
		c.t.Fatalf("exception %d %s %q, want %d: %v", exception.Code, exception.Name, exception.Message, code, err)
	}
	c.in = bufio.NewReader(reader)
}

func (c *rawClient) wantEnd() {
	c.t.Helper()
	if rest, err := io.ReadAll(c.in); len(rest) != 0 || (err != nil && !isReset(err)) {
		c.t.Fatalf("%d more bytes, %v", len(rest), err)
	}
}

func isReset(err error) bool {
	_, ok := errors.AsType[*net.OpError](err)
	return ok && !errors.Is(err, os.ErrDeadlineExceeded)
}

func TestAWrongPasswordIsRefused(t *testing.T) {
	dsn := clickhousetest.Start(t)
	for _, given := range [][2]string{{"test", "wrong"}, {"test", ""}, {"nobody", "test"}, {"", ""}, {"tes", "ttest"}} {
		client := dialRaw(t, dsn)
		client.hello(given[0], given[1], clientRevision)
		client.wantException(proto.ErrAuthenticationFailed)
		client.wantEnd()
	}
	parsed, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	parsed.User = url.UserPassword("test", "wrong")
	wantCode(t, connect(t, parsed.String(), true).Ping(context.Background()), 516)
}

func TestAnUnknownDatabaseIsRefused(t *testing.T) {
	parsed, err := url.Parse(clickhousetest.Start(t))
	if err != nil {
		t.Fatal(err)
	}
	parsed.Path = "/nope"
	wantCode(t, connect(t, parsed.String(), true).Ping(context.Background()), 81)
}

func TestAnOldClientIsRefused(t *testing.T) {
	client := dialRaw(t, clickhousetest.Start(t))
	client.hello("test", "test", 54400)
	client.wantException(proto.ErrNotImplemented)
	client.wantEnd()
}

func TestAQueryCanBeCancelledWithoutLosingTheConnection(t *testing.T) {
	dsn := clickhousetest.Start(t)
	watcher := connect(t, dsn, false)
	client := dialRaw(t, dsn)
	client.logIn()
	client.query("SELECT sum(sipHash64(number)) FROM numbers(3000000000000)")
	eventually(t, "the query runs", func() bool {
		return one[uint64](t, watcher, "SELECT count() FROM system.processes WHERE query LIKE '%3000000000000%' AND query NOT LIKE '%system.processes%'") > 0
	})
	client.send(proto.ClientCodeCancel.Encode)
	client.want(proto.ServerCodeEndOfStream)
	client.send(proto.ClientCodePing.Encode)
	client.want(proto.ServerCodePong)
}

// garbage is what clients send that are none, or broken ones.
func garbage() map[string]func(c *rawClient) {
	random := rand.New(rand.NewPCG(1, 2))
	noise := make([]byte, 100<<10)
	for i := range noise {
		noise[i] = byte(random.Uint32())
	}
	huge := func(b *proto.Buffer) { b.PutUVarInt(1 << 62) }
	return map[string]func(c *rawClient){
		"noise":                func(c *rawClient) { _, _ = c.conn.Write(noise) },
		"http":                 func(c *rawClient) { _, _ = c.conn.Write([]byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n")) },
		"nothing":              func(*rawClient) {},
		"a hello of huge size": func(c *rawClient) { c.send(func(b *proto.Buffer) { b.PutByte(0); huge(b) }) },
		"a huge query": func(c *rawClient) {
			c.logIn()
			c.send(func(b *proto.Buffer) { b.PutByte(byte(proto.ClientCodeQuery)); huge(b) })
		},
		"an unknown packet":   func(c *rawClient) { c.logIn(); c.send(func(b *proto.Buffer) { b.PutByte(77) }) },
		"data without query":  func(c *rawClient) { c.logIn(); c.emptyBlock() },
		"noise after a hello": func(c *rawClient) { c.logIn(); _, _ = c.conn.Write(noise) },
		"noise as a block": func(c *rawClient) {
			c.logIn()
			c.query("INSERT INTO FUNCTION null('n UInt64') VALUES")
			_, _ = c.conn.Write(append([]byte{byte(proto.ClientCodeData), 0}, noise...))
		},
		"a block of huge columns": func(c *rawClient) {
			c.logIn()
			c.query("INSERT INTO t VALUES")
			c.send(func(b *proto.Buffer) {
				proto.ClientCodeData.Encode(b)
				b.PutString("")
				proto.BlockInfo{BucketNum: -1}.Encode(b)
				huge(b)
				huge(b)
			})
		},
		"a value of huge size": func(c *rawClient) {
			c.logIn()
			c.query("INSERT INTO t VALUES")
			c.send(func(b *proto.Buffer) {
				proto.ClientCodeData.Encode(b)
				b.PutString("")
				proto.BlockInfo{BucketNum: -1}.Encode(b)
				b.PutInt(1)
				b.PutInt(1)
				b.PutString("text")
				b.PutString("String")
				b.PutBool(false)
				huge(b)
			})
		},
	}
}

func TestGarbageOnTheSocketHarmsNobody(t *testing.T) {
	dsn := clickhousetest.Start(t)
	conn := connect(t, dsn, true)
	before := memoryInUse()
	for name, speak := range garbage() {
		t.Run(name, func(t *testing.T) {
			execute(t, conn, "CREATE TABLE IF NOT EXISTS t (text String) ENGINE = MergeTree ORDER BY text")
			client := dialRaw(t, dsn)
			speak(client)
			_ = client.conn.(*net.TCPConn).CloseWrite()
			_, _ = io.Copy(io.Discard, client.in) // the server ends the connection
			if n := one[uint8](t, conn, "SELECT 1"); n != 1 {
				t.Errorf("another client gets %d", n)
			}
			if n := one[uint64](t, conn, "SELECT count() FROM t"); n != 0 {
				t.Errorf("%d rows of garbage", n)
			}
		})
	}
	if after := memoryInUse(); after > before+64<<20 {
		t.Errorf("memory grew from %d to %d bytes", before, after)
	}
}

func memoryInUse() uint64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.Sys
}

func TestClientsThatComeAndGoLeaveNothingBehind(t *testing.T) {
	dsn := clickhousetest.Start(t)
	before := runtime.NumGoroutine()
	for range 50 {
		client := dialRaw(t, dsn)
		client.logIn()
		client.query("SELECT number FROM numbers(1000000000)")
		_ = client.conn.Close()
	}
	eventually(t, "their sessions end", func() bool { return runtime.NumGoroutine() <= before+2 })
	watcher := connect(t, dsn, false)
	eventually(t, "their queries end", func() bool {
		return one[uint64](t, watcher, "SELECT count() FROM system.processes") == 1
	})
}
