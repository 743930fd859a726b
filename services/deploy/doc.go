// Package deploy makes the secrets that deployments/ is run with. Its tests prove that what is in deployments/ means what it says: NATS takes
// its configuration and keeps every user within his rights, Compose takes its file, ClickHouse's grants fit the schema, every metric exists.
//
// It is no part of the services and knows none of them.
package deploy
