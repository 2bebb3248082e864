package session_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image/png"
	"net/http"
	"testing"

	"sotto/session"
	"sotto/session/wire"
	"sotto/store"
)

// pngBomb is a PNG that says that it has ten thousand million pixels.
func pngBomb() []byte {
	head := binary.BigEndian.AppendUint32([]byte("IHDR"), 100_000)
	head = append(binary.BigEndian.AppendUint32(head, 100_000), 8, 2, 0, 0, 0)
	out := append(binary.BigEndian.AppendUint32([]byte("\x89PNG\r\n\x1a\n"), 13), head...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(head))
}

func refusedWith(cl *client, code string) {
	cl.t.Helper()
	wait(cl, code, func(e session.Answer) bool { return e.Problem != nil && e.Problem.Code == code })
}

// setting changes a setting and waits for it.
func setting(cl *client, name, value string) {
	cl.t.Helper()
	cl.c.Set(name, value)
	wait(cl, "the setting", func(e session.Answer) bool { return e.Code == "setting-changed" })
}

// newest is the last row with a file.
func newest(cl *client, chat store.ChatID, n int) (m store.Message) {
	cl.t.Helper()
	cl.until("the file", func() bool {
		var rows []store.Message
		for _, x := range cl.rows(chat) {
			if x.File != nil {
				rows = append(rows, x)
			}
		}
		if len(rows) < n {
			return false
		}
		m = rows[n-1]
		return m.File.URL != "" && m.State != store.Preparing
	})
	return m
}

// TestPreview: a picture is shown by a key and hidden by it, is kept with the message,
// and what is none, or a bomb, or near, says so.
func TestPreview(t *testing.T) {
	s := newShelf(t)
	alice, bob, srv := s.upload(0)
	chat, in := alice.open("bob@"+srv.Domain()), bob.open("alice@"+srv.Domain())
	send := func(n int, name string, b []byte) store.Message {
		t.Helper()
		alice.a.SendFile(chat, writeFile(t, name, b))
		return newest(bob, in, n)
	}
	m := send(1, "red.png", redPNG(t, 400, 100))
	if m.File.Picture != nil {
		t.Error("it was fetched by itself")
	}
	bob.a.Preview(m.ID, "")
	sharp := wait(bob, "the sharp one", func(e session.Pictured) bool { return e.Message == m.ID })
	if c, err := png.DecodeConfig(bytes.NewReader(sharp.PNG)); err != nil || c.Width != 400 || c.Height != 100 {
		t.Errorf("the sharp one is %d by %d (%v)", c.Width, c.Height, err)
	}
	bob.until("the picture", func() bool { m = newest(bob, in, 1); return m.File.Picture != nil })
	if p := m.File.Picture; p.Width != 48 || p.Height() != 12 || p.Pix[0] < 250 || p.Pix[1] > 5 || p.Pix[3] != 255 {
		t.Errorf("got %d by %d of %v", p.Width, p.Height(), p.Pix[:4])
	}
	bob.a.Preview(m.ID, "")
	bob.until("that it is hidden", func() bool { return newest(bob, in, 1).File.Picture == nil })
	// Of our own file, no host is asked.
	own := newest(alice, chat, 1)
	alice.a.Preview(own.ID, "")
	alice.until("our own", func() bool { return newest(alice, chat, 1).File.Picture != nil })

	bob.a.Preview(send(2, "bomb.png", pngBomb()).ID, "")
	refusedWith(bob, "picture-large")
	bob.a.Preview(send(3, "words.png", []byte("words, not a picture")).ID, "")
	refusedWith(bob, "picture-unknown")
	asked := make(chan struct{}, 9)
	m = send(4, "words.txt", []byte("words"))
	s.set(func() {
		s.do = func(_ http.ResponseWriter, r *http.Request) bool {
			if r.Method == http.MethodGet {
				asked <- struct{}{}
			}
			return false
		}
	})
	bob.a.Preview(m.ID, "")
	refusedWith(bob, "picture-unknown")
	if len(asked) > 0 {
		t.Error("a text was fetched")
	}
	s.set(func() {
		s.slot = func(*wire.Element) *wire.Element {
			return place(s.url("/up/near"), "https://inner.example.com/up/near")
		}
	})
	m = send(5, "near.png", redPNG(t, 4, 4))
	bob.a.Preview(m.ID, "")
	near := wait(bob, "the question", func(e session.FileNear) bool { return e.Message == m.ID })
	if !near.View || near.Host != "inner.example.com" {
		t.Errorf("asked about %+v", near)
	}
	if len(asked) > 0 {
		t.Error("the host that is near was asked")
	}
	bob.a.Preview(m.ID, near.Host)
	bob.until("the picture from near", func() bool { return newest(bob, in, 5).File.Picture != nil })
	setting(bob, "pictures", "on")
	m = send(6, "near again.png", redPNG(t, 4, 4))
	for len(asked) > 0 {
		<-asked
	}
	bob.a.PreviewNew(m.ID)
	wait(bob, "the end of the try", func(e session.Transfer) bool { return e.Message == m.ID && e.Over })
	if len(asked) > 0 || newest(bob, in, 6).File.Picture != nil {
		t.Error("a host that is near was asked by itself")
	}
}

// TestPreviewUnasked: by itself only where the user set that, and for contacts.
func TestPreviewUnasked(t *testing.T) {
	s := newShelf(t)
	alice, bob, srv := s.upload(0)
	srv.AddUser("eve", password)
	opt := optionsFor(srv, "eve")
	opt.Files = s.client()
	eve := run(t, opt, at(srv, "eve"))
	eve.online()
	asked := make(chan string, 99)
	alice.a.SendFile(alice.open("bob@"+srv.Domain()), writeFile(t, "a.png", redPNG(t, 10, 10)))
	in := bob.open("alice@" + srv.Domain())
	m := newest(bob, in, 1)
	eve.a.SendFile(eve.open("bob@"+srv.Domain()), writeFile(t, "b.png", redPNG(t, 10, 10)))
	bob.until("the request", func() bool { return len(bob.waiting()) == 1 })
	held := newest(bob, bob.chat(store.Direct, "eve@"+srv.Domain()).ID, 1)
	s.set(func() {
		s.do = func(_ http.ResponseWriter, r *http.Request) bool { asked <- r.URL.Path; return false }
	})
	refused := func() { // and what was asked for before was looked at
		t.Helper()
		bob.a.Preview(held.ID, "")
		refusedWith(bob, "file-stranger")
	}
	bob.a.PreviewNew(m.ID)
	refused()
	setting(bob, "pictures", "on")
	bob.a.PreviewNew(held.ID)
	refused()
	bob.open("eve@" + srv.Domain()) // now a chat, but no contact
	bob.a.PreviewNew(held.ID)
	bob.open("eve@" + srv.Domain())
	if len(asked) > 0 {
		t.Errorf("fetched %s", <-asked)
	}
	bob.a.PreviewNew(m.ID)
	bob.until("the picture", func() bool { return newest(bob, in, 1).File.Picture != nil })
	if n := len(asked); n != 1 {
		t.Errorf("asked %d times", n)
	}
}
