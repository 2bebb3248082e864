package ui

import (
	"context"
	"path/filepath"
	"slices"
	"strings"

	"sotto/session"
	"sotto/session/export"
	"sotto/store"
	"sotto/ui/catalog"
)

type wantExport struct{}

// cmdExport writes the open chat, or all, to a file.
func (a *App) cmdExport(args string) {
	r, path, ok := exportArgs(args)
	if !ok {
		a.usage("export")
		return
	}
	if r.Chat == 0 {
		if a.m.chat == 0 {
			a.say(catalog.T("why.no-chat"))
			return
		}
		r.Chat = a.m.chat
	} else {
		r.Chat = 0
	}
	r.Words = catalog.T
	if path == "" {
		a.c.Export(r)
		return
	}
	home := a.opt.Home
	a.pager.want(wantExport{}, func(context.Context) func(*App) { // a disk may be slow
		r.Path = typedPath(path, home)
		return func(a *App) { a.c.Export(r) }
	})
}

// exportAll stands for all chats while words are read.
const exportAll = store.ChatID(-1)

// exportArgs reads what was typed: "all" and a format in either order, then a path.
func exportArgs(args string) (r session.ExportRequest, path string, ok bool) {
	path = strings.TrimSpace(args)
	for path != "" {
		word, rest, _ := strings.Cut(path, " ")
		f := export.Format(strings.ToLower(word))
		switch {
		case strings.EqualFold(word, "all") && r.Chat == 0:
			r.Chat = exportAll
		case slices.Contains(export.Formats, f) && r.Format == "":
			r.Format = f
		default:
			rest = ""
			if r.Format == "" {
				for _, f := range export.Formats {
					if strings.EqualFold(filepath.Ext(unquoted(path)), f.Ending()) {
						r.Format = f
					}
				}
				if r.Format == "" && !strings.ContainsAny(path, "/.~\\") {
					return r, "", false // a mistyped format, hardly a file
				}
			}
			if r.Format == "" {
				r.Format = export.JSONL
			}
			return r, path, true
		}
		path = strings.TrimSpace(rest)
	}
	if r.Format == "" {
		r.Format = export.JSONL
	}
	return r, "", true
}

type wantImport struct{}

// cmdImport takes the messages of a file that an export wrote, or ends that.
func (a *App) cmdImport(args string) {
	switch {
	case args == "":
		a.usage("import")
		return
	case strings.EqualFold(args, "cancel"):
		if !a.c.CancelImport() {
			a.say(catalog.T("import.none"))
		}
		return
	}
	home := a.opt.Home
	a.pager.want(wantImport{}, func(context.Context) func(*App) { // a disk may be slow
		path := typedPath(args, home)
		return func(a *App) {
			a.say(catalog.T("import.reading", shortPath(path, home)))
			a.c.Import(path)
		}
	})
}

// exportExists asks before a file is replaced.
func (a *App) exportExists(e session.ExportExists) {
	a.confirm(catalog.T("confirm.export", shortPath(e.Request.Path, a.opt.Home)), func(a *App) {
		e.Request.Replace = true
		a.c.Export(e.Request)
	})
}
