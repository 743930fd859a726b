package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pricewire/pricewire/pkg/fault"
)

// secretPrefix begins the text of a secret, as Standard Webhooks has it.
const secretPrefix = "whsec_"

// secretBytes is how long a secret is.
const secretBytes = 32

// Secret is what an endpoint's events are signed with. It does not show itself.
type Secret struct {
	key   string    // its bytes
	Until time.Time // it signs until then; zero: until it is replaced
}

// String hides the secret, whatever writes it.
func (Secret) String() string { return "(secret)" }

// GoString hides the secret, whatever writes it.
func (Secret) GoString() string { return "(secret)" }

// NewSecret makes a secret of random bytes.
func NewSecret(random io.Reader) (Secret, error) {
	key := make([]byte, secretBytes)
	if _, err := io.ReadFull(random, key); err != nil {
		return Secret{}, fmt.Errorf("make secret: %w", err)
	}
	return Secret{key: string(key)}, nil
}

// Reveal is the secret's text, whsec_ and base64: for whoever made it, once, and for the store.
func (s Secret) Reveal() string {
	return secretPrefix + base64.StdEncoding.EncodeToString([]byte(s.key))
}

// ReadSecret is the inverse of Reveal; an invalid fault, which does not show the text, when it is none.
func ReadSecret(text string) (Secret, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(text, secretPrefix))
	if err != nil || !strings.HasPrefix(text, secretPrefix) || len(key) < 16 {
		return Secret{}, fault.New(fault.Invalid, "a webhook's secret is not whsec_ and base64")
	}
	return Secret{key: string(key)}, nil
}

// Rotated returns the endpoint with a new secret; the one before signs as well until the overlap is over, and all others no more.
func (e Endpoint) Rotated(fresh Secret, overlap time.Duration, now time.Time) Endpoint {
	secrets := []Secret{fresh}
	if len(e.Secrets) > 0 && overlap > 0 {
		before := e.Secrets[0]
		before.Until = now.Add(overlap)
		secrets = append(secrets, before)
	}
	e.Secrets = secrets
	return e
}

// Signing are the secrets that sign now, the newest first.
func (e Endpoint) Signing(now time.Time) []Secret {
	return slices.DeleteFunc(slices.Clone(e.Secrets), func(s Secret) bool { return !s.Until.IsZero() && !now.Before(s.Until) })
}

// Sign is the value of the header webhook-signature: a signature of each secret, as Standard Webhooks 1.0 has it, with spaces between.
func Sign(secrets []Secret, id string, at time.Time, body []byte) string {
	signatures := make([]string, len(secrets))
	for i, s := range secrets {
		mac := hmac.New(sha256.New, []byte(s.key))
		_, _ = io.WriteString(mac, id+"."+strconv.FormatInt(at.Unix(), 10)+".") // a hash takes everything
		_, _ = mac.Write(body)
		signatures[i] = "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	}
	return strings.Join(signatures, " ")
}
