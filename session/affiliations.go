package session

import (
	"slices"
	"strings"

	"sotto/session/wire"
	"sotto/store"
)

// affiliatedMax bounds a list of affiliations that is shown.
const affiliatedMax = 5000

// Affiliated is somebody with an affiliation in a room. Reason and Nick are
// remote text; the address may be a server's alone.
type Affiliated struct {
	JID         string
	Affiliation string
	Nick        string
	Reason      string
}

// AffiliationsListed is what a room answered about who has an affiliation.
type AffiliationsListed struct {
	seal
	Account store.AccountID
	Chat    store.ChatID
	Asked   string       // the one affiliation that was asked for; "": all
	List    []Affiliated // by affiliation, the highest first, then by address
	Refused []string     // affiliations that the room does not tell us
	More    bool         // there are more than are listed
	News    bool         // nobody asked: many were changed
}

func (AffiliationsListed) key() any { return nil }

// Affiliations asks a room who has an affiliation in it (XEP-0045 §9.5, §9.8,
// §10.5, §10.8); "" asks for owners, admins, members and outcasts. It answers with
// [AffiliationsListed] or the [Answer] of a problem.
func (a *Account) Affiliations(room store.ChatID, affiliation string) {
	a.do(room, func(l *loop) { l.askAffiliations(room, affiliation, false) })
}

func (l *loop) askAffiliations(id store.ChatID, affiliation string, news bool) {
	r := l.roomOf(id)
	if r == nil {
		return
	}
	which := []string{"owner", "admin", "member", "outcast"}
	if affiliation != "" {
		if !slices.Contains(which, affiliation) {
			l.tellProblem(id, Problem{Code: "no-affiliation", Args: []string{affiliation}})
			return
		}
		which = []string{affiliation}
	}
	out := &AffiliationsListed{seal: localOrigin().seal(), Account: l.a.id, Chat: id, Asked: affiliation, News: news}
	left := len(which)
	var last error
	for _, w := range which {
		asked := l.ask(iq("get", r.jid.String(), wire.New(nsMUCAdmin, "query").Add(wire.New(nsMUCAdmin, "item").Set("affiliation", w))), func(_ *store.Tx, el *wire.Element, err error) error {
			left--
			if err == nil {
				out.take(el.Child(nsMUCAdmin, "query"), w)
			} else {
				out.Refused, last = append(out.Refused, w), err
			}
			switch {
			case left > 0:
			case last == errLinkLost:
				l.tellProblem(id, Problem{Code: "offline"})
			case len(out.Refused) == len(which):
				l.tellProblem(id, deedProblem(last, r.jid.String()))
			default:
				slices.SortStableFunc(out.List, func(a, b Affiliated) int {
					if d := affiliationRank(b.Affiliation) - affiliationRank(a.Affiliation); d != 0 {
						return d
					}
					return strings.Compare(a.JID, b.JID)
				})
				l.emit(*out)
			}
			return nil
		})
		if !asked {
			l.tellProblem(id, Problem{Code: "offline"})
			return
		}
	}
}

// take reads the items of one affiliation, each address once; what is none of
// it, or no address, is left out.
func (e *AffiliationsListed) take(q *wire.Element, affiliation string) {
	seen := map[string]bool{}
	for item := range q.All(nsMUCAdmin, "item") {
		j := wire.Lenient(item.Attr("jid"))
		jid := j.Bare().String()
		if j.IsZero() || j.Opaque() || seen[jid] || item.Attr("affiliation") != affiliation {
			continue
		}
		if len(e.List) >= affiliatedMax {
			e.More = true
			return
		}
		seen[jid] = true
		e.List = append(e.List, Affiliated{JID: jid, Affiliation: affiliation, Nick: clip(item.Attr("nick"), 1023),
			Reason: clip(item.ChildText(nsMUCAdmin, "reason"), statusMax)})
	}
}
