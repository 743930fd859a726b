package clickhouse_test

import "testing"

func TestAServerSaysHowItIs(t *testing.T) {
	health, err := open(t).Health(t.Context())
	if err != nil || health.Version == "" || health.Migrations == 0 || health.Broken != 0 {
		t.Fatalf("%+v, %v", health, err)
	}
	if len(health.Disks) == 0 || health.Disks[0].Free == 0 || health.Disks[0].Total < health.Disks[0].Free {
		t.Errorf("disks: %+v", health.Disks)
	}
}
