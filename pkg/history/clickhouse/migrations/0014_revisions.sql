-- Revisions: repairs and rebuilds change what is known of the past while no position moves. Whoever keeps answers counts these rows.

CREATE TABLE IF NOT EXISTS revisions (
    kind LowCardinality(String) COMMENT 'repaired: rows that were missing answer; swapped: tables that were made again begin to answer; derived: what is made of those was made again too; cut off: one of these may have been done by a process that ended then.',
    work String COMMENT 'Repair or rebuild that did it.'
) ENGINE = MergeTree ORDER BY (kind, work)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Repairs and rebuilds. The number of rows tells whether the past was changed since it was read; a work that swapped and has not derived yet has changed tables, and not the slices that lists read.';
