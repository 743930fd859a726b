package nats

import (
	"cmp"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nats-server/v2/server"
	"golang.org/x/crypto/bcrypt"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/stream"
)

// subscribersFile holds the subscribers in the server's folder, readable by its owner alone.
const subscribersFile = "subscribers.json"

// accountPrefix begins the names of subscribers' accounts.
const accountPrefix = "SUBSCRIBER_"

// Limits of each subscriber.
const (
	MaxSubscriberConnections   = 16
	MaxSubscriberSubscriptions = 256 // of a connection
	MaxSubscriberPayload       = 64 << 10
	maxSubscribers             = 1000
)

// doorPatience is how long a new subscriber's first question may be waited for.
const doorPatience = time.Second

// Subscriber is somebody who reads streams and does nothing else.
type Subscriber struct {
	Name      string    `json:"name"`
	Cost      bool      `json:"cost,omitempty"` // he may see the partner's cost
	Hash      string    `json:"hash"`           // of his password, by bcrypt
	CreatedBy string    `json:"created_by,omitempty"`
	CreatedAt time.Time `json:"created_at"`
}

// Subscribers returns all subscribers, by name.
func (s *Server) Subscribers() []Subscriber {
	s.people.mu.RLock()
	defer s.people.mu.RUnlock()
	all := make([]Subscriber, 0, len(s.people.subscribers))
	for _, who := range s.people.subscribers {
		all = append(all, who)
	}
	slices.SortFunc(all, func(a, b Subscriber) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

// AddSubscriber lets somebody in from now on, and returns his password, which nobody can find out again. Faults: invalid for a name that can
// be none, conflict for one that is taken, refused where the server knows no users.
func (s *Server) AddSubscriber(name string, cost bool, by string, now time.Time) (password string, err error) {
	if !stream.ValidSubscriber(name) {
		return "", fault.New(fault.Invalid, "%q is not a name: begin with a letter, go on with letters, digits and dashes, all lower case, 32 at most", name)
	}
	if s.people.owner == "" {
		return "", fault.New(fault.Refused, "add subscriber %s: the server lets everybody do everything", name).WithHint("open it with a user and a password")
	}
	password = rand.Text()
	hash, err := hashed(password)
	if err != nil {
		return "", err
	}
	s.changing.Lock()
	defer s.changing.Unlock()
	if _, there := s.people.get(name); there {
		return "", fault.New(fault.Conflict, "subscriber %s is there already", name).WithHint("revoke it first, or take another name")
	}
	if len(s.Subscribers()) >= maxSubscribers {
		return "", fault.New(fault.Refused, "there are %d subscribers, as many as there may be", maxSubscribers)
	}
	who := Subscriber{Name: name, Cost: cost, Hash: hash, CreatedBy: by, CreatedAt: now.UTC()}
	if err := s.saveSubscribers(append(s.Subscribers(), who)); err != nil {
		return "", err
	}
	if err := s.admit(who); err != nil {
		return "", err
	}
	s.awaitDoor(who)
	return password, nil
}

// awaitDoor waits a little until somebody behind the door hears a new subscriber, so that he is answered from the first question on. Where
// nobody listens at all he is told so by the server.
func (s *Server) awaitDoor(who Subscriber) {
	account, _ := s.srv.LookupOrRegisterAccount(who.account())
	deadline := time.NewTimer(doorPatience)
	defer deadline.Stop()
	for account.Interest("$JS.API.STREAM.NAMES") == 0 {
		select {
		case <-deadline.C:
			return
		case <-time.After(time.Millisecond):
		}
	}
}

// RemoveSubscriber lets somebody in no more, and ends his connections. A notFound fault says that he is none.
func (s *Server) RemoveSubscriber(name string) error {
	s.changing.Lock()
	defer s.changing.Unlock()
	who, there := s.people.get(name)
	if !there {
		return fault.New(fault.NotFound, "there is no subscriber %s", name)
	}
	if err := s.saveSubscribers(slices.DeleteFunc(s.Subscribers(), func(o Subscriber) bool { return o.Name == who.Name })); err != nil {
		return err
	}
	s.people.remove(name)
	account, _ := s.srv.LookupOrRegisterAccount(who.account())
	none := jwt.NewAccountClaims(account.Name)
	none.Limits.Conn = 0
	s.srv.UpdateAccountClaims(account, none) // whoever is just coming in can ask nobody
	return s.kick(account.Name)
}

// News tells that there may be new subscribers: whoever answers behind the door must subscribe anew, for the server connects what an account
// exports with those who listen only when they begin to.
func (s *Server) News() <-chan struct{} { return s.news }

// account is the name of a subscriber's account. It is another each time that he is made: what the account of the streams takes from
// accounts stays.
func (w *Subscriber) account() string {
	return accountPrefix + w.Name + "_" + strconv.FormatInt(w.CreatedAt.UnixNano(), 36)
}

// admit makes a subscriber's account, and knows him from then on.
func (s *Server) admit(who Subscriber) error {
	account, _ := s.srv.LookupOrRegisterAccount(who.account())
	c := jwt.NewAccountClaims(account.Name)
	c.Limits.Conn, c.Limits.LeafNodeConn = MaxSubscriberConnections, 0
	c.Limits.Subs, c.Limits.Payload = MaxSubscriberSubscriptions, MaxSubscriberPayload
	door := stream.DoorSubject(who.Name, who.Cost)
	for _, asked := range stream.SubscriberExports() {
		c.Exports.Add(&jwt.Export{Subject: jwt.Subject(asked), Type: jwt.Stream})
	}
	c.Imports.Add(
		&jwt.Import{Account: s.streams.Name, Type: jwt.Stream, Subject: jwt.Subject(stream.AnswerSubject(who.Name) + "._INBOX.>"), LocalSubject: "_INBOX.>"},
		// It also keeps the server's own answer away, that JetStream is not enabled.
		&jwt.Import{Account: s.streams.Name, Type: jwt.Service, Subject: jwt.Subject(door + ".API.INFO"), LocalSubject: "$JS.API.INFO"},
	)
	s.srv.UpdateAccountClaims(account, c)
	for _, asked := range stream.SubscriberExports() {
		if err := s.streams.AddMappedStreamImport(account, asked, door+strings.TrimPrefix(asked, "$JS")); err != nil {
			return fault.New(fault.Internal, "let subscriber %s ask: %w", who.Name, err)
		}
	}
	s.people.add(who, account)
	select {
	case s.news <- struct{}{}:
	default: // one is waiting already
	}
	return nil
}

// kick ends the connections of an account.
func (s *Server) kick(account string) error {
	const many = 10_000
	connections, err := s.srv.Connz(&server.ConnzOptions{Account: account, Limit: many})
	if err != nil {
		return fault.New(fault.Internal, "list connections of %s: %w", account, err)
	}
	for _, c := range connections.Conns {
		_ = s.srv.DisconnectClientByID(c.Cid) // it may have gone by itself
	}
	return nil
}

// openDoor lets other accounts ask those who answer behind the door, in the account of the streams.
func (s *Server) openDoor() error {
	var err error
	if s.streams, err = s.srv.LookupAccount(server.DEFAULT_GLOBAL_ACCOUNT); err != nil {
		return fault.New(fault.Internal, "find the account of the streams: %w", err)
	}
	if err := errors.Join(s.streams.AddServiceExport(stream.DoorSubjects, nil), s.streams.AddStreamExport(stream.AnswerSubjects, nil)); err != nil {
		return fault.New(fault.Internal, "open the door of subscribers: %w", err)
	}
	all, err := readSubscribers(s.dir)
	if err != nil {
		return err
	}
	for _, who := range all {
		if err := s.admit(who); err != nil {
			return err
		}
	}
	return nil
}

func readSubscribers(dir string) ([]Subscriber, error) {
	data, err := os.ReadFile(filepath.Join(dir, subscribersFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fault.New(fault.Invalid, "read subscribers: %w", err)
	}
	var all []Subscriber
	if err := json.Unmarshal(data, &all); err != nil {
		return nil, fault.New(fault.Invalid, "read subscribers in %s: %w", filepath.Join(dir, subscribersFile), err).
			WithHint("mend the file, or delete it and make the subscribers again")
	}
	for _, who := range all {
		if _, err := bcrypt.Cost([]byte(who.Hash)); err != nil || !stream.ValidSubscriber(who.Name) {
			return nil, fault.New(fault.Invalid, "read subscribers in %s: %q is none", filepath.Join(dir, subscribersFile), who.Name)
		}
	}
	return all, nil
}

// saveSubscribers puts the file in its place at once, synced: who was removed stays removed.
func (s *Server) saveSubscribers(all []Subscriber) error {
	data, err := json.MarshalIndent(all, "", "  ")
	if err == nil {
		err = replace(filepath.Join(s.dir, subscribersFile), append(data, '\n'))
	}
	if err != nil {
		return fault.New(fault.Unavailable, "write subscribers: %w", err)
	}
	return nil
}

func replace(path string, data []byte) error {
	f, err := os.OpenFile(path+".new", os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(path+".new", path); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	if err := errors.Join(dir.Sync(), dir.Close()); err != nil {
		return fmt.Errorf("sync folder: %w", err)
	}
	return nil
}
