package session

import (
	"slices"
	"testing"

	"sotto/session/wire"
)

// FuzzCommand reads any answer about a command, and any list of commands.
func FuzzCommand(f *testing.F) {
	f.Add("<actions execute='next'><next/><prev/></actions><note type='warn'>x</note>" + everyType)
	f.Add("<x xmlns='jabber:x:data' type='result'><reported><field var='a'/></reported><item><field var='a'><value>1</value></field></item></x>")
	f.Add("<x xmlns='jabber:x:oob'><url>https://example.org</url></x><item jid='irc.example.org' node='a' name='b'/>")
	f.Fuzz(func(t *testing.T, inner string) {
		for _, status := range []string{"executing", "completed", "other"} {
			el, err := wire.ParseElement([]byte("<command xmlns='"+nsCommands+"' node='n' sessionid='s' status='"+status+"'>"+inner+"</command>"), wire.NSClient)
			if err != nil {
				return
			}
			a, ok := readCommand(el, "n")
			if ok != (status != "other") {
				t.Fatalf("%s: read %v", status, ok)
			}
			if !ok {
				continue
			}
			if len(a.notes) > commandNotesMax || len(a.results) > commandResultsMax || len(a.links) > commandLinksMax || a.form != nil && status != "executing" {
				t.Errorf("it has no end: %+v", a)
			}
			if !slices.Contains(a.steps, a.usual) || a.usual == StepBack {
				t.Errorf("the usual step %q is not among %q", a.usual, a.steps)
			}
			for _, r := range a.results {
				if len(r.Columns) > resultColumnsMax || len(r.Items) > resultItemsMax || len(r.Fields) > formFieldsMax {
					t.Errorf("a result has no end")
				}
				for _, row := range r.Items {
					if len(row) != len(r.Columns) {
						t.Errorf("a row of %d in %d columns", len(row), len(r.Columns))
					}
					for i := range row {
						row[i].Shown()
					}
				}
			}
		}
		el, err := wire.ParseElement([]byte("<query xmlns='"+nsDiscoItems+"'>"+inner+"</query>"), wire.NSClient)
		if err != nil {
			return
		}
		list, _ := takeCommands(nil, wire.Lenient("irc.example.org"), el)
		for _, c := range list {
			if c.JID != "irc.example.org" || c.Node == "" || c.Name == "" || len(c.Name) > commandNameMax || len(c.Node) > commandNodeMax {
				t.Errorf("got %+v", c)
			}
		}
	})
}
