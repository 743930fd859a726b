package door

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/pricewire/pricewire/pkg/stream"
)

// asked is a question of a subscriber.
type asked struct {
	name string // of the subscriber
	cost bool   // he may see the partner's cost
	what string // API.… or ACK.…, as he asks JetStream
	data []byte
}

// verdict is what becomes of a question.
type verdict struct {
	subject string // to pass it on to; empty: it is not passed on
	data    []byte
	relayed bool    // its answer comes back to the door: the server gives answers of the API to nobody outside of the account
	creates string  // the stream on which it makes a consumer
	own     string  // one that the door answers itself: namesAPI, listAPI or infoAPI
	refused refusal // why it is not passed on
}

// refusal is an error of JetStream's API.
type refusal struct {
	Code        int    `json:"code"`
	ErrCode     int    `json:"err_code"`
	Description string `json:"description"`
}

// Questions that the door answers itself.
const (
	namesAPI = "STREAM.NAMES"
	listAPI  = "STREAM.LIST"
	infoAPI  = "INFO"
)

// Error codes of nats-server: that something is not allowed, that there is no such stream, that a request or a consumer is invalid.
const (
	codeNotFound    = 10059
	codeBadRequest  = 10025
	codeMaxConsumer = 10026
	codeBusy        = 10008
)

func refuse(code, errCode int, text string) verdict {
	return verdict{refused: refusal{Code: code, ErrCode: errCode, Description: text}}
}

func notAllowed() verdict {
	return refuse(403, codeBadRequest, "subscribers may not ask that")
}

// noStream is what is said of streams that are not there and of those that a subscriber may not see alike.
func noStream() verdict { return refuse(404, codeNotFound, "stream not found") }

// judge decides what becomes of a question. What is passed on names only streams that the subscriber may see, and only consumers of his own:
// the names of those begin with his, and an underscore.
func judge(q asked) verdict {
	if len(q.data) > MaxRequest {
		return refuse(400, codeBadRequest, "a request has "+strconv.Itoa(MaxRequest)+" bytes at most")
	}
	if rest, is := strings.CutPrefix(q.what, "ACK."); is {
		return q.ack(rest)
	}
	api, is := strings.CutPrefix(q.what, "API.")
	if !is {
		return notAllowed()
	}
	switch api {
	case namesAPI, listAPI, infoAPI:
		return verdict{own: api}
	}
	for _, known := range []struct {
		prefix string
		judge  func(q asked, tokens []string, prefix string) verdict
	}{
		{"STREAM.INFO.", asked.ofStream},
		{"STREAM.MSG.GET.", asked.message},
		{"DIRECT.GET.", asked.direct},
		{"CONSUMER.DURABLE.CREATE.", asked.createDurable},
		{"CONSUMER.CREATE.", asked.create},
		{"CONSUMER.INFO.", asked.ofConsumer},
		{"CONSUMER.DELETE.", asked.ofConsumer},
		{"CONSUMER.MSG.NEXT.", asked.next},
	} {
		rest, is := strings.CutPrefix(api, known.prefix)
		if !is {
			continue
		}
		tokens := strings.Split(rest, ".")
		if !stream.MaySubscribe(tokens[0], q.cost) {
			return noStream()
		}
		return known.judge(q, tokens, "$JS.API."+known.prefix)
	}
	return notAllowed()
}

// ofStream asks how a stream is, without the subjects in it, of which there may be millions.
func (q asked) ofStream(tokens []string, prefix string) verdict {
	if len(tokens) != 1 {
		return notAllowed()
	}
	return verdict{subject: prefix + tokens[0], relayed: true}
}

// message asks for one stored message.
func (q asked) message(tokens []string, prefix string) verdict {
	if len(tokens) != 1 {
		return notAllowed()
	}
	return verdict{subject: prefix + tokens[0], data: q.data, relayed: true}
}

// direct asks for stored messages, in its data or by the last subject.
func (q asked) direct(tokens []string, prefix string) verdict {
	return verdict{subject: prefix + strings.Join(tokens, "."), data: q.data}
}

// ofConsumer asks how one of his consumers is, or deletes it.
func (q asked) ofConsumer(tokens []string, prefix string) verdict {
	if len(tokens) != 2 {
		return notAllowed()
	}
	return verdict{subject: prefix + tokens[0] + "." + q.consumer(tokens[1]), relayed: true}
}

// pull is what may be said of a pull.
type pull struct {
	Expires   int64 `json:"expires,omitempty"`
	Batch     int   `json:"batch,omitempty"`
	MaxBytes  int   `json:"max_bytes,omitempty"`
	NoWait    bool  `json:"no_wait,omitempty"`
	Heartbeat int64 `json:"idle_heartbeat,omitempty"`
}

// next pulls from one of his consumers.
func (q asked) next(tokens []string, prefix string) verdict {
	if len(tokens) != 2 {
		return notAllowed()
	}
	v := verdict{subject: prefix + tokens[0] + "." + q.consumer(tokens[1])}
	p, text := pull{Batch: 1}, strings.TrimSpace(string(q.data))
	switch n, err := strconv.Atoi(text); {
	case text == "":
	case err == nil:
		p.Batch = n
	default:
		p.Batch = 0
		if json.Unmarshal(q.data, &p) != nil {
			return refuse(400, codeBadRequest, "that is no pull")
		}
	}
	p.Batch, p.Expires = min(p.Batch, MaxBatch), min(p.Expires, int64(MaxExpires))
	if p.Heartbeat > 0 {
		p.Heartbeat = max(p.Heartbeat, int64(LeastHeartbeat))
	}
	data, err := json.Marshal(p)
	if err != nil {
		return refuse(400, codeBadRequest, "that is no pull")
	}
	v.data = data
	return v
}

// consumer is the name that one of his consumers has for the server, whatever he calls it.
func (q asked) consumer(token string) string {
	if strings.HasPrefix(token, q.name+"_") {
		return token
	}
	return q.name + "_" + token
}

// ack acknowledges a message of one of his consumers. Its subject says which, in one of two forms.
func (q asked) ack(rest string) verdict {
	tokens := strings.Split(rest, ".")
	var of, consumer string
	switch {
	case len(tokens) == 7: // stream, consumer, deliveries, two sequences, time, pending
		of, consumer = tokens[0], tokens[1]
	case len(tokens) >= 9: // domain, hash of the account, and then the same
		of, consumer = tokens[2], tokens[3]
	default:
		return notAllowed()
	}
	if !stream.MaySubscribe(of, q.cost) || !strings.HasPrefix(consumer, q.name+"_") || len(q.data) > MaxAck {
		return notAllowed()
	}
	return verdict{subject: "$JS.ACK." + rest, data: q.data}
}
