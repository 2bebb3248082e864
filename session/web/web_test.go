package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const host = "files.example.com" // what the certificate of httptest is for

// away is a host of files that every name leads to; 127.0.0.1 counts as far.
func away(t *testing.T, h http.HandlerFunc) *Client {
	t.Helper()
	s := httptest.NewUnstartedServer(h)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	_, port, _ := net.SplitHostPort(s.Listener.Addr().String())
	return &Client{Roots: s.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs,
		Lookup: func(_ context.Context, _, h string) ([]netip.Addr, error) {
			switch {
			case strings.HasPrefix(h, "inner."):
				return []netip.Addr{netip.MustParseAddr("127.0.0.2")}, nil
			case strings.HasPrefix(h, "both."):
				return []netip.Addr{netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("10.0.0.1")}, nil
			}
			return []netip.Addr{netip.MustParseAddr("127.0.0.1")}, nil
		},
		Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, net.JoinHostPort("127.0.0.1", port))
		},
		Near: func(a netip.Addr) bool { return a != netip.MustParseAddr("127.0.0.1") }}
}

func hexSum(b []byte) string { s := sha256.Sum256(b); return hex.EncodeToString(s[:]) }

func serve(b []byte, etag string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if etag != "" {
			w.Header().Set("Etag", etag)
		}
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(b))
	}
}

// TestHostileHosts: what a host does wrong is said by its name, and leaves nothing
// in the folder.
func TestHostileHosts(t *testing.T) {
	body := bytes.Repeat([]byte("x"), 5000)
	to := func(where string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/end" {
				serve(body, "")(w, r)
				return
			}
			w.Header().Set("Location", where)
			w.WriteHeader(http.StatusFound)
		}
	}
	for name, test := range map[string]struct {
		h    http.HandlerFunc
		url  string
		req  Request
		want error
	}{
		"not found":         {h: http.NotFound, want: &StatusError{404}},
		"wrong size":        {h: serve(body, ""), req: Request{Size: 4999}, want: ErrSize},
		"wrong sum":         {h: serve(body, ""), req: Request{SHA256: hexSum([]byte("y"))}, want: ErrSum},
		"told too big":      {h: serve(body, ""), req: Request{Size: 6000, Max: 5500}, want: ErrTooBig},
		"too big":           {h: serve(body, ""), req: Request{Max: 4999}, want: ErrTooBig},
		"http":              {h: serve(body, ""), url: "http://" + host + "/a", want: ErrAddress},
		"a name in it":      {h: serve(body, ""), url: "https://me@" + host + "/a", want: ErrAddress},
		"to http":           {h: to("http://" + host + "/end"), want: ErrAddress},
		"to a name in it":   {h: to("https://me:pass@" + host + "/end"), want: ErrAddress},
		"to a file":         {h: to("file:///etc/passwd"), want: ErrAddress},
		"in a circle":       {h: to("/again"), want: ErrRedirects},
		"near":              {h: serve(body, ""), url: "https://inner.example.com/a", want: &NearError{"inner.example.com", netip.MustParseAddr("127.0.0.2")}},
		"near among others": {h: serve(body, ""), url: "https://both.example.com/a", want: &NearError{"both.example.com", netip.MustParseAddr("10.0.0.1")}},
		"near as a number":  {h: serve(body, ""), url: "https://[::1]/a", want: &NearError{"::1", netip.MustParseAddr("::1")}},
		"redirected near":   {h: to("https://inner.example.com/end"), want: &NearError{"inner.example.com", netip.MustParseAddr("127.0.0.2")}},
		"redirected to another near one": {h: to("https://both.example.com/end"), url: "https://inner.example.com/a", req: Request{Allow: "inner.example.com"},
			want: &NearError{"both.example.com", netip.MustParseAddr("10.0.0.1")}},
		"without an end": {h: func(w http.ResponseWriter, _ *http.Request) {
			for range 100 {
				if _, err := w.Write(body); err != nil {
					return
				}
				w.(http.Flusher).Flush()
			}
		}, req: Request{Max: 9000}, want: ErrTooBig},
		"a length too long": {h: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "9000")
			_, _ = w.Write(body)
		}, want: io.ErrUnexpectedEOF},
		"a length too short": {h: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "10")
			_, _ = w.Write(body[:10])
		}, req: Request{Size: 5000}, want: ErrSize},
		"a length beyond all": {h: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "9000000000000000000")
			_, _ = w.Write(body)
		}, req: Request{Max: 1 << 20}, want: ErrTooBig},
		"more than it told": {h: func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write(body)
			w.(http.Flusher).Flush()
			_, _ = w.Write(body)
		}, req: Request{Size: 5000}, want: ErrSize},
	} {
		t.Run(name, func(t *testing.T) {
			c := away(t, test.h)
			r := test.req
			r.URL, r.Dir, r.Name = "https://"+host+"/a", t.TempDir(), "a"
			if test.url != "" {
				r.URL = test.url
			}
			got, err := c.Fetch(t.Context(), r)
			var near *NearError
			var status *StatusError
			switch want := test.want.(type) {
			case *NearError:
				if !errors.As(err, &near) || *near != *want {
					t.Errorf("got %v", err)
				}
			case *StatusError:
				if !errors.As(err, &status) || *status != *want {
					t.Errorf("got %v", err)
				}
			default:
				if !errors.Is(err, want) {
					t.Errorf("got %v, want %v", err, want)
				}
			}
			left, _ := filepath.Glob(filepath.Join(r.Dir, "*"))
			hidden, _ := filepath.Glob(filepath.Join(r.Dir, ".*"))
			if len(left)+len(hidden) > 0 || got.Path != "" {
				t.Errorf("left behind: %q %q %+v", left, hidden, got)
			}
		})
	}
}

