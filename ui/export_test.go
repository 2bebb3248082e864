package ui

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"sotto/session/export"
)

// TestExportCommand: the chat goes to a file that is named, in the format that is
// named or that its name tells; another file is replaced after a question alone.
func TestExportCommand(t *testing.T) {
	dir := t.TempDir()
	r := newRig(t, 80, 24, village)
	r.a.opt.Home = dir
	r.line("/msg bob@example.org")
	r.until("the chat", func() bool { return len(r.rows()) > 5 })
	r.line("/export ~/bob chat.txt")
	r.until("that it is written", func() bool { return strings.Contains(r.screen(), "messages are written to") })
	path := filepath.Join(dir, "bob chat.txt")
	b, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(b), "<bob@example.org> hello, first message\n") || !strings.HasPrefix(string(b), "== alice@example.org · bob@example.org ==\n") {
		t.Errorf("got %q (%v)", b, err)
	}
	r.line("/export cpim ~/bob chat.txt")
	r.until("the question", func() bool { return strings.Contains(r.screen(), "There is a file ~/bob chat.txt already.") })
	r.press("n")
	if now, _ := os.ReadFile(path); string(now) != string(b) {
		t.Error("it was replaced")
	}
	r.line("/export all cpim ~/bob chat.txt")
	r.until("the question", func() bool { return strings.Contains(r.screen(), "already") })
	r.press("y")
	r.until("that it is another", func() bool {
		now, _ := os.ReadFile(path)
		return strings.HasPrefix(string(now), "MIME-Version: 1.0")
	})
	r.line("/export pdf")
	r.sees("/export [all] [jsonl|text|cpim] [file]")
}

// TestImportCommand: what was exported is known, what was not in it is taken, shown in
// its place and not counted; what is no export says so.
func TestImportCommand(t *testing.T) {
	for _, size := range sizes {
		dir := t.TempDir()
		r := newRig(t, size[0], size[1], village)
		r.a.opt.Home = dir
		r.line("/msg bob@example.org")
		r.until("the chat", func() bool { return len(r.rows()) > 5 })
		r.line("/export jsonl ~/bob.jsonl")
		path := filepath.Join(dir, "bob.jsonl")
		var b []byte
		r.until("the file", func() bool { b, _ = os.ReadFile(path); return len(b) > 0 })
		first, _, _ := strings.Cut(string(b), "\n")
		late := strings.Replace(strings.Replace(first, "hello, first message", "what a file brings \\u001b[31m", 1), `"time":"2026-11-21T12:05`, `"time":"2026-11-21T12:06`, 1)
		late = regexp.MustCompile(`"ids":\[.*?\],`).ReplaceAllString(late, "")
		if err := os.WriteFile(path, []byte(string(b)+late+"\nno line\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		r.line("/import ~/bob.jsonl")
		r.until("the report", func() bool {
			return strings.Contains(strings.Join(strings.Fields(r.screen()), " "), "1 messages taken") && strings.Contains(r.screen(), "what a file brings")
		})
		r.golden(fmt.Sprintf("import-%dx%d", size[0], size[1]))
		r.line("/import ~/nothing")
		r.until("that there is none", func() bool { return strings.Contains(r.screen(), "could not be opened") })
		r.line("/import cancel")
		r.sees("Nothing is being read.")
		r.line("/import")
		r.sees("is used like this")
	}
}

func TestExportArgs(t *testing.T) {
	for typed, want := range map[string]struct {
		all  bool
		f    export.Format
		path string
		bad  bool
	}{
		"":                         {f: export.JSONL},
		"all":                      {f: export.JSONL, all: true},
		"text":                     {f: export.Text},
		"ALL Text":                 {f: export.Text, all: true},
		"cpim all x.eml":           {f: export.CPIM, all: true, path: "x.eml"},
		"~/all the things.txt":     {f: export.Text, path: "~/all the things.txt"},
		"jsonl ~/all things.txt":   {f: export.JSONL, path: "~/all things.txt"},
		"/tmp/x":                   {f: export.JSONL, path: "/tmp/x"},
		"jsn":                      {bad: true},
		"all '~/a b.cpim'":         {f: export.CPIM, all: true, path: "'~/a b.cpim'"},
		"text text":                {f: export.Text, path: "text"},
		"all all.jsonl":            {f: export.JSONL, all: true, path: "all.jsonl"},
		"/export of something.txt": {f: export.Text, path: "/export of something.txt"},
	} {
		r, path, ok := exportArgs(typed)
		if ok == want.bad || ok && (r.Format != want.f || path != want.path || (r.Chat == exportAll) != want.all) {
			t.Errorf("%q: got %+v %q %v", typed, r, path, ok)
		}
	}
}
