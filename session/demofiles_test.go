package session_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"sotto/session"
	"sotto/session/demo"
	"sotto/store"
)

// TestFilesInTheDemo: a file goes up and comes down again, without a socket.
func TestFilesInTheDemo(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	d, err := demo.Start(ctx, demo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cancel(); d.Server.Close() })
	cl := run(t, session.Options{Dial: d.Server.Dial, RootCAs: d.Server.RootCAs(), Lookup: d.Server.Lookup, Passwords: map[string]string{d.JID: d.Password}}, store.AccountConfig{JID: d.JID})
	cl.online()
	folder := filepath.Join(t.TempDir(), "saved")
	cl.c.Set("download_dir", folder)
	wait(cl, "the folder", func(e session.Answer) bool { return e.Code == "setting-changed" })
	chat := cl.open("mira@" + d.Server.Domain())
	body := bytes.Repeat([]byte("tea and biscuits\n"), 100_000)
	cl.a.SendFile(chat, writeFile(t, "my plan é.txt", body))
	m := cl.fileRow(chat, store.Sent, store.Delivered, store.Displayed, store.Failed)
	if m.State == store.Failed {
		t.Fatalf("not sent: %+v", m.File)
	}
	cl.a.SaveFile(m.ID, "")
	saved := wait(cl, "the file", func(e session.FileSaved) bool { return e.Message == m.ID })
	if b, err := os.ReadFile(saved.Path); err != nil || !bytes.Equal(b, body) || !saved.Checked || filepath.Dir(saved.Path) != folder {
		t.Errorf("saved %+v, %d bytes (%v)", saved, len(b), err)
	}
	cl.a.SendFile(chat, writeFile(t, "big.bin", make([]byte, 21<<20)))
	wait(cl, "the refusal", func(e session.Answer) bool { return e.Problem != nil && e.Problem.Code == "upload-large" })
}
