package export_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"sotto/session/export"
	"sotto/store"
)

// read reads all that can be taken.
func read(t *testing.T, b []byte) (list []export.Record, refused int) {
	t.Helper()
	r, err := export.NewReader(bytes.NewReader(b))
	if errors.Is(err, export.ErrFormat) {
		return nil, 0
	}
	if err != nil {
		t.Fatal(err)
	}
	for {
		x, err := r.Next()
		switch {
		case errors.Is(err, io.EOF):
			return list, refused
		case errors.Is(err, export.ErrLine):
			refused++
		case err != nil:
			t.Fatal(err)
		default:
			list = append(list, x)
		}
	}
}

// TestRead: what was written is read, but for where a file was saved, and a line that
// waits to be sent does not wait any more.
func TestRead(t *testing.T) {
	rows := rows()
	rows[1].State = store.Queued
	list, refused := read(t, []byte("{"+strings.Repeat("x", export.LineMost+9)+"\n"+written(t, export.JSONL, withBob, rows)))
	if len(list) != len(rows) || refused != 1 {
		t.Fatalf("%d of %d, %d refused", len(list), len(rows), refused)
	}
	for i, x := range list {
		m, want := x.Message, rows[i]
		if x.Account != alice || x.Chat != withBob.JID || m.Body != want.Body || m.NoBody != want.NoBody || m.Stamp != want.Stamp || m.Outgoing != want.Outgoing || len(m.Versions) != len(want.Versions) || len(m.Reactors) != len(want.Reactors) {
			t.Errorf("%d: got %+v", i, m)
		}
	}
	if list[1].Message.State != store.Unsure {
		t.Errorf("a line that waited is %v", list[1].Message.State)
	}
}

// FuzzRead: nothing panics, what is taken is within its bounds, and reading ends.
func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"account":"a@x.example","chat":"b@x.example","with":"direct","time":"2026-01-01T00:00:00Z","from":"b@x.example","outgoing":false,"state":"received","body":"x","versions":[{"time":"2026-01-01T00:00:00Z","body":"x"}]}` + "\n{}\n"))
	f.Add([]byte("{\"ids\":[{}],\"reactions\":[{\"signs\":[]}]}\n\n\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		bounded(t, b)
	})
}

// bounded reads a file and checks that what was taken of it is within its bounds.
func bounded(t *testing.T, b []byte) {
	t.Helper()
	list, refused := read(t, b)
	if n := bytes.Count(b, []byte("\n")) + 1; len(list)+refused > n {
		t.Fatalf("%d of %d lines", len(list)+refused, n)
	}
	for _, x := range list {
		m := x.Message
		if m.State == store.Queued || m.State == store.Preparing || m.State == store.Written || len(m.Body) > 1<<20 || m.File != nil && (m.File.Saved != "" || m.File.Path != "") ||
			len(m.Nick) > 4096 || len(m.Refs) > 20 {
			t.Fatalf("took %+v", m)
		}
		if n := len(m.Versions); n > 0 && m.Versions[n-1].Body != m.Body {
			t.Fatal("the text is none of its versions")
		}
	}
}
