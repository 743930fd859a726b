package daemon

import "testing"

func TestALoopbackHostIsKnownWithAndWithoutItsPort(t *testing.T) {
	for _, host := range []string{"localhost", "localhost:80", "127.0.0.1", "127.8.0.1:1", "::1", "[::1]", "[::1]:8080", "[::ffff:127.0.0.1]"} {
		if !Loopback(host) {
			t.Errorf("%s is not one", host)
		}
	}
	for _, host := range []string{"", ":80", "localhost.example.com", "127.0.0.1.example.com:80", "192.168.0.1", "[::2]:80", "[::1", "::1]", "[[::1]]", "0.0.0.0:80", "LOCALHOST.evil"} {
		if Loopback(host) {
			t.Errorf("%q is one", host)
		}
	}
}

func TestAHostIsNearByItsAddressOrItsName(t *testing.T) {
	for _, host := range []string{"localhost:1", "10.1.2.3:4222", "192.168.0.1", "[fd00::1]:9000", "169.254.0.1", "nats:4222", "nats.default.svc.cluster.local", "db.internal:9000"} {
		if !Near(host) {
			t.Errorf("%s is not near", host)
		}
	}
	for _, host := range []string{"", ":1", "8.8.8.8:53", "[2001:db8::1]:4222", "nats.example.com:4222", "local.example.com", "172.32.0.1"} {
		if Near(host) {
			t.Errorf("%q is near", host)
		}
	}
}
