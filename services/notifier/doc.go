// Package notifier sends events to webhooks: signed, at least once, in order of each subject, again after a failure, and never to an address
// of the inside. What is decided is decided in pkg/webhook.
package notifier
