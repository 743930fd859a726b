SELECT toString(stream), toString(release), toUInt64(withdrawal), count()
FROM item_changes_store
WHERE release IN @releases
GROUP BY stream, release, withdrawal
-- @releases = ["r1" "r2"]