// TestFetchTellsNothing: no referrer, cookie or name of a system goes with a fetch.
func TestFetchTellsNothing(t *testing.T) {
	var seen []http.Header
	c := away(t, func(w http.ResponseWriter, r *http.Request) {
		seen = append(seen, r.Header.Clone())
		if r.URL.Path == "/a" {
			http.SetCookie(w, &http.Cookie{Name: "track", Value: "1"})
			http.Redirect(w, r, "https://"+host+"/b", http.StatusFound)
			return
		}
		_, _ = w.Write([]byte("ok"))
	})
	if _, err := c.Fetch(t.Context(), Request{URL: "https://" + host + "/a#secret", Dir: t.TempDir(), Name: "a"}); err != nil {
		t.Fatal(err)
	}
	for _, h := range seen {
		if h.Get("Referer") != "" || h.Get("Cookie") != "" || h.Get("User-Agent") != "sotto" {
			t.Errorf("the host was told %v", h)
		}
	}
	if len(seen) != 2 {
		t.Errorf("%d requests", len(seen))
	}
}

// TestGoOn: what was cut goes on where it was, if the host still has the same.
func TestGoOn(t *testing.T) {
	body := []byte(strings.Repeat("0123456789", 1000))
	other := []byte(strings.Repeat("abcdefghij", 1000))
	for name, test := range map[string]struct {
		etag, now string
		sum       bool
		then      []byte
		ranged    bool
	}{
		"same":           {etag: `"1"`, now: `"1"`, then: body, ranged: true},
		"changed":        {etag: `"1"`, now: `"2"`, then: other},
		"by its sum":     {sum: true, then: body, ranged: true},
		"without a name": {then: other},
	} {
		t.Run(name, func(t *testing.T) {
			cut := true
			var ranges []string
			c := away(t, func(w http.ResponseWriter, r *http.Request) {
				ranges = append(ranges, r.Header.Get("Range"))
				if !cut {
					serve(test.then, test.now)(w, r)
					return
				}
				cut = false
				if test.etag != "" {
					w.Header().Set("Etag", test.etag)
				}
				w.Header().Set("Content-Length", fmt.Sprint(len(body)))
				_, _ = w.Write(body[:4000])
				w.(http.Flusher).Flush()
				panic(http.ErrAbortHandler)
			})
			r := Request{URL: "https://" + host + "/a", Dir: t.TempDir(), Name: "a.txt", Size: int64(len(body))}
			if test.sum {
				r.SHA256 = hexSum(body)
			}
			got, err := c.Fetch(t.Context(), r)
			if err == nil {
				t.Fatal("it was not cut")
			}
			r.Version = got.Version
			if got, err = c.Fetch(t.Context(), r); err != nil {
				t.Fatal(err)
			}
			b, err := os.ReadFile(got.Path)
			if err != nil || !bytes.Equal(b, test.then) {
				t.Errorf("got %d bytes (%v)", len(b), err)
			}
			if (ranges[1] != "" && strings.HasPrefix(ranges[1], "bytes=")) != (test.ranged || test.etag != "") {
				t.Errorf("asked for %q", ranges)
			}
			if left, _ := filepath.Glob(filepath.Join(r.Dir, ".*")); len(left) > 0 {
				t.Errorf("left behind: %q", left)
			}
		})
	}
}

// TestWrongRange: an answer that begins somewhere else is not taken for the rest.
func TestWrongRange(t *testing.T) {
	body := []byte(strings.Repeat("0123456789", 100))
	n := 0
	c := away(t, func(w http.ResponseWriter, r *http.Request) {
		if n++; n == 1 {
			w.Header().Set("Content-Length", "1000")
			w.Header().Set("Etag", `"1"`)
			_, _ = w.Write(body[:500])
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		}
		if r.Header.Get("Range") != "" {
			w.Header().Set("Content-Range", "bytes 100-999/1000")
			w.WriteHeader(http.StatusPartialContent)
			_, _ = w.Write(body[100:])
			return
		}
		_, _ = w.Write(body)
	})
	r := Request{URL: "https://" + host + "/a", Dir: t.TempDir(), Name: "a"}
	got, _ := c.Fetch(t.Context(), r)
	r.Version = got.Version
	if _, err := c.Fetch(t.Context(), r); err == nil {
		t.Fatal("it was believed")
	}
	r.Version = ""
	if got, err := c.Fetch(t.Context(), r); err != nil || got.Size != 1000 {
		t.Errorf("got %+v (%v)", got, err)
	}
}

