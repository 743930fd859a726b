package door

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// mostSubscribers bounds how many rates are remembered; there are no more subscribers than an operator made.
const mostSubscribers = 10_000

// rates are how fast subscribers ask. The zero value is ready.
type rates struct {
	mu sync.Mutex
	of map[string]*rate.Limiter
}

// allow reports whether a subscriber may ask now.
func (r *rates) allow(name string, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	l, known := r.of[name]
	if !known {
		if r.of == nil || len(r.of) >= mostSubscribers {
			r.of = map[string]*rate.Limiter{}
		}
		l = rate.NewLimiter(perSecond, burst)
		r.of[name] = l
	}
	return l.AllowN(now, 1)
}
