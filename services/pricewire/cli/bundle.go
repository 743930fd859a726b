package cli

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/pricewire/pricewire/pkg/document"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/item"
	"github.com/pricewire/pricewire/pkg/sheet"
)

const (
	// largestSheet bounds a file that is read before it is sent.
	largestSheet = 256 << 20
	// largestDocument bounds a file that a list of documents names.
	largestDocument = 50 << 20
	// mostSheets bounds a folder that is sent as a set; a set holds no more releases.
	mostSheets = 500
)

// bundle is files that are sent as one archive.
type bundle struct {
	what  string // they are, for people
	files []bundled
}

// bundled is one file of a bundle.
type bundled struct {
	name   string
	open   func() (io.ReadCloser, error)
	opened bool // an archive is sent as the files in it, since the server looks into one archive only
}

// write packs the files, and tells after each.
func (b bundle) write(w io.Writer, step func()) error {
	archive := zip.NewWriter(w)
	for _, f := range b.files {
		if err := f.pack(archive); err != nil {
			return err
		}
		step()
	}
	return archive.Close()
}

func (b bundled) pack(archive *zip.Writer) error {
	f, err := b.open()
	if err != nil {
		return unreadable(b.name, err)
	}
	defer func() { _ = f.Close() }()
	content := io.Reader(f)
	if b.opened {
		start := make([]byte, 4)
		n, err := io.ReadFull(f, start)
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return unreadable(b.name, err)
		}
		content = io.MultiReader(bytes.NewReader(start[:n]), f)
		if isPacked(start[:n]) {
			return b.repack(archive, content)
		}
	}
	return b.add(archive, b.name, content)
}

func (b bundled) add(archive *zip.Writer, name string, content io.Reader) error {
	entry, err := archive.Create(name)
	if err != nil {
		return err
	}
	in := &source{r: content}
	if _, err = io.Copy(entry, in); in.err != nil {
		return unreadable(b.name, in.err)
	}
	return err
}

// source remembers whether it was the reader that failed.
type source struct {
	r   io.Reader
	err error
}

// Read is io.Reader's.
func (s *source) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if err != io.EOF {
		s.err = err
	}
	return n, err
}

// repack adds the files of an archive, each under both names, since either may say for which market it is. A workbook, which is an archive
// too, is left as it is.
func (b bundled) repack(archive *zip.Writer, content io.Reader) error {
	data, err := io.ReadAll(io.LimitReader(content, largestSheet+1))
	switch {
	case err != nil:
		return unreadable(b.name, err)
	case len(data) > largestSheet:
		return fault.New(fault.Invalid, "%s has more than %d MiB", b.name, largestSheet>>20)
	}
	files, err := sheet.Unpack(b.name, data, sheet.Limits{})
	if err != nil {
		return err
	}
	for _, f := range files {
		name := b.name
		if f.Name != b.name {
			name += " - " + strings.ReplaceAll(f.Name, "/", "-")
		}
		if err := b.add(archive, name, bytes.NewReader(f.Data)); err != nil {
			return err
		}
	}
	return nil
}

// isPacked reports whether a file that begins so may be a zip archive or gzipped.
func isPacked(start []byte) bool {
	return bytes.HasPrefix(start, []byte("PK\x03\x04")) || bytes.HasPrefix(start, []byte{0x1f, 0x8b})
}

func unreadable(name string, err error) error {
	return fault.New(fault.Invalid, "read %s: %w", name, err)
}

// documentBundle is a list of documents with the files that it names and that are beside it. What cannot be sent is noted; that it is
// missing, the server says by row and column together with all else that is wrong. A list that names no file needs no bundle.
func documentBundle(file string, data []byte, note func(format string, args ...any)) bundle {
	list := filepath.Base(file)
	b := bundle{"files", []bundled{{name: list, open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil }}}}
	seen := map[string]bool{list: true}
	for _, row := range documentRows(list, data) {
		name := row.Get(document.ColumnFile)
		if name == "" || seen[name] {
			continue
		}
		seen[name] = true
		open := func() (io.ReadCloser, error) { return openBeside(file, name) }
		f, err := open()
		if err != nil {
			note("row %d: %s is not sent: %s", row.Number, name, err)
			continue
		}
		_ = f.Close()
		b.files = append(b.files, bundled{name: name, open: open})
	}
	if len(b.files) == 1 {
		return bundle{}
	}
	return b
}

// documentRows are the entries of a list of documents that can be read; an archive has its files with it and names none that is beside it.
func documentRows(name string, data []byte) []item.Row {
	extension := strings.ToLower(filepath.Ext(name))
	var list sheet.ItemSheet
	switch {
	case extension == ".yaml", extension == ".yml":
		list, _ = sheet.ReadDocuments(name, data, document.Schema(), sheet.Options{}) // what is wrong is the server's to say
	case extension == ".xlsx", !isPacked(data):
		list, _ = sheet.ReadItems(name, data, document.Schema(), sheet.Options{})
	}
	return list.Rows
}

// openBeside opens an ordinary file in another one's folder. A link that leads out of it is not followed.
func openBeside(other, name string) (io.ReadCloser, error) {
	f, err := os.OpenInRoot(filepath.Dir(other), name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("it is not beside %s", filepath.Base(other))
	}
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	switch {
	case err != nil:
	case !info.Mode().IsRegular():
		err = errors.New("it is no ordinary file")
	case info.Size() > largestDocument:
		err = fmt.Errorf("it has more than %d MiB", largestDocument>>20)
	}
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}

// matrixBundle is an offer matrix with what its bundles contain.
func matrixBundle(matrix, contents string) (bundle, error) {
	if f, err := openSheet(contents); err != nil {
		return bundle{}, err
	} else if err := f.Close(); err != nil {
		return bundle{}, err
	}
	open := func(file string) func() (io.ReadCloser, error) {
		return func() (io.ReadCloser, error) { return os.Open(file) }
	}
	name := filepath.Base(matrix)
	if strings.EqualFold(name, contentsName) {
		name = "matrix" + filepath.Ext(name)
	}
	return bundle{"files", []bundled{{name, open(matrix), true}, {contentsName, open(contents), false}}}, nil
}

// contentsName is what the server calls the file that says what bundles contain.
const contentsName = "contents.csv"

// folderBundle is the sheets of a folder and the folders in it. What nobody put there on purpose is left out; what is no ordinary file, too,
// and note says so.
func folderBundle(dir string, note func(format string, args ...any)) (bundle, error) {
	folder := os.DirFS(dir)
	b := bundle{what: "sheets"}
	err := fs.WalkDir(folder, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return usage(err)
		case stray(entry.Name()) && entry.IsDir():
			return fs.SkipDir
		case entry.IsDir() || stray(entry.Name()):
			return nil
		case !entry.Type().IsRegular():
			note("%s is left out: it is no ordinary file", name)
			return nil
		case len(b.files) == mostSheets:
			return usage(fmt.Errorf("folder %s holds more than %d files: a set has at most so many sheets", dir, mostSheets))
		}
		b.files = append(b.files, bundled{name, func() (io.ReadCloser, error) { return folder.Open(name) }, true})
		return nil
	})
	if err == nil && len(b.files) == 0 {
		err = usage(fmt.Errorf("folder %s holds no sheet", dir))
	}
	return b, err
}

// stray reports whether a file is one that programs leave behind. The folder itself is called ".".
func stray(name string) bool {
	return strings.HasPrefix(name, ".") && name != "." || strings.HasPrefix(name, "~$") || name == "__MACOSX" ||
		strings.EqualFold(name, "thumbs.db") || strings.EqualFold(name, "desktop.ini")
}
