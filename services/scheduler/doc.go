// Package scheduler publishes releases when they are due and tells when they take effect.
//
// What is due is decided by release.Due alone, from the records and the instant; timers and cron only say when to look. What the stream
// holds is the truth, and the records follow it: a run that was cut short anywhere is finished by the next one, and any number of
// schedulers may run at once.
//
// The package approves nothing and changes no list.
package scheduler
