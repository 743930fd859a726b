package command

import "github.com/spf13/pflag"

// Log says what a process logs, and how.
type Log struct {
	Level  string // debug, info, warn or error
	Format string // text or json
}

// Flags adds the flags that set it; what it says before is their default.
func (l *Log) Flags(flags *pflag.FlagSet) {
	flags.Var(NewChoice(&l.Level, "debug", "info", "warn", "error"), "log-level", "debug, info, warn or error")
	flags.Var(NewChoice(&l.Format, "text", "json"), "log-format", "text or json")
}
