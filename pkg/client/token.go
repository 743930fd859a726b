package client

import (
	"net"
	"os"
	"strings"

	"github.com/pricewire/pricewire/pkg/fault"
)

// largestToken bounds a file with a token, in bytes.
const largestToken = 16 << 10

// WithToken sends a token with every request.
func WithToken(token string) Option {
	return func(c *Client) { c.token = func() (string, error) { return token, nil } }
}

// WithTokenFile sends the token that is in a file. The file is read for every request, so a token that is renewed there is taken at once.
func WithTokenFile(path string) Option {
	return func(c *Client) { c.token = func() (string, error) { return readToken(path) } }
}

// WithTokenSource asks for the token before every request: for tokens that another library renews.
func WithTokenSource(source func() (string, error)) Option {
	return func(c *Client) { c.token = source }
}

// WithPlainToken lets tokens go over plain HTTP to other machines, where something else, such as a tunnel, hides them.
func WithPlainToken() Option { return func(c *Client) { c.plain = true } }

func readToken(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", failed(fault.Invalid, "read token: %w", err).hint("name the file that `pricewire token create` has written")
	}
	if info.Size() > largestToken {
		return "", failed(fault.Invalid, "read token: %s has %d bytes, which no token has", path, info.Size())
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return "", failed(fault.Invalid, "read token: %w", err)
	}
	token := strings.TrimSpace(string(raw))
	if token == "" || strings.ContainsAny(token, " \t\r\n") {
		return "", failed(fault.Invalid, "read token: %s does not hold one token and nothing else", path)
	}
	return token, nil
}

// loopback reports whether a host is this machine.
func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
