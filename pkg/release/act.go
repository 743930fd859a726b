package release

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/trace"
)

// Limits of what people may say, in characters, and of how often.
const (
	MaxName   = 100
	MaxReason = 1000
	MaxLog    = 1000 // entries by people; what the product itself does is always logged
)

// precision is that of every instant in a record: no table or message knows finer ones.
const precision = time.Millisecond

// Scheduler is the name under which the product itself acts. People cannot bear it.
const Scheduler = "scheduler"

// Act is who does something, when, and why.
type Act struct {
	Who    string
	At     time.Time
	Reason string // empty where none is needed or given
	// Version, unless 0, is the version of the record the actor has seen: another one there now is a conflict.
	Version uint64
	Trace   trace.Parent // of the request, zero where there is none
}

// What a release's log says was done.
const (
	DidCreate    = "created"
	DidAccept    = "acknowledged"
	DidSubmit    = "submitted"
	DidApprove   = "approved"
	DidReject    = "rejected"
	DidBegin     = "publishing"
	DidPostpone  = "postponed"
	DidPublish   = "published"
	DidEffect    = "effective"
	DidSupersede = "superseded"
	DidHold      = "held"
	DidAsk       = "withdrawal asked for" // of what the world knows; it is withdrawn once the world is told
	DidWithdraw  = "withdrawn"
	DidReinstate = "reinstated"
	DidCorrect   = "corrected"
)

// Entry is one line of a release's log.
type Entry struct {
	At     time.Time
	Who    string
	What   string // one of the Did constants
	Reason string
}

// clean returns the act as it is recorded, or an invalid fault that names what is wrong with it.
func (a Act) clean() (Act, error) {
	a.Who, a.Reason = strings.TrimSpace(a.Who), strings.TrimSpace(a.Reason)
	a.At = a.At.UTC().Truncate(precision)
	switch {
	case a.Who == "":
		return a, fault.New(fault.Invalid, "nobody is named as the one who acts").WithHint("say who you are: --as NAME").WithPlaces(fault.Place{Where: "as", Problem: "is required"})
	case utf8.RuneCountInString(a.Who) > MaxName:
		return a, badParameter("as", "name of more than %d characters", MaxName)
	case !printable(a.Who):
		return a, badParameter("as", "name %q has characters that cannot be printed", a.Who)
	case strings.EqualFold(a.Who, Scheduler):
		return a, badParameter("as", "%q is the name of the product itself", a.Who)
	case utf8.RuneCountInString(a.Reason) > MaxReason:
		return a, fault.New(fault.Invalid, "reason of more than %d characters", MaxReason)
	case !utf8.ValidString(a.Reason):
		return a, fault.New(fault.Invalid, "reason is not UTF-8 text")
	case a.At.IsZero():
		return a, fault.New(fault.Invalid, "act without an instant")
	}
	return a, nil
}

func printable(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
}

// logged returns the record with one more line in its log; the record it was made from keeps its own.
func (r Release) logged(who string, at time.Time, what, reason string) Release {
	r.Log = append(slices.Clip(r.Log), Entry{At: at.UTC().Truncate(precision), Who: who, What: what, Reason: reason})
	return r
}
