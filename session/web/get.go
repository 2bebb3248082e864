package web

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Request is a file that is to be fetched.
type Request struct {
	URL     string
	Allow   string                  // a host that may be near: the user said so
	Dir     string                  // where it is saved; made when it is not there
	Name    string                  // as its sender calls it; see [SafeName]
	Type    string                  // media type that its sender tells, for the name of one without
	Size    int64                   // that its sender tells; 0: none
	SHA256  string                  // that its sender tells, in hexadecimal digits; "": none
	Max     int64                   // bytes; 0: no limit
	Version string                  // of the part that was fetched before; see [Got]
	Moved   func(done, total int64) // after each piece, total 0: not known; nil: nobody is told
}

// Got is what came of a fetch. Version belongs to the part that stays behind when
// it fails, so that the rest can be fetched later; "": it cannot.
type Got struct {
	Path    string
	Size    int64
	Checked bool // size and sum are those that were told
	Version string
}

// namesMax is how many files of one name a folder can have.
const namesMax = 1000

// Fetch saves a file under a name that was free, readable for the user alone. What
// is not of the size or content that was told is thrown away.
func (c *Client) Fetch(ctx context.Context, r Request) (got Got, err error) {
	u, err := Check(r.URL)
	if err != nil {
		return got, err
	}
	u.Fragment = ""
	if r.Max > 0 && r.Size > r.Max {
		return got, ErrTooBig
	}
	if err := os.MkdirAll(r.Dir, 0o700); err != nil {
		return got, err
	}
	ctx, alive, stop := watched(ctx)
	defer stop()
	client, end := c.client(r.Allow)
	defer end()
	client.CheckRedirect = func(req *http.Request, via []*http.Request) error {
		if len(via) > redirectsMax {
			return ErrRedirects
		}
		req.Header.Del("Referer")
		_, err := Check(req.URL.String())
		return err
	}
	id := sha256.Sum256([]byte(u.String()))
	part, err := openPart(filepath.Join(r.Dir, ".sotto-"+hex.EncodeToString(id[:12])+".part"))
	if err != nil {
		return got, err
	}
	keep := false
	defer func() {
		_ = part.Close()
		if !keep {
			_ = os.Remove(part.Name())
		}
	}()
	have, sum, err := r.held(part)
	if err != nil {
		return got, err
	}
	resp, err := ask(ctx, client, u.String(), have, r.Version)
	if err != nil {
		keep = have > 0
		got.Version = r.Version
		return got, cause(ctx, err)
	}
	defer func() { _ = resp.Body.Close() }()
	if have > 0 && !continues(resp, have) {
		if resp.StatusCode == http.StatusPartialContent || resp.StatusCode == http.StatusRequestedRangeNotSatisfiable {
			return got, &StatusError{resp.StatusCode} // another try begins anew
		}
		have, sum = 0, sha256.New()
		if err := restart(part); err != nil {
			return got, err
		}
	}
	switch resp.StatusCode {
	case http.StatusOK, http.StatusPartialContent:
	default:
		keep, got.Version = have > 0, r.Version
		return got, &StatusError{resp.StatusCode}
	}
	got.Version = version(resp)
	total := int64(0)
	if resp.ContentLength >= 0 {
		total = have + resp.ContentLength
		if r.Size > 0 && total != r.Size {
			return got, ErrSize
		}
	}
	limit := r.Max
	if r.Size > 0 {
		limit = r.Size
	}
	if limit > 0 && total > limit {
		return got, ErrTooBig
	}
	var from io.Reader = resp.Body
	if limit > 0 {
		from = io.LimitReader(from, limit-have+1)
	}
	moved := func(n int64) {
		if r.Moved != nil {
			r.Moved(have+n, max(total, r.Size))
		}
	}
	n, err := io.Copy(io.MultiWriter(part, sum), &counted{r: from, alive: alive, moved: moved})
	got.Size = have + n
	switch {
	case err != nil:
		keep = got.Version != "" || r.SHA256 != ""
		return got, cause(ctx, err)
	case limit > 0 && got.Size > limit && r.Size == 0:
		return got, ErrTooBig
	case r.Size > 0 && got.Size != r.Size, total > 0 && got.Size != total:
		return got, ErrSize
	case r.SHA256 != "" && !strings.EqualFold(hex.EncodeToString(sum.Sum(nil)), r.SHA256):
		return got, ErrSum
	}
	got.Checked = r.SHA256 != ""
	if err := part.Sync(); err != nil {
		return got, err
	}
	got.Path, err = settle(part.Name(), r.Dir, SafeName(r.Name, r.URL, r.Type))
	keep = err == nil
	return got, err
}

// openPart opens what was fetched before, or begins.
func openPart(path string) (*os.File, error) {
	if st, err := os.Lstat(path); err == nil && !st.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: %w", path, os.ErrExist)
	}
	return os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
}

func restart(part *os.File) error {
	if err := part.Truncate(0); err != nil {
		return err
	}
	_, err := part.Seek(0, io.SeekStart)
	return err
}

// held says how much of the file is here and sums it up. Without anything that
// would notice that the file is another one now, it begins anew.
func (r *Request) held(part *os.File) (int64, hash.Hash, error) {
	sum := sha256.New()
	st, err := part.Stat()
	if err != nil {
		return 0, nil, err
	}
	if n := st.Size(); r.Version == "" && r.SHA256 == "" || r.Size > 0 && n >= r.Size || r.Max > 0 && n >= r.Max {
		return 0, sum, restart(part)
	}
	n, err := io.Copy(sum, part)
	return n, sum, err
}

// ask asks for a file from a byte on.
func ask(ctx context.Context, client *http.Client, address string, from int64, version string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, ErrAddress
	}
	req.Header.Set("User-Agent", agent)
	req.Header.Set("Accept-Encoding", "identity")
	if from > 0 {
		req.Header.Set("Range", "bytes="+strconv.FormatInt(from, 10)+"-")
		if version != "" {
			req.Header.Set("If-Range", version)
		}
	}
	return client.Do(req)
}

// continues says that an answer goes on where we are (RFC 9110 §14.4).
func continues(resp *http.Response, have int64) bool {
	var first, last int64
	if resp.StatusCode != http.StatusPartialContent {
		return false
	}
	_, err := fmt.Sscanf(resp.Header.Get("Content-Range"), "bytes %d-%d/", &first, &last)
	return err == nil && first == have && last >= first
}

// version is a name of what was answered that If-Range takes (RFC 9110 §13.1.5).
func version(resp *http.Response) string {
	v := resp.Header.Get("Etag")
	if v == "" || strings.HasPrefix(v, "W/") {
		v = resp.Header.Get("Last-Modified")
	}
	if len(v) > 200 {
		return ""
	}
	return v
}

// settle gives a part its name, or the next one that is free: "name (1)". The name
// is taken before the file has it, so that nothing is ever written over.
func settle(part, dir, name string) (string, error) {
	stem, ext := split(name)
	for i := range namesMax {
		if i > 0 {
			name = fmt.Sprintf("%s (%d)%s", stem, i, ext)
		}
		path := filepath.Join(dir, name)
		f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if errors.Is(err, os.ErrExist) {
			continue
		}
		if err != nil {
			return "", err
		}
		_ = f.Close()
		if err := os.Rename(part, path); err != nil {
			_ = os.Remove(path)
			return "", err
		}
		return path, nil
	}
	return "", fmt.Errorf("%s: %w", name, os.ErrExist)
}
