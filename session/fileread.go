package session

import (
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"strconv"
	"strings"

	"sotto/session/web"
	"sotto/session/wire"
	"sotto/store"
)

// What a message says of a file that it brings: XEP-0447 with XEP-0446, the older
// XEP-0385, or only where it is (XEP-0066).

const (
	fileNameMax = 512
	fileTypeMax = 100
	fileMost    = 1 << 50 // bytes that a file can say it has
	sourcesMax  = 8
)

// readFile gives the file that a message brings; nil: none that could be fetched.
// A retraction, a correction and the like bring none.
func readFile(e *wire.Element) *store.File {
	if e.Attr("type") == "error" || e.Child(nsEME, "encryption") != nil {
		return nil
	}
	if f := statelessFile(e); f != nil {
		return f
	}
	if f := mediaFile(e); f != nil {
		return f
	}
	if x := e.Child(nsOOB, "x"); x != nil {
		if address, ok := fileURL(x.ChildText(nsOOB, "url")); ok {
			return &store.File{URL: address}
		}
	}
	return nil
}

// statelessFile reads XEP-0447 §3: the first file with a source that we can use.
func statelessFile(e *wire.Element) *store.File {
	for x := range e.All(nsFileSharing, "file-sharing") {
		n := 0
		for s := range x.Child(nsFileSharing, "sources").All(nsURLData, "url-data") {
			if n++; n > sourcesMax {
				break
			}
			if address, ok := fileURL(s.Attr("target")); ok {
				return readMetadata(x.Child(nsFileMetadata, "file"), nsFileMetadata, address)
			}
		}
	}
	return nil
}

// mediaFile reads XEP-0385 §3.
func mediaFile(e *wire.Element) *store.File {
	for r := range e.All(nsReference, "reference") {
		x := r.Child(nsMediaSharing, "media-sharing")
		n := 0
		for s := range x.Child(nsMediaSharing, "sources").All(nsReference, "reference") {
			if n++; n > sourcesMax {
				break
			}
			if address, ok := fileURL(s.Attr("uri")); ok {
				return readMetadata(x.Child(nsJingleFile, "file"), nsJingleFile, address)
			}
		}
	}
	return nil
}

func readMetadata(m *wire.Element, space, address string) *store.File {
	f := &store.File{URL: address, Name: clip(m.ChildText(space, "name"), fileNameMax), Type: mediaType(m.ChildText(space, "media-type"))}
	if n, err := strconv.ParseInt(strings.TrimSpace(m.ChildText(space, "size")), 10, 64); err == nil && n > 0 && n < fileMost {
		f.Size = n
	}
	for h := range m.All(nsHashes, "hash") {
		if h.Attr("algo") != "sha-256" {
			continue
		}
		if b, err := base64.StdEncoding.DecodeString(strings.TrimSpace(h.Text)); err == nil && len(b) == 32 {
			f.SHA256 = hex.EncodeToString(b)
			break
		}
	}
	return f
}

// fileURL says whether a file can be had at an address, and gives it without what
// only names a part of it.
func fileURL(s string) (string, bool) {
	s = strings.TrimSpace(s)
	u, err := web.Check(s)
	if err != nil || u.Fragment != "" {
		return "", false // behind the # may stand a key: it must not go to a host
	}
	return s, true
}

// mediaType is a media type that looks like one; "": it does not.
func mediaType(s string) string {
	s, _, _ = strings.Cut(strings.ToLower(strings.TrimSpace(s)), ";")
	kind, sub, ok := strings.Cut(s, "/")
	if !ok || kind == "" || sub == "" || len(s) > fileTypeMax {
		return ""
	}
	for _, r := range s {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') && !strings.ContainsRune("/.+-_", r) {
			return ""
		}
	}
	return s
}

// withFile gives an arrival its file. What stands in the body only for programs
// that do not know files goes, but nothing else: a text cannot be hidden behind a
// file. A body that is the address alone stays, so that the message can be copied
// and found. body is the text as it came.
func withFile(e *wire.Element, body string, a *store.Arrival) {
	if a.EncError != "" || a.Kind != store.Text {
		return
	}
	f := readFile(e)
	if f == nil {
		return
	}
	a.File = f
	if strings.TrimSpace(a.Body) == "" {
		a.Body = f.URL
		return
	}
	rest, cut := fallback(e, nsFileSharing, body)
	rest = strings.Trim(rest, "\r\n")
	if a.Reply == nil && strings.TrimSpace(cut) == f.URL && strings.TrimSpace(rest) != "" {
		a.Body = clip(rest, bodyMax)
	}
}

// FileName is what a file is called here, for the eye and on the disk: see
// web.SafeName.
func FileName(f *store.File) string { return web.SafeName(f.Name, f.URL, f.Type) }

// FileHost is the host that has a file, as its name is asked for; "": none has.
func FileHost(f *store.File) string {
	if u, err := url.Parse(f.URL); err == nil {
		return u.Hostname()
	}
	return ""
}
