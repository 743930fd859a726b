package part

import (
	"crypto/tls"

	"github.com/spf13/pflag"
	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/access/oidc"
	"github.com/pricewire/pricewire/pkg/clock"
	"github.com/pricewire/pricewire/pkg/daemon"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/services/api"
	"github.com/pricewire/pricewire/services/pricewire/command"
)

// The ways to know who asks over HTTP.
const (
	AuthTrust    = "trust"    // whoever asks on a loopback address is believed
	AuthRequired = "required" // nobody is, without a token
)

// Access says who may ask over HTTP, and how that is listened for.
type Access struct {
	Auth        string
	OIDC        oidc.Config // without an issuer: no identity provider's tokens are taken
	Cert, Key   string      // files in PEM; none: without TLS
	Plain       bool        // without TLS, although other machines reach it
	OpenMetrics bool
}

// DefaultAccess is who may ask unless the configuration says otherwise.
func DefaultAccess() Access {
	return Access{Auth: AuthTrust, OIDC: oidc.Config{NameClaim: oidc.DefaultNameClaim, RolesClaim: oidc.DefaultRolesClaim, CostClaim: oidc.DefaultCostClaim}}
}

// Flags adds the flags that set it; what it says before is their default.
func (a *Access) Flags(flags *pflag.FlagSet) {
	flags.StringVar(&a.Auth, "auth", a.Auth, "trust: who asks on a loopback address is believed to be who he says; required: every request needs a token")
	flags.StringVar(&a.OIDC.Issuer, "oidc-issuer", "", "URL of an identity provider whose tokens are taken beside those of this server")
	flags.StringVar(&a.OIDC.Audience, "oidc-audience", "", "whom the provider's tokens must be for")
	flags.StringVar(&a.OIDC.NameClaim, "oidc-name-claim", a.OIDC.NameClaim, "claim that names who acts; one that people cannot change by themselves")
	flags.StringVar(&a.OIDC.RolesClaim, "oidc-roles-claim", a.OIDC.RolesClaim, "claim with the roles: reader, editor, approver, operator; points lead into claims, as in realm_access.roles")
	flags.StringVar(&a.OIDC.CostClaim, "oidc-cost-claim", a.OIDC.CostClaim, "claim that is true, or a list that holds cost, for who may see what the partner pays")
	flags.StringVar(&a.Cert, "http-tls-cert", "", "PEM file of the certificate of the API and the page; replaced files are read again")
	flags.StringVar(&a.Key, "http-tls-key", "", "PEM file of that certificate's key")
	flags.BoolVar(&a.Plain, "http-plain", false, "answer without TLS where other machines reach us, because something in front of us encrypts")
	flags.BoolVar(&a.OpenMetrics, "metrics-open", false, "/metrics needs no token")
}

// Validate notes everything that is wrong.
func (a Access) Validate(wrong *command.Wrong) {
	if a.Auth != AuthTrust && a.Auth != AuthRequired {
		wrong.Flag("auth", "must be trust or required")
	}
	usual := DefaultAccess().OIDC
	usual.Issuer = a.OIDC.Issuer
	if a.OIDC.Issuer == "" && a.OIDC != usual {
		wrong.Flag("oidc-issuer", "is missing, and other flags are about it")
	}
	if a.OIDC.Issuer != "" {
		if err := a.OIDC.Validate(); err != nil {
			flag := "oidc-issuer"
			if a.OIDC.Audience == "" {
				flag = "oidc-audience"
			}
			wrong.Flag(flag, err.Error())
		}
	}
	if (a.Cert == "") != (a.Key == "") {
		wrong.Flag(map[bool]string{true: "http-tls-cert", false: "http-tls-key"}[a.Cert == ""], "is missing: a certificate and its key go together")
	}
	if a.Plain && a.Cert != "" {
		wrong.Flag("http-plain", "is without TLS, and there is a certificate")
	}
}

// Exposed refuses an address that other machines reach while everybody is believed, or can read what is said.
func (a Access) Exposed(address string) error {
	refuse := func(why, hint string) error {
		return fault.New(fault.Refused, "--http %s can be reached from other machines, and %s", address, why).
			WithPlaces(fault.Place{Where: "flag.http", Problem: "not a loopback address"}).WithHint("%s", hint)
	}
	switch {
	case daemon.Loopback(address):
		return nil
	case a.Auth != AuthRequired:
		return refuse("no authentication is configured", "add --auth required and a certificate, or use 127.0.0.1 and a proxy that authenticates in front of it")
	case a.Cert == "" && !a.Plain:
		return refuse("tokens could be read on their way", "name a certificate: --http-tls-cert and --http-tls-key; or say --http-plain where something in front encrypts")
	}
	return nil
}

// TLS is how the door listens, nil without a certificate; an invalid fault where its files cannot be used.
func (a Access) TLS(log *zap.Logger) (*tls.Config, error) {
	if a.Cert == "" {
		return nil, nil //nolint:nilnil // it listens without
	}
	c, err := daemon.NewCertificate(a.Cert, a.Key, log)
	if err != nil {
		return nil, err
	}
	return c.TLS(), nil
}

// Scheme is how URLs of the door begin.
func (a Access) Scheme() string {
	if a.Cert == "" {
		return "http://"
	}
	return "https://"
}

// access is what an API is told of who may ask.
func (b *Base) access(a Access) (api.Access, error) {
	known := api.Access{Required: a.Auth == AuthRequired, Tokens: b.Tokens, Log: b.Writes, OpenMetrics: a.OpenMetrics, Clock: clock.Real()}
	if a.OIDC.Issuer == "" {
		return known, nil
	}
	provider, err := oidc.New(a.OIDC)
	if err != nil {
		return known, err
	}
	known.Provider = provider
	return known, nil
}
