package deploy_test

import (
	"encoding/xml"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// element is one of an XML file.
type element struct {
	XMLName    xml.Name
	Attributes []xml.Attr `xml:",any,attr"`
	Children   []element  `xml:",any"`
	Text       string     `xml:",chardata"`
}

func (e element) name() string { return e.XMLName.Local }

func (e element) text() string { return strings.TrimSpace(e.Text) }

// child returns the element at the end of a path, or none.
func (e element) child(path ...string) (element, bool) {
	if len(path) == 0 {
		return e, true
	}
	for _, c := range e.Children {
		if c.name() == path[0] {
			return c.child(path[1:]...)
		}
	}
	return element{}, false
}

// at is child for elements that must be there.
func (e element) at(t *testing.T, path ...string) element {
	t.Helper()
	found, ok := e.child(path...)
	if !ok {
		t.Fatalf("there is no %s in %s", strings.Join(path, "/"), e.name())
	}
	return found
}

func (e element) attribute(name string) string {
	for _, a := range e.Attributes {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

func parseXML(t *testing.T, file string) element {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var root element
	if err := xml.Unmarshal(data, &root); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	if root.name() != "clickhouse" {
		t.Fatalf("%s begins with %s", file, root.name())
	}
	return root
}

func TestEveryXMLFileIsWellFormed(t *testing.T) {
	count := 0
	err := filepath.WalkDir("../../deployments", func(path string, _ fs.DirEntry, err error) error {
		if err == nil && filepath.Ext(path) == ".xml" {
			parseXML(t, path)
			count++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if count < 6 {
		t.Errorf("%d files; the test looks at the wrong folder", count)
	}
}
