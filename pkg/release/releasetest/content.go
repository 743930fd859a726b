package releasetest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"sync"
	"testing"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/release"
)

// Content runs the promises of release.Content. Make returns an empty one.
func Content(t *testing.T, empty func(t *testing.T) release.Content) {
	for _, promise := range []struct {
		name string
		test func(*testing.T, release.Content)
	}{
		{"bytes are found under their hash", foundUnderHash},
		{"putting the same again changes nothing", putAgain},
		{"many may put the same at once", putAtOnce},
		{"a hash that was never put is not found", neverPut},
	} {
		t.Run(promise.name, func(t *testing.T) { promise.test(t, empty(t)) })
	}
}

func foundUnderHash(t *testing.T, c release.Content) {
	for _, data := range [][]byte{[]byte("a list"), bytes.Repeat([]byte("0123456789abcdef"), 40_000), {}} {
		hash := sha256.Sum256(data)
		sum, err := c.Put(t.Context(), data)
		if err != nil || sum != hex.EncodeToString(hash[:]) {
			t.Fatalf("put %d bytes: %s, %v", len(data), sum, err)
		}
		got, err := c.Get(t.Context(), sum)
		if err != nil || !bytes.Equal(got, data) {
			t.Errorf("get %d bytes: %d, %v", len(data), len(got), err)
		}
	}
}

func putAgain(t *testing.T, c release.Content) {
	data := []byte("a list")
	first, err := c.Put(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	second, err := c.Put(t.Context(), bytes.Clone(data))
	if err != nil || first != second {
		t.Errorf("%s, then %s, %v", first, second, err)
	}
	if got, err := c.Get(t.Context(), first); err != nil || !bytes.Equal(got, data) {
		t.Errorf("got %q, %v", got, err)
	}
}

func putAtOnce(t *testing.T, c release.Content) {
	data := bytes.Repeat([]byte("line\n"), 100_000)
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			sum, err := c.Put(t.Context(), data)
			if err != nil {
				t.Error(err)
				return
			}
			if got, err := c.Get(t.Context(), sum); err != nil || !bytes.Equal(got, data) {
				t.Errorf("got %d bytes, %v", len(got), err)
			}
		})
	}
	wait.Wait()
}

func neverPut(t *testing.T, c release.Content) {
	_, err := c.Get(t.Context(), strings.Repeat("0", 64))
	wantKind(t, err, fault.NotFound)
}
