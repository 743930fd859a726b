package access

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"strings"
	"time"

	"github.com/pricewire/pricewire/pkg/fault"
)

// MaxAge is how long a token may be valid at most.
const MaxAge = 366 * 24 * time.Hour

// What the text of a token is made of: pw_<id>_<secret>, digits and letters in lower case, so that it can be chosen with a double click and found by
// programs that look for secrets.
const (
	tokenPrefix = "pw_"
	idLength    = 12 // characters, of 5 random bits each
	secretBytes = 32
)

// Token lets whoever has its text act as its owner. The text is not kept, only its hash.
type Token struct {
	ID        string
	Name      string // what it is for
	Owner     string // the person who acts with it
	Roles     Roles
	Cost      bool
	Hash      [sha256.Size]byte // of the secret
	CreatedBy string
	CreatedAt time.Time
	ExpiresAt time.Time
	RevokedBy string
	RevokedAt time.Time // zero: it is not
	UsedAt    time.Time // when it was last seen, within a minute; zero: never
	Version   uint64    // as the store counts; 0: never stored
}

// State says in one word whether a token is good: valid, expired or revoked.
func (t Token) State(now time.Time) string {
	switch {
	case !t.RevokedAt.IsZero():
		return "revoked"
	case !now.Before(t.ExpiresAt):
		return "expired"
	}
	return "valid"
}

// Admit returns who acts with a token whose secret was shown, else an unauthenticated fault. The comparison takes the same time whatever differs.
func (t Token) Admit(secret string, now time.Time) (Principal, error) {
	sum := sha256.Sum256([]byte(secret))
	if subtle.ConstantTimeCompare(sum[:], t.Hash[:]) != 1 {
		return Principal{}, unknownToken()
	}
	switch t.State(now) {
	case "revoked":
		return Principal{}, fault.New(fault.Unauthenticated, "token %s was revoked at %s", t.ID, t.RevokedAt.UTC().Format(time.RFC3339)).WithHint("%s", HintToken)
	case "expired":
		return Principal{}, fault.New(fault.Unauthenticated, "token %s expired at %s", t.ID, t.ExpiresAt.UTC().Format(time.RFC3339)).WithHint("%s", HintToken)
	}
	return Principal{Name: t.Owner, Roles: t.Roles, Cost: t.Cost, Via: ViaToken, Token: t.ID}, nil
}

// unknownToken is said of a token that is not there and of one with another secret alike.
func unknownToken() error {
	return fault.New(fault.Unauthenticated, "the token is not one of this server's").WithHint("%s", HintToken)
}

// IsToken reports whether a text is meant to be one of our tokens, rather than one of an identity provider.
func IsToken(text string) bool { return strings.HasPrefix(text, tokenPrefix) }

// SplitToken returns id and secret of a token's text; an unauthenticated fault where it has none. The text is not repeated in the error.
func SplitToken(text string) (id, secret string, err error) {
	parts := strings.Split(text, "_")
	if len(parts) != 3 || parts[0]+"_" != tokenPrefix || !ValidTokenID(parts[1]) || len(parts[2]) != spelling().EncodedLen(secretBytes) {
		return "", "", fault.New(fault.Unauthenticated, "the token is not complete").WithHint("a token is pw_, twelve characters, _ and fifty-two characters; copy all of it")
	}
	return parts[1], parts[2], nil
}

// ValidTokenID reports whether a text can be the id of a token.
func ValidTokenID(id string) bool {
	return len(id) == idLength && strings.Trim(id, "abcdefghijklmnopqrstuvwxyz234567") == ""
}

// newText makes the text of a new token from the system's randomness, which never fails, and the hash that is kept of it.
func newText() (id, text string, hash [sha256.Size]byte) {
	id = strings.ToLower(rand.Text())[:idLength]
	var random [secretBytes]byte
	_, _ = rand.Read(random[:]) // never fails
	secret := spelling().EncodeToString(random[:])
	return id, tokenPrefix + id + "_" + secret, sha256.Sum256([]byte(secret))
}

func spelling() *base32.Encoding {
	return base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)
}
