package doctor

import (
	"fmt"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/pricewire/pricewire/services/pricewire/command"
)

// leastFiles is how many files a server should be able to hold open: connections, segments of streams, parts of tables.
const leastFiles = 4096

// client looks at this program, at its environment and at the limits it runs under.
func (p Patient) client() []Finding {
	r := &report{part: "client"}
	r.fine("version", fmt.Sprintf("pricewire %s, %s, %s/%s", p.Version, runtime.Version(), runtime.GOOS, runtime.GOARCH))
	p.variables(r)
	var limit unix.Rlimit
	switch err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); {
	case err != nil:
		r.add("open files", Skipped, "the limit cannot be read: "+err.Error(), "")
	case limit.Cur < leastFiles:
		r.add("open files", Warning, fmt.Sprintf("a process may have %d files open", limit.Cur),
			fmt.Sprintf("before `pricewire up`: ulimit -n 65536; a service of systemd: LimitNOFILE=65536; at least %d are needed under load", leastFiles))
	default:
		r.fine("open files", fmt.Sprintf("a process may have %d files open", limit.Cur))
	}
	return r.findings
}

// variables names those of the environment that nothing reads. Their values may be secrets, and are not shown.
func (p Patient) variables(r *report) {
	const ours = "PRICEWIRE_"
	var known, unknown []string
	for _, entry := range p.Environment {
		name, _, _ := strings.Cut(entry, "=")
		switch {
		case !strings.HasPrefix(name, ours):
		case slices.Contains(p.Variables, name):
			known = append(known, name)
		default:
			unknown = append(unknown, name)
		}
	}
	slices.Sort(known)
	for _, name := range unknown {
		cure := "take it out of the environment, or give it the name of a flag: PRICEWIRE_<FLAG>"
		if near := command.Nearest(name, p.Variables); near != "" {
			cure = "did you mean " + near + "?"
		}
		r.add("environment", Warning, name+" is set, and nothing reads it", cure)
	}
	if len(known) > 0 {
		r.fine("environment", "set: "+strings.Join(known, ", "))
	}
}
