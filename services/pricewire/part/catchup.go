package part

import (
	"context"
	"time"

	"github.com/pricewire/pricewire/pkg/daemon"
)

const (
	// catchUpLook is how often a start looks whether the tables have caught up with the streams.
	catchUpLook = 20 * time.Millisecond
	// catchUpWord is how often it says how far they are.
	catchUpWord = 2 * time.Second
)

// CatchUp waits until the tables hold what the streams held when it began, and tells now and then how many messages are missing. It ends with
// the first part of the group that fails.
func (b *Base) CatchUp(ctx context.Context, group *daemon.Group, tell func(behind uint64)) error {
	infos, err := b.Streams.Streams(ctx)
	if err != nil {
		return err
	}
	look, word := time.NewTicker(catchUpLook), time.NewTicker(catchUpWord)
	defer look.Stop()
	defer word.Stop()
	for {
		positions, err := b.History.Positions(ctx)
		if err != nil {
			return err
		}
		behind := uint64(0)
		for _, info := range infos {
			behind += info.Last - min(positions[info.Name.String()], info.Last)
		}
		if behind == 0 {
			return nil
		}
		select {
		case <-look.C:
		case <-word.C:
			tell(behind)
		case err := <-group.Failed():
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
