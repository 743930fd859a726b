package command

import (
	"net"
	"strconv"
)

// BadAddress says why a text is no HOST:PORT to listen on, nothing when it is one. Without a host it is every address of the machine.
func BadAddress(address string) string {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return "\"" + address + "\" is not HOST:PORT"
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return "\"" + port + "\" is not a port from 0 to 65535"
	}
	return ""
}
