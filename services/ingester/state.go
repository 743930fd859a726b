package ingester

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/rate"
)

// A state file is one line of JSON, the tag, and then the ledger as rate.Ledger.Save writes it. The stream is the truth and the file a
// cache of what follows from it: losing one costs time, and absences that were being counted.

// The two state files of a currency: the one in force, and the one that a batch is about to make true.
const (
	currentFile = "current"
	nextFile    = "next"
)

// tagVersion is the version of the form of tags.
const tagVersion = 1

// tag ties a state to the crawl record whose batch leads to it.
type tag struct {
	Version int      `json:"version"`
	Stream  string   `json:"stream"`            // NAME@incarnation
	Base    uint64   `json:"base"`              // sequence of the crawl record before, 0 when there was none
	Record  string   `json:"record"`            // event id of the crawl record; it is the next one after base
	Refused []string `json:"refused,omitempty"` // crawls that were refused before it, see refusals
}

// folder keeps the state files of one currency.
type folder struct{ path string }

func (g *Ingester) folder(currency string) folder {
	return folder{filepath.Join(g.cfg.Folder, strings.ToLower(currency))}
}

// stage writes a state to the next file, durably.
func (f folder) stage(t tag, ledger *rate.Ledger) error {
	if err := os.MkdirAll(f.path, 0o700); err != nil {
		return fmt.Errorf("make state folder: %w", err)
	}
	return f.write(nextFile, func(w io.Writer) error {
		if err := json.NewEncoder(w).Encode(t); err != nil {
			return err
		}
		return ledger.Save(w)
	})
}

// write replaces a file as a whole or leaves it as it is.
func (f folder) write(name string, fill func(io.Writer) error) (err error) {
	path := filepath.Join(f.path, name)
	file, err := os.OpenFile(path+".part", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	buffered := bufio.NewWriterSize(file, 256<<10)
	err = fill(buffered)
	err = errors.Join(err, buffered.Flush())
	err = errors.Join(err, file.Sync())
	err = errors.Join(err, file.Close())
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return f.rename(name+".part", name)
}

// promote puts the next file in force.
func (f folder) promote() error { return f.rename(nextFile, currentFile) }

func (f folder) rename(from, to string) error {
	if err := os.Rename(filepath.Join(f.path, from), filepath.Join(f.path, to)); err != nil {
		return fmt.Errorf("rename state file: %w", err)
	}
	return f.sync()
}

// sync makes renames durable.
func (f folder) sync() error {
	dir, err := os.Open(f.path)
	if err != nil {
		return fmt.Errorf("sync state folder: %w", err)
	}
	if err := errors.Join(dir.Sync(), dir.Close()); err != nil {
		return fmt.Errorf("sync state folder: %w", err)
	}
	return nil
}

// discard removes a state file, if it is there.
func (f folder) discard(name string) error {
	if err := os.Remove(filepath.Join(f.path, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("discard state file: %w", err)
	}
	return nil
}

// stateFile is a state file whose tag has been read.
type stateFile struct {
	tag  tag
	file *os.File
	rest *bufio.Reader
}

// open reads a state file's tag. An invalid fault means that the file is none of ours or damaged; nil without an error that there is none.
func (f folder) open(name string) (*stateFile, error) {
	file, err := os.Open(filepath.Join(f.path, name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("open state file: %w", err)
	}
	s := &stateFile{file: file, rest: bufio.NewReaderSize(file, 256<<10)}
	line, err := s.rest.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &s.tag)
	}
	if err == nil && s.tag.Version != tagVersion {
		err = fmt.Errorf("it has version %d", s.tag.Version)
	}
	if err != nil {
		s.close()
		return nil, fault.New(fault.Invalid, "read state file %s: %w", name, err)
	}
	return s, nil
}

func (s *stateFile) close() { _ = s.file.Close() } // it was only read

// ledger reads the ledger behind the tag; an invalid fault means that it is damaged.
func (s *stateFile) ledger() (*rate.Ledger, error) { return rate.Load(s.rest) }
