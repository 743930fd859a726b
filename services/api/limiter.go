package api

import (
	"container/list"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	// requestRate is how many requests a second a client may send on average, requestBurst how many at once.
	requestRate  = 2000
	requestBurst = 4000
	// mostClients is how many clients are remembered; the one that has been quiet for longest is forgotten first.
	mostClients = 10_000
)

// limiter counts the requests of each client.
type limiter struct {
	mu      sync.Mutex
	rate    rate.Limit
	burst   int
	clients map[string]*list.Element
	order   *list.List // of *caller, who asked last first
}

type caller struct {
	name   string
	bucket *rate.Limiter
}

func newLimiter(perSecond float64, burst int) *limiter {
	return &limiter{rate: rate.Limit(perSecond), burst: burst, clients: map[string]*list.Element{}, order: list.New()}
}

// take counts a request of a client. It returns 0 when it may come in, else how long the client has to wait.
func (l *limiter) take(name string) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := l.clients[name]
	if e == nil {
		if l.order.Len() >= mostClients {
			last := l.order.Back()
			delete(l.clients, l.order.Remove(last).(*caller).name) //nolint:forcetypeassert // nothing else is in it
		}
		e = l.order.PushFront(&caller{name, rate.NewLimiter(l.rate, l.burst)})
		l.clients[name] = e
	}
	l.order.MoveToFront(e)
	bucket := e.Value.(*caller).bucket //nolint:forcetypeassert // nothing else is in it
	turn := bucket.Reserve()
	wait := turn.Delay()
	if wait > 0 {
		turn.Cancel() // a request that is refused takes nothing of what comes
	}
	return wait
}
