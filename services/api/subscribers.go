package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pricewire/pricewire/pkg/access"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/stream"
)

// Subscribers are who may read the streams over NATS and do nothing else, where the server of NATS is one of this process.
type Subscribers interface {
	// List returns all, by name.
	List() []Subscriber
	// Add lets somebody in from now on, and returns the address, with his password in it, which nobody can find out again. Faults: conflict for a
	// name that is taken, refused where there are too many.
	Add(name string, cost bool, by string, now time.Time) (address string, err error)
	// Remove lets somebody in no more and ends his connections; a notFound fault says that he is none.
	Remove(name string) error
}

// Subscriber is somebody who reads the streams over NATS.
type Subscriber struct {
	Name      string
	Cost      bool
	CreatedBy string
	CreatedAt time.Time
}

// SubscriberView is a subscriber without his password.
type SubscriberView struct {
	Name      string    `json:"name" example:"billing"`
	Cost      bool      `json:"cost" doc:"Whether he reads the streams with what the partner pays; else those without, whose names begin with ERP_."`
	CreatedBy string    `json:"created_by"`
	CreatedAt time.Time `json:"created_at"`
}

// NewSubscriberView is a subscriber that was made, with his password.
type NewSubscriberView struct {
	SubscriberView
	URL string `json:"url" doc:"The address of NATS with his name and password. It is told this once." example:"nats://billing:SECRET@127.0.0.1:4222"`
}

// NewSubscriberBody is what a new subscriber shall be.
type NewSubscriberBody struct {
	Name string `json:"name" doc:"A letter, then letters, digits and dashes, all lower case, 32 at most." example:"billing" minLength:"1" maxLength:"32"`
	Cost bool   `json:"cost,omitempty" doc:"Whether he may see what the partner pays."`
}

type (
	newSubscriberInput struct {
		ReleaseActor
		Body NewSubscriberBody
	}
	newSubscriberOutput struct {
		CacheControl string `header:"Cache-Control"`
		Body         NewSubscriberView
	}
	revokeSubscriberInput struct {
		ReleaseActor
		Name string `path:"name" example:"billing"`
	}
	subscriberOutput  struct{ Body SubscriberView }
	subscribersOutput struct{ Body pageOf[SubscriberView] }
)

func (s *server) registerSubscribers(api huma.API) {
	tags := []string{"access"}
	huma.Register(api, huma.Operation{
		Metadata: map[string]any{isSecret: true}, OperationID: "create-subscriber", Method: http.MethodPost, Path: "/v1/subscribers", Summary: "Let somebody read the streams over NATS", Tags: tags, DefaultStatus: http.StatusCreated,
		Description: "His address, with his password, is told this once, and only its hash is kept. He reads and does nothing else. Nobody gives away the right to see cost who has it not.",
	}, s.createSubscriber)
	huma.Register(api, huma.Operation{
		OperationID: "list-subscribers", Method: http.MethodGet, Path: "/v1/subscribers", Summary: "Who may read the streams over NATS", Tags: tags,
		Description: "All of them, by name, without their passwords, which nobody can find out again.",
	}, s.listSubscribers)
	huma.Register(api, huma.Operation{
		OperationID: "revoke-subscriber", Method: http.MethodPost, Path: "/v1/subscribers/{name}/revoke", Summary: "Let a subscriber in no more", Tags: tags,
		Description: "At once: his connections end. His name can be given again, with another password.",
	}, s.revokeSubscriber)
}

// subscribers are there, or somebody else keeps them.
func (s *server) subscribers() (Subscribers, error) {
	if s.deps.Subscribers == nil {
		return nil, fault.New(fault.Refused, "the subscribers of this NATS are in its own configuration").
			WithHint("make them there: see Teams that follow prices in deployments/README.md")
	}
	return s.deps.Subscribers, nil
}

func (s *server) createSubscriber(ctx context.Context, in *newSubscriberInput) (*newSubscriberOutput, error) {
	var p params
	if !stream.ValidSubscriber(in.Body.Name) {
		p.wrong("body.name", "it is not a letter and then letters, digits and dashes, all lower case, 32 at most")
	}
	if err := p.err(); err != nil {
		return nil, problemOf(err)
	}
	who := actor(ctx, in.ReleaseActor)
	if in.Body.Cost && !who.May(access.Cost) {
		return nil, problemOf(fault.New(fault.Forbidden, "who has no right to see cost gives it to nobody").WithHint("leave cost out, or ask somebody who has the right"))
	}
	all, err := s.subscribers()
	if err != nil {
		return nil, problemOf(err)
	}
	now := s.gatekeeper.Clock.Now()
	url, err := all.Add(in.Body.Name, in.Body.Cost, who.Name, now)
	if err != nil {
		return nil, problemOf(err)
	}
	concerns(ctx, in.Body.Name)
	return &newSubscriberOutput{"no-store", NewSubscriberView{SubscriberView{in.Body.Name, in.Body.Cost, who.Name, now.UTC()}, url}}, nil
}

func (s *server) listSubscribers(context.Context, *struct{}) (*subscribersOutput, error) {
	all, err := s.subscribers()
	if err != nil {
		return nil, problemOf(err)
	}
	return &subscribersOutput{newPage(all.List(), "", func(v Subscriber) SubscriberView { return SubscriberView(v) })}, nil
}

func (s *server) revokeSubscriber(ctx context.Context, in *revokeSubscriberInput) (*subscriberOutput, error) {
	all, err := s.subscribers()
	if err != nil {
		return nil, problemOf(err)
	}
	for _, v := range all.List() {
		if v.Name != in.Name {
			continue
		}
		if err := all.Remove(in.Name); err != nil {
			return nil, problemOf(err)
		}
		concerns(ctx, in.Name)
		return &subscriberOutput{SubscriberView(v)}, nil
	}
	return nil, problemOf(fault.New(fault.NotFound, "there is no subscriber %q", in.Name))
}
