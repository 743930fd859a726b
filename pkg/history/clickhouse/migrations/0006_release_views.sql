-- What is published as a whole: a release or a withdrawal whose changes are all there. Its rows can be seen in the other views.

CREATE VIEW IF NOT EXISTS publications (
    list LowCardinality(String) COMMENT 'List, for example license.',
    market LowCardinality(String) COMMENT 'ISO 3166 alpha-2 code, upper case; WW: worldwide.',
    release String COMMENT 'Id of the release.',
    withdrawal UInt32 COMMENT 'The withdrawal of the release with this number, from 1; 0: the release itself.',
    known_at DateTime64(6, 'UTC') COMMENT 'When it became known.',
    changed UInt32 COMMENT 'Changes published with it.',
    stream LowCardinality(String) COMMENT 'Stream it came from: NAME@incarnation.',
    seq UInt64 COMMENT 'Sequence of the message in the stream.',
    row UInt32 COMMENT 'Place among the rows that the message gave, from 0.'
) AS
SELECT list, market, release, withdrawal, known_at, changed, stream, seq, row
FROM (
    SELECT list, market, release, toUInt32(0) AS withdrawal, published_at AS known_at, changed, stream, seq, row FROM releases_store
    UNION ALL
    SELECT list, market, release, withdrawal, known_at, changed, stream, seq, row FROM withdrawals_store
)
WHERE changed = 0 OR (stream, release, withdrawal, toUInt64(changed)) IN (
    SELECT stream, release, withdrawal, count() FROM license_changes_store GROUP BY stream, release, withdrawal
    UNION ALL
    SELECT stream, release, withdrawal, count() FROM item_changes_store GROUP BY stream, release, withdrawal
)
COMMENT 'Releases and withdrawals that are there as a whole, one row each: those that have as many changes as they say.';

CREATE OR REPLACE VIEW releases (
    release String COMMENT 'Id of the release.',
    list LowCardinality(String) COMMENT 'List, for example license.',
    market LowCardinality(String) COMMENT 'ISO 3166 alpha-2 code, upper case; WW: worldwide.',
    month LowCardinality(String) COMMENT 'Month it is for, such as 2026-12.',
    revision UInt32 COMMENT 'Revision.',
    kind LowCardinality(String) COMMENT 'full or delta.',
    effective_at DateTime64(6, 'UTC') COMMENT 'When it takes effect.',
    published_at DateTime64(6, 'UTC') COMMENT 'When it was published: from then on it is known.',
    baseline Bool COMMENT 'First release of its list and market.',
    predecessor String COMMENT 'Release it was compared with; empty for a baseline.',
    supersedes String COMMENT 'Release it replaces.',
    corrects String COMMENT 'Release that it mends; empty when it mends none.',
    backfilled Bool COMMENT 'A list of the past, published late: published_at is when it should have been.',
    reason String COMMENT 'Why it mends another, or came late.',
    notice_policy LowCardinality(String) COMMENT 'Notice policy.',
    notice_days Int32 COMMENT 'Whole days of notice given; negative when late.',
    notice_short Bool COMMENT 'Fewer than the policy asks for.',
    notice_reason String COMMENT 'Why.',
    lines UInt32 COMMENT 'Lines of the whole list.',
    changed UInt32 COMMENT 'Changes published with it.',
    checksum String COMMENT 'SHA-256 over the ids of its price.changed or item.changed events in order, hex.',
    content String COMMENT 'SHA-256 of the whole list, hex.',
    added UInt32 COMMENT 'Lines of this kind.',
    price_changed UInt32 COMMENT 'Lines of this kind.',
    attributes_changed UInt32 COMMENT 'Lines of which only attributes changed.',
    ending UInt32 COMMENT 'Lines of this kind.',
    removed UInt32 COMMENT 'Lines of this kind.',
    unchanged UInt32 COMMENT 'Lines of this kind.',
    created_by String COMMENT 'Who made it.',
    approved_by String COMMENT 'Who approved it.',
    stream LowCardinality(String) COMMENT 'Stream it came from: NAME@incarnation.',
    seq UInt64 COMMENT 'Sequence of the message in the stream.',
    row UInt32 COMMENT 'Place among the rows that the message gave, from 0.'
) AS
SELECT release, list, market, month, revision, kind, effective_at, published_at, baseline, predecessor, supersedes, corrects, backfilled, reason,
    notice_policy, notice_days, notice_short, notice_reason, lines, changed, checksum, content, added, price_changed, attributes_changed, ending,
    removed, unchanged, created_by, approved_by, stream, seq, row
