package ui

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sotto/session"
	"sotto/store"
)

// withFiles is a chat in which files came and did not go.
func withFiles(tx *store.Tx, a store.AccountID) error {
	if err := village(tx, a); err != nil {
		return err
	}
	bob, err := tx.EnsureChat(store.ChatKey{Account: a, JID: "bob@example.org"})
	if err != nil {
		return err
	}
	for i, x := range []store.Arrival{
		{Body: "https://up.example.org/1/river.jpg", File: &store.File{URL: "https://up.example.org/1/river.jpg", Name: "river in spring.jpg", Size: 2_345_678, Type: "image/jpeg"}},
		{Body: "and the minutes", File: &store.File{URL: "https://еxample.org/x", Name: "../../etc/\u202efdp.minutes", Size: 999, Type: "application/pdf"}},
		{Body: "https://up.example.org/3/a.bin", File: &store.File{URL: "https://up.example.org/3/a.bin", Saved: "/home/alice/Downloads/a.bin", Checked: true}},
	} {
		x.Chat, x.Sender, x.ID = bob, "bob@example.org", fmt.Sprintf("file-%d", i)
		if _, _, err := tx.Arrive(x); err != nil {
			return err
		}
	}
	f := store.File{Name: "film.mp4", Size: 1_200_000_000, Type: "video/mp4", Path: "/home/alice/film.mp4"}
	id, err := tx.Prepare(store.Draft{Chat: bob, Sender: "alice@example.org", Body: f.Name, LocalID: "local-film", File: &f})
	if err != nil {
		return err
	}
	f.Problem, f.Args = "upload-large", []string{"film.mp4", "1.2 GB", "100 MB"}
	return tx.Unprepared(id, f)
}

func TestFileLines(t *testing.T) {
	for _, size := range sizes {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			r := newRig(t, size[0], size[1], withFiles)
			var first store.Message
			for _, m := range r.a.timeline.rows() {
				if m.File != nil && first.ID == 0 {
					first = m
				}
			}
			r.a.handle(session.Transfer{Account: r.acc, Chat: first.Chat, Message: first.ID, Done: 1_000_000, Total: 2_345_678})
			r.golden(fmt.Sprintf("files-%dx%d", size[0], size[1]))
			s := r.screen()
			for _, evil := range []string{"\u202e", "etc", "еxample"} {
				if strings.Contains(s, evil) {
					t.Errorf("the screen shows %q:\n%s", evil, s)
				}
			}
			r.a.handle(session.Transfer{Message: first.ID, Over: true})
			if s := r.screen(); strings.Contains(s, "1.0 MB") {
				t.Errorf("it still moves:\n%s", s)
			}
		})
	}
}

// TestSendFromPath: what was typed or dropped finds its file; what does not go says
// why, with what to do.
func TestSendFromPath(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a plan.txt", "plain.txt", "it's.txt"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("words"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r := newRig(t, 80, 24, village)
	r.a.opt.Home = dir
	r.line("/send " + dir)
	r.until("that it is a folder", func() bool { return strings.Contains(r.screen(), "is a folder") })
	r.line("/send ~/nothing")
	r.until("that it is not there", func() bool { return strings.Contains(r.screen(), "There is no file nothing.") })
	r.sees("/send chooses one")
	for typed, name := range map[string]string{"~/plain.txt": "plain.txt", dir + `/a\ plan.txt`: "a plan.txt", "'" + dir + "/a plan.txt'": "a plan.txt",
		dir + "/it's.txt": "it's.txt", "file://" + dir + "/plain.txt": "plain.txt", `"` + dir + `/plain.txt"  `: "plain.txt"} {
		if got, want := typedPath(typed, dir), filepath.Join(dir, name); got != want {
			t.Errorf("%s is %s, want %s", typed, got, want)
		}
	}
	// Without a connection the line waits; it can be taken back, and its path comes
	// back with it.
	r.line("/send ~/plain.txt")
	r.until("the line", func() bool { return strings.Contains(r.screen(), "waits for the connection") })
	r.sees("plain.txt · text · 5 B")
	r.press("Up")
	r.do("select.edit")
	if got := r.a.composer.text(); got != "/send "+filepath.Join(dir, "plain.txt") {
		t.Errorf("the input has %q", got)
	}
	r.until("that it is gone", func() bool { return strings.Contains(r.screen(), "You took this line back") })
}

