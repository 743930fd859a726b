package sheet

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"unicode"

	"github.com/pricewire/pricewire/pkg/fault"
)

// File is a file of an archive, or one that is none.
type File struct {
	Name string // relative, parts separated by slashes
	Data []byte
}

// Unpack returns the files of a zip archive, what is in a gzip file, or the file itself when it is neither; workbooks and other office
// documents are not taken apart although they are zip archives. Folders, links, hidden files and what macOS and Windows leave behind are
// left out. Names that lead out of the archive are brought back into it.
//
// An error of kind invalid says why there is no unpacking the file: it is damaged, encrypted, empty, holds another archive, or exceeds
// Unpacked, Files, Bytes or Ratio of the limits. It holds the files in memory: Unpacked bytes at most.
func Unpack(name string, data []byte, limits Limits) ([]File, error) {
	limits = limits.orDefault()
	switch contentOf(data) {
	case archive:
		return unzip(name, data, limits)
	case compressed:
		return gunzip(name, data, limits)
	case plainFile, workbook, oldWorkbook, foreign:
	}
	return []File{{name, data}}, nil
}

// contentKind is what a file is, told by its bytes and never by its name.
type contentKind int

const (
	plainFile contentKind = iota
	workbook
	oldWorkbook // before 2007, or encrypted
	foreign     // a workbook of a kind that is not read, or another document that is packed
	archive
	compressed
)

