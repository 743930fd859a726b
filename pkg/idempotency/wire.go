package idempotency

import (
	"encoding/json"
	"time"

	"github.com/pricewire/pricewire/pkg/fault"
)

type wire struct {
	Request string              `json:"request"`
	Body    string              `json:"body,omitempty"`
	Owner   string              `json:"owner"`
	Began   time.Time           `json:"began"`
	Until   time.Time           `json:"until"`
	Done    bool                `json:"done,omitempty"`
	Status  int                 `json:"status,omitempty"`
	Header  map[string][]string `json:"header,omitempty"`
	Answer  []byte              `json:"answer,omitempty"`
	Partial bool                `json:"partial,omitempty"`
}

// Encode writes a claim as stores keep it, without its key and version. Invalid when it is larger than MaxRecord.
func Encode(c Claim) ([]byte, error) {
	data, err := json.Marshal(wire{c.Request, c.Body, c.Owner, c.Began.UTC(), c.Until.UTC(), c.Done, c.Answer.Status, c.Answer.Header, c.Answer.Body, c.Answer.Partial})
	if err != nil {
		return nil, fault.New(fault.Internal, "write claim: %w", err)
	}
	if len(data) > MaxRecord {
		return nil, fault.New(fault.Invalid, "write claim: %d bytes are over the limit of %d", len(data), MaxRecord)
	}
	return data, nil
}

// Decode reads what Encode wrote.
func Decode(key string, version uint64, data []byte) (Claim, error) {
	var w wire
	if err := json.Unmarshal(data, &w); err != nil {
		return Claim{}, fault.New(fault.Internal, "read claim: %w", err)
	}
	return Claim{
		Key: key, Request: w.Request, Body: w.Body, Owner: w.Owner, Began: w.Began, Until: w.Until, Done: w.Done,
		Answer: Answer{w.Status, w.Header, w.Answer, w.Partial}, Version: version,
	}, nil
}
