package ingester

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// A currency's folder holds its state (a ledger's file), and folders of crawls: crawls/<scope> is being read or waits to be gone on with after a
// crash, refused/<scope>/<crawl> was refused and may be accepted, and uploads/<any> is a snapshot that is being taken.
const (
	stateFile     = "state"
	crawlsFolder  = "crawls"
	refusedFolder = "refused"
	uploadsFolder = "uploads"
)

// folder is a folder of ours.
type folder struct{ path string }

func (g *Ingester) folder(currency string) folder {
	return folder{filepath.Join(g.cfg.Folder, strings.ToLower(currency))}
}

func (f folder) in(names ...string) folder {
	return folder{filepath.Join(append([]string{f.path}, names...)...)}
}

func (f folder) make() error {
	if err := os.MkdirAll(f.path, 0o700); err != nil {
		return fmt.Errorf("make folder: %w", err)
	}
	return nil
}

func (f folder) name() string { return filepath.Base(f.path) }

// folders are the folders in a folder, as far as can be found out.
func (f folder) folders() (all []folder) {
	entries, _ := os.ReadDir(f.path)
	for _, e := range entries {
		if e.IsDir() {
			all = append(all, f.in(e.Name()))
		}
	}
	return all
}

// grandchildren are the folders in the folders of a folder.
func (f folder) grandchildren() (all []folder) {
	for _, child := range f.folders() {
		all = append(all, child.folders()...)
	}
	return all
}

// write replaces a file as a whole or leaves it as it is, durably.
func (f folder) write(name string, data []byte) error {
	path := filepath.Join(f.path, name)
	file, err := os.OpenFile(path+".part", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	_, err = file.Write(data)
	err = errors.Join(err, file.Sync())
	err = errors.Join(err, file.Close())
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return f.rename(name+".part", name)
}

func (f folder) rename(from, to string) error {
	if err := os.Rename(filepath.Join(f.path, from), filepath.Join(f.path, to)); err != nil {
		return fmt.Errorf("rename: %w", err)
	}
	return f.sync()
}

// sync makes renames durable.
func (f folder) sync() error {
	dir, err := os.Open(f.path)
	if err != nil {
		return fmt.Errorf("sync folder: %w", err)
	}
	if err := errors.Join(dir.Sync(), dir.Close()); err != nil {
		return fmt.Errorf("sync folder: %w", err)
	}
	return nil
}

// drop removes the folder and all in it.
func (f folder) drop() error {
	if err := os.RemoveAll(f.path); err != nil {
		return fmt.Errorf("remove folder: %w", err)
	}
	return nil
}

// discard removes a file, if it is there.
func (f folder) discard(name string) error {
	if err := os.Remove(filepath.Join(f.path, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove file: %w", err)
	}
	return nil
}

// open opens a file for appending and reading, making it if need be.
func (f folder) open(name string) (*os.File, error) {
	file, err := os.OpenFile(filepath.Join(f.path, name), os.O_CREATE|os.O_APPEND|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open file: %w", err)
	}
	return file, nil
}
