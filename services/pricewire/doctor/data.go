package doctor

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"github.com/pricewire/pricewire/pkg/clock"
)

// The least room on the disk of a data folder, in bytes: below the first a merge of tables may fail soon, below the second it is time to look.
const (
	leastRoom  = 1 << 30
	littleRoom = 10 << 30
)

// endpoints are where a server on this machine is, as its data folder says. They hold secrets.
type endpoints struct {
	HTTP       string `json:"http"`
	NATS       string `json:"nats"`
	ClickHouse string `json:"clickhouse"`
	PID        int    `json:"pid"`
}

// data looks at the data folder, and returns where the server that runs on it is, nil when none does.
func (p Patient) data() ([]Finding, *endpoints) {
	r := &report{part: "data"}
	info, err := os.Stat(p.Data)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !p.DataNamed:
		r.add("folder", Skipped, "there is no "+p.Data+" here", "name the folder of a server on this machine with --data")
		return r.findings, nil
	case errors.Is(err, fs.ErrNotExist):
		r.add("folder", Warning, p.Data+" is not there", "`pricewire up --data "+p.Data+"` makes it")
		return r.findings, nil
	case err != nil:
		r.add("folder", Wrong, "it cannot be looked at: "+err.Error(), "look at the rights of the folders above it")
		return r.findings, nil
	case !info.IsDir():
		r.add("folder", Wrong, p.Data+" is no folder", "name another with --data")
		return r.findings, nil
	}
	p.rights(r, info)
	room(r, p.Data)
	p.simulated(r)
	return r.findings, p.running(r)
}

// rights makes sure that whoever runs the server, and nobody else, may read and write.
func (p Patient) rights(r *report, info fs.FileInfo) {
	well := true
	if unix.Access(p.Data, unix.R_OK|unix.W_OK|unix.X_OK) != nil {
		well = false
		r.add("rights", Wrong, "whoever runs this may not write in "+p.Data, "run it as the owner, or: chown -R \"$USER\" "+p.Data)
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		well = false
		r.add("rights", Warning, fmt.Sprintf("others may look into %s (mode %04o), which holds passwords", p.Data, mode), "chmod 700 "+p.Data)
	}
	for _, name := range []string{"endpoints.json", "nats.secret", "clickhouse.secret"} {
		if file, err := os.Stat(filepath.Join(p.Data, name)); err == nil && file.Mode().Perm()&0o077 != 0 {
			well = false
			r.add("rights", Wrong, fmt.Sprintf("others may read %s (mode %04o), which holds passwords", name, file.Mode().Perm()),
				"chmod 600 "+filepath.Join(p.Data, name)+", and stop and start the server for new passwords where somebody may have read it")
		}
	}
	if well {
		r.fine("rights", p.Data+" is ours, and nobody else's")
	}
}

// room looks at the disk that a folder is on.
func room(r *report, folder string) {
	var disk unix.Statfs_t
	if err := unix.Statfs(folder, &disk); err != nil {
		r.add("disk", Skipped, "its room cannot be read: "+err.Error(), "")
		return
	}
	size := uint64(disk.Bsize) //nolint:gosec // a block has a size
	judgeRoom(r, "disk", "of "+folder, disk.Bavail*size, disk.Blocks*size)
	if disk.Files > 0 && disk.Ffree < disk.Files/100 {
		r.add("disk", Warning, fmt.Sprintf("%d of %d files can still be made on it", disk.Ffree, disk.Files), "remove files that nobody needs, or take another disk")
	}
}

// judgeRoom judges how much of a disk is left.
func judgeRoom(r *report, check, of string, free, total uint64) {
	says := fmt.Sprintf("%s of %s free, %s", gib(free), gib(total), of)
	const cure = "make room, or move the data to a larger disk: what cannot be written is lost to nobody, but waits"
	switch {
	case free < leastRoom:
		r.add(check, Wrong, says, cure)
	case free < littleRoom && free < total/10:
		r.add(check, Warning, says, cure)
	default:
		r.fine(check, says)
	}
}

func gib(bytes uint64) string { return fmt.Sprintf("%.1f GiB", float64(bytes)/(1<<30)) }

// simulated says at which time the folder stands, where its time is simulated.
func (p Patient) simulated(r *report) {
	mark, found, err := clock.ReadMark(filepath.Join(p.Data, "clock"))
	switch {
	case err != nil:
		r.add("clock", Wrong, err.Error(), "write an instant into it, such as 2026-01-31T00:00:00Z")
	case found:
		r.fine("clock", "its time is simulated, and stands at "+mark.Format(time.RFC3339)+" or later")
	}
}

// running finds the server that runs on the folder.
func (p Patient) running(r *report) *endpoints {
	file := filepath.Join(p.Data, "endpoints.json")
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		if held, by := lockHeld(filepath.Join(p.Data, "lock")); held {
			r.add("process", Warning, fmt.Sprintf("process %d has the folder and is not ready", by), "wait until it is, and look at what it says")
		} else {
			r.add("process", Skipped, "none runs on the folder", "start one: pricewire up --data "+p.Data)
		}
		return nil
	}
	var e endpoints
	if err == nil {
		err = json.Unmarshal(text, &e)
	}
	if err != nil {
		r.add("process", Wrong, "endpoints.json cannot be read: "+reason(err), "read it as its owner; a start of the server writes it anew")
		return nil
	}
	if err := unix.Kill(e.PID, 0); errors.Is(err, unix.ESRCH) {
		r.add("process", Warning, fmt.Sprintf("process %d was killed, and left endpoints.json behind", e.PID), "start it again: pricewire up --data "+p.Data+"; nothing is lost")
		return nil
	}
	r.fine("process", fmt.Sprintf("process %d runs on the folder", e.PID))
	return &e
}

// reason is why a file cannot be read, without what is in it.
func reason(err error) string {
	if p, ok := errors.AsType[*os.PathError](err); ok {
		return p.Err.Error()
	}
	return "it is no JSON object of texts and a number"
}
