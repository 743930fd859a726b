package clickhouse

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

// plainLiteral is what a custom setting may look like: a quoted text or a number.
var plainLiteral = regexp.MustCompile(`^(?:'(?:[^'\\]|\\.|'')*'|-?[0-9]+(?:\.[0-9]+)?)$`)

// settingsKeeper makes each query's settings hold for that query only: it remembers what the query before left changed on the engine's
// session and changes as little as possible.
type settingsKeeper struct {
	conn    *connection
	base    map[string]string // what connections start with
	applied map[string]string // literal that holds now for a setting that the last query brought
	own     map[string]string // literal that the session held for it before, when the client had changed its session's settings
	altered bool              // the client ran SET
}

// apply makes exactly the given settings hold on top of the session's own.
func (k *settingsKeeper) apply(settings []setting) error {
	wanted := make(map[string]string, len(settings))
	for _, s := range settings {
		literal, err := s.literal()
		if err != nil {
			return err
		}
		wanted[s.name] = literal
	}
	if maps.Equal(wanted, k.applied) {
		return nil
	}
	if err := k.remember(wanted); err != nil {
		return err
	}
	var changes []string
	for _, name := range slices.Sorted(maps.Keys(k.applied)) {
		if _, keep := wanted[name]; !keep {
			changes = append(changes, name+" = "+k.original(name))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(wanted)) {
		if k.applied[name] != wanted[name] {
			changes = append(changes, name+" = "+wanted[name])
		}
	}
	if err := k.set(changes); err != nil {
		return err
	}
	k.applied = wanted
	return nil
}

// set changes settings one by one after a failure of all together, so that what can be restored is.
func (k *settingsKeeper) set(changes []string) error {
	if len(changes) == 0 {
		return nil
	}
	err := k.conn.run("SET " + strings.Join(changes, ", "))
	if err == nil {
		return nil
	}
	var restores []string
	for name := range k.applied {
		restores = append(restores, name+" = "+k.original(name))
	}
	k.applied = nil
	for _, change := range restores {
		if restoreErr := k.conn.run("SET " + change); restoreErr != nil {
			return restoreErr
		}
	}
	return err
}

// remember looks up what the session itself has for settings that a query is about to change.
func (k *settingsKeeper) remember(wanted map[string]string) error {
	if !k.altered {
		return nil
	}
	for name := range wanted {
		if _, applied := k.applied[name]; applied {
			continue
		}
		literal, err := k.lookUp(name)
		if err != nil {
			return err
		}
		if k.own == nil {
			k.own = map[string]string{}
		}
		k.own[name] = literal
	}
	return nil
}

// lookUp returns the literal of a setting's value on the session, DEFAULT for one that is not changed.
func (k *settingsKeeper) lookUp(name string) (string, error) {
	r, err := k.conn.exec("SELECT value FROM system.settings WHERE changed AND name = "+quote(name), "RawBLOB", nil)
	if err != nil {
		return "", err
	}
	defer r.destroy()
	if len(r.data()) == 0 {
		return "DEFAULT", nil
	}
	return quote(string(r.data())), nil
}

func (k *settingsKeeper) original(name string) string {
	if literal, ok := k.own[name]; ok {
		return literal
	}
	if value, ok := k.base[name]; ok {
		return quote(value)
	}
	return "DEFAULT"
}

func (s setting) literal() (string, error) {
	if !settingName.MatchString(s.name) {
		return "", exceptionf(codeBadArguments, "%q is not the name of a setting. (BAD_ARGUMENTS)", s.name)
	}
	if !s.custom {
		return quote(s.value), nil
	}
	if !plainLiteral.MatchString(s.value) {
		return "", exceptionf(codeBadArguments, "setting %s: %q is neither a text nor a number. (BAD_ARGUMENTS)", s.name, s.value)
	}
	return s.value, nil
}

// quote writes a text as a literal of ClickHouse's SQL.
func quote(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(text) + "'"
}

// quoteName writes a text as an identifier.
func quoteName(name string) string {
	return "`" + strings.NewReplacer(`\`, `\\`, "`", "\\`").Replace(name) + "`"
}
