package deploy

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/crypto/bcrypt"

	"github.com/pricewire/pricewire/pkg/fault"
)

// Users of the containers, as compose.yaml runs them: a secret belongs to the one that reads it.
const (
	uidPerson     = 0 // who looks after the machine
	uidServices   = 65532
	uidProxy      = 65533
	uidNATS       = 65531
	uidClickHouse = 101 // of the image
)

// Files of the folder of secrets: those that hold hashes, each for the server that checks them, and what the others are called.
const (
	natsUsers       = "nats-users.conf"
	clickhouseUsers = "clickhouse-users.xml"
	proxyUsers      = "proxy-users.caddy"
	personPrefix    = "person-"
	passwordSuffix  = ".password"
	sharedSuffix    = ".secret" // of what a service shares with the API
)

// bcryptCost of people's passwords costs a guesser, and the proxy about 60 ms a request. Those of the machines are random, and long.
const bcryptCost = 10

// natsNames and clickhouseNames are the users in nats.conf and users.d, and who reads their passwords.
func natsNames() map[string]int {
	return map[string]int{
		"scheduler": uidServices, "ingester": uidServices, "materializer": uidServices, "api": uidServices, "notifier": uidServices,
		"feeder": uidServices, "operator": uidPerson,
	}
}

func clickhouseNames() map[string]int {
	return map[string]int{"writer": uidServices, "reader": uidServices, "analyst": uidPerson, "analyst_cost": uidPerson, "operator": uidPerson}
}

// Secrets is a folder of secrets.
type Secrets struct {
	// Dir is the folder; it is made when missing.
	Dir string
	// Subscribers are new ones of NATS, each NAME, or NAME:cost for one who may see what the partner pays.
	Subscribers []string
	// Give hands a file to the user with that number; nil leaves all files to whoever makes them.
	Give func(path string, uid int) error
}

var personName = regexp.MustCompile(`^[a-z][a-z0-9._-]{0,62}$`)

// Make makes what is missing and keeps what is there, so that it can be repeated: to add people, or after a file was deleted to change what is
// in it. Each person gets a password for the proxy. Two are needed: who approves must be another than who submits. Every file can be read by
// its owner alone. Names that cannot be names are invalid.
func (s Secrets) Make(people []string) error {
	for _, name := range people {
		if !personName.MatchString(name) {
			return fault.New(fault.Invalid, "%q is not a name: begin with a letter, go on with letters, digits, dots and dashes, all lower case", name)
		}
	}
	if err := os.MkdirAll(s.Dir, 0o755); err != nil { //nolint:gosec // the names are no secret, and Compose looks whether they are there
		return fmt.Errorf("make folder of secrets: %w", err)
	}
	return errors.Join(s.makeNATS(), s.makeClickHouse(), s.makePeople(people), s.makeShared())
}

func (s Secrets) makeNATS() error {
	var b strings.Builder
	b.WriteString("# Hashes of the passwords of nats.conf. Made by `make compose-secrets`.\n")
	for _, name := range sorted(natsNames()) {
		password, err := s.password("nats-"+name+passwordSuffix, natsNames()[name])
		if err != nil {
			return err
		}
		hash, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
		if err != nil {
			return fmt.Errorf("hash password: %w", err)
		}
		fmt.Fprintf(&b, "NATS_%s: \"%s\"\n", strings.ToUpper(name), hash)
	}
	taken, err := s.makeSubscribers()
	if err != nil {
		return err
	}
	fmt.Fprintf(&b, "# What the account of the streams takes from those of subscribers.\nSUBSCRIBER_IMPORTS: [\n%s]\n", taken)
	return s.write(natsUsers, b.String(), uidNATS)
}

func (s Secrets) makeClickHouse() error {
	var b strings.Builder
	b.WriteString("<!-- Hashes of the passwords of users.d. Made by `make compose-secrets`. -->\n<clickhouse>\n    <users>\n")
	for _, name := range sorted(clickhouseNames()) {
		password, err := s.password("clickhouse-"+name+passwordSuffix, clickhouseNames()[name])
		if err != nil {
			return err
		}
		sum := sha256.Sum256([]byte(password))
		fmt.Fprintf(&b, "        <%[1]s>\n            <password_sha256_hex>%[2]s</password_sha256_hex>\n        </%[1]s>\n", name, hex.EncodeToString(sum[:]))
	}
	b.WriteString("    </users>\n</clickhouse>\n")
	return s.write(clickhouseUsers, b.String(), uidClickHouse)
}

// makePeople gives each new person a password; who has one keeps it.
func (s Secrets) makePeople(people []string) error {
	for _, name := range people {
		if _, err := s.password(personPrefix+name+passwordSuffix, uidPerson); err != nil {
			return err
		}
	}
	entries, err := os.ReadDir(s.Dir)
	if err != nil {
		return fmt.Errorf("list secrets: %w", err)
	}
	var b strings.Builder
	b.WriteString("# People and hashes of their passwords. Made by `make compose-secrets`.\n")
	for _, entry := range entries {
		name, is := strings.CutPrefix(entry.Name(), personPrefix)
		name, whole := strings.CutSuffix(name, passwordSuffix)
		if !is || !whole {
			continue
		}
		password, err := s.password(entry.Name(), uidPerson)
		if err != nil {
			return err
		}
		hash, err := bcrypt.GenerateFromPassword([]byte(password), bcryptCost)
		if err != nil {
			return fmt.Errorf("hash password: %w", err)
		}
		fmt.Fprintf(&b, "%s %s\n", name, hash)
	}
	return s.write(proxyUsers, b.String(), uidProxy)
}

// makeShared gives each service that the API asks a secret to share with it.
func (s Secrets) makeShared() error {
	for _, name := range []string{"ingester", "materializer"} {
		if _, err := s.password(name+sharedSuffix, uidServices); err != nil {
			return err
		}
	}
	return nil
}

func (s Secrets) path(file string) string { return filepath.Join(s.Dir, file) }

// password returns what a file holds and makes it the first time.
func (s Secrets) password(file string, uid int) (string, error) {
	kept, err := os.ReadFile(filepath.Join(s.Dir, file))
	switch {
	case err == nil && strings.TrimSpace(string(kept)) == "":
		return "", fault.New(fault.Invalid, "secret %s is empty", file).WithHint("delete it, and make the secrets again")
	case err == nil:
		return strings.TrimSpace(string(kept)), s.give(file, uid)
	case !errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("read secret: %w", err)
	}
	made := rand.Text()
	return made, s.write(file, made+"\n", uid)
}

// write puts a file in its place at once, and never readable by others. The folder does not sync: what a crash loses is made again.
func (s Secrets) write(file, text string, uid int) error {
	path := filepath.Join(s.Dir, file)
	f, err := os.CreateTemp(s.Dir, "."+file)
	if err != nil {
		return fmt.Errorf("make secret: %w", err)
	}
	_, err = f.WriteString(text) // made with mode 0600
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write secret: %w", err), os.Remove(f.Name()))
	}
	return s.give(file, uid)
}

func (s Secrets) give(file string, uid int) error {
	if s.Give == nil {
		return nil
	}
	if err := s.Give(filepath.Join(s.Dir, file), uid); err != nil {
		return fault.New(fault.Refused, "give secret %s to user %d: %w", file, uid, err).
			WithHint("run it as root, or in the container that compose.yaml has for it")
	}
	return nil
}

func sorted(names map[string]int) []string {
	list := make([]string, 0, len(names))
	for name := range names {
		list = append(list, name)
	}
	slices.Sort(list)
	return list
}
