package session_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"sotto/internal/sound"
)

// TestFullVolume: a real file system without room, in the middle of a talk.
func TestFullVolume(t *testing.T) {
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=2m"); err != nil {
		t.Skipf("no file system of its own: %v", err)
	}
	t.Cleanup(func() { _ = unix.Unmount(dir, unix.MNT_DETACH) })
	s := newDemo(t, "alice", "bob")
	s.Befriend("alice", "bob", "Bob")
	var d disk
	cl := onDisk(t, &d, dir, optionsFor(s, "alice"), at(s, "alice"))
	cl.online()
	bob := s.Script("bob")
	chat := cl.open("bob@" + s.Domain())
	path := filepath.Join(dir, "fill")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	for err == nil {
		_, err = f.Write(make([]byte, 4096))
	}
	if _ = f.Close(); !errors.Is(err, unix.ENOSPC) {
		t.Fatal(err)
	}
	// What SQLite has reserved takes a few.
	var want []string
	for len(cl.unsaved(chat)) == 0 && len(want) < 2000 {
		body := "a line that needs some room, number " + string(rune('a'+len(want)%26)) + " of its kind"
		want = append(want, body)
		bob.Say("alice@"+s.Domain(), body)
		cl.until("the line", func() bool { return len(texts(cl.rows(chat)))+len(cl.unsaved(chat)) == len(want) })
	}
	if len(cl.unsaved(chat)) == 0 {
		t.Fatal("the volume never was full")
	}
	cl.box = cl.c.Subscribe() // who comes later is told too
	cl.refused("disk-full")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	cl.savedAgain()
	cl.until("all lines", func() bool { return slices.Equal(texts(cl.rows(chat)), want) })
	cl.c.Close()
	if err := cl.st.Close(); err != nil {
		t.Fatal(err)
	}
	sound.Check(t, dir)
}
