package clickhouse

import (
	"fmt"
	"regexp"
	"strconv"
)

// ClickHouse's codes for what the front itself refuses.
const (
	codeUnknownType        = 50
	codeSyntaxError        = 62
	codeUnexpectedPacket   = 99
	codeUnknownPacket      = 101
	codeNoFreeConnection   = 203
	codeNotImplemented     = 48
	codeBadArguments       = 36
	codeTooManyBytes       = 307
	codeQueryCancelled     = 394
	codeTooManyRowsOrBytes = 396
	codeTooManyQueries     = 202
	codeAccessDenied       = 497
	codeAuthenticationFail = 516
	codeStandardException  = 1001
)

// exception is an error with ClickHouse's code, as it goes to the client.
type exception struct {
	code    int32
	message string
}

func (e *exception) Error() string { return fmt.Sprintf("code %d: %s", e.code, e.message) }

func exceptionf(code int32, format string, args ...any) *exception {
	return &exception{code: code, message: fmt.Sprintf(format, args...)}
}

// exceptionPrefix matches what the engine puts before a message, once for every layer the exception went through.
var exceptionPrefix = regexp.MustCompile(`^(?:Error: )?Code: (\d+)\. DB::Exception: `)

// parseException reads the engine's own text form "Code: 60. DB::Exception: Unknown table ... (UNKNOWN_TABLE)". The innermost code is
// the cause; the symbolic name stays in the message.
func parseException(text string) *exception {
	code := int64(codeStandardException)
	for {
		match := exceptionPrefix.FindStringSubmatchIndex(text)
		if match == nil {
			break
		}
		if n, err := strconv.ParseInt(text[match[2]:match[3]], 10, 32); err == nil {
			code = n
		}
		text = text[match[1]:]
	}
	return &exception{code: int32(code), message: text}
}
