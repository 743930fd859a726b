//go:build !linux

package main

import "errors"

// canFill says that a full disk cannot be had here: other systems do not let a process's limits be changed from outside.
const canFill = false

func fill(int, uint64) error { return errors.New("limits of other processes cannot be changed here") }

func free(int) error { return errors.New("limits of other processes cannot be changed here") }
