package command

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/pflag"
	"go.yaml.in/yaml/v3"

	"github.com/pricewire/pricewire/pkg/fault"
)

// ConfigFlag is the flag that names a file with values for the others; a command that has none reads no file.
const ConfigFlag = "config"

// largestFile bounds a configuration file.
const largestFile = 1 << 20

// ConfigUsage describes ConfigFlag.
const ConfigUsage = "YAML file of flags, NAME: VALUE, for those given neither here nor in the environment"

// Settle fills in the flags that were not given: from the environment, as PRICEWIRE_<FLAG>, and then from the file that ConfigFlag names. The
// error names everything that is wrong.
func Settle(flags *pflag.FlagSet, environment func(name string) (string, bool)) error {
	var wrong []error
	flags.VisitAll(func(f *pflag.Flag) {
		name := variable(f.Name)
		value, given := environment(name)
		if f.Changed || !given {
			return
		}
		if err := flags.Set(f.Name, value); err != nil {
			wrong = append(wrong, fmt.Errorf("environment %s: %w", name, err))
		}
	})
	if f := flags.Lookup(ConfigFlag); f != nil && f.Value.String() != "" {
		wrong = append(wrong, settleFile(flags, f.Value.String()))
	}
	return errors.Join(wrong...)
}

// variable is the environment's name of a flag.
func variable(flag string) string {
	return "PRICEWIRE_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// settleFile takes from a file what has not been given.
func settleFile(flags *pflag.FlagSet, path string) error {
	bad := func(problem string) error {
		return fault.New(fault.Invalid, "--%s %s: %s", ConfigFlag, path, problem).WithPlaces(fault.Place{Where: "flag." + ConfigFlag, Problem: problem})
	}
	root, err := readFile(path)
	if err != nil {
		return bad(err.Error())
	}
	var wrong []error
	seen := map[string]bool{}
	for i := 0; root != nil && i+1 < len(root.Content); i += 2 {
		key, value := root.Content[i], root.Content[i+1]
		f := flags.Lookup(key.Value)
		var problem string
		switch {
		case f == nil || f.Name == ConfigFlag || f.Name == "help":
			problem = fmt.Sprintf("there is no flag %q", key.Value)
		case seen[key.Value]:
			problem = key.Value + " is there twice"
		case !f.Changed:
			problem = set(flags, f, value)
		}
		seen[key.Value] = true
		if problem != "" {
			wrong = append(wrong, bad(fmt.Sprintf("line %d: %s", key.Line, problem)))
		}
	}
	return errors.Join(wrong...)
}

// readFile returns the mapping in a YAML file, nil when it is empty.
func readFile(path string) (*yaml.Node, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, reason(err)
	}
	defer func() { _ = file.Close() }()
	data, err := io.ReadAll(io.LimitReader(file, largestFile+1))
	if err != nil {
		return nil, reason(err)
	}
	if len(data) > largestFile {
		return nil, fmt.Errorf("it has more than %d bytes", largestFile)
	}
	var document yaml.Node
	if err := yaml.Unmarshal(data, &document); err != nil {
		return nil, err
	}
	if len(document.Content) == 0 {
		return nil, nil //nolint:nilnil // an empty file says nothing
	}
	if root := document.Content[0]; root.Kind == yaml.MappingNode {
		return root, nil
	}
	return nil, errors.New("it is not lines of NAME: VALUE")
}

// reason is why a file cannot be read, without its name.
func reason(err error) error {
	if p, ok := errors.AsType[*os.PathError](err); ok {
		return p.Err
	}
	return err
}

// set gives a flag the value that a file says, and returns what is wrong with it.
func set(flags *pflag.FlagSet, f *pflag.Flag, value *yaml.Node) string {
	list, many := f.Value.(pflag.SliceValue)
	switch {
	case value.Kind == yaml.ScalarNode:
		if err := flags.Set(f.Name, value.Value); err != nil {
			return err.Error()
		}
	case value.Kind == yaml.SequenceNode && many:
		all := make([]string, len(value.Content))
		for i, n := range value.Content {
			if n.Kind != yaml.ScalarNode {
				return f.Name + " takes a list of words"
			}
			all[i] = n.Value
		}
		if err := list.Replace(all); err != nil {
			return f.Name + ": " + err.Error()
		}
		f.Changed = true
	default:
		return f.Name + " takes a single value"
	}
	return ""
}
