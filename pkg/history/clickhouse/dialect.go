package clickhouse

import (
	"regexp"
	"strings"
)

// dialect is how definitions are written for the servers that they are for: one, or a cluster of replicas. The files of migrations are
// written for one.
type dialect struct {
	cluster    string // name of the cluster that definitions are made on; empty: on the server that is asked
	replicated bool   // tables are replicated
}

const (
	// replicatedEngine takes shard and replica from the macros of each server, as ClickHouse's own default does.
	replicatedEngine = "ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')"
	// replicatedWindow keeps tokens for thirty days instead of an hour: a writer that comes back must still be told what it inserted.
	replicatedWindow = "replicated_deduplication_window_seconds = 2592000, replicated_deduplication_window"
)

// defined matches the beginning of a definition up to the name of what it defines.
func defined() *regexp.Regexp {
	return regexp.MustCompile("^(CREATE DATABASE IF NOT EXISTS|CREATE TABLE IF NOT EXISTS|CREATE VIEW IF NOT EXISTS|CREATE OR REPLACE VIEW|ALTER TABLE) ((?:`[^`]+`\\.)?[a-z_]+|`[^`]+`)")
}

// write returns a statement as the servers are to be given it. Leading comments go.
func (d dialect) write(text string) string {
	text = withoutComments(text)
	if d.replicated {
		text = strings.ReplaceAll(text, "ENGINE = MergeTree", replicatedEngine)
		text = strings.ReplaceAll(text, "non_replicated_deduplication_window", replicatedWindow)
	}
	return defined().ReplaceAllString(text, "$1 $2"+strings.ReplaceAll(d.onCluster(), "$", "$$"))
}

func withoutComments(text string) string {
	for strings.HasPrefix(text, "--") {
		_, text, _ = strings.Cut(text, "\n")
		text = strings.TrimSpace(text)
	}
	return text
}

// beside returns the statements that make a table under another name: as migrations made and altered it, replicated at a place of its own.
func (d dialect) beside(of *made, name string) []string {
	head := regexp.MustCompile("^(CREATE TABLE(?: IF NOT EXISTS)?|ALTER TABLE) " + of.name + `\b`)
	statements := make([]string, len(of.statements))
	for i, text := range of.statements {
		text = head.ReplaceAllString(withoutComments(text), "$1 "+quoteName(name))
		statements[i] = strings.ReplaceAll(d.write(text), "/{database}/{table}'", "/{database}/"+name+"'")
	}
	return statements
}

// onCluster follows the name of what a definition is of.
func (d dialect) onCluster() string {
	if d.cluster == "" {
		return ""
	}
	return " ON CLUSTER " + quoteName(d.cluster)
}

// writing are the settings of insertions into replicated tables: acknowledged by a majority of replicas, one after the other, so that a read
// that asks for it sees all of them.
func (d dialect) writing(to map[string]any) {
	if d.replicated {
		to["insert_quorum"], to["insert_quorum_parallel"] = "auto", 0
	}
}

// reading are those of questions: whichever replica answers, it has every insertion that was acknowledged.
func (d dialect) reading(to map[string]any) {
	if d.replicated {
		to["select_sequential_consistency"] = 1
	}
}