// TestNeverOver: a file that is there stays what it is.
func TestNeverOver(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a.txt", "a (1).txt"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("mine"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(filepath.Join(dir, "elsewhere"), filepath.Join(dir, "a (2).txt")); err != nil {
		t.Fatal(err)
	}
	c := away(t, serve([]byte("yours"), ""))
	got, err := c.Fetch(t.Context(), Request{URL: "https://" + host + "/a.txt", Dir: dir, Name: "../a.txt"})
	if err != nil || filepath.Base(got.Path) != "a (3).txt" || filepath.Dir(got.Path) != dir {
		t.Errorf("got %+v (%v)", got, err)
	}
	if b, _ := os.ReadFile(filepath.Join(dir, "a.txt")); string(b) != "mine" {
		t.Errorf("a.txt has %q now", b)
	}
	if _, err := os.Lstat(filepath.Join(dir, "elsewhere")); err == nil {
		t.Error("it was written through a link")
	}
}

func TestNear(t *testing.T) {
	for addr, want := range map[string]bool{"127.0.0.1": true, "::1": true, "10.1.2.3": true, "172.16.0.1": true, "192.168.0.1": true, "169.254.169.254": true,
		"100.64.0.1": true, "0.0.0.0": true, "0.1.2.3": true, "224.0.0.1": true, "255.255.255.255": true, "240.0.0.1": true, "fe80::1": true, "fc00::1": true,
		"fd12::1": true, "fec0::1": true, "ff02::1": true, "::": true, "::ffff:10.0.0.1": true, "64:ff9b::10.0.0.1": true, "64:ff9b::8.8.8.8": false,
		"2002:0a00:0001::1": true, "2002:0808:0808::1": false, "198.18.0.1": true, "::7f00:1": true, "64:ff9b:1::1": true,
		"8.8.8.8": false, "172.32.0.1": false, "100.128.0.1": false, "2606:4700::1111": false, "::ffff:8.8.8.8": false} {
		if got := Near(netip.MustParseAddr(addr)); got != want {
			t.Errorf("%s: got %v", addr, got)
		}
	}
}

func TestSafeName(t *testing.T) {
	for in, want := range map[string]string{
		"photo.jpg": "photo.jpg", "../../etc/passwd": "passwd", "../../.bashrc": "bashrc", `C:\Users\x\a.txt`: "a.txt", ".bashrc": "bashrc", "...": "from.png", "": "from.png",
		"-rf": "rf", "a\u202egpj.exe": "agpj.exe", "a\x00b\nc": "ab c", "con": "_con", "CON.txt": "_CON.txt", "aux.tar.gz": "_aux.tar.gz", "a<b>:c|d?e*f\"": "a_b__c_d_e_f_",
		"trailing. . ": "trailing", "~/.ssh": "ssh", "a/": "from.png", "日本語.pdf": "日本語.pdf", "x\u200b\u2066y": "xy", "e\u0301.txt": "\u00e9.txt",
		strings.Repeat("long ", 100) + ".tar": strings.TrimSpace(strings.Repeat("long ", 100)[:116]) + ".tar", "\xff\xfe.txt": "txt",
	} {
		if got := SafeName(in, "https://example.org/x/from.png?y=z", "image/png"); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
	if got := SafeName("", "https://example.org/", "image/jpeg"); got != "file.jpg" {
		t.Errorf("got %q", got)
	}
}

func FuzzSafeName(f *testing.F) {
	for _, s := range []string{"../a", "con.txt", "a\u202eb", ".x", "\xff", strings.Repeat("ж", 500), "a. .b"} {
		f.Add(s, "https://example.org/%2e%2e%2fetc", "image/png")
	}
	f.Fuzz(func(t *testing.T, name, address, kind string) {
		got := SafeName(name, address, kind)
		switch {
		case got == "", len(got) > nameBytes+1, !utf8.ValidString(got), strings.ContainsAny(got, `/\:<>|?*"`), strings.HasPrefix(got, "."), strings.HasPrefix(got, "-"),
			strings.HasSuffix(got, "."), strings.HasSuffix(got, " "), filepath.Dir(filepath.Join("/d", got)) != "/d":
			t.Errorf("%q: got %q", name, got)
		}
		for _, r := range got {
			if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == 0x2028 || r == 0x2029 {
				t.Errorf("%q: got %q", name, got)
			}
		}
		if again := SafeName(got, "", ""); again != got {
			t.Errorf("%q: got %q, then %q", name, got, again)
		}
	})
}
