package clickhouse

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"github.com/pricewire/pricewire/pkg/money"
)

// statement is SQL with the values it names: @name in the text, bound by the client. Values are texts, whole numbers and lists of them
// only, so that what the server is told does not depend on how a client writes a decimal or a time.
type statement struct {
	text string
	args []any
}

// filters gathers the conditions of a question.
type filters struct {
	conditions []string
	args       []any
}

// clone returns filters that can be added to without changing these.
func (f filters) clone() filters {
	return filters{slices.Clone(f.conditions), slices.Clone(f.args)}
}

// where adds a condition that names one value, @name.
func (f *filters) where(condition, name string, value any) {
	f.conditions = append(f.conditions, condition)
	f.bind(name, value)
}

// bind adds a value that the text names.
func (f *filters) bind(name string, value any) {
	f.args = append(f.args, clickhouse.Named(name, value))
}

// in adds the condition that a column of whole numbers has one of some values. Several are told as one text: as a list of numbers the engine
// takes each for an expression of its own, which costs three times as much as the whole rest of a question.
func (f *filters) in(column, name string, values []uint64) {
	if len(values) == 1 {
		f.where(column+" = @"+name, name, values[0])
		return
	}
	text := make([]byte, 0, len(values)*21+2)
	text = append(text, '[')
	for i, v := range values {
		if i > 0 {
			text = append(text, ',')
		}
		text = strconv.AppendUint(text, v, 10)
	}
	f.where(column+" IN (SELECT arrayJoin(CAST(@"+name+", 'Array(UInt64)')))", name, string(append(text, ']')))
}

// anyFold adds the condition that a text is one of many, whether letters are small or capital, unless there are none. They are told as one
// text, as in does, and may hold any character but a line feed.
func (f *filters) anyFold(column, name string, values []string) {
	if len(values) > 0 {
		f.where("lower("+column+") IN (SELECT arrayJoin(splitByChar('\\n', lower(@"+name+"))))", name, strings.Join(values, "\n"))
	}
}

// equal adds "column = value" unless the value is empty.
func (f *filters) equal(column, value string) {
	if value != "" {
		f.where(column+" = @"+column, column, value)
	}
}

// tier adds a condition on the tier unless it is nil.
func (f *filters) tier(tier *money.Decimal) {
	if tier != nil {
		f.where("tier = toDecimal128(@tier, 18)", "tier", tier.String())
	}
}

// and returns the conditions as they follow others.
func (f *filters) and() string {
	if len(f.conditions) == 0 {
		return ""
	}
	return " AND " + strings.Join(f.conditions, " AND ")
}

// all returns the conditions as they stand alone.
func (f *filters) all() string {
	if len(f.conditions) == 0 {
		return ""
	}
	return "\nWHERE " + strings.Join(f.conditions, " AND ")
}

// validText writes a valid time for toDateTime64(text, 3, 'UTC'), knownText one of knowledge for toDateTime64(text, 6, 'UTC').
func validText(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05.000") }
func knownText(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05.000000") }
