package connect

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/jwt/v2"
	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nkeys"

	"github.com/pricewire/pricewire/pkg/fault"
)

// keys makes a pair and returns it with its public half.
func keys(t *testing.T, made nkeys.KeyPair, err error) (nkeys.KeyPair, string) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	public, err := made.PublicKey()
	if err != nil {
		t.Fatal(err)
	}
	return made, public
}

// credsOf writes the credentials of a new user of an account, signed by whoever holds a key.
func credsOf(t *testing.T, signer nkeys.KeyPair) string {
	t.Helper()
	made, err := nkeys.CreateUser()
	user, public := keys(t, made, err)
	token, err := jwt.NewUserClaims(public).Encode(signer)
	if err != nil {
		t.Fatal(err)
	}
	seed, err := user.Seed()
	if err != nil {
		t.Fatal(err)
	}
	content, err := jwt.FormatUserConfig(token, seed)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "user.creds")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestCredentialsOfNATSAreAsGoodAsAPassword(t *testing.T) {
	made, err := nkeys.CreateOperator()
	operator, operatorKey := keys(t, made, err)
	made, err = nkeys.CreateAccount()
	account, accountKey := keys(t, made, err)
	made, err = nkeys.CreateAccount()
	stranger, _ := keys(t, made, err)
	claims := jwt.NewOperatorClaims(operatorKey)
	if _, err := claims.Encode(operator); err != nil {
		t.Fatal(err)
	}
	token, err := jwt.NewAccountClaims(accountKey).Encode(operator)
	if err != nil {
		t.Fatal(err)
	}
	resolver := &natsserver.MemAccResolver{}
	if err := resolver.Store(accountKey, token); err != nil {
		t.Fatal(err)
	}
	server, err := natsserver.NewServer(&natsserver.Options{
		Host: "127.0.0.1", Port: -1, NoSigs: true, NoLog: true, TrustedOperators: []*jwt.OperatorClaims{claims}, AccountResolver: resolver,
	})
	if err != nil {
		t.Fatal(err)
	}
	go server.Start()
	t.Cleanup(func() { server.Shutdown(); server.WaitForShutdown() })
	if !server.ReadyForConnections(10 * time.Second) {
		t.Fatal("NATS is not ready")
	}
	url := "nats://" + server.Addr().String()
	if logged, err := attempt(t, resolved(t, none, "--nats", url, "--wait", "0", "--nats-creds", credsOf(t, account))); err != nil {
		t.Errorf("%v: %s", err, logged)
	}
	_, err = attempt(t, resolved(t, none, "--nats", url, "--wait", "0", "--nats-creds", credsOf(t, stranger)))
	if !fault.Is(err, fault.Invalid) || !strings.Contains(fault.HintOf(err), "--nats-creds") {
		t.Errorf("of a stranger: %v", err)
	}
}
