package clickhouse

import (
	"context"
	"errors"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/column"

	"github.com/pricewire/pricewire/pkg/fault"
)

// dataCodes are ClickHouse's codes for rows that cannot be kept as they are, however often they are sent. Every other code is about the
// server, the schema or the moment.
var dataCodes = map[int32]string{
	6: "CANNOT_PARSE_TEXT", 26: "CANNOT_PARSE_QUOTED_STRING", 27: "CANNOT_PARSE_INPUT_ASSERTION_FAILED", 38: "CANNOT_PARSE_DATE",
	41: "CANNOT_PARSE_DATETIME", 53: "TYPE_MISMATCH", 69: "ARGUMENT_OUT_OF_BOUND", 70: "CANNOT_CONVERT_TYPE", 72: "CANNOT_PARSE_NUMBER",
	117: "INCORRECT_DATA", 131: "TOO_LARGE_STRING_SIZE", 190: "SIZES_OF_ARRAYS_DONT_MATCH", 349: "CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN",
	395: "FUNCTION_THROW_IF_VALUE_IS_NON_ZERO", 407: "DECIMAL_OVERFLOW", 469: "VIOLATED_CONSTRAINT", 691: "UNKNOWN_ELEMENT_OF_ENUM",
}

// explain gives an error of clickhouse-go a kind: invalid when the data or the question are at fault, unavailable otherwise. The end of
// the caller's context stays what it is.
func explain(what string, err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return fault.New(fault.Unavailable, "%s: %w", what, err)
	}
	if kind := fault.KindOf(err); kind != fault.Internal {
		return fault.New(kind, "%s: %w", what, err)
	}
	if isDataError(err) {
		return fault.New(fault.Invalid, "%s: %w", what, err)
	}
	return fault.New(fault.Unavailable, "%s: %w", what, err)
}

func isDataError(err error) bool {
	if exception, ok := errors.AsType[*clickhouse.Exception](err); ok {
		_, data := dataCodes[exception.Code]
		return data
	}
	if _, ok := errors.AsType[*column.ColumnConverterError](err); ok {
		return true
	}
	return errors.Is(err, clickhouse.ErrBatchInvalid)
}

// quoteName quotes an identifier.
func quoteName(name string) string {
	return "`" + strings.NewReplacer(`\`, `\\`, "`", "\\`").Replace(name) + "`"
}