func contentOf(data []byte) contentKind {
	switch {
	case bytes.HasPrefix(data, []byte{0x1f, 0x8b}):
		return compressed
	case bytes.HasPrefix(data, []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")):
		return oldWorkbook
	case !bytes.HasPrefix(data, []byte("PK\x03\x04")) && !bytes.HasPrefix(data, []byte("PK\x05\x06")):
		return plainFile
	}
	z, err := openZip(data)
	if err != nil {
		return archive
	}
	office, book, open := false, false, false
	for _, f := range z.File {
		switch f.Name {
		case "[Content_Types].xml":
			office = true
		case "xl/workbook.xml":
			book = true
		case "META-INF/manifest.xml", "Index/Document.iwa":
			open = true
		}
	}
	switch {
	case office && book:
		return workbook
	case office || open:
		return foreign
	}
	return archive
}

func openZip(data []byte) (*zip.Reader, error) {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if errors.Is(err, zip.ErrInsecurePath) {
		err = nil // names are cleaned
	}
	return z, err
}

// unpacking counts what comes out of an archive.
type unpacking struct {
	doing  string
	limits Limits
	most   int64 // bytes that may come out
	left   int64 // of them
}

func newUnpacking(doing string, limits Limits, most int64) unpacking {
	return unpacking{doing, limits, most, most}
}

func unzip(name string, data []byte, limits Limits) ([]File, error) {
	u := newUnpacking("unpack "+excerpt(name), limits, limits.Unpacked)
	z, err := openZip(data)
	if err != nil {
		return nil, u.damaged(err)
	}
	var files []File
	seen := map[string]bool{}
	for _, f := range z.File {
		inner := cleanName(f.Name)
		if inner == "" || !f.Mode().IsRegular() || strings.HasSuffix(f.Name, "/") {
			continue
		}
		if len(files) == limits.Files {
			return nil, u.refuse("the archive holds more than %d files", limits.Files).WithHint("split it")
		}
		if seen[inner] {
			return nil, u.refuse("the archive holds %q twice", inner).WithHint("pack the files again")
		}
		seen[inner] = true
		content, err := u.part(f, inner)
		if err != nil {
			return nil, err
		}
		if kind := contentOf(content); kind == archive || kind == compressed {
			return nil, u.refuse("%q in it is an archive itself", inner).WithHint("unpack the inner archive, or give its files directly")
		}
		files = append(files, File{inner, content})
	}
	if len(files) == 0 {
		return nil, u.refuse("the archive holds no file").WithHint("pack the list's file again")
	}
	return files, nil
}

// cleanName returns a name without what leads out of the archive, empty for files that nobody packed on purpose.
func cleanName(name string) string {
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(strings.ReplaceAll(name, `\`, "/"), "\ufffd"))
	if len(name) > 1 && name[1] == ':' { // a drive
		name = name[2:]
	}
	name = strings.TrimPrefix(path.Clean("/"+name), "/")
	for part := range strings.SplitSeq(name, "/") {
		if strings.HasPrefix(part, ".") || part == "__MACOSX" || strings.EqualFold(part, "thumbs.db") || strings.EqualFold(part, "desktop.ini") {
			return ""
		}
	}
	return name
}

// part returns what is in a file of an archive.
func (u *unpacking) part(f *zip.File, name string) ([]byte, error) {
	r, err := u.open(f, name)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	b.Grow(int(min(f.UncompressedSize64, uint64(r.left))))
	_, err = b.ReadFrom(r)
	if closeErr := r.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// open starts reading a file of an archive; reading fails where a limit is exceeded.
func (u *unpacking) open(f *zip.File, name string) (*bounded, error) {
	if f.Flags&1 != 0 {
		return nil, u.refuse("%q is encrypted", name).WithHint("pack it again without a password")
	}
	source, err := f.Open()
	if errors.Is(err, zip.ErrAlgorithm) {
		return nil, u.refuse("%q is compressed in a way that is not read", name).WithHint("pack it again as an ordinary zip archive")
	}
	if err != nil {
		return nil, u.damaged(err)
	}
	return u.bound(source, name, int64(min(f.CompressedSize64, 1<<40))), nil
}

// Below this many bytes no ratio is suspicious.
const ratioFree = 1 << 20

func (u *unpacking) bound(source io.ReadCloser, name string, packed int64) *bounded {
	b := &bounded{ReadCloser: source, u: u, name: name}
	b.left, b.beyond = ratioFree+packed*int64(u.limits.Ratio), u.refuse("%q becomes more than %d times as large", name, u.limits.Ratio)
	if u.limits.Bytes < b.left {
		b.left, b.beyond = u.limits.Bytes, u.refuse("%q has more than %d bytes", name, u.limits.Bytes)
	}
	if u.left < b.left {
		b.left, b.beyond = u.left, u.refuse("there are more than %d bytes in it", u.most)
	}
	b.beyond = b.beyond.WithHint("split it")
	return b
}

// bounded reads what is unpacked as long as it keeps the limits.
type bounded struct {
	io.ReadCloser
	u      *unpacking
	name   string
	left   int64
	beyond *fault.Error
}

// Read is io.Reader's.
func (b *bounded) Read(p []byte) (int, error) {
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.ReadCloser.Read(p)
	b.left -= int64(n)
	b.u.left -= int64(n)
	if b.left < 0 {
		return 0, b.beyond
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return n, b.u.damaged(err)
	}
	return n, err
}

func (u *unpacking) refuse(format string, args ...any) *fault.Error {
	return fault.New(fault.Invalid, "%s: "+format, append([]any{u.doing}, args...)...)
}

func (u *unpacking) damaged(err error) error {
	return fault.New(fault.Invalid, "%s: the archive is damaged: %w", u.doing, err).WithHint("download or pack it again")
}

func gunzip(name string, data []byte, limits Limits) ([]File, error) {
	u := newUnpacking("unpack "+excerpt(name), limits, limits.Unpacked)
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, u.damaged(err)
	}
	inner := path.Base(strings.ReplaceAll(name, `\`, "/"))
	if strings.EqualFold(path.Ext(inner), ".gz") {
		inner = inner[:len(inner)-len(".gz")]
	}
	content, err := io.ReadAll(u.bound(z, inner, int64(len(data))))
	if err != nil {
		return nil, err
	}
	if kind := contentOf(content); kind == archive || kind == compressed {
		return nil, u.refuse("what is in it is an archive itself").WithHint("unpack it first")
	}
	return []File{{inner, content}}, nil
}

// only returns the file that is read when one list is wanted.
func only(name string, data []byte, limits Limits) (File, error) {
	files, err := Unpack(name, data, limits)
	if err != nil || len(files) == 1 {
		return append(files, File{})[0], err
	}
	names := make([]string, len(files))
	for i, f := range files {
		names[i] = f.Name
	}
	slices.Sort(names)
	const most = 5
	if len(names) > most {
		names = append(names[:most], fmt.Sprintf("and %d more", len(names)-most))
	}
	return File{}, fault.New(fault.Invalid, "read %s: the archive holds %d files: %s", excerpt(name), len(files), strings.Join(names, ", ")).
		WithHint("give one of them, or all of them as a set of lists")
}
