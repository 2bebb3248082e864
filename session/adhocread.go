package session

import (
	"slices"
	"strings"

	"sotto/session/wire"
)

// Reading what an address answers about its commands: XEP-0050 §2.2 and §3. All of
// it is remote text, bounded here; who shows it filters it.

// Bounds on commands.
const (
	commandListMax    = 500     // of a list
	commandNameMax    = 300     // bytes of a name
	commandNodeMax    = 2 << 10 // bytes of a node, or of the name of a session
	commandNotesMax   = 20
	commandNoteMax    = 4 << 10 // bytes
	commandLinksMax   = 10
	commandResultsMax = 8
)

const nsCommands = "http://jabber.org/protocol/commands"

// Command is something that an address lets us do there. Its texts are remote.
type Command struct{ JID, Node, Name string }

// NoteKind is how serious a note is (XEP-0050 §4.3).
type NoteKind string

// The kinds of notes. What is none of them is taken for NoteInfo.
const (
	NoteInfo  NoteKind = "info"
	NoteWarn  NoteKind = "warn"
	NoteError NoteKind = "error"
)

// CommandNote is what a command says.
type CommandNote struct {
	Kind NoteKind
	Text string
}

// CommandLink is a web address that a command gives (XEP-0066).
type CommandLink struct{ URL, Text string }

// CommandStep is a way to go on with a command (XEP-0050 §3.4).
type CommandStep string

// The steps. Leaving it is always possible: [Account.CancelCommand].
const (
	StepBack   CommandStep = "prev"
	StepNext   CommandStep = "next"
	StepFinish CommandStep = "complete"
)

// takeCommands reads the commands of one address that are not in the list yet.
func takeCommands(list []Command, of wire.JID, q *wire.Element) (out []Command, more bool) {
	for i := range q.All(nsDiscoItems, "item") {
		node := i.Attr("node")
		if wire.Lenient(i.Attr("jid")) != of || node == "" || len(node) > commandNodeMax {
			continue // it could not be asked for here
		}
		c := Command{JID: of.String(), Node: node, Name: clip(strings.TrimSpace(i.Attr("name")), commandNameMax)}
		if slices.ContainsFunc(list, func(x Command) bool { return x.JID == c.JID && x.Node == node }) {
			continue
		}
		if len(list) == commandListMax {
			return list, true
		}
		if c.Name == "" {
			c.Name = clip(node, commandNameMax)
		}
		list = append(list, c)
	}
	return list, false
}

// commandAnswer is a <command/> as an address answers with it.
type commandAnswer struct {
	session string
	status  string // executing, completed, canceled
	notes   []CommandNote
	form    *Form // to be filled in
	results []FormResult
	links   []CommandLink
	steps   []CommandStep
	usual   CommandStep // what Enter does
}

// readCommand reads the answer about a command; false: it is none.
func readCommand(el *wire.Element, node string) (commandAnswer, bool) {
	a := commandAnswer{session: el.Attr("sessionid"), status: el.Attr("status")}
	if el == nil || el.Attr("node") != node && el.Attr("node") != "" || len(a.session) > commandNodeMax {
		return a, false
	}
	switch a.status {
	case "executing":
		if a.session == "" {
			return a, false // it could not be gone on with
		}
	case "completed", "canceled":
	default:
		return a, false
	}
	for n := range el.All(nsCommands, "note") {
		if t := strings.TrimSpace(n.Text); t != "" && len(a.notes) < commandNotesMax {
			kind := NoteKind(n.Attr("type"))
			if kind != NoteWarn && kind != NoteError {
				kind = NoteInfo
			}
			a.notes = append(a.notes, CommandNote{kind, clip(t, commandNoteMax)})
		}
	}
	for x := range el.All(nsData, "x") {
		kind := x.Attr("type")
		switch {
		case a.status == "executing" && (kind == "form" || kind == ""):
			if a.form == nil {
				f := parseForm(x)
				a.form = &f
			}
		case kind == "result" || kind == "form" || kind == "":
			if len(a.results) < commandResultsMax {
				a.results = append(a.results, parseResult(x))
			}
		}
	}
	for o := range el.All(nsOOB, "x") {
		if u := strings.TrimSpace(o.ChildText(nsOOB, "url")); webAddress(u) && len(a.links) < commandLinksMax {
			a.links = append(a.links, CommandLink{u, clip(strings.TrimSpace(o.ChildText(nsOOB, "desc")), formLabelMax)})
		}
	}
	a.steps, a.usual = stepsOf(el.Child(nsCommands, "actions"))
	return a, true
}

// stepsOf says which steps a stage allows, and which is the usual one (§3.4).
func stepsOf(actions *wire.Element) (steps []CommandStep, usual CommandStep) {
	for _, s := range []CommandStep{StepBack, StepNext, StepFinish} {
		if actions.Child(nsCommands, string(s)) != nil {
			steps = append(steps, s)
		}
	}
	usual = CommandStep(actions.Attr("execute"))
	switch {
	case usual != StepBack && slices.Contains(steps, usual):
	case slices.Contains(steps, StepNext):
		usual = StepNext
	default: // without <actions/> the stage is the only one
		usual = StepFinish
		if !slices.Contains(steps, StepFinish) {
			steps = append(steps, StepFinish)
		}
	}
	return steps, usual
}
