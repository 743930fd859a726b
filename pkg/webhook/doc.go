// Package webhook says what an endpoint is that events are sent to, how what is sent is signed, and what becomes of an attempt: what is
// sent next, after how long, and when an endpoint is given up. It decides and does nothing; services/notifier sends.
package webhook
