package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/pricewire/pricewire/pkg/document"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/item"
	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/pkg/release"
	"github.com/pricewire/pricewire/pkg/sheet"
)

// largestDocument bounds a file that a list of documents names.
const largestDocument = 50 << 20

// The rules of the files beside a list of documents, by their stable names.
const (
	ruleFileMissing = "file-missing"
	ruleFileLarge   = "file-too-large"
	ruleFileOther   = "file-not-the-same"
	ruleFileUnnamed = "file-not-named"
)

// Columns of a list of documents, as its sheets call them.
const (
	columnFile = "File"
	columnHash = "SHA256"
	columnSize = "Size"
)

// Files keep the files of documents.
type Files interface {
	// SaveFile stores a file and returns its SHA-256 in hex. Saving the same again is fine.
	SaveFile(ctx context.Context, data []byte) (string, error)
	// File returns the file whose SHA-256 is sum; a notFound fault when there is none.
	File(ctx context.Context, sum string) ([]byte, error)
}

// readDocuments reads a list of documents and the files that it names, which are beside it in the archive. Hash and size of each are filled
// in. Files are kept only when nothing is wrong with the list.
func (s *server) readDocuments(ctx context.Context, c *release.CreateInput, u upload) error {
	files, err := sheet.Unpack(u.name, u.data, sheet.Limits{})
	if err != nil {
		return err
	}
	list, err := listOf(files)
	if err != nil {
		return err
	}
	read, err := readList(list)
	if err != nil {
		return err
	}
	d := documentFiles{ctx: ctx, files: s.deps.Files, beside: map[string]sheet.File{}, named: map[string]bool{}}
	for _, f := range files {
		name := base(f.Name)
		if _, twice := d.beside[name]; twice {
			return fault.New(fault.Invalid, "the archive holds several files that are called %s", name).WithHint("give them different names: documents name files without folders")
		}
		if f.Name != list.Name {
			d.beside[name] = f
		}
	}
	c.Items, c.Problems = read.Rows, read.Problems
	for i := range c.Items {
		if err := d.fill(&c.Items[i]); err != nil {
			return err
		}
	}
	c.Problems = append(append(c.Problems, d.problems...), d.unnamed(files)...)
	if !u.keep || hasErrors(c.Problems) {
		return nil
	}
	return d.keep()
}

// listOf returns the file of an archive that is the list: the YAML file, or where there is none the sheet.
func listOf(files []sheet.File) (sheet.File, error) {
	if len(files) == 1 {
		return files[0], nil
	}
	for _, endings := range [][]string{{".yaml", ".yml"}, {".csv", ".xlsx"}} {
		lists := slices.DeleteFunc(slices.Clone(files), func(f sheet.File) bool { return !ends(f.Name, endings...) })
		if len(lists) == 1 {
			return lists[0], nil
		}
		if len(lists) > 1 {
			return sheet.File{}, fault.New(fault.Invalid, "the archive holds %d files that may be the list of documents: %s", len(lists), names(lists)).
				WithHint("keep one YAML file in it, and the files that it names")
		}
	}
	return sheet.File{}, fault.New(fault.Invalid, "the archive holds no list of documents").WithHint("put a YAML file, a CSV file or a workbook beside the documents")
}

func ends(name string, endings ...string) bool {
	return slices.ContainsFunc(endings, func(e string) bool { return strings.HasSuffix(strings.ToLower(name), e) })
}

func readList(f sheet.File) (sheet.ItemSheet, error) {
	if ends(f.Name, ".csv", ".tsv", ".txt") {
		return sheet.ReadItems(f.Name, f.Data, document.Schema(), sheet.Options{})
	}
	return sheet.ReadDocuments(f.Name, f.Data, document.Schema(), sheet.Options{})
}

// documentFiles are the files that came with a list of documents.
type documentFiles struct {
	ctx      context.Context //nolint:containedctx // of the one upload that it is made for
	files    Files
	beside   map[string]sheet.File // by name
	named    map[string]bool       // by the list
	problems []listing.Problem
}

// fill fills in the hash and the size of the file that a document is in. A file that is not beside the list may have been kept before: then
// the list says its hash.
func (d *documentFiles) fill(row *item.Row) error {
	doc, err := document.FromItem(row.Item)
	if err != nil || doc.File == "" {
		return err
	}
	f, ok := d.beside[doc.File]
	if !ok {
		return d.kept(row, doc)
	}
	d.named[doc.File] = true
	if len(f.Data) > largestDocument {
		d.wrong(row, ruleFileLarge, columnFile, doc.File, fmt.Sprintf("the file has more than %d MiB: make it smaller, or give a link", largestDocument>>20))
		return nil
	}
	hash := sha256.Sum256(f.Data)
	sum := hex.EncodeToString(hash[:])
	if doc.SHA256 != "" && doc.SHA256 != sum {
		d.wrong(row, ruleFileOther, columnHash, doc.SHA256, "the file that was sent is another: its SHA-256 is "+sum+"; leave the hash empty, it is filled in")
		return nil
	}
	doc.SHA256, doc.Size = sum, int64(len(f.Data))
	if doc.Size == 0 {
		d.wrong(row, ruleFileMissing, columnFile, doc.File, "the file is empty")
		return nil
	}
	row.Item = doc.Item()
	return nil
}

// kept makes sure that a file which was not sent is there already.
func (d *documentFiles) kept(row *item.Row, doc document.Document) error {
	if doc.SHA256 == "" {
		d.wrong(row, ruleFileMissing, columnFile, doc.File, "the file was not sent with the list: put both into one zip archive")
		return nil
	}
	data, err := d.files.File(d.ctx, doc.SHA256)
	if fault.Is(err, fault.NotFound) {
		d.wrong(row, ruleFileMissing, columnFile, doc.File, "the file was not sent with the list, and none of its hash was kept before: put both into one zip archive")
		return nil
	}
	if err != nil {
		return err
	}
	if size := int64(len(data)); doc.Size != 0 && doc.Size != size {
		d.wrong(row, ruleFileOther, columnSize, strconv.FormatInt(doc.Size, 10), fmt.Sprintf("the file of this hash has %d bytes; leave the size empty, it is filled in", size))
		return nil
	}
	doc.Size = int64(len(data))
	row.Item = doc.Item()
	return nil
}

func (d *documentFiles) wrong(row *item.Row, rule, column, value, text string) {
	d.problems = append(d.problems, row.At(listing.Error, rule, column, value, text))
}

// unnamed notes files that no document is in.
func (d *documentFiles) unnamed(files []sheet.File) []listing.Problem {
	var notes []listing.Problem
	for _, f := range files {
		if _, beside := d.beside[base(f.Name)]; beside && !d.named[base(f.Name)] {
			notes = append(notes, listing.Problem{Severity: listing.Note, Rule: ruleFileUnnamed, Value: f.Name, Text: "no document names the file: it is left out"})
		}
	}
	return notes
}

// keep stores the files that documents are in.
func (d *documentFiles) keep() error {
	for name := range d.named {
		if _, err := d.files.SaveFile(d.ctx, d.beside[name].Data); err != nil {
			return fault.Wrap(err, "keep %s", name)
		}
	}
	return nil
}
