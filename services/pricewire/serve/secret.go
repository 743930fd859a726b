package serve

import (
	"os"
	"strings"

	"github.com/spf13/pflag"

	"github.com/pricewire/pricewire/services/pricewire/command"
	"github.com/pricewire/pricewire/services/pricewire/connect"
	"github.com/pricewire/pricewire/services/pricewire/peer"
)

// secretFlag is the flag of the file with the secret that a process and its APIs share, secretVariable what may hold it in its place.
func secretFlag(process string) string { return process + "-secret-file" }

func secretVariable(process string) string {
	return "PRICEWIRE_" + strings.ToUpper(process) + "_SECRET"
}

// sharedSecret reads the secret of a process from its file, or from the environment where none is named; empty when there is none.
func sharedSecret(process, path string) (string, error) {
	return connect.Secret(secretFlag(process), path, secretVariable(process), os.LookupEnv)
}

// asked is another process that the API asks.
type asked struct {
	name            string
	url, secretFile string // empty: there is none
}

// flags adds those of the process; what says what it does for the API.
func (a *asked) flags(flags *pflag.FlagSet, what string) {
	flags.StringVar(&a.url, a.name, "", "URL of the "+a.name+", http://HOST:PORT, which "+what+"; none: that is unavailable")
	flags.StringVar(&a.secretFile, secretFlag(a.name), "", "file with the secret that the "+a.name+" asks for; or "+secretVariable(a.name)+" in the environment")
}

func (a *asked) validate(wrong *command.Wrong) error {
	if a.url != "" {
		if problem := peer.Validate(a.url); problem != "" {
			wrong.Flag(a.name, problem)
		}
	} else if a.secretFile != "" {
		wrong.Flag(secretFlag(a.name), "whose it is is missing: --"+a.name)
	}
	_, err := a.secret()
	return err
}

func (a *asked) secret() (string, error) { return sharedSecret(a.name, a.secretFile) }
