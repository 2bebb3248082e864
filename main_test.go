package main

import (
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"sotto": main, "sotto-on-tcp": onTCP})
}

// TestScripts runs the program as a shell does: testdata/script reads like a session.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "testdata/script", Setup: func(e *testscript.Env) error {
		e.Setenv("HOME", e.WorkDir)
		e.Setenv("XDG_CONFIG_HOME", e.WorkDir+"/config")
		e.Setenv("XDG_DATA_HOME", e.WorkDir+"/data")
		e.Setenv("XDG_STATE_HOME", e.WorkDir+"/state")
		e.Setenv("TERM", "xterm-256color")
		return nil
	}})
}
