// Package doctor looks at a server, at what it stands on and at this machine, and says what is wrong and how to mend it. It changes nothing, and
// shows no secret.
package doctor
