package natskv

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"github.com/pricewire/pricewire/pkg/access"
	"github.com/pricewire/pricewire/pkg/fault"
)

// format is the version of the records this package writes. Fields may be added within a version; it grows when an older reader would misread
// what is written.
const format = 1

type tokenRecord struct {
	Format    int       `json:"format"`
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	Owner     string    `json:"owner"`
	Roles     []string  `json:"roles"`
	Cost      bool      `json:"cost,omitempty"`
	SHA256    string    `json:"sha256"`
	CreatedBy string    `json:"created_by"`
	CreatedAt time.Time `json:"created_at"`
	ExpiresAt time.Time `json:"expires_at"`
	RevokedBy string    `json:"revoked_by,omitempty"`
	RevokedAt time.Time `json:"revoked_at,omitzero"`
}

func encodeToken(t access.Token) ([]byte, error) {
	data, err := json.Marshal(tokenRecord{
		Format: format, ID: t.ID, Name: t.Name, Owner: t.Owner, Roles: t.Roles.Strings(), Cost: t.Cost, SHA256: hex.EncodeToString(t.Hash[:]),
		CreatedBy: t.CreatedBy, CreatedAt: t.CreatedAt, ExpiresAt: t.ExpiresAt, RevokedBy: t.RevokedBy, RevokedAt: t.RevokedAt,
	})
	if err != nil {
		return nil, fault.New(fault.Internal, "encode token %s: %w", t.ID, err)
	}
	return data, nil
}

// decodeToken refuses what it does not know whole: half a token could allow more than was meant.
func decodeToken(data []byte, version uint64) (access.Token, error) {
	var w tokenRecord
	if err := json.Unmarshal(data, &w); err != nil {
		return access.Token{}, fault.New(fault.Internal, "decode record of a token: %w", err)
	}
	if w.Format != format {
		return access.Token{}, fault.New(fault.Internal, "decode token %s: its record has format %d, this program reads %d", w.ID, w.Format, format)
	}
	roles, err := access.ParseRoles(w.Roles...)
	if err != nil {
		return access.Token{}, fault.New(fault.Internal, "decode token %s: %w", w.ID, err)
	}
	sum, err := hex.DecodeString(w.SHA256)
	if err != nil || len(sum) != sha256.Size {
		return access.Token{}, fault.New(fault.Internal, "decode token %s: its hash is malformed", w.ID)
	}
	return access.Token{
		ID: w.ID, Name: w.Name, Owner: w.Owner, Roles: roles, Cost: w.Cost, Hash: [sha256.Size]byte(sum), CreatedBy: w.CreatedBy,
		CreatedAt: w.CreatedAt.UTC(), ExpiresAt: w.ExpiresAt.UTC(), RevokedBy: w.RevokedBy, RevokedAt: w.RevokedAt.UTC(), Version: version,
	}, nil
}

func decodeUsed(data []byte) (time.Time, error) {
	at, err := time.Parse(time.RFC3339, string(data))
	if err != nil {
		return time.Time{}, fault.New(fault.Internal, "decode when a token was used: %w", err)
	}
	return at.UTC(), nil
}

type logRecord struct {
	Format    int       `json:"format"`
	At        time.Time `json:"at"`
	Request   string    `json:"request"`
	Who       string    `json:"who"`
	Via       string    `json:"via"`
	Token     string    `json:"token,omitempty"`
	Operation string    `json:"operation"`
	Object    string    `json:"object,omitempty"`
	Address   string    `json:"address,omitempty"`
	Outcome   string    `json:"outcome"`
	Status    int       `json:"status,omitempty"`
}

func encodeRecord(r access.Record) ([]byte, error) {
	data, err := json.Marshal(logRecord{format, r.At.UTC(), r.Request, r.Who, string(r.Via), r.Token, r.Operation, r.Object, r.Address, r.Outcome, r.Status})
	if err != nil {
		return nil, fault.New(fault.Internal, "encode record of a write: %w", err)
	}
	return data, nil
}

func decodeRecord(data []byte, seq uint64) (access.Record, error) {
	var w logRecord
	err := json.Unmarshal(data, &w)
	if err != nil || w.Format != format {
		return access.Record{}, fault.New(fault.Internal, "decode record %d of what was written: format %d, this program reads %d: %w", seq, w.Format, format, err)
	}
	return access.Record{
		Sequence: seq, At: w.At.UTC(), Request: w.Request, Who: w.Who, Via: access.Via(w.Via), Token: w.Token, Operation: w.Operation, Object: w.Object,
		Address: w.Address, Outcome: w.Outcome, Status: w.Status,
	}, nil
}
