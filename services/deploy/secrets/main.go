// Command secrets makes the secrets of deployments/compose: secrets --dir DIR NAME…, a NAME for each person who works with Pricewire. What is
// there stays.
package main

import (
	"flag"
	"fmt"
	"os"
	"strings"

	"github.com/pricewire/pricewire/services/deploy"
)

func main() {
	dir := flag.String("dir", "secrets", "folder of the secrets")
	keep := flag.Bool("keep-owner", false, "leave all files to the user who runs this, for trials without containers")
	subscribers := flag.String("subscribers", "", "new subscribers of NATS, each NAME, or NAME:cost for one who may see what the partner pays, with spaces between")
	flag.Parse()
	secrets := deploy.Secrets{Dir: *dir, Subscribers: strings.Fields(*subscribers), Give: func(path string, uid int) error { return os.Chown(path, uid, uid) }}
	if *keep {
		secrets.Give = nil
	}
	if err := secrets.Make(flag.Args()); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "secrets:", err)
		os.Exit(1)
	}
	_, _ = fmt.Fprintln(os.Stderr, "secrets are in", *dir)
}
