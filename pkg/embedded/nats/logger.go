package nats

import (
	"fmt"

	"go.uber.org/zap"
)

// logger passes the server's log on. Its notices tell of every start and stop in two dozen lines: they are for debugging.
type logger struct {
	log   *zap.Logger
	fatal chan string // the first failure that keeps the server from starting
}

const message = "nats server"

func (l *logger) Noticef(format string, v ...any) { l.log.Debug(message, text(format, v)) }
func (l *logger) Warnf(format string, v ...any)   { l.log.Warn(message, text(format, v)) }
func (l *logger) Errorf(format string, v ...any)  { l.log.Error(message, text(format, v)) }
func (l *logger) Debugf(format string, v ...any)  { l.log.Debug(message, text(format, v)) }
func (l *logger) Tracef(format string, v ...any)  { l.log.Debug(message, text(format, v)) }

func (l *logger) Fatalf(format string, v ...any) {
	select {
	case l.fatal <- fmt.Sprintf(format, v...):
	default:
		l.log.Error(message, text(format, v))
	}
}

func text(format string, v []any) zap.Field { return zap.String("text", fmt.Sprintf(format, v...)) }
