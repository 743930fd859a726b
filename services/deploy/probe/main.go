// Command probe asks one URL and exits 0 when the answer is a success: the health check of images that have no shell.
package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"
)

// patience is how long an answer may take; less than the time that Compose gives a check.
const patience = 4 * time.Second

func main() {
	if err := probe(os.Args[1:]); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "probe:", err)
		os.Exit(1)
	}
}

func probe(args []string) error {
	if len(args) != 1 {
		return errors.New("give one URL")
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience) //nolint:forbidigo // a main
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, args[0], http.NoBody)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	_ = answer.Body.Close() // only the status is asked for
	if answer.StatusCode < http.StatusOK || answer.StatusCode >= http.StatusMultipleChoices {
		return fmt.Errorf("%s answers %s", args[0], answer.Status)
	}
	return nil
}
