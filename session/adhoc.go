package session

import (
	"crypto/rand"
	"errors"
	"slices"
	"time"

	"sotto/session/wire"
	"sotto/store"
)

// Ad-hoc commands: XEP-0050. The commands of a server's administration (XEP-0133)
// are such commands. Sotto offers none itself.

// Bounds on what is carried out.
const (
	commandTargetsMax = 8 // addresses of a list
	commandRunsMax    = 8 // commands that are being carried out at once
	commandStagesMax  = 200
	commandTime       = time.Minute
)

// CommandsListed is what can be done at some addresses. List must not be changed.
type CommandsListed struct {
	seal
	Account store.AccountID
	ID      string // of the request
	List    []Command
	More    bool     // there are more than are kept
	Done    bool     // every address answered, or will not
	Problem *Problem // why there is nothing
}

// CommandStage is where a command stands that is being carried out. Answer it with
// [Account.ContinueCommand] or [Account.CancelCommand]; a stage that is Done asks
// for nothing.
type CommandStage struct {
	seal
	Account store.AccountID
	ID      string // as RunCommand returned it
	Done    bool
	Notes   []CommandNote
	Form    *Form // to be filled in; nil: there is nothing to fill in
	Results []FormResult
	Links   []CommandLink
	Steps   []CommandStep // besides leaving it
	Usual   CommandStep   // the one for Enter
	Problem *Problem      // what was given was not taken; with Done the command has ended
}

type (
	commandsKey struct{ a store.AccountID }
	stageKey    struct {
		a  store.AccountID
		id string
	}
)

func (e CommandsListed) key() any { return commandsKey{e.Account} }
func (e CommandStage) key() any   { return stageKey{e.Account, e.ID} }

// Commands asks addresses, 8 at most, what can be done there. [CommandsListed]
// follows, again and again until it is done, with the id that is returned.
func (a *Account) Commands(addresses ...string) (id string) {
	id = rand.Text()
	addresses = slices.Clone(addresses[:min(len(addresses), commandTargetsMax)])
	a.do(0, func(l *loop) { l.listCommands(id, addresses) })
	return id
}

// RunCommand begins a command. [CommandStage] follows with the id that is returned.
func (a *Account) RunCommand(c Command) (id string) {
	id = rand.Text()
	a.do(0, func(l *loop) { l.runCommand(id, c) })
	return id
}

// ContinueCommand goes on from a stage; f is its form, filled in. Going back gives
// nothing. Another [CommandStage] follows.
func (a *Account) ContinueCommand(id string, s CommandStep, f *Form) {
	a.do(0, func(l *loop) { l.continueCommand(id, s, f) })
}

// CancelCommand ends a command at its server, also one whose answer is awaited. No
// event follows.
func (a *Account) CancelCommand(id string) { a.do(0, func(l *loop) { l.cancelCommand(id) }) }

// commandRun is a command that is being carried out.
type commandRun struct {
	of      Command
	session string       // its name at the server; "": not known yet
	stage   CommandStage // the last one, shown again with a problem
	stages  int
	waits   *time.Timer // for an answer; nil: it is our turn
	left    bool        // the user does not want it any more
}

