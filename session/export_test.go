package session_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sotto/session"
	"sotto/session/export"
	"sotto/store"
	"sotto/ui/catalog"
)

// exporter is a client with a chat of n messages, without a network.
func exporter(t *testing.T, n int) (*client, store.ChatID) {
	off := false
	cl := run(t, session.Options{}, store.AccountConfig{JID: me, Enabled: &off})
	var chat store.ChatID
	if _, err := cl.st.Write(t.Context(), func(tx *store.Tx) (err error) {
		if chat, err = tx.EnsureChat(store.ChatKey{Account: cl.a.ID(), JID: "bob@example.org"}); err != nil {
			return err
		}
		if err := tx.SetOpen(chat, true); err != nil {
			return err
		}
		return arriveMany(tx, chat, 0, n)
	}); err != nil {
		t.Fatal(err)
	}
	return cl, chat
}

func arriveMany(tx *store.Tx, chat store.ChatID, from, to int) error {
	for i := from; i < to; i++ {
		if _, _, err := tx.Arrive(store.Arrival{Chat: chat, Sender: "bob@example.org", Body: fmt.Sprintf("line %d", i), ID: fmt.Sprintf("id-%d", i)}); err != nil {
			return err
		}
	}
	return nil
}

func (cl *client) exports(r session.ExportRequest) session.Answer {
	cl.t.Helper()
	r.Words = catalog.T
	cl.c.Export(r)
	return wait(cl, "the file", func(e session.Answer) bool { return e.Code == "exported" || e.Problem != nil })
}

// TestExport: a file of our own alone, whole under its name or not there, and never
// in the place of another without a question.
func TestExport(t *testing.T) {
	cl, chat := exporter(t, 1300)
	dir := t.TempDir()
	path := filepath.Join(dir, "bob.jsonl")
	request := session.ExportRequest{Chat: chat, Format: export.JSONL, Path: path}
	if e := cl.exports(request); !slices.Equal(e.Args, []string{"1300", path}) {
		t.Errorf("told %+v", e)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if lines := strings.Split(strings.TrimSuffix(string(b), "\n"), "\n"); len(lines) != 1300 || !strings.Contains(lines[700], `"body":"line 700"`) {
		t.Errorf("%d lines", len(lines))
	}
	if i, err := os.Stat(path); err != nil || i.Mode().Perm() != 0o600 {
		t.Errorf("the mode is %v (%v)", i.Mode(), err)
	}

	if err := os.WriteFile(path, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	cl.c.Export(request)
	asked := wait(cl, "the question", func(session.ExportExists) bool { return true })
	if b, _ := os.ReadFile(path); string(b) != "precious" || asked.Request.Path != path {
		t.Errorf("the file has %q", b)
	}
	asked.Request.Replace = true
	cl.exports(asked.Request)
	if b, _ := os.ReadFile(path); strings.Count(string(b), "\n") != 1300 {
		t.Errorf("it was not replaced")
	}

	request.Path = filepath.Join(dir, "nowhere", "bob.jsonl")
	if e := cl.exports(request); e.Problem == nil || e.Problem.Code != "export-write" || !catalog.Has("problem."+e.Problem.Code) {
		t.Errorf("told %+v", e)
	}
	if list, _ := os.ReadDir(dir); len(list) != 1 {
		t.Errorf("there is more: %v", list)
	}

	// Without a path it stands in the folder for downloads.
	cl.c.Set("download_dir", filepath.Join(dir, "saved"))
	wait(cl, "the folder", func(e session.Answer) bool { return e.Code == "setting-changed" })
	for _, f := range export.Formats {
		e := cl.exports(session.ExportRequest{Format: f})
		if e.Args[0] != "1300" || filepath.Ext(e.Args[1]) != f.Ending() || filepath.Dir(e.Args[1]) != filepath.Join(dir, "saved") {
			t.Errorf("told %+v", e)
		}
	}
}

// TestExportWhileMessagesArrive: nothing twice, nothing missing of what was there.
func TestExportWhileMessagesArrive(t *testing.T) {
	cl, chat := exporter(t, 3000)
	stop, stopped := make(chan struct{}), make(chan error, 1)
	go func() {
		for n := 3000; ; n += 20 {
			select {
			case <-stop:
				stopped <- nil
				return
			default:
			}
			if _, err := cl.st.Write(t.Context(), func(tx *store.Tx) error { return arriveMany(tx, chat, n, n+20) }); err != nil {
				stopped <- err
				return
			}
		}
	}()
	path := filepath.Join(t.TempDir(), "bob.jsonl")
	e := cl.exports(session.ExportRequest{Chat: chat, Format: export.JSONL, Path: path})
	close(stop)
	if err := <-stopped; err != nil || e.Problem != nil {
		t.Fatalf("%v, %+v", err, e.Problem)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range strings.Split(strings.TrimSuffix(string(b), "\n"), "\n") {
		var x struct{ Body string }
		if err := json.Unmarshal([]byte(line), &x); err != nil || x.Body != fmt.Sprintf("line %d", i) {
			t.Fatalf("line %d is %q (%v)", i, x.Body, err)
		}
	}
}