FROM releases_store
WHERE (stream, release) IN (SELECT stream, release FROM publications WHERE withdrawal = 0)
COMMENT 'Published releases, one row each: those that are there as a whole.';

CREATE VIEW IF NOT EXISTS withdrawals (
    release String COMMENT 'Id of the release that was taken back, as a whole or in part.',
    list LowCardinality(String) COMMENT 'List, for example license.',
    market LowCardinality(String) COMMENT 'ISO 3166 alpha-2 code, upper case; WW: worldwide.',
    month LowCardinality(String) COMMENT 'Month the release is for, such as 2026-12.',
    revision UInt32 COMMENT 'Revision of the release.',
    withdrawal UInt32 COMMENT 'Its place among the withdrawals of the release, from 1.',
    whole Bool COMMENT 'Whether the whole release was taken back.',
    lines UInt32 COMMENT 'How many lines were taken back; of the whole list when whole.',
    valid_from DateTime64(3, 'UTC') COMMENT 'What was taken back does not answer from here on.',
    retroactive Bool COMMENT 'Whether it was taken back for the time before it was known too.',
    reason String COMMENT 'Why.',
    withdrawn_by String COMMENT 'Who asked for it.',
    in_force String COMMENT 'Release in force from valid_from on instead; empty when none is.',
    changed UInt32 COMMENT 'Changes published with it.',
    checksum String COMMENT 'SHA-256 over the ids of its events in order, hex.',
    known_at DateTime64(6, 'UTC') COMMENT 'When it became known.',
    stream LowCardinality(String) COMMENT 'Stream it came from: NAME@incarnation.',
    seq UInt64 COMMENT 'Sequence of the message in the stream.',
    row UInt32 COMMENT 'Place among the rows that the message gave, from 0.'
) AS
SELECT release, list, market, month, revision, withdrawal, whole, lines, valid_from, retroactive, reason, withdrawn_by, in_force, changed,
    checksum, known_at, stream, seq, row
FROM withdrawals_store
WHERE (stream, release, withdrawal) IN (SELECT stream, release, withdrawal FROM publications)
COMMENT 'Withdrawals of releases, one row each: those that are there as a whole.';

CREATE VIEW IF NOT EXISTS corrections (
    release String COMMENT 'Id of the release that was mended.',
    by String COMMENT 'Id of the release that mends it.',
    list LowCardinality(String) COMMENT 'List, for example license.',
    market LowCardinality(String) COMMENT 'ISO 3166 alpha-2 code, upper case; WW: worldwide.',
    month LowCardinality(String) COMMENT 'Month the release is for, such as 2026-12.',
    revision UInt32 COMMENT 'Revision of the release that was mended.',
    reason String COMMENT 'Why.',
    effective_at DateTime64(6, 'UTC') COMMENT 'From when on the correction answers.',
    retroactive Bool COMMENT 'Whether it takes effect when what it mends did.',
    known_at DateTime64(6, 'UTC') COMMENT 'When it became known: the publication of the correction.',
    stream LowCardinality(String) COMMENT 'Stream it came from: NAME@incarnation.',
    seq UInt64 COMMENT 'Sequence of the message in the stream.',
    row UInt32 COMMENT 'Place among the rows that the message gave, from 0.'
) AS
SELECT release, by, list, market, month, revision, reason, effective_at, retroactive, known_at, stream, seq, row
FROM corrections_store
COMMENT 'Releases that were mended by others, one row an event.';

CREATE VIEW IF NOT EXISTS releases_missing (
    release String COMMENT 'Id of the revision that was awaited.',
    list LowCardinality(String) COMMENT 'List, for example license.',
    market LowCardinality(String) COMMENT 'ISO 3166 alpha-2 code, upper case; WW: worldwide.',
    month LowCardinality(String) COMMENT 'Month that nothing was approved for, such as 2026-12.',
    revision UInt32 COMMENT 'Revision that was awaited.',
    publish_at DateTime64(6, 'UTC') COMMENT 'When it was to be published.',
    effective_at DateTime64(6, 'UTC') COMMENT 'When it was to take effect.',
    days Int32 COMMENT 'Whole days that were left until publish_at; negative when it had passed.',
    noticed_at DateTime64(6, 'UTC') COMMENT 'When it was noticed.',
    stream LowCardinality(String) COMMENT 'Stream it came from: NAME@incarnation.',
    seq UInt64 COMMENT 'Sequence of the message in the stream.',
    row UInt32 COMMENT 'Place among the rows that the message gave, from 0.'
) AS
SELECT release, list, market, month, revision, publish_at, effective_at, days, noticed_at, stream, seq, row
FROM missing_store
COMMENT 'Months that nothing was approved for although publication was near, one row an event.';