func (l *loop) listCommands(id string, addresses []string) {
	e := CommandsListed{seal: localOrigin().seal(), Account: l.a.id, ID: id}
	l.commandsID = id
	end := func(p *Problem) {
		e.Done = true
		if e.List == nil {
			e.Problem = p
		}
		l.emit(e)
	}
	var list []wire.JID
	for _, s := range addresses {
		j, err := wire.Parse(s)
		if err != nil {
			end(&Problem{Code: "command-address", Args: []string{s}})
			return
		}
		if !slices.Contains(list, j) {
			list = append(list, j)
		}
	}
	if l.state != Online || len(list) == 0 {
		end(&Problem{Code: "offline"})
		return
	}
	waits := len(list)
	for _, j := range list {
		open := true
		took := func(p *Problem) {
			if !open || l.commandsID != id {
				return
			}
			open = false
			waits--
			if waits == 0 {
				end(p)
			} else if p == nil {
				l.emit(e)
			}
		}
		timer := l.after(commandTime, func(*loop) { took(&Problem{Code: "command-silent", Args: []string{j.String()}}) })
		q := wire.New(nsDiscoItems, "query").Set("node", nsCommands)
		if !l.ask(l.inOurLanguage(iq("get", j.String(), q)), func(_ *store.Tx, el *wire.Element, err error) error {
			timer.Stop()
			l.then = append(l.then, func() {
				if err != nil {
					took(listProblem(err, j))
					return
				}
				more := false
				if open {
					e.List, more = takeCommands(slices.Clip(e.List), j, el.Child(nsDiscoItems, "query"))
					e.More = e.More || more
				}
				if len(e.List) == 0 {
					took(&Problem{Code: "command-none", Args: []string{j.String()}})
					return
				}
				took(nil)
			})
			return nil
		}) {
			timer.Stop()
			took(&Problem{Code: "offline"})
		}
	}
}

// inOurLanguage asks for answers in the language of the user (XEP-0050 §3.7).
func (l *loop) inOurLanguage(q *wire.Element) *wire.Element {
	if all := l.languages(); len(all) > 0 {
		q.SetLang(all[0])
	}
	return q
}

func listProblem(err error, j wire.JID) *Problem {
	var e *wire.StanzaError
	switch {
	case err == errLinkLost:
		return &Problem{Code: "offline"}
	case errors.As(err, &e) && slices.Contains([]string{"item-not-found", "service-unavailable", "feature-not-implemented"}, e.Condition):
		return &Problem{Code: "command-none", Args: []string{j.String()}}
	}
	p := commandProblem("command-list-refused", err, j.String())
	return &p
}

// commandProblem says what a refusal means; code is for what means nothing more.
func commandProblem(code string, err error, jid string) Problem {
	p := stanzaProblem(code, err, jid)
	var e *wire.StanzaError
	if errors.As(err, &e) {
		switch {
		case e.App == "session-expired" || e.App == "bad-sessionid":
			p.Code = "command-expired"
		case slices.Contains([]string{"forbidden", "not-authorized", "not-allowed"}, e.Condition):
			p.Code = "command-forbidden"
		case slices.Contains([]string{"remote-server-not-found", "remote-server-timeout"}, e.Condition):
			p.Code = "command-unreachable"
		}
	}
	return p
}

func (l *loop) runCommand(id string, c Command) {
	j, err := wire.Parse(c.JID)
	r := &commandRun{of: c}
	switch {
	case err != nil || c.Node == "" || len(c.Node) > commandNodeMax:
		l.commandEnds(id, r, &Problem{Code: "command-address", Args: []string{c.JID}})
	case l.state != Online:
		l.commandEnds(id, r, &Problem{Code: "offline"})
	case len(l.commands) >= commandRunsMax:
		l.commandEnds(id, r, &Problem{Code: "command-many"})
	default:
		r.of.JID = j.String()
		l.commands[id] = r
		l.askCommand(id, r, wire.New(nsCommands, "command").Set("node", c.Node).Set("action", "execute"))
	}
}

func (l *loop) continueCommand(id string, s CommandStep, f *Form) {
	r := l.commands[id]
	if r == nil || r.waits != nil || !slices.Contains(r.stage.Steps, s) {
		return
	}
	q := wire.New(nsCommands, "command").Set("node", r.of.Node).Set("sessionid", r.session).Set("action", string(s))
	if f != nil && s != StepBack && r.stage.Form != nil {
		q.Add(f.submit())
		r.stage.Form = f // as it is filled in, should it not be taken
	}
	l.askCommand(id, r, q)
}

