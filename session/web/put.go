package web

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
)

// Header is a header that a server wants with a file.
type Header struct{ Name, Value string }

// Upload is a file on its way to where a server wants it.
type Upload struct {
	URL     string
	Headers []Header // those that are not of XEP-0363 are left out
	Type    string   // media type
	Size    int64
	Body    io.Reader
	Moved   func(done int64) // after each piece, on a goroutine of the transfer; nil: nobody is told
}

// Put brings a file to its place and gives the SHA-256 sum of what was sent, in
// hexadecimal digits. Redirections are not followed: the place was agreed on.
func (c *Client) Put(ctx context.Context, f Upload) (sum string, err error) {
	u, err := Check(f.URL)
	if err != nil {
		return "", err
	}
	ctx, alive, stop := watched(ctx)
	defer stop()
	client, end := c.client(everywhere)
	defer end()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	hash := sha256.New()
	body := &sent{counted: counted{r: io.TeeReader(io.LimitReader(f.Body, f.Size), hash), alive: alive, moved: f.Moved}}
	defer body.end()
	req, err := http.NewRequestWithContext(ctx, http.MethodPut, u.String(), io.NopCloser(body))
	if err != nil {
		return "", ErrAddress
	}
	req.ContentLength = f.Size
	for _, h := range f.Headers {
		if name, value, ok := h.allowed(); ok {
			req.Header.Add(name, value)
		}
	}
	req.Header.Set("User-Agent", agent)
	if f.Type != "" {
		req.Header.Set("Content-Type", f.Type)
	}
	resp, err := client.Do(req)
	body.end()
	if err != nil {
		if body.short && body.done < f.Size && ctx.Err() == nil {
			return "", ErrChanged
		}
		return "", cause(ctx, err)
	}
	defer func() { _ = resp.Body.Close() }()
	switch resp.StatusCode {
	case http.StatusOK, http.StatusCreated, http.StatusNoContent:
	default:
		return "", &StatusError{resp.StatusCode}
	}
	if n, err := f.Body.Read(make([]byte, 1)); n > 0 || err == nil || body.done != f.Size {
		return "", ErrChanged
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}

// agent is what hosts are told of us: no version, no system.
const agent = "sotto"

// allowed says whether a header may go with a file: the three of XEP-0363 §5, and
// nothing in them that could begin another one.
func (h Header) allowed() (name, value string, ok bool) {
	clean := func(s string) string { return strings.NewReplacer("\r", "", "\n", "").Replace(s) }
	name, value = http.CanonicalHeaderKey(strings.TrimSpace(clean(h.Name))), strings.TrimSpace(clean(h.Value))
	switch name {
	case "Authorization", "Cookie", "Expires":
	default:
		return "", "", false
	}
	for i := range len(value) {
		if b := value[i]; b < 0x20 && b != '\t' || b == 0x7f {
			return "", "", false
		}
	}
	return name, value, true
}

// sent is a body of which nothing is read any more once it was ended: the transport
// may still try when an answer came before it had all.
type sent struct {
	mu   sync.Mutex
	over bool
	counted
}

func (s *sent) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.over = true
}

func (s *sent) Read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		return 0, io.ErrClosedPipe
	}
	return s.counted.Read(p)
}

// counted tells how much was read.
type counted struct {
	r     io.Reader
	done  int64
	short bool // it ended
	alive func()
	moved func(int64)
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.done += int64(n)
	c.short = c.short || errors.Is(err, io.EOF)
	if n > 0 {
		c.alive()
		if c.moved != nil {
			c.moved(c.done)
		}
	}
	return n, err
}
