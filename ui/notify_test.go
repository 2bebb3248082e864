package ui

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sotto/session"
)

// TestNotifications: what is for us and out of sight is told in the terminal's
// way; over SSH without the words; the command gets it as JSON and never as a
// part of a command line.
func TestNotifications(t *testing.T) {
	dir := t.TempDir()
	out := filepath.Join(dir, "out")
	hook := filepath.Join(dir, "hook")
	if err := os.WriteFile(hook, []byte("#!/bin/sh\ncat >> '"+out+"'\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	r := newRig(t, 80, 24, village)
	var told []string
	r.a.t.Notify = func(seq []byte) { told = append(told, string(seq)) }
	r.a.t.Notifier = "osc777"
	room := r.a.m.chats[0]
	for _, c := range r.a.m.chats {
		if c.ID != r.a.m.chat {
			room = c
		}
	}
	evil := session.Incoming{Account: r.acc, Chat: room.ID, From: "mallory; \x1b]0;x\x07", Body: "$(touch /tmp/x); secret\x1b[2J", Mention: true}
	r.a.handle(evil)
	if len(told) != 1 || !strings.Contains(told[0], "secret") || strings.Count(told[0], "\x1b") != 2 {
		t.Errorf("it tells %q", told)
	}
	r.a.t.Remote, told = true, nil
	r.a.handle(evil)
	if len(told) != 1 || strings.Contains(told[0], "secret") {
		t.Errorf("over SSH it tells %q", told)
	}
	told = nil
	r.a.handle(session.Incoming{Account: r.acc, Chat: room.ID, From: "trent", Body: "to all"})
	if len(told) != 0 {
		t.Errorf("it tells what is not for us: %q", told)
	}
	r.a.t.Remote = false
	runHook(t.Context(), []string{hook}, hookEvent{Event: "mention", From: evil.From, Body: evil.Body})
	b, err := os.ReadFile(out)
	var got hookEvent
	if err != nil || json.Unmarshal(b, &got) != nil || got.Body != evil.Body || got.From != evil.From {
		t.Errorf("the command got %q, %v", b, err)
	}
	runHook(t.Context(), []string{filepath.Join(dir, "none")}, hookEvent{}) // must not hurt
}
