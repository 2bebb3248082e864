package session

import (
	"slices"
	"strconv"
	"strings"

	"sotto/session/wire"
	"sotto/store"
)

// affiliateMost bounds how many are given an affiliation at once.
const affiliateMost = 500

// SetAffiliations gives many addresses one affiliation in a room, by one query
// (XEP-0045 §9.5, §9.8, §10.5, §10.8). whom says how each stands until now, as
// [AffiliationsListed] does; 500 at most. Services take such a query differently:
// some do nothing of it when one item may not be, some do the first item alone and
// call it a success. So the room is asked what came of it, and for those it left out
// one at a time. One [Answer] tells how many are done and who is not; then comes the
// list of asked, "" for all, as [Account.Affiliations] asks for it, as news.
func (a *Account) SetAffiliations(room store.ChatID, whom []Affiliated, affiliation, asked string) {
	whom = slices.Clone(whom)
	a.do(room, func(l *loop) { l.setAffiliations(room, whom, affiliation, asked) })
}

// affiliating is a change of many, on its way. The loop owns it.
type affiliating struct {
	room    store.ChatID
	jid, to string
	asked   string       // the list that is shown
	left    []Affiliated // not done yet, as far as is known
	was     []string     // the lists that tell who is left out
	done    int
	refused []string
	why     error // of the last refusal
}

func (l *loop) setAffiliations(id store.ChatID, whom []Affiliated, to, asked string) {
	r := l.roomOf(id)
	if r == nil {
		return
	}
	if !slices.Contains(affiliationNames, to) {
		l.tellProblem(id, Problem{Code: "no-affiliation", Args: []string{to}})
		return
	}
	c := &affiliating{room: id, jid: r.jid.String(), to: to, asked: asked}
	seen := map[string]bool{}
	q := wire.New(nsMUCAdmin, "query")
	for _, x := range whom {
		j, err := wire.Parse(x.JID)
		if err != nil || seen[j.Bare().String()] || x.Affiliation == to {
			continue
		}
		if len(c.left) == affiliateMost {
			break
		}
		x.JID = j.Bare().String()
		seen[x.JID] = true
		c.left = append(c.left, x)
		if to == "none" && !slices.Contains(c.was, x.Affiliation) {
			c.was = append(c.was, x.Affiliation)
		}
		q.Add(wire.New(nsMUCAdmin, "item").Set("jid", x.JID).Set("affiliation", to))
	}
	if len(c.left) == 0 {
		return
	}
	if why := r.self().WhyNotAffiliate(to); why != "" {
		l.tellProblem(id, Problem{Code: "deed-" + why, Args: []string{c.left[0].JID}})
		return
	}
	if to != "none" {
		c.was = []string{to}
	}
	if !l.ask(iq("set", c.jid, q), func(_ *store.Tx, _ *wire.Element, err error) error {
		switch {
		case err == errLinkLost:
			l.affiliatedUnsure(c)
		case err != nil && len(c.left) == 1:
			c.refused, c.why, c.left = []string{c.left[0].JID}, err, nil
			l.affiliatedAll(c)
		case err != nil:
			l.then = append(l.then, func() { l.affiliateNext(c) })
		case len(c.left) == 1:
			c.done, c.left = 1, nil
			l.affiliatedAll(c)
		default:
			l.then = append(l.then, func() { l.affiliatedCheck(c, 0, map[string]bool{}) })
		}
		return nil
	}) {
		l.tellProblem(id, Problem{Code: "offline"})
	}
}

// affiliatedCheck reads the lists that tell who is left out of a query that the
// room took, one after the other.
func (l *loop) affiliatedCheck(c *affiliating, at int, on map[string]bool) {
	if at == len(c.was) {
		var left []Affiliated
		for _, x := range c.left {
			if on[x.JID] != (c.to == "none") {
				c.done++
			} else {
				left = append(left, x)
			}
		}
		c.left = left
		l.affiliateNext(c)
		return
	}
	if !l.ask(iq("get", c.jid, wire.New(nsMUCAdmin, "query").Add(wire.New(nsMUCAdmin, "item").Set("affiliation", c.was[at]))), func(_ *store.Tx, el *wire.Element, err error) error {
		switch {
		case err == errLinkLost:
			l.affiliatedUnsure(c)
		case err != nil: // not told: each is asked for, and a room that did it says so
			l.then = append(l.then, func() { l.affiliateNext(c) })
		default:
			for item := range el.Child(nsMUCAdmin, "query").All(nsMUCAdmin, "item") {
				on[wire.Lenient(item.Attr("jid")).Bare().String()] = true
			}
			l.then = append(l.then, func() { l.affiliatedCheck(c, at+1, on) })
		}
		return nil
	}) {
		l.affiliatedUnsure(c)
	}
}

// affiliateNext asks for the next one alone.
func (l *loop) affiliateNext(c *affiliating) {
	if len(c.left) == 0 {
		l.affiliatedAll(c)
		return
	}
	whom := c.left[0].JID
	if !l.ask(iq("set", c.jid, wire.New(nsMUCAdmin, "query").Add(wire.New(nsMUCAdmin, "item").Set("jid", whom).Set("affiliation", c.to))), func(_ *store.Tx, _ *wire.Element, err error) error {
		if err == errLinkLost {
			l.affiliatedUnsure(c)
			return nil
		}
		if c.left = c.left[1:]; err != nil {
			c.refused, c.why = append(c.refused, whom), err
		} else {
			c.done++
		}
		l.then = append(l.then, func() { l.affiliateNext(c) })
		return nil
	}) {
		l.affiliatedUnsure(c)
	}
}

// affiliatedUnsure tells that the link ended before all was answered.
func (l *loop) affiliatedUnsure(c *affiliating) {
	l.tellProblem(c.room, Problem{Code: "affiliations-unsure", Args: []string{strconv.Itoa(c.done), strconv.Itoa(len(c.left))}})
}

// affiliatedAll tells what came of it.
func (l *loop) affiliatedAll(c *affiliating) {
	l.then = append(l.then, func() { l.askAffiliations(c.room, c.asked, true) })
	if len(c.refused) == 0 {
		code := "affiliations-" + c.to
		l.tell(c.room, code, strconv.Itoa(c.done))
		return
	}
	names := strings.Join(c.refused[:min(len(c.refused), 5)], ", ")
	if len(c.refused) > 5 {
		names += " …"
	}
	l.tellProblem(c.room, stanzaProblem("affiliations-refused", c.why, strconv.Itoa(c.done), strconv.Itoa(len(c.refused)), names))
}
