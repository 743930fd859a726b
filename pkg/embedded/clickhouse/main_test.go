package clickhouse_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/pricewire/pricewire/pkg/embedded/clickhouse/clickhousetest"
)

// roleVariable makes the test binary play a role in a process of its own: what the engine does to a process, and what a process's
// death does to the engine, cannot be tried in the one that all tests share.
const roleVariable = "PRICEWIRE_TEST_ROLE"

func TestMain(m *testing.M) {
	role := os.Getenv(roleVariable)
	if role == "" {
		os.Exit(clickhousetest.Main(m))
	}
	if err := roles()[role](os.Args[1:]); err != nil {
		fmt.Println("failed:", err)
		os.Exit(1)
	}
}
