package api

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"go.yaml.in/yaml/v3"
)

// description is a document that is written when it is first asked for, as JSON and as YAML, the same for the same operations.
type description struct {
	document *huma.OpenAPI
	once     sync.Once
	asJSON   []byte
	asYAML   []byte
	failed   error
}

func (d *description) json() ([]byte, error) {
	d.once.Do(d.write)
	return d.asJSON, d.failed
}

func (d *description) yaml() ([]byte, error) {
	d.once.Do(d.write)
	return d.asYAML, d.failed
}

func (d *description) write() {
	tree, err := d.tree()
	if err != nil {
		d.failed = fmt.Errorf("write description: %w", err)
		return
	}
	var j, y bytes.Buffer
	asJSON := json.NewEncoder(&j)
	asJSON.SetEscapeHTML(false)
	asYAML := yaml.NewEncoder(&y)
	asYAML.SetIndent(2)
	err = asJSON.Encode(tree)
	if err == nil {
		err = asYAML.Encode(numbered(tree))
	}
	if err != nil {
		d.failed = fmt.Errorf("write description: %w", err)
	}
	d.asJSON, d.asYAML = j.Bytes(), y.Bytes()
}

// tree is the document as JSON has it.
func (d *description) tree() (any, error) {
	raw, err := json.Marshal(d.document)
	if err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var tree any
	err = decoder.Decode(&tree)
	return tree, err
}

// numbered has the numbers of a tree as YAML knows them.
func numbered(tree any) any {
	switch v := tree.(type) {
	case map[string]any:
		for name, value := range v {
			v[name] = numbered(value)
		}
	case []any:
		for i, value := range v {
			v[i] = numbered(value)
		}
	case json.Number:
		if whole, err := v.Int64(); err == nil {
			return whole
		}
		if number, err := v.Float64(); err == nil {
			return number
		}
	}
	return tree
}

// fixed answers with bytes that are the same as long as the server runs.
func fixed(contentType string, body func() ([]byte, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		b, err := body()
		if err != nil {
			answerProblem(w, problemOf(err))
			return
		}
		sum := sha256.Sum256(b)
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("Cache-Control", "no-cache") // ask whether it is still so
		w.Header().Set("ETag", strconv.Quote(hex.EncodeToString(sum[:8])))
		_, _ = w.Write(b) // a client that has gone needs no answer
	})
}

func answerText(w http.ResponseWriter, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte(text)) // a client that has gone needs no answer
}
