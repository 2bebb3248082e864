package ui

import (
	"strings"
	"testing"

	"sotto/session"
	"sotto/session/demo"
	"sotto/store"
)

// TestNewPasswordAndDeletion: both are asked for, typed twice or by the address,
// and come to the server.
func TestNewPasswordAndDeletion(t *testing.T) {
	s, err := demo.NewServer(demo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s.AddUser("zoe", "old")
	s.SetSignup(&demo.Signup{})
	cfg := store.DefaultConfig()
	cfg.Accounts = []store.AccountConfig{{JID: newcomer}}
	r := newRigOf(t, 80, 24, cfg, nil, func(o *session.Options) {
		o.Dial, o.RootCAs, o.Passwords, o.ConfigPath = s.Dial, s.RootCAs(), map[string]string{newcomer: "old"}, ""
	})
	t.Cleanup(s.Close)
	r.onlineAs(newcomer)
	r.line("/password")
	r.sees("Another password", "For zoe@demo.sotto.example")
	r.write("hunter2")
	r.press("Tab")
	r.write("hunter3")
	r.press("Enter")
	r.sees("The two passwords differ")
	r.press("Ctrl-U")
	r.write("hunter2")
	if strings.Contains(r.screen(), "hunter") {
		t.Error("it is seen")
	}
	r.press("Enter")
	r.shows("zoe@demo.sotto.example has its new password.")
	r.press("Esc")
	r.line("/delete-account")
	r.sees("Delete the account?")
	r.press("Enter")
	r.sees("must be filled in")
	r.write("yes")
	r.press("Enter")
	r.sees("That is not zoe@demo.sotto.example.")
	r.press("Esc")
	if len(r.a.m.accounts) != 1 {
		t.Fatal("Esc deleted it")
	}
	r.line("/delete-account")
	r.write(newcomer)
	r.press("Enter")
	r.until("the end of the account", func() bool { return len(r.a.m.accounts) == 0 })
	r.shows("is deleted on its server and removed here")
	r.line("/password")
	r.sees("This needs a connection")
}
