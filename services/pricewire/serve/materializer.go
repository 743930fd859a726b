package serve

import (
	"context"
	"errors"

	"github.com/spf13/pflag"
	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/daemon"
	"github.com/pricewire/pricewire/services/materializer"
	"github.com/pricewire/pricewire/services/pricewire/command"
	"github.com/pricewire/pricewire/services/pricewire/keep"
	"github.com/pricewire/pricewire/services/pricewire/part"
)

const materializerName = "materializer"

// materializing writes the streams into the tables, and lets the API ask it. It is ready when they hold what the streams held at its start.
type materializing struct {
	secretFile string
}

// Materializer is the process that writes the streams into the tables. Several may run at once; one works, the others confirm it.
func Materializer() *Process {
	return newProcess(materializerName, "Write the streams of events into the tables of ClickHouse, exactly once", "127.0.0.1:8083", &materializing{})
}

func (m *materializing) flags(flags *pflag.FlagSet) {
	flags.StringVar(&m.secretFile, secretFlag(materializerName), "", "file with the secret that the API must know; or "+secretVariable(materializerName)+
		" in the environment. Without one, nobody can order audits and rebuilds where --listen can be reached from other machines")
}

func (m *materializing) validate(*common, *command.Wrong) error {
	_, err := sharedSecret(materializerName, m.secretFile)
	return err
}

func (m *materializing) start(ctx context.Context, h *host) error {
	secret, err := sharedSecret(materializerName, m.secretFile)
	if err != nil {
		return err
	}
	if err := h.open(ctx, part.Needs{Name: "pricewire materializer", History: true, Writes: true}); err != nil {
		return err
	}
	made, err := h.base.Materializer(h.log)
	if err != nil {
		return err
	}
	h.group.Start(ctx, daemon.Part{Name: materializerName, Run: made.Run})
	exposed := !daemon.Loopback(h.address)
	if exposed && secret == "" {
		h.log.Info("nobody can order audits and rebuilds: there is no secret", zap.String("listen", h.address), zap.String("flag", "--"+secretFlag(materializerName)))
	}
	keeper := keep.NewHandler(part.NewKeeper(made), secret, exposed, h.log)
	health := h.answer(part.NewMetrics(part.StreamMetrics(made.Health), h.base.SliceMetrics()), keeper.Register, daemon.Check{Name: "writing", Look: func(context.Context) error { return failing(made.Health()) }})
	err = h.base.CatchUp(ctx, h.group, func(behind uint64) { h.log.Info("catching up", zap.Uint64("messages", behind)) })
	health.Ready(err == nil)
	return err
}

func (*materializing) close(context.Context, *host) {}

// failing is why some stream cannot be written now.
func failing(health []materializer.Health) error {
	for _, h := range health {
		if h.Failing != "" {
			return errors.New(h.Failing)
		}
	}
	return nil
}
