package clickhouse

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"path/filepath"
)

// configPath is the engine's configuration. Naming one keeps the engine from reading a config.xml that lies about.
func configPath(dir string) string { return filepath.Join(dir, "engine.xml") }

type serverSetting struct {
	name  string
	value int64
}

// engineConfig writes the settings that hold for the whole engine. No section for a system log is there, so none is written: they
// would fill the disk.
func engineConfig(cfg Config) []byte {
	settings := []serverSetting{
		{"max_server_memory_usage", cfg.MemoryLimit},
		{"mark_cache_size", cfg.CacheSize},
		{"primary_index_cache_size", cfg.CacheSize},
		{"index_mark_cache_size", cfg.CacheSize / 4},
		{"uncompressed_cache_size", 0},
		{"index_uncompressed_cache_size", 0},
		{"query_condition_cache_size", cfg.CacheSize / 4},
		{"compiled_expression_cache_size", cfg.CacheSize / 4},
		{"text_index_tokens_cache_size", 0},
		{"text_index_header_cache_size", 0},
		{"text_index_postings_cache_size", 0},
		{"vector_similarity_index_cache_size", 0},
		{"iceberg_metadata_files_cache_size", 0},
		{"parquet_metadata_cache_size", 0},
		{"background_pool_size", int64(cfg.MergeThreads)},
		{"background_common_pool_size", 2},
		{"background_fetches_pool_size", 1},
		{"background_move_pool_size", 1},
		{"background_schedule_pool_size", 4},
		{"background_buffer_flush_schedule_pool_size", 1},
		{"background_distributed_schedule_pool_size", 1},
		{"background_message_broker_schedule_pool_size", 1},
		{"max_thread_pool_free_size", 16},
		{"max_io_thread_pool_size", 16},
		{"max_io_thread_pool_free_size", 0},
	}
	var b bytes.Buffer
	b.WriteString("<clickhouse>\n")
	for _, s := range settings {
		fmt.Fprintf(&b, "  <%s>%d</%s>\n", s.name, s.value, s.name)
	}
	b.WriteString("  <tmp_path>")
	_ = xml.EscapeText(&b, []byte(filepath.Join(cfg.Dir, "tmp"))) // a buffer takes everything
	b.WriteString("</tmp_path>\n")
	if len(cfg.Readers) > 0 {
		// Otherwise a view that says nothing of security reads with the rights of who asks, whatever the default is.
		b.WriteString("  <ignore_empty_sql_security_in_create_view_query>0</ignore_empty_sql_security_in_create_view_query>\n  <users_config>")
		_ = xml.EscapeText(&b, []byte(usersPath(cfg.Dir)))
		b.WriteString("</users_config>\n")
	}
	b.WriteString("</clickhouse>\n")
	return b.Bytes()
}
