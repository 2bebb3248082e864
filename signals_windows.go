package main

import (
	"context"
	"errors"
	"os"
)

var endSignals = []os.Signal{os.Interrupt}

func suspend() error { return errors.ErrUnsupported }

// stops does nothing: there is no job control.
func stops(context.Context, func(), func()) {}