// TestPathCompletion: Tab completes what is typed behind /send.
func TestPathCompletion(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"photos/one.jpg", "photos/two.jpg", "plan.txt", ".secret"} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r := newRig(t, 80, 24, village)
	r.a.opt.Home = dir
	r.write("/send ~/ph")
	r.press("Tab")
	r.until("the folder", func() bool { return r.a.composer.text() == "/send ~/photos/" })
	r.press("Tab")
	r.until("what is in it", func() bool { return r.a.composer.text() == "/send ~/photos/one.jpg" })
	r.press("Tab")
	if got := r.a.composer.text(); got != "/send ~/photos/two.jpg" {
		t.Errorf("the input has %q", got)
	}
	if got := len(pathItems("~/", dir)); got != 2 {
		t.Errorf("%d are proposed", got)
	}
	if got := pathItems("~/.s", dir); len(got) != 1 || got[0].insert != "~/.secret" {
		t.Errorf("proposed: %+v", got)
	}
}

// TestPicker: a folder is walked by keys, letters narrow it, Enter sends.
func TestPicker(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "photos", "summer"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"notes.txt", "photos/river.jpg", "photos/rope.jpg"} {
		if err := os.WriteFile(filepath.Join(dir, name), make([]byte, 2048), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r := newRig(t, 80, 24, village)
	r.a.opt.Home = dir
	r.line("/send")
	r.until("the list", func() bool { p, ok := r.a.dialog.(*picker); return ok && p.loaded })
	r.sees("Send which file?", "photos/", "notes.txt", "2.0 kB")
	r.press("Enter")
	r.until("the folder", func() bool { return strings.Contains(r.screen(), "river.jpg") })
	r.press("Left")
	r.until("the folder above", func() bool { return strings.Contains(r.screen(), "notes.txt") })
	r.press("Enter")
	r.until("the folder again", func() bool { return strings.Contains(r.screen(), "rope.jpg") })
	r.write("rop")
	if s := r.screen(); strings.Contains(s, "river.jpg") {
		t.Errorf("it was not narrowed:\n%s", s)
	}
	r.a.handle(session.UploadService{Account: r.acc, Most: 100_000_000})
	r.sees("This server takes up to 100 MB.")
	r.press("Enter")
	r.until("the line", func() bool { return strings.Contains(r.screen(), "rope.jpg · image · 2.0 kB") })
	if r.a.dialog != nil || r.a.sendDir != filepath.Join(dir, "photos") {
		t.Errorf("the picker is still there, or forgot where it was: %s", r.a.sendDir)
	}
}

// TestClipboard: an image goes as a file, text into the input; what fails says so.
func TestClipboard(t *testing.T) {
	dir := t.TempDir()
	png := "\x89PNG\r\n\x1a\n" + strings.Repeat("x", 100)
	if err := os.WriteFile(filepath.Join(dir, "png"), []byte(png), 0o600); err != nil {
		t.Fatal(err)
	}
	r := newRig(t, 80, 24, village)
	r.a.opt.Outgoing = filepath.Join(dir, "outgoing")
	r.line("/paste")
	r.sees("clipboard_command")
	set := func(command string) {
		r.line("/set clipboard_command " + command)
		r.until("the setting", func() bool { return r.c.Settings().Clipboard == command })
	}
	set("cat " + filepath.Join(dir, "png"))
	r.line("/paste")
	r.until("the file", func() bool { return strings.Contains(r.screen(), "clipboard-20261122-140500.png") })
	r.sees("image · 108 B")
	if list, _ := filepath.Glob(filepath.Join(dir, "outgoing", "clipboard-*.png")); len(list) != 1 {
		t.Errorf("there are %q", list)
	}
	set("printf two%swords _")
	r.line("/paste")
	r.until("the text", func() bool { return r.a.composer.text() == "two_words" })
	r.press("Ctrl-U")
	set("false")
	r.line("/paste")
	r.until("the refusal", func() bool { return strings.Contains(r.screen(), "is empty, or false failed") })
	if list, _ := filepath.Glob(filepath.Join(dir, "outgoing", "*")); len(list) != 1 {
		t.Errorf("left behind: %q", list)
	}
}

// TestSaveAsksBeforeNear: nothing of the network around is reached without a yes.
func TestSaveAsksBeforeNear(t *testing.T) {
	r := newRig(t, 80, 24, withFiles)
	r.a.handle(session.FileNear{Account: r.acc, Host: "rоuter.example", Addr: "192.168.1.1"})
	r.sees("xn--", "192.168.1.1")
	r.press("Enter") // no
	if r.a.dialog != nil {
		t.Error("Enter was no answer")
	}
	r.a.handle(session.FileNear{Account: r.acc, Host: "127.0.0.1", Addr: "127.0.0.1"})
	r.sees("127.0.0.1 is this machine")
	r.press("Enter")
	r.press("Up", "Up")
	r.sees("s save")
	r.press("x")
	r.sees("No file moves there.")
}
