package clickhouse

import (
	"fmt"
	"runtime"
	"unsafe"

	"github.com/ebitengine/purego"
)

// library is libchdb's C interface as far as it is used here. Pointers it returns belong to the C side and are freed by it.
type library struct {
	connect   func(argc int32, argv unsafe.Pointer) unsafe.Pointer
	closeConn func(conn unsafe.Pointer)

	query       func(conn, sql unsafe.Pointer, sqlLen uintptr, format unsafe.Pointer, formatLen uintptr, names, nameLens, values, valueLens unsafe.Pointer, count uintptr) unsafe.Pointer
	streamQuery func(conn, sql unsafe.Pointer, sqlLen uintptr, format unsafe.Pointer, formatLen uintptr, names, nameLens, values, valueLens unsafe.Pointer, count uintptr) unsafe.Pointer
	streamFetch func(conn, stream unsafe.Pointer) unsafe.Pointer
	streamStop  func(conn, stream unsafe.Pointer)

	insert        func(conn, sql unsafe.Pointer, sqlLen uintptr, format unsafe.Pointer, formatLen uintptr, names, nameLens, values, valueLens unsafe.Pointer, count uintptr) unsafe.Pointer
	insertAppend  func(stream, data unsafe.Pointer, length uintptr) int32
	insertDone    func(stream unsafe.Pointer) unsafe.Pointer
	insertCancel  func(stream unsafe.Pointer)
	insertError   func(stream unsafe.Pointer) unsafe.Pointer
	insertDestroy func(stream unsafe.Pointer)

	resultBuffer      func(result unsafe.Pointer) unsafe.Pointer
	resultLength      func(result unsafe.Pointer) uintptr
	resultRowsRead    func(result unsafe.Pointer) uint64
	resultBytesRead   func(result unsafe.Pointer) uint64
	resultRowsWritten func(result unsafe.Pointer) uint64
	resultBytes       func(result unsafe.Pointer) uint64
	resultError       func(result unsafe.Pointer) unsafe.Pointer
	resultDestroy     func(result unsafe.Pointer)

	signalHandlers func(enabled int32)
}

// loadLibrary maps the library into the process, for good: it cannot be unloaded. Loading the same file again is cheap.
func loadLibrary(path string) (*library, error) {
	handle, err := purego.Dlopen(path, purego.RTLD_NOW|purego.RTLD_LOCAL)
	if err != nil {
		return nil, fmt.Errorf("load engine library: %w", err)
	}
	lib := &library{}
	for name, function := range lib.symbols() {
		address, err := purego.Dlsym(handle, name)
		if err != nil {
			return nil, fmt.Errorf("load engine library %s: %w", path, err)
		}
		purego.RegisterFunc(function, address)
	}
	return lib, nil
}

func (l *library) symbols() map[string]any {
	return map[string]any{
		"chdb_connect":                     &l.connect,
		"chdb_close_conn":                  &l.closeConn,
		"chdb_query_with_params_n":         &l.query,
		"chdb_stream_query_with_params_n":  &l.streamQuery,
		"chdb_stream_fetch_result":         &l.streamFetch,
		"chdb_stream_cancel_query":         &l.streamStop,
		"chdb_stream_insert_with_params_n": &l.insert,
		"chdb_stream_append":               &l.insertAppend,
		"chdb_stream_done":                 &l.insertDone,
		"chdb_stream_cancel_insert":        &l.insertCancel,
		"chdb_stream_insert_error":         &l.insertError,
		"chdb_destroy_insert_stream":       &l.insertDestroy,
		"chdb_result_buffer":               &l.resultBuffer,
		"chdb_result_length":               &l.resultLength,
		"chdb_result_storage_rows_read":    &l.resultRowsRead,
		"chdb_result_storage_bytes_read":   &l.resultBytesRead,
		"chdb_result_rows_written":         &l.resultRowsWritten,
		"chdb_result_bytes_written":        &l.resultBytes,
		"chdb_result_error":                &l.resultError,
		"chdb_destroy_query_result":        &l.resultDestroy,
		"chdb_set_signal_handlers_enabled": &l.signalHandlers,
	}
}

// parameter is one server-side query parameter; the value is escaped text as in a tab-separated file.
type parameter struct{ name, value string }

// parameterArrays lays parameters out as the C interface takes them: two arrays of pointers and two of lengths.
type parameterArrays struct {
	names, values         []unsafe.Pointer
	nameLens, valueLens   []uintptr
	pins                  runtime.Pinner
	namesPtr, nameLensPtr unsafe.Pointer
	valuesPtr, valLensPtr unsafe.Pointer
}

func newParameterArrays(params []parameter) *parameterArrays {
	a := &parameterArrays{}
	if len(params) == 0 {
		return a
	}
	for _, p := range params {
		name, value := []byte(p.name+"\x00"), []byte(p.value+"\x00")
		a.pins.Pin(&name[0])
		a.pins.Pin(&value[0])
		a.names = append(a.names, unsafe.Pointer(&name[0]))
		a.values = append(a.values, unsafe.Pointer(&value[0]))
		a.nameLens = append(a.nameLens, uintptr(len(p.name)))
		a.valueLens = append(a.valueLens, uintptr(len(p.value)))
	}
	a.namesPtr, a.valuesPtr = unsafe.Pointer(&a.names[0]), unsafe.Pointer(&a.values[0])
	a.nameLensPtr, a.valLensPtr = unsafe.Pointer(&a.nameLens[0]), unsafe.Pointer(&a.valueLens[0])
	return a
}

// release lets the arrays go; call it after the C call returned.
func (a *parameterArrays) release() {
	a.pins.Unpin()
	runtime.KeepAlive(a)
}

func cString(p unsafe.Pointer) string {
	if p == nil {
		return ""
	}
	length := 0
	for *(*byte)(unsafe.Add(p, length)) != 0 {
		length++
	}
	return string(unsafe.Slice((*byte)(p), length))
}

// bytesOf gives the C side the address of a string's bytes; a string is never empty here.
func bytesOf(s string) unsafe.Pointer { return unsafe.Pointer(unsafe.StringData(s)) }
