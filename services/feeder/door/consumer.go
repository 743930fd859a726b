package door

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/nats-io/nuid"

	"github.com/pricewire/pricewire/pkg/stream"
)

// consumer is what a subscriber may say of a consumer, as the server reads it. What is not in it cannot be asked for: above all, a subject
// to deliver to.
type consumer struct {
	Durable           string            `json:"durable_name,omitempty"`
	Name              string            `json:"name,omitempty"`
	Description       string            `json:"description,omitempty"`
	DeliverPolicy     string            `json:"deliver_policy"`
	OptStartSeq       uint64            `json:"opt_start_seq,omitempty"`
	OptStartTime      *time.Time        `json:"opt_start_time,omitempty"`
	AckPolicy         string            `json:"ack_policy"`
	AckWait           time.Duration     `json:"ack_wait,omitempty"`
	MaxDeliver        int               `json:"max_deliver,omitempty"`
	BackOff           []time.Duration   `json:"backoff,omitempty"`
	FilterSubject     string            `json:"filter_subject,omitempty"`
	FilterSubjects    []string          `json:"filter_subjects,omitempty"`
	ReplayPolicy      string            `json:"replay_policy"`
	MaxWaiting        int               `json:"max_waiting,omitempty"`
	MaxAckPending     int               `json:"max_ack_pending,omitempty"`
	HeadersOnly       bool              `json:"headers_only,omitempty"`
	InactiveThreshold time.Duration     `json:"inactive_threshold,omitempty"`
	Replicas          int               `json:"num_replicas"`
	MemoryStorage     bool              `json:"mem_storage,omitempty"`
	Metadata          map[string]string `json:"metadata,omitempty"`
}

// push is what would make it a consumer that the server delivers from.
type push struct {
	DeliverSubject string `json:"deliver_subject"`
	DeliverGroup   string `json:"deliver_group"`
	FlowControl    bool   `json:"flow_control"`
	Heartbeat      int64  `json:"idle_heartbeat"`
	Direct         bool   `json:"direct"`
	Sourcing       bool   `json:"sourcing"`
}

// creation is a request to make a consumer, or to change one.
type creation struct {
	Stream string   `json:"stream_name"`
	Config consumer `json:"config"`
	Action string   `json:"action,omitempty"`
}

// createDurable is the older way to make a consumer that is remembered.
func (q asked) createDurable(tokens []string, _ string) verdict {
	if len(tokens) != 2 {
		return notAllowed()
	}
	return q.make(tokens[0], tokens[1], "")
}

// create makes a consumer; its name, and one subject that it selects, may be in the question's subject.
func (q asked) create(tokens []string, _ string) verdict {
	name, filter := "", ""
	if len(tokens) > 1 {
		name, filter = tokens[1], strings.Join(tokens[2:], ".")
	}
	return q.make(tokens[0], name, filter)
}

func (q asked) make(of, name, filter string) verdict {
	var c creation
	var p struct {
		Config push `json:"config"`
	}
	if json.Unmarshal(q.data, &c) != nil || json.Unmarshal(q.data, &p) != nil {
		return refuse(400, codeBadRequest, "that is no consumer")
	}
	if p.Config != (push{}) {
		return refuse(403, codeBadRequest, "subscribers pull: a consumer has no subject to deliver to, and nothing that goes with it")
	}
	if name == "" {
		name = c.Config.Name
	}
	if name == "" {
		name = c.Config.Durable
	}
	if name == "" {
		name = nuid.Next()
	}
	if c.Stream != "" && c.Stream != of || c.Config.Name != "" && c.Config.Name != name || c.Config.Durable != "" && c.Config.Durable != name ||
		filter != "" && c.Config.FilterSubject != filter {
		return refuse(400, codeBadRequest, "stream, name or subject are not those that the request is sent to")
	}
	full := q.consumer(name)
	if len(full) > 200 || strings.ContainsAny(full, " \t\r\n\x00*>/\\") {
		return refuse(400, codeBadRequest, "a consumer cannot have that name")
	}
	if problem := c.Config.bind(full, q.name); problem != "" {
		return refuse(400, codeBadRequest, problem)
	}
	c.Stream = of
	data, err := json.Marshal(c)
	if err != nil {
		return refuse(400, codeBadRequest, "that is no consumer")
	}
	subject := "$JS.API.CONSUMER.CREATE." + of + "." + full
	if c.Config.FilterSubject != "" {
		subject += "." + c.Config.FilterSubject
	}
	return verdict{subject: subject, data: data, creates: of}
}

// bind gives a consumer its name, and the bounds that all have.
func (c *consumer) bind(name, subscriber string) string {
	switch {
	case len(c.FilterSubjects) > MaxFilters:
		return "too many subjects"
	case len(c.BackOff) > mostBackOff:
		return "too many steps of patience"
	case len(c.Description) > mostText:
		return "too long a description"
	}
	for _, f := range append([]string{c.FilterSubject}, c.FilterSubjects...) {
		if f != "" && !stream.ValidFilter(f) {
			return "a subject is malformed"
		}
	}
	most, usual := MaxIdleEphemeral, usualIdleEphemeral
	if c.Durable != "" {
		most, usual = MaxIdle, usualIdle
		c.Durable, c.MemoryStorage, c.Replicas = name, false, 0
	} else {
		c.MemoryStorage, c.Replicas = true, 1
	}
	c.Name = name
	c.InactiveThreshold = bounded(c.InactiveThreshold, usual, most)
	c.MaxAckPending = bounded(c.MaxAckPending, usualAckPending, MaxAckPending)
	c.MaxWaiting = bounded(c.MaxWaiting, MaxWaiting, MaxWaiting)
	c.AckWait = min(c.AckWait, MaxAckWait)
	if c.AckPolicy == "none" {
		c.MaxAckPending, c.AckWait = 0, 0 // there is nothing to wait for
	}
	c.Metadata = map[string]string{"pricewire.subscriber": subscriber}
	return ""
}

// bounded is a value between 1 and most; what is not said, or less, is the usual.
func bounded[T int | time.Duration](value, usual, most T) T {
	if value <= 0 {
		return usual
	}
	return min(value, most)
}