// askCommand sends a step and takes what comes of it.
func (l *loop) askCommand(id string, r *commandRun, q *wire.Element) {
	r.waits = l.after(commandTime, func(l *loop) {
		if l.commands[id] == r {
			l.commandEnds(id, r, &Problem{Code: "command-silent", Args: []string{r.of.JID}})
			r.left = true // a late answer is cancelled
		}
	})
	timer := r.waits
	if !l.ask(l.inOurLanguage(iq("set", r.of.JID, q)), func(_ *store.Tx, el *wire.Element, err error) error {
		timer.Stop()
		l.then = append(l.then, func() { l.commandAnswered(id, r, el.Child(nsCommands, "command"), err) })
		return nil
	}) {
		timer.Stop()
		r.waits = nil
		l.commandStays(id, r, Problem{Code: "offline"})
	}
}

func (l *loop) commandAnswered(id string, r *commandRun, el *wire.Element, err error) {
	var refusal *wire.StanzaError
	r.waits = nil
	switch {
	case err == errLinkLost:
		l.commandEnds(id, r, &Problem{Code: "command-unsure", Args: []string{r.of.JID}})
		return
	case errors.As(err, &refusal):
		code := "command-refused"
		if r.session == "" {
			code = "command-not-begun"
		}
		l.commandStays(id, r, commandProblem(code, err, r.of.JID))
		return
	}
	a, ok := readCommand(el, r.of.Node)
	if !ok || r.session != "" && a.session != r.session && (a.session != "" || a.status == "executing") {
		if r.session == "" {
			r.session = a.session
		}
		l.commandLeft(r)
		l.commandEnds(id, r, &Problem{Code: "command-garbled", Args: []string{r.of.JID}})
		return
	}
	r.session = a.session
	r.stages++
	switch {
	case a.status == "executing" && r.left:
		l.commandLeft(r)
		l.commandEnds(id, r, nil)
		return
	case r.stages > commandStagesMax:
		l.commandLeft(r)
		l.commandEnds(id, r, &Problem{Code: "command-endless", Args: []string{r.of.JID}})
		return
	}
	e := CommandStage{Notes: a.notes, Form: a.form, Results: a.results, Links: a.links, Steps: a.steps, Usual: a.usual}
	if a.status != "executing" {
		e.Done, e.Steps, e.Usual = true, nil, ""
		delete(l.commands, id)
	}
	r.stage = e
	l.tellStage(id, r, e)
}

// tellStage announces a stage, to whom still wants to know.
func (l *loop) tellStage(id string, r *commandRun, e CommandStage) {
	if r.left {
		return
	}
	e.seal, e.Account, e.ID = localOrigin().seal(), l.a.id, id
	if e.Form != nil {
		f := *e.Form
		f.Fields = slices.Clone(f.Fields) // the other one is filled in
		e.Form = &f
	}
	l.emit(e)
}

// commandStays says that a step was not taken: the stage is where it was. Without
// one, or where its session is over, the command has ended.
func (l *loop) commandStays(id string, r *commandRun, p Problem) {
	if r.session == "" || r.left || p.Code == "command-expired" {
		l.commandEnds(id, r, &p)
		return
	}
	e := r.stage
	e.Problem = &p
	l.tellStage(id, r, e)
}

func (l *loop) commandEnds(id string, r *commandRun, p *Problem) {
	delete(l.commands, id)
	if p != nil {
		l.tellStage(id, r, CommandStage{Done: true, Problem: p})
	}
}

func (l *loop) cancelCommand(id string) {
	r := l.commands[id]
	if r == nil {
		return
	}
	r.left = true
	delete(l.commands, id)
	if r.waits == nil {
		l.commandLeft(r)
	} // else the answer to come is cancelled
}

// commandLeft tells the server that a command is over (§3.2, cancelling).
func (l *loop) commandLeft(r *commandRun) {
	if r.session == "" {
		return
	}
	q := wire.New(nsCommands, "command").Set("node", r.of.Node).Set("sessionid", r.session).Set("action", "cancel")
	// Whatever it answers, for us it is over.
	l.ask(iq("set", r.of.JID, q), func(*store.Tx, *wire.Element, error) error { return nil })
}
