package memory

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"sync"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/release"
)

// Content is a release.Content.
type Content struct {
	mu    sync.Mutex
	lists map[string][]byte
}

var _ release.Content = (*Content)(nil)

// NewContent returns an empty content store.
func NewContent() *Content { return &Content{lists: map[string][]byte{}} }

// Put implements release.Content.
func (c *Content) Put(_ context.Context, data []byte) (string, error) {
	if len(data) > release.MaxContent {
		return "", fault.New(fault.Invalid, "store list: %d bytes are over the limit of %d", len(data), release.MaxContent)
	}
	hash := sha256.Sum256(data)
	sum := hex.EncodeToString(hash[:])
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lists[sum] = bytes.Clone(data)
	return sum, nil
}

// Get implements release.Content.
func (c *Content) Get(_ context.Context, sum string) ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	data, found := c.lists[sum]
	if !found {
		return nil, fault.New(fault.NotFound, "there is no list %s", sum)
	}
	return data, nil
}
