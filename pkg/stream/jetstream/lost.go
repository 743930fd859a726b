package jetstream

import (
	"context"
	"errors"

	"github.com/nats-io/nats.go"
)

// connected returns a context that ends, too, when the connection is lost: the client library sends a request again to nobody, and would
// wait for its answer, which went down with the connection, as long as the context allows. To be called before the request. A request
// that is made while there is no connection goes out with the next one.
func (a *Adapter) connected(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	lost := a.nc.StatusChanged(nats.RECONNECTING, nats.CLOSED)
	go func() {
		select {
		case <-lost:
			cancel(errConnectionLost)
		case <-ctx.Done():
		}
		a.nc.RemoveStatusListener(lost)
	}()
	return ctx, func() { cancel(nil) }
}

// lostWith is the error of a request that was made in a context of connected: that the connection was lost, where the end of that context says
// no more than that it was cancelled, which would read as if the caller had given up.
func lostWith(asking context.Context, err error) error {
	if errors.Is(err, context.Canceled) && errors.Is(context.Cause(asking), errConnectionLost) {
		return errConnectionLost
	}
	return err
}
