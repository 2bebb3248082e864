package session_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"sotto/internal/realserver"
	"sotto/session"
	"sotto/store"
)

// TestFilesOnRealServers: a file goes up to the server, its line to a person and
// to a room, and comes down again once it was said that the host may be near.
func TestFilesOnRealServers(t *testing.T) {
	realserver.All(t, func(t *testing.T, s *realserver.Server) {
		alice, bob := newClient(t, s, "alice", true), newClient(t, s, "bob", true)
		alice.online()
		bob.online()
		bob.c.Set("download_dir", filepath.Join(t.TempDir(), "saved"))
		wait(bob, "the folder", func(e session.Answer) bool { return e.Code == "setting-changed" })
		alice.a.FindUpload()
		if e := wait(alice, "the service", func(session.UploadService) bool { return true }); e.None || e.Most != realserver.FileMost {
			t.Errorf("the service is %+v", e)
		}
		withBob, withAlice := alice.open(bobJID), bob.open(aliceJID)
		alice.a.SendFile(withBob, writeFile(t, "big.bin", make([]byte, realserver.FileMost+1)))
		wait(alice, "the refusal", func(e session.Answer) bool { return e.Problem != nil && e.Problem.Code == "upload-large" })

		body := bytes.Repeat([]byte("0123456789abcdef"), 30_000)
		alice.a.SendFile(withBob, writeFile(t, "holiday in spring.png", body))
		sent := alice.fileRow(withBob, store.Sent, store.Delivered, store.Failed)
		if sent.State == store.Failed {
			t.Fatalf("not sent: %+v", sent.File)
		}
		got := bob.fileRow(withAlice, store.Received)
		if got.File.SHA256 != sent.File.SHA256 || got.File.Size != int64(len(body)) || got.File.Name != "holiday in spring.png" || !got.Alone() {
			t.Errorf("bob has %+v, alice %+v", got.File, sent.File)
		}
		bob.a.SaveFile(got.ID, "")
		near := wait(bob, "the question", func(e session.FileNear) bool { return e.Message == got.ID })
		if near.Host != "127.0.0.1" || near.Addr != "127.0.0.1" {
			t.Errorf("asked about %+v", near)
		}
		bob.a.SaveFile(got.ID, near.Host)
		saved := wait(bob, "the file", func(e session.FileSaved) bool { return e.Message == got.ID })
		if b, err := os.ReadFile(saved.Path); err != nil || !bytes.Equal(b, body) || !saved.Checked || filepath.Base(saved.Path) != "holiday in spring.png" {
			t.Errorf("got %+v, %d bytes (%v)", saved, len(b), err)
		}

		alice.a.Join(roomJID, "alice", "")
		wait(alice, "the room open", func(e session.Answer) bool { return e.Code == "room-made" })
		bob.a.Join(roomJID, "bob", "")
		inRoom := wait(bob, "the room", func(e session.RoomChanged) bool { return e.JID == roomJID && e.Joined }).Chat
		alice.a.SendFile(alice.open(roomJID), writeFile(t, "minutes.txt", []byte("we met")))
		if m := bob.fileRow(inRoom, store.Received); m.File.Name != "minutes.txt" || m.File.Type != "text/plain" || m.Nick != "alice" {
			t.Errorf("the room has %+v %+v", m, m.File)
		}
		// A new device has the same from the archives.
		other := newClient(t, s, "bob", true)
		other.online()
		if m := other.fileRow(other.open(aliceJID), store.Received); m.File.SHA256 != sent.File.SHA256 {
			t.Errorf("the archive has %+v", m.File)
		}
	})
}
