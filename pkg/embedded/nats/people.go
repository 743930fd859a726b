package nats

import (
	"sync"

	"github.com/nats-io/nats-server/v2/server"
	"golang.org/x/crypto/bcrypt"

	"github.com/pricewire/pricewire/pkg/stream"
)

// people are who may connect: the owner, who may do everything in the account of the streams, and subscribers, each in an account of his own.
// The server asks it of every connection.
type people struct {
	owner, hash string
	nobody      string        // a hash that no password has
	known       chan struct{} // closed once all subscribers of the folder are

	mu          sync.RWMutex
	subscribers map[string]Subscriber
	accounts    map[string]*server.Account
}

func newPeople(owner, hash, nobody string) *people {
	return &people{owner: owner, hash: hash, nobody: nobody, known: make(chan struct{}), subscribers: map[string]Subscriber{}, accounts: map[string]*server.Account{}}
}

func (p *people) get(name string) (Subscriber, bool) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	who, there := p.subscribers[name]
	return who, there
}

func (p *people) add(who Subscriber, account *server.Account) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.subscribers[who.Name], p.accounts[who.Name] = who, account
}

func (p *people) remove(name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.subscribers, name)
	delete(p.accounts, name)
}

// Check lets a connection in as who it says it is, if its password is his. Who is not known costs as much as a wrong password.
func (p *people) Check(c server.ClientAuthentication) bool {
	name, password := c.GetOpts().Username, c.GetOpts().Password
	if name == p.owner {
		if !fits(p.hash, password) {
			return false
		}
		c.RegisterUser(&server.User{Username: name})
		return true
	}
	<-p.known
	p.mu.RLock()
	who, known := p.subscribers[name]
	account := p.accounts[name]
	p.mu.RUnlock()
	if !known {
		return fits(p.nobody, password) && known
	}
	if !fits(who.Hash, password) {
		return false
	}
	c.RegisterUser(&server.User{Username: name, Account: account, Permissions: &server.Permissions{
		Publish:   &server.SubjectPermission{Allow: stream.SubscriberQuestions()},
		Subscribe: &server.SubjectPermission{Allow: stream.SubscriberAnswers()},
	}})
	return true
}

func fits(hash, password string) bool {
	return bcrypt.CompareHashAndPassword([]byte(hash), []byte(password)) == nil
}
