package clickhouse

import (
	"errors"
	"runtime"
	"unsafe"
)

const nativeFormat = "Native"

// connection is one session of the engine: it has its own current database, settings and temporary tables and runs one statement at a
// time. It is not safe for use by several goroutines, except that the statement it runs can be killed from another connection.
type connection struct {
	lib    *library
	handle unsafe.Pointer // chdb_connection *, freed by close
}

// connect opens a session. The first of a process starts the engine with these arguments; later ones take over the settings among them.
func (l *library) open(args []string) (*connection, error) {
	var pins runtime.Pinner
	defer pins.Unpin()
	argv := make([]unsafe.Pointer, 0, len(args)+1)
	for _, arg := range args {
		text := append([]byte(arg), 0)
		pins.Pin(&text[0])
		argv = append(argv, unsafe.Pointer(&text[0]))
	}
	argv = append(argv, nil)
	handle := l.connect(int32(len(args)), unsafe.Pointer(&argv[0]))
	runtime.KeepAlive(argv)
	if handle == nil {
		return nil, errors.New("open engine connection: the engine refused, without saying why")
	}
	return &connection{lib: l, handle: handle}, nil
}

// session is the chdb_connection that statements take.
func (c *connection) session() unsafe.Pointer { return *(*unsafe.Pointer)(c.handle) }

func (c *connection) close() {
	if c.handle != nil {
		c.lib.closeConn(c.handle)
		c.handle = nil
	}
}

// result holds bytes and counters on the C side until destroy.
type result struct {
	lib    *library
	handle unsafe.Pointer
}

func (r result) destroy() { r.lib.resultDestroy(r.handle) }

// data returns the C side's bytes: they are gone after destroy.
func (r result) data() []byte {
	length := r.lib.resultLength(r.handle)
	if length == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(r.lib.resultBuffer(r.handle)), length)
}

func (r result) counters() counters {
	return counters{
		readRows: r.lib.resultRowsRead(r.handle), readBytes: r.lib.resultBytesRead(r.handle),
		wroteRows: r.lib.resultRowsWritten(r.handle), wroteBytes: r.lib.resultBytes(r.handle),
	}
}

type counters struct{ readRows, readBytes, wroteRows, wroteBytes uint64 }

// check turns a failed result into its exception and destroys it.
func (c *connection) check(handle unsafe.Pointer) (result, error) {
	r := result{lib: c.lib, handle: handle}
	if text := cString(c.lib.resultError(handle)); text != "" {
		r.destroy()
		return result{}, parseException(text)
	}
	return r, nil
}

// exec runs a statement to its end and keeps its whole result in memory: for everything but large selects.
func (c *connection) exec(sql, format string, params []parameter) (result, error) {
	arrays := newParameterArrays(params)
	defer arrays.release()
	handle := c.lib.query(c.session(), bytesOf(sql), uintptr(len(sql)), bytesOf(format), uintptr(len(format)),
		arrays.namesPtr, arrays.nameLensPtr, arrays.valuesPtr, arrays.valLensPtr, uintptr(len(params)))
	runtime.KeepAlive(sql)
	return c.check(handle)
}

// run is exec for statements whose result nobody wants.
func (c *connection) run(sql string) error {
	r, err := c.exec(sql, nativeFormat, nil)
	if err == nil {
		r.destroy()
	}
	return err
}

// rowStream is a select whose blocks are fetched one by one.
type rowStream struct {
	conn   *connection
	handle unsafe.Pointer
}

func (c *connection) stream(sql string, params []parameter) (*rowStream, error) {
	arrays := newParameterArrays(params)
	defer arrays.release()
	handle := c.lib.streamQuery(c.session(), bytesOf(sql), uintptr(len(sql)), bytesOf(nativeFormat), uintptr(len(nativeFormat)),
		arrays.namesPtr, arrays.nameLensPtr, arrays.valuesPtr, arrays.valLensPtr, uintptr(len(params)))
	runtime.KeepAlive(sql)
	if _, err := c.check(handle); err != nil {
		return nil, err
	}
	return &rowStream{conn: c, handle: handle}, nil
}

// next returns the following piece of the result, empty at the end; the caller destroys it.
func (s *rowStream) next() (result, error) {
	return s.conn.check(s.conn.lib.streamFetch(s.conn.session(), s.handle))
}

// close ends the select, finished or not.
func (s *rowStream) close(finished bool) {
	if !finished {
		s.conn.lib.streamStop(s.conn.session(), s.handle)
	}
	s.conn.lib.resultDestroy(s.handle)
}

// rowSink is an insert that takes blocks in the Native format and commits them at commit.
type rowSink struct {
	conn   *connection
	handle unsafe.Pointer
}

func (c *connection) insert(sql string, params []parameter) (*rowSink, error) {
	arrays := newParameterArrays(params)
	defer arrays.release()
	handle := c.lib.insert(c.session(), bytesOf(sql), uintptr(len(sql)), bytesOf(nativeFormat), uintptr(len(nativeFormat)),
		arrays.namesPtr, arrays.nameLensPtr, arrays.valuesPtr, arrays.valLensPtr, uintptr(len(params)))
	runtime.KeepAlive(sql)
	if text := cString(c.lib.insertError(handle)); text != "" {
		c.lib.insertDestroy(handle)
		return nil, parseException(text)
	}
	return &rowSink{conn: c, handle: handle}, nil
}

// errSinkFailed says that the engine takes no more data; commit tells why.
var errSinkFailed = errors.New("append to insert: the engine takes no more data")

// Write hands bytes to the engine, which copies them; it blocks while the engine is behind.
func (s *rowSink) Write(data []byte) (int, error) {
	if len(data) == 0 {
		return 0, nil
	}
	if s.conn.lib.insertAppend(s.handle, unsafe.Pointer(&data[0]), uintptr(len(data))) != 0 {
		return 0, errSinkFailed
	}
	return len(data), nil
}

// commit ends the input and waits until the rows are written. The sink is freed, whatever the outcome.
func (s *rowSink) commit() (counters, error) {
	r, err := s.conn.check(s.conn.lib.insertDone(s.handle))
	s.conn.lib.insertDestroy(s.handle)
	if err != nil {
		return counters{}, err
	}
	defer r.destroy()
	return r.counters(), nil
}

// cancel drops the rows that have not been written yet and frees the sink.
func (s *rowSink) cancel() {
	s.conn.lib.insertCancel(s.handle)
	s.conn.lib.insertDestroy(s.handle)
}
