package clickhouse

import (
	"os"
	"path/filepath"
	"runtime"

	"github.com/pricewire/pricewire/pkg/fault"
)

// LibraryVariable is the environment variable that names the engine library's file.
const LibraryVariable = "PRICEWIRE_ENGINE"

const libraryFile = "libchdb.so"

// Locate returns the path of the engine library: the given path, the one in the environment, one beside the executable, or the one
// that npm installed in a checkout above the working directory or the executable. When there is none the error is unavailable and
// its hint says what to run; a path that was named but does not exist is not replaced by another.
func Locate(explicit string) (string, error) {
	for _, named := range []struct{ source, path string }{{"configuration", explicit}, {LibraryVariable, os.Getenv(LibraryVariable)}} {
		if named.path == "" {
			continue
		}
		if !isFile(named.path) {
			return "", fault.New(fault.Unavailable, "find engine library: %s names %s, which is not a file", named.source, named.path).
				WithHint("correct the path, or leave it out and run `make engine`")
		}
		return filepath.Abs(named.path)
	}
	for _, candidate := range candidates() {
		if isFile(candidate) {
			return candidate, nil
		}
	}
	return "", fault.New(fault.Unavailable, "find engine library: the ClickHouse engine is not installed; run `make engine`").
		WithHint("run `make engine`, or set %s to the path of %s", LibraryVariable, libraryFile)
}

func candidates() []string {
	var found []string
	if exe, err := os.Executable(); err == nil {
		if real, err := filepath.EvalSymlinks(exe); err == nil {
			exe = real
		}
		dir := filepath.Dir(exe)
		found = append(found, filepath.Join(dir, libraryFile), filepath.Join(dir, "engine", libraryFile))
		found = append(found, checkouts(dir)...)
	}
	if dir, err := os.Getwd(); err == nil {
		found = append(found, checkouts(dir)...)
	}
	return found
}

// checkouts lists where the library would be if dir or a folder above it were a checkout.
func checkouts(dir string) []string {
	installed := filepath.Join("pkg", "embedded", "clickhouse", "engine", "node_modules", "@chdb", "lib-"+platform(), libraryFile)
	var found []string
	for {
		found = append(found, filepath.Join(dir, installed))
		parent := filepath.Dir(dir)
		if parent == dir {
			return found
		}
		dir = parent
	}
}

// platform is the npm name of this machine's engine package.
func platform() string {
	arch := runtime.GOARCH
	if arch == "amd64" {
		arch = "x64"
	}
	if runtime.GOOS == "linux" {
		return "linux-" + arch + "-gnu"
	}
	return runtime.GOOS + "-" + arch
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}
