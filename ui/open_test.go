//go:build unix

package ui

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"sotto/store"
)

// linked is a chat whose newest message has these words.
func linked(body string) func(*store.Tx, store.AccountID) error {
	return func(tx *store.Tx, a store.AccountID) error {
		if err := village(tx, a); err != nil {
			return err
		}
		bob, err := tx.EnsureChat(store.ChatKey{Account: a, JID: "bob@example.org"})
		if err == nil {
			_, _, err = tx.Arrive(store.Arrival{Chat: bob, Sender: "bob@example.org", Body: body})
		}
		return err
	}
}

// TestOpenLink: nothing is opened without a question that names the host as DNS
// is asked for it.
func TestOpenLink(t *testing.T) {
	for body, want := range map[string][]string{
		"see https://example.org/a?b=c, please":                {"page of example.org?", "https://example.org/a?b=c"},
		"https://example.org@evil.example/login":               {"page of evil.example?", "has a name in"},
		"https://еxample.org/cyrillic":                         {"page of xn--xample-2of.org?"},
		"http://example.org/":                                  {"page of example.org?", "not encrypted"},
		"https://example.org/\u202egpj.exe":                    {"page of example.org?"},
		"one https://a.example/1 and https://b.example/2 here": {"Open which address?", "1 https://a.example/1", "2 https://b.example/2"},
	} {
		t.Run(body, func(t *testing.T) {
			dir := t.TempDir()
			out := filepath.Join(dir, "args")
			if err := syscall.Mkfifo(out, 0o600); err != nil {
				t.Fatal(err)
			}
			opener := filepath.Join(dir, "opener")
			if err := os.WriteFile(opener, []byte("#!/bin/sh\nprintf '%s\\n' \"$@\" > "+out+"\n"), 0o700); err != nil {
				t.Fatal(err)
			}
			r := newRig(t, 80, 24, linked(body))
			r.line("/set open_command " + opener + " --new")
			r.until("the setting", func() bool { return r.c.Settings().OpenCommand != "" })
			r.press("Esc", "Up")
			r.do("select.open")
			s := strings.Join(strings.Fields(strings.NewReplacer("│", " ").Replace(r.screen())), " ")
			for _, words := range want {
				if !strings.Contains(s, words) {
					t.Errorf("the question lacks %q:\n%s", words, r.screen())
				}
			}
			if strings.Contains(want[0], "which") {
				r.press("2")
				r.sees("page of b.example?")
			}
			r.press("n")
			if r.a.dialog != nil {
				t.Error("no was no answer")
			}
			r.press("Up")
			r.do("select.open")
			if strings.Contains(want[0], "which") {
				r.press("2")
			}
			r.press("y")
			b, err := os.ReadFile(out) // waits for the program
			if args := strings.Split(strings.TrimSpace(string(b)), "\n"); err != nil || len(args) != 2 || args[0] != "--new" || !strings.HasPrefix(args[1], "http") {
				t.Errorf("the program got %q (%v)", args, err)
			}
		})
	}
}

// TestNoLink: the key says why it does nothing.
func TestNoLink(t *testing.T) {
	r := newRig(t, 80, 24, linked("no address: ftp://example.org javascript://x"))
	r.press("Up", "o")
	r.sees("no address to open")
}

// TestCopyToFile is for terminals without a clipboard.
func TestCopyToFile(t *testing.T) {
	r := newRig(t, 80, 24, linked("the words\nof two lines"))
	r.a.opt.Clip = filepath.Join(t.TempDir(), "state", "clip.txt")
	r.press("Up")
	r.do("select.copy-file")
	r.until("the file", func() bool { return strings.Contains(r.screen(), "Written to") })
	b, err := os.ReadFile(r.a.opt.Clip)
	if err != nil || string(b) != "the words\nof two lines" {
		t.Errorf("got %q (%v)", b, err)
	}
	if st, _ := os.Stat(r.a.opt.Clip); st.Mode().Perm() != 0o600 {
		t.Errorf("others may read it: %v", st.Mode())
	}
	r.a.opt.Clip = filepath.Join(r.a.opt.Clip, "in a file")
	r.press("Up")
	r.do("select.copy-file")
	r.until("that it could not be written", func() bool { return strings.Contains(r.screen(), "could not be written") })
}
