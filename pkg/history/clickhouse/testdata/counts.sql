SELECT toString(stream), toString(release), toUInt64(withdrawal), uniqExact(n)
FROM item_changes_store
WHERE release IN @releases
GROUP BY stream, release, withdrawal
-- @releases = ["r1" "r2"]
