// Package connect reaches the NATS and ClickHouse that a process stands on: flags, secrets, certificates, waiting for servers that are not
// up yet, and telling what is wrong with them. It shows no secret, in no error and no log.
package connect
