package clickhouse

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"path/filepath"
)

// usersPath is where the engine reads users and roles from, when there are readers.
func usersPath(dir string) string { return filepath.Join(dir, "users.xml") }

// ownerRole is the role of who may do everything.
const ownerRole = "owner"

// usersConfig writes the engine's one user and its roles. Each connection of the engine is that user's, whoever its client is, because
// the library knows no other way in; so rights are roles. All hold at first, and a reader's connection gives up all but its own. The
// file cannot be changed by statements.
func usersConfig(readers []Reader) []byte {
	var b bytes.Buffer
	b.WriteString("<clickhouse>\n  <profiles><default/></profiles>\n  <quotas><default/></quotas>\n  <roles>\n")
	role := func(name string, grants ...string) {
		fmt.Fprintf(&b, "    <%s><grants>\n", name)
		for _, g := range grants {
			b.WriteString("      <query>")
			_ = xml.EscapeText(&b, []byte(g)) // a buffer takes everything
			b.WriteString("</query>\n")
		}
		fmt.Fprintf(&b, "    </grants></%s>\n", name)
	}
	role(ownerRole, "GRANT ALL ON *.*")
	given := []string{ownerRole}
	for _, r := range readers {
		grants := make([]string, len(r.Views))
		for i, v := range r.Views {
			grants[i] = "GRANT SELECT ON " + v.String()
		}
		role(r.role(), grants...)
		given = append(given, r.role())
	}
	b.WriteString("  </roles>\n  <users>\n    <default>\n      <no_password/>\n      <networks><ip>::/0</ip></networks>\n" +
		"      <profile>default</profile>\n      <quota>default</quota>\n      <grants>\n")
	for _, name := range given {
		fmt.Fprintf(&b, "        <query>GRANT %s</query>\n", name)
	}
	b.WriteString("      </grants>\n    </default>\n  </users>\n</clickhouse>\n")
	return b.Bytes()
}
