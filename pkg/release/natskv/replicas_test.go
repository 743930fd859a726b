package natskv

import (
	"testing"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/pricewire/pricewire/pkg/fault"
)

func TestCopiesAreNeverTakenAway(t *testing.T) {
	has := jetstream.StreamConfig{Name: "KV_records", Description: "Records.", Replicas: 3, MaxMsgSize: 10}
	for _, c := range []struct {
		name        string
		replicas    int
		description string
		largest     int32
		kept        bool
		kind        fault.Kind
	}{
		{"as configured", 3, "Records.", 10, true, fault.Internal},
		{"more copies", 5, "Records.", 10, false, fault.Internal},
		{"larger records", 3, "Records.", 11, false, fault.Internal},
		{"another purpose", 3, "Others.", 10, false, fault.Internal},
		{"fewer copies", 1, "Records.", 10, false, fault.Refused},
	} {
		kept, err := keeps(has, c.replicas, c.description, c.largest)
		if kept != c.kept || fault.KindOf(err) != c.kind {
			t.Errorf("%s: %t, %v", c.name, kept, err)
		}
		if err != nil && !fault.Is(failure(err, "open bucket records"), fault.Refused) {
			t.Errorf("%s: %v is no refusal", c.name, failure(err, "open bucket records"))
		}
	}
}
