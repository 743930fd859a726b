package door

import "time"

// What a subscriber may have, so that one that is slow, or gone, costs nothing.
const (
	// MaxConsumers is how many consumers a subscriber may have on a stream.
	MaxConsumers = 32
	// MaxAckPending is how many messages a consumer may have handed out without an acknowledgement; the default where it is not said is less.
	MaxAckPending, usualAckPending = 10_000, 1_000
	// MaxWaiting is how many pulls of a consumer may wait.
	MaxWaiting = 64
	// MaxBatch is how many messages one pull may ask for.
	MaxBatch = 10_000
	// MaxExpires is how long a pull may wait.
	MaxExpires = 5 * time.Minute
	// LeastHeartbeat is how often a pull may have it said that nothing has come: the server would say it as fast as it can.
	LeastHeartbeat = 500 * time.Millisecond
	// MaxIdle is how long a consumer that nobody asks is kept: one with a durable name, which remembers where its subscriber is, and one without.
	MaxIdle, MaxIdleEphemeral = 30 * 24 * time.Hour, 10 * time.Minute
	usualIdle                 = 7 * 24 * time.Hour
	usualIdleEphemeral        = time.Minute
	// MaxAckWait bounds how long an acknowledgement may take before a message comes again.
	MaxAckWait = time.Hour
	// MaxFilters is how many subjects a consumer may select.
	MaxFilters = 256
	// MaxRequest is how long a request may be in bytes, and MaxAck an acknowledgement.
	MaxRequest, MaxAck = 64 << 10, 1 << 10

	mostBackOff = 16
	mostText    = 4 << 10 // of a description
	// perSecond is how many questions a subscriber may ask, acknowledgements apart, and burst how many at once.
	perSecond, burst = 500, 1_000
)
