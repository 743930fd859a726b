package deploy

import (
	"fmt"
	"os"
	"strings"

	"golang.org/x/crypto/bcrypt"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/stream"
)

// Files of subscribers: what nats.conf includes, and how the password of each is called, by what he may see.
const (
	natsSubscribers = "nats-subscribers.conf"
	costPrefix      = "nats-subscriber-cost-"
	erpPrefix       = "nats-subscriber-erp-"
	withCost        = ":cost"
)

// Limits of each subscriber: connections, subscriptions of a connection, and bytes of a message of his.
const (
	maxConnections   = 16
	maxSubscriptions = 256
	maxPayload       = 65536
)

// subscriber is somebody who reads streams over NATS.
type subscriber struct {
	name string
	cost bool
	file string // of his password
}

// parseSubscriber reads NAME, or NAME:cost for one who may see what the partner pays.
func parseSubscriber(text string) (subscriber, error) {
	name, cost := strings.CutSuffix(text, withCost)
	if !stream.ValidSubscriber(name) {
		return subscriber{}, fault.New(fault.Invalid, "%q is not a subscriber: NAME or NAME:cost, a name being a letter, then letters, digits and dashes, all lower case, 32 at most", text)
	}
	return newSubscriber(name, cost), nil
}

func newSubscriber(name string, cost bool) subscriber {
	if cost {
		return subscriber{name, true, costPrefix + name + passwordSuffix}
	}
	return subscriber{name, false, erpPrefix + name + passwordSuffix}
}

// makeSubscribers gives each new subscriber a password; who has one keeps it, and whose file was deleted is none any more. It returns what the
// account of the streams takes from their accounts, for the file that is read before it.
func (s Secrets) makeSubscribers() (imports string, err error) {
	for _, text := range s.Subscribers {
		who, err := parseSubscriber(text)
		if err != nil {
			return "", err
		}
		other := newSubscriber(who.name, !who.cost)
		if _, err := os.Stat(s.path(other.file)); err == nil {
			return "", fault.New(fault.Conflict, "subscriber %s is there already, and sees something else", who.name).WithHint("delete %s first", other.file)
		}
		if _, err := s.password(who.file, uidPerson); err != nil {
			return "", err
		}
	}
	all, err := s.subscribers()
	if err != nil {
		return "", err
	}
	var accounts, taken strings.Builder
	accounts.WriteString("# Accounts of subscribers, with hashes of their passwords. Made by `make compose-secrets`.\n")
	for _, who := range all {
		password, err := s.password(who.file, uidPerson)
		if err != nil {
			return "", err
		}
		hash, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
		if err != nil {
			return "", fmt.Errorf("hash password: %w", err)
		}
		who.write(&accounts, &taken, string(hash))
	}
	return taken.String(), s.write(natsSubscribers, accounts.String(), uidNATS)
}

// subscribers are those who have a password.
func (s Secrets) subscribers() ([]subscriber, error) {
	entries, err := os.ReadDir(s.Dir)
	if err != nil {
		return nil, fmt.Errorf("list secrets: %w", err)
	}
	var all []subscriber
	for _, entry := range entries {
		base, whole := strings.CutSuffix(entry.Name(), passwordSuffix)
		for prefix, cost := range map[string]bool{costPrefix: true, erpPrefix: false} {
			if name, is := strings.CutPrefix(base, prefix); is && whole && stream.ValidSubscriber(name) {
				all = append(all, newSubscriber(name, cost))
			}
		}
	}
	return all, nil
}

// write adds the account of a subscriber, and what the account of the streams takes from it.
func (w subscriber) write(accounts, taken *strings.Builder, hash string) {
	account, door := "SUBSCRIBER_"+w.name, stream.DoorSubject(w.name, w.cost)
	var exports strings.Builder
	for _, asked := range stream.SubscriberExports() {
		fmt.Fprintf(&exports, "    { stream: %q, accounts: [PRICEWIRE] }\n", asked)
	}
	fmt.Fprintf(accounts, `%[1]s {
  limits { max_connections: %[2]d, max_subscriptions: %[3]d, max_payload: %[4]d, max_leafnodes: 0 }
  users: [ { user: %[5]s, password: "%[6]s", permissions: {
    publish: { allow: [%[9]s] }
    subscribe: { allow: [%[10]s] }
  } } ]
  exports: [
%[11]s  ]
  imports: [
    { stream: { account: PRICEWIRE, subject: "%[7]s._INBOX.>" }, to: "_INBOX.>" }
    { service: { account: PRICEWIRE, subject: "%[8]s.API.INFO" }, to: "$JS.API.INFO" }
  ]
}
`, account, maxConnections, maxSubscriptions, maxPayload, w.name, hash, stream.AnswerSubject(w.name), door, quoted(stream.SubscriberQuestions()), quoted(stream.SubscriberAnswers()), exports.String())
	for _, asked := range stream.SubscriberExports() {
		fmt.Fprintf(taken, "  { stream: { account: %s, subject: %q }, to: %q }\n", account, asked, door+strings.TrimPrefix(asked, "$JS"))
	}
}

func quoted(subjects []string) string { return `"` + strings.Join(subjects, `", "`) + `"` }
