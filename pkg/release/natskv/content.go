package natskv

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nuid"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/keyvalue"
	"github.com/pricewire/pricewire/pkg/release"
)

// Content is a release.Content in an object store.
type Content struct {
	objects jetstream.ObjectStore
}

var _ release.Content = (*Content)(nil)

// OpenContent opens the object store of what lists say, making it when it is not there.
func OpenContent(ctx context.Context, js jetstream.JetStream, cfg Config) (*Content, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults()
	objects, err := openObjects(ctx, js, jetstream.ObjectStoreConfig{
		Bucket: cfg.Contents, Description: "What the lists of releases say.", Storage: jetstream.FileStorage, Replicas: cfg.Replicas,
	})
	if err != nil {
		return nil, failure(err, "open object store %s", cfg.Contents)
	}
	return &Content{objects}, nil
}

func openObjects(ctx context.Context, js jetstream.JetStream, want jetstream.ObjectStoreConfig) (jetstream.ObjectStore, error) {
	has, there, err := standing(ctx, js, "OBJ_"+want.Bucket)
	if err != nil {
		return nil, err
	}
	if there {
		kept, err := keeps(has, want.Replicas, want.Description, has.MaxMsgSize)
		if err != nil {
			return nil, err
		}
		if kept {
			return js.ObjectStore(ctx, want.Bucket)
		}
	}
	return js.CreateOrUpdateObjectStore(ctx, want)
}

// Put implements release.Content. Nothing is found under its hash before it was read back whole under a name of this upload's own: the client
// takes away the bytes of an upload whose answer is lost though the name that they were given stays, and puts pieces out of order when it
// sends one again. Naming them is one message, which is there or is not.
func (c *Content) Put(ctx context.Context, data []byte) (string, error) {
	if len(data) > release.MaxContent {
		return "", fault.New(fault.Invalid, "store list: %d bytes are over the limit of %d", len(data), release.MaxContent)
	}
	sum := digest(data)
	info, err := c.info(ctx, sum)
	if err == nil && info.Size == uint64(len(data)) {
		return sum, nil
	}
	if err != nil && !errors.Is(err, jetstream.ErrObjectNotFound) {
		return "", failure(err, "store list %s", sum)
	}
	upload := sum + "." + nuid.Next()
	unnamed := true // and so nobody reads it
	if err = c.upload(ctx, upload, data); err == nil {
		unnamed, err = c.name(ctx, upload, sum)
	}
	if unnamed {
		c.drop(ctx, upload)
	}
	if err != nil {
		return "", failure(err, "store list %s", sum)
	}
	return sum, nil
}

// moving returns a context for moving so many bytes: see keyvalue.Within.
func moving(ctx context.Context, size uint64) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, keyvalue.RequestTime+time.Duration(size/bytesPerSecond)*time.Second)
}

// bytesPerSecond is how fast lists move at least.
const bytesPerSecond = 1 << 20

func (c *Content) info(ctx context.Context, name string) (*jetstream.ObjectInfo, error) {
	ctx, cancel := keyvalue.Within(ctx)
	defer cancel()
	return c.objects.GetInfo(ctx, name)
}

func (c *Content) upload(ctx context.Context, name string, data []byte) error {
	ctx, cancel := moving(ctx, uint64(len(data)))
	defer cancel()
	_, err := c.objects.Put(ctx, jetstream.ObjectMeta{Name: name}, bytes.NewReader(data))
	return err
}

func (c *Content) rename(ctx context.Context, from, to string) error {
	ctx, cancel := keyvalue.Within(ctx)
	defer cancel()
	return c.objects.UpdateMeta(ctx, from, jetstream.ObjectMeta{Name: to})
}

// drop takes away an upload that was never named, as far as it can: what stays takes room alone.
func (c *Content) drop(ctx context.Context, upload string) {
	ctx, cancel := keyvalue.Within(context.WithoutCancel(ctx))
	defer cancel()
	_ = c.objects.Delete(ctx, upload)
}

// name reads an upload back and names it by its hash, unless somebody else stored the same meanwhile. It says whether the upload is certainly
// without that name: a naming whose answer was lost looks like one by somebody else afterwards.
func (c *Content) name(ctx context.Context, upload, sum string) (unnamed bool, err error) {
	err = settle(ctx, func() error {
		_, err := c.read(ctx, upload, sum)
		return err
	})
	if err != nil {
		return true, err
	}
	unnamed = true
	err = settle(ctx, func() error {
		err := c.rename(ctx, upload, sum)
		unnamed = unnamed && errors.Is(err, jetstream.ErrObjectAlreadyExists)
		if errors.Is(err, jetstream.ErrObjectAlreadyExists) || errors.Is(err, jetstream.ErrUpdateMetaDeleted) {
			_, err = c.read(ctx, sum, sum)
		}
		return err
	})
	return unnamed, err
}

const (
	// settlings is how often something is tried: a replica that is asked may lag a moment.
	settlings   = 5
	settlingGap = 100 * time.Millisecond
)

// settle tries something until it succeeds, a few times.
func settle(ctx context.Context, try func() error) error {
	for left := settlings - 1; ; left-- {
		err := try()
		if err == nil || left == 0 {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(settlingGap):
		}
	}
}

// Get implements release.Content.
func (c *Content) Get(ctx context.Context, sum string) ([]byte, error) { return c.read(ctx, sum, sum) }

// read returns what is under a name, which must have a hash.
func (c *Content) read(ctx context.Context, name, sum string) ([]byte, error) {
	info, err := c.info(ctx, name)
	if errors.Is(err, jetstream.ErrObjectNotFound) {
		return nil, fault.New(fault.NotFound, "there is no list %s", sum)
	}
	if err != nil {
		return nil, failure(err, "read list %s", sum)
	}
	ctx, cancel := moving(ctx, info.Size)
	defer cancel()
	object, err := c.objects.Get(ctx, name)
	if err != nil {
		return nil, failure(err, "read list %s", sum)
	}
	defer object.Close() //nolint:errcheck // all errors that matter come with the bytes
	data, err := io.ReadAll(io.LimitReader(object, release.MaxContent+1))
	if err != nil {
		return nil, failure(err, "read list %s", sum)
	}
	if digest(data) != sum {
		return nil, fault.New(fault.Unavailable, "read list %s: what is stored has another hash", sum)
	}
	return data, nil
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
