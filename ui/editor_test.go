package ui

import (
	"os"
	"path/filepath"
	"testing"
)

// TestEditor: the text of the input is written in an editor, comes back as a
// text of several lines that is no command, and one that fails changes nothing.
func TestEditor(t *testing.T) {
	script := filepath.Join(t.TempDir(), "editor")
	if err := os.WriteFile(script, []byte("#!/bin/sh\nprintf '/away\\nand %s\\n' \"$(cat \"$1\")\" > \"$1\"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	r := newRig(t, 80, 24, refusedLine)
	r.a.t.Suspend = func() error { return nil }
	r.a.t.Editor = script
	r.write("more")
	r.press("Ctrl-X", "Ctrl-E")
	if got := r.a.composer.text(); got != "/away\nand more" {
		t.Errorf("the input holds %q", got)
	}
	r.do("send")
	r.until("a line, no command", func() bool {
		rows := r.rows()
		return rows[len(rows)-1].Body == "/away\nand more"
	})
	r.a.t.Editor = "/nonexistent/editor"
	r.write("kept")
	r.press("Ctrl-X", "Ctrl-E")
	if got := r.a.composer.text(); got != "kept" || !r.a.note.open() {
		t.Errorf("after an editor that fails the input holds %q", got)
	}
}
