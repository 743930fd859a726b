package stream

import "strings"

// Subscribers of NATS are in accounts of their own. What they ask of JetStream goes through the door: a subject that the server's
// configuration puts before their question, so that it says who asks and what he may see, whatever he writes. A process of the product
// listens behind it and has JetStream answer; see services/feeder/door. Answers go to subjects that only the one subscriber's account takes
// from the account of the streams, where they are known by his inboxes.
const (
	doorPrefix   = "pricewire.door."
	answerPrefix = "pricewire.answer."
)

// AnswerSubjects is what all answers to all subscribers are under.
const AnswerSubjects = answerPrefix + ">"

// AnswerSubject is what answers to one subscriber are under; the subject of his inbox follows.
func AnswerSubject(name string) string { return answerPrefix + name }

// DoorSubjects is what all questions of all subscribers are under.
const DoorSubjects = doorPrefix + ">"

// Rights of subscribers, as their subjects say.
const (
	doorCost        = "cost"
	doorWithoutCost = "erp"
)

// DoorSubject is what questions of one subscriber are under: pricewire.door.erp.NAME. A name has no dots.
func DoorSubject(name string, cost bool) string {
	if cost {
		return doorPrefix + doorCost + "." + name
	}
	return doorPrefix + doorWithoutCost + "." + name
}

// ParseDoorSubject reads who asks, what he may see, and the rest of the subject, which is what he asks.
func ParseDoorSubject(subject string) (name string, cost bool, asked string, ok bool) {
	rest, is := strings.CutPrefix(subject, doorPrefix)
	right, rest, more := strings.Cut(rest, ".")
	name, asked, whole := strings.Cut(rest, ".")
	cost = right == doorCost
	return name, cost, asked, is && more && whole && name != "" && asked != "" && (cost || right == doorWithoutCost)
}

// mostSubscriberName bounds the names of subscribers.
const mostSubscriberName = 32

// ValidSubscriber reports whether a name can be that of a subscriber: small letters, digits and dashes, a letter first, 32 at most. There is
// no underscore in it: that ends it in the names of consumers.
func ValidSubscriber(name string) bool {
	for i := range len(name) {
		c := name[i]
		letter := c >= 'a' && c <= 'z'
		if !letter && (i == 0 || c != '-' && (c < '0' || c > '9')) {
			return false
		}
	}
	return name != "" && len(name) <= mostSubscriberName
}

// MaySubscribe reports whether a subscriber may read a stream: without the right to see cost, only those without it.
func MaySubscribe(name string, cost bool) bool { return IsWithoutCost(name) || cost && IsOurs(name) }

// SubscriberQuestions are the subjects on which a subscriber may publish in his account: questions to JetStream that only read, and
// acknowledgements.
func SubscriberQuestions() []string {
	return []string{
		"$JS.API.INFO", "$JS.API.STREAM.NAMES", "$JS.API.STREAM.LIST", "$JS.API.STREAM.INFO.*", "$JS.API.STREAM.MSG.GET.*", "$JS.API.DIRECT.GET.*", "$JS.API.DIRECT.GET.*.>",
		"$JS.API.CONSUMER.CREATE.*", "$JS.API.CONSUMER.CREATE.*.>", "$JS.API.CONSUMER.DURABLE.CREATE.*.*", "$JS.API.CONSUMER.INFO.*.*", "$JS.API.CONSUMER.DELETE.*.*",
		"$JS.API.CONSUMER.MSG.NEXT.*.*", "$JS.ACK.>",
	}
}

// SubscriberAnswers is what a subscriber may listen to in his account: answers to him.
func SubscriberAnswers() []string { return []string{"_INBOX.>"} }

// SubscriberExports are what the account of the streams takes from a subscriber's, behind the door's subject: his questions, with where he
// wants the answer, as he asks them.
func SubscriberExports() []string {
	return []string{"$JS.API.STREAM.>", "$JS.API.CONSUMER.>", "$JS.API.DIRECT.>", "$JS.ACK.>"}
}
