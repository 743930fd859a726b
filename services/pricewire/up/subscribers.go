package up

import (
	"time"

	"github.com/pricewire/pricewire/pkg/embedded/nats"
	"github.com/pricewire/pricewire/services/api"
)

// subscribers lets the API keep those of the embedded NATS.
type subscribers struct{ server *nats.Server }

// List returns all, by name.
func (s subscribers) List() []api.Subscriber {
	var all []api.Subscriber
	for _, v := range s.server.Subscribers() {
		all = append(all, api.Subscriber{Name: v.Name, Cost: v.Cost, CreatedBy: v.CreatedBy, CreatedAt: v.CreatedAt})
	}
	return all
}

// Add lets somebody in, and returns his address.
func (s subscribers) Add(name string, cost bool, by string, now time.Time) (string, error) {
	password, err := s.server.AddSubscriber(name, cost, by, now)
	if err != nil {
		return "", err
	}
	return s.server.AddressOf(name, password), nil
}

// Remove lets somebody in no more.
func (s subscribers) Remove(name string) error { return s.server.RemoveSubscriber(name) }

// withoutCost reports whether somebody reads streams without cost.
func (s subscribers) withoutCost() bool {
	for _, v := range s.server.Subscribers() {
		if !v.Cost {
			return true
		}
	}
	return false
}
