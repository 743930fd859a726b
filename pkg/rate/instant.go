package rate

import (
	"math"
	"time"
)

// The range of time that can be kept and stored to the nanosecond, as seconds since 1970: from 1900-01-01 until before 2262-01-01.
const (
	firstSecond = -2_208_988_800
	lastSecond  = 9_214_646_400
)

// instant is a time as nanoseconds since 1970 in UTC: a third of the size of a time.Time, and no pointer for the collector to follow.
type instant int64

// never stands for the zero time.
const never instant = math.MinInt64

func toInstant(t time.Time) instant {
	if t.IsZero() {
		return never
	}
	return instant(t.UnixNano())
}

func (i instant) time() time.Time {
	if i == never {
		return time.Time{}
	}
	return time.Unix(0, int64(i)).UTC()
}

// storable reports whether a time is within the range of an instant.
func storable(t time.Time) bool {
	s := t.Unix()
	return s >= firstSecond && s < lastSecond
}
