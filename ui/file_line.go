package ui

import (
	"strings"

	"github.com/gdamore/tcell/v2"
	"golang.org/x/net/idna"

	"sotto/session"
	"sotto/store"
	"sotto/ui/catalog"
	"sotto/ui/text"
)

// fileKind is what a file is, as far as its sender tells.
func fileKind(f *store.File) string {
	kind, sub, _ := strings.Cut(f.Type, "/")
	switch {
	case kind == "image", kind == "video", kind == "audio", kind == "text":
		return catalog.T("file." + kind)
	case strings.HasSuffix(sub, "pdf"), strings.Contains(sub, "document"), strings.Contains(sub, "msword"), strings.Contains(sub, "epub"):
		return catalog.T("file.document")
	case strings.Contains(sub, "zip"), strings.Contains(sub, "tar"), strings.Contains(sub, "compress"):
		return catalog.T("file.archive")
	}
	return catalog.T("file.file")
}

// hostASCII is a host in the letters that DNS is asked for: none of them can pass
// for another.
func hostASCII(host string) string {
	if ascii, err := idna.Lookup.ToASCII(host); err == nil {
		host = ascii
	}
	return text.Line(host)
}

// fileLines says what a message brings, in one line or, where that is too narrow,
// two: the name is never cut off by what stands behind it.
func fileLines(f *store.File, width int) []string {
	name := text.Name(session.FileName(f))
	about := []string{fileKind(f)}
	if f.Size > 0 {
		about = append(about, session.SizeWords(f.Size))
	}
	if f.URL != "" {
		about = append(about, hostASCII(session.FileHost(f)))
	}
	rest := strings.Join(about, " · ")
	if one := name + " · " + rest; text.Width(one)+2 <= width {
		return []string{"▤ " + one}
	}
	return []string{text.Fit("▤ "+name, width), text.Fit("  "+rest, width)}
}

// fileWords is the same for a reader of lines.
func fileWords(m *store.Message, take session.Choice) string {
	if _, hidden := m.Spoiler(); m.File == nil || m.File.URL == "" || hidden {
		return gist(m)
	}
	if not := notTaken(take); not != "" && m.File.Saved == "" {
		if m.Alone() {
			return not
		}
		return m.Body + "\n" + not
	}
	words := strings.TrimPrefix(strings.Join(fileLines(m.File, 1000), ""), "▤ ")
	if m.Alone() {
		return catalog.T("file.one", words, m.File.URL)
	}
	return m.Body + "\n" + catalog.T("file.one", words, m.File.URL)
}

// placeFile puts the lines of a file above the text of a message, or in its place
// where the text is nothing but its address.
func (b *block) placeFile(m *store.Message, width int, l *look, take session.Choice) {
	lines := fileLines(m.File, width)
	not := ""
	if m.File.Saved == "" {
		not = notTaken(take)
	}
	if not != "" {
		lines = text.Wrap("▤ "+not, width)
	}
	if l.ascii {
		lines[0] = strings.Replace(lines[0], "▤", "#", 1)
	}
	n := len(lines)
	if m.File.Saved != "" {
		lines = append(lines, text.Fit("  "+catalog.T("file.saved-as", text.Line(m.File.Saved)), width))
	}
	if l.pictures && not == "" && m.File.Picture.Height() > 0 {
		_, rows := pictureSize(m.File.Picture, width)
		b.picture, b.pictureAt = m.File.Picture, len(lines)
		lines = append(lines, make([]string, rows)...)
	}
	if m.Alone() {
		b.lines, b.links, b.kinds, b.parts, b.names = nil, nil, nil, nil, nil
	}
	b.push(lines...)
	b.file, b.fileName, b.hinted = len(lines), n, 0
}

// notUploaded says why a file of ours did not go.
func notUploaded(m *store.Message) string {
	p := session.Problem{Code: m.File.Problem, Args: m.File.Args}
	if !catalog.Has("problem." + p.Code) {
		return catalog.T("message.not-sent")
	}
	return catalog.T("file.not-sent", catalog.Problem(p, "").Text)
}

// moved counts the lines that say how far the file of a row is.
func (t *timeline) moved(m *store.Message) int {
	if _, ok := t.m.transfers[m.ID]; ok {
		return 1
	}
	return 0
}

const (
	barCols = 12
	barMin  = 44 // width from which there is a bar
)

// drawMoved draws that line.
func (t *timeline) drawMoved(s tcell.Screen, r rect, body int, m *store.Message, y int) {
	e := t.m.transfers[m.ID]
	x, w := r.x+body, r.w-body
	if e.Waits {
		put(s, x, r.y+y, w, catalog.T("file.waits"), t.l.Dim)
		return
	}
	if e.Total > 0 && r.w >= barMin {
		full := int(min(e.Done, e.Total) * barCols / e.Total)
		n := put(s, x, r.y+y, w, strings.Repeat(t.l.mark("█", "#"), full), t.l.Link.Underline(false))
		n += put(s, x+n, r.y+y, w-n, strings.Repeat(t.l.mark("░", "."), barCols-full), t.l.Dim)
		x, w = x+n+1, w-n-1
	}
	words := catalog.T("file.begins")
	switch {
	case e.Done > 0 && e.Total > 0:
		words = catalog.T("file.moving", session.SizeWords(min(e.Done, e.Total)), session.SizeWords(e.Total))
	case e.Done > 0:
		words = catalog.T("file.moving-unknown", session.SizeWords(e.Done))
	}
	put(s, x, r.y+y, w, text.Fit(words+" · "+catalog.T("file.stop"), max(1, w)), t.l.Dim)
}
