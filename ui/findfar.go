package ui

import (
	"slices"
	"strings"
	"time"

	"sotto/session"
	"sotto/store"
	"sotto/ui/catalog"
	"sotto/ui/text"
)

// Searching on the server, where the archive of a chat can (XEP-0431): a key adds
// what it finds to what was found here.

// askOffer asks whether the chat that is searched can be searched on its server.
func (f *searchBox) askOffer() {
	f.offered, f.far = false, farNot
	c, ok := f.a.m.find(f.chat)
	if acc := f.a.c.Account(c.Account); ok && acc != nil {
		acc.FindArchiveSearch(c.ID)
	}
}

// farState is how far the server is with the words that stand there.
type farState int

const (
	farNot farState = iota
	farAsked
	farTold
	farFailed
)

// searchFar asks the server for the words; conditions are not for it.
func (f *searchBox) searchFar() {
	c, ok := f.a.m.find(f.chat)
	acc := f.a.c.Account(c.Account)
	if words := f.farWords(); ok && acc != nil && f.offered && words != "" && f.far == farNot {
		f.far = farAsked
		acc.SearchArchive(c.ID, words)
	}
}

func (f *searchBox) farWords() string {
	return strings.TrimSpace(strings.ReplaceAll(f.q.Text, `"`, " "))
}

func (a *App) archiveSearch(e session.ArchiveSearch) {
	if f, ok := a.dialog.(*searchBox); ok && f.chat == e.Chat {
		f.offered = e.Offered
	}
}

// archiveHits adds what the server found to what is here.
func (a *App) archiveHits(e session.ArchiveHits) {
	f, ok := a.dialog.(*searchBox)
	if !ok || f.chat != e.Chat || f.far != farAsked || f.farWords() != e.Words {
		return
	}
	f.far = farTold
	if e.Problem != nil {
		f.far = farFailed
		return
	}
	for _, m := range e.Hits {
		if m.ID == 0 || !slices.ContainsFunc(f.hits, func(h store.Message) bool { return h.ID == m.ID }) {
			f.hits = append(f.hits, m)
		}
	}
}

// readFar shows a message that only the server has.
func (f *searchBox) readFar(m store.Message) {
	head := time.UnixMicro(m.Stamp).In(f.l.zone).Format("2006-01-02 15:04")
	said := strings.Split(text.Body(m.Body), "\n")
	f.a.openViewer(&viewer{title: catalog.T("find.far-title"), read: func() (all []paragraph) {
		all = append(all, paragraph{id: 0, head: head, text: catalog.T("find.far-about"), style: f.l.Dim})
		for i, line := range said[:min(len(said), 1000)] {
			all = append(all, paragraph{id: i + 1, text: line, style: f.l.Text})
		}
		return all
	}})
}

// keysWords are the keys of the box.
func (f *searchBox) keysWords() string {
	switch {
	case f.far == farAsked:
		return catalog.T("find.far-busy")
	case f.far == farFailed:
		return catalog.T("find.far-failed")
	case f.offered && f.far == farNot && f.farWords() != "":
		return catalog.T("find.keys-far")
	}
	return catalog.T("find.keys")
}
