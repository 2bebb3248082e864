package ui

import (
	"os"
	"os/exec"
	"strings"

	"sotto/ui/catalog"
)

// editorMax bounds what is taken back from an editor.
const editorMax = 256 << 10

// openEditor lets the user write the text of the input in an editor of their
// own. The terminal is the editor's meanwhile; the session goes on.
func (a *App) openEditor() {
	words := splitCommand(a.t.Editor)
	if len(words) == 0 || a.t.Suspend == nil {
		a.say(catalog.T("editor.none"))
		return
	}
	text, err := a.edit(words, a.composer.text())
	a.t.Screen.Sync()
	switch {
	case err != nil:
		a.say(catalog.T("editor.failed", words[0]))
	case len(text) > editorMax:
		a.say(catalog.T("editor.long"))
	default:
		a.composer.keep()
		a.composer.set("")
		a.composer.paste(text) // what an editor wrote is text, never a command
		a.saveSoon()
	}
}

// edit runs an editor on a file that only the user can read.
func (a *App) edit(words []string, text string) (string, error) {
	dir, err := os.MkdirTemp("", "sotto-")
	if err != nil {
		return "", err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path := dir + string(os.PathSeparator) + "message.txt"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		return "", err
	}
	run := func() {
		// The program and its arguments come from the user's own environment.
		c := exec.CommandContext(a.life, words[0], append(words[1:], path)...) //nolint:gosec // that is what $EDITOR is
		c.Stdin, c.Stdout, c.Stderr = os.Stdin, os.Stdout, os.Stderr
		err = c.Run()
	}
	if !a.tv.Suspend(run) {
		run()
	}
	if err != nil && a.life.Err() == nil {
		return "", err
	}
	b, err := os.ReadFile(path) // when sotto is told to end, what stands there is the draft
	return strings.TrimRight(string(b), "\r\n"), err
}

// splitCommand splits a command at spaces.
func splitCommand(s string) []string { return strings.Fields(s) }
