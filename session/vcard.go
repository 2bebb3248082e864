package session

import (
	"slices"
	"strings"

	"sotto/session/wire"
	"sotto/store"
)

// Profile cards: vcard-temp, XEP-0054. Those of others are read when the user asks;
// of the own one a few fields are filled in, and all else in it stays.

const (
	nsVCard = "vcard-temp"
	// cardValueMax bounds a value of a card, bytes; cardFactsMax how many are told.
	cardValueMax = 300
	cardFactsMax = 11
	// cardMax bounds our own card: what would be larger is not written back.
	cardMax = 200 << 10
)

// cardFields are the fields that are read, and which of them the form has: the
// element, what is inside it, and the word for it.
var cardFields = []struct{ name, inner, code string }{
	{"FN", "", "card-name"}, {"NICKNAME", "", "card-nick"}, {"ORG", "ORGNAME", "card-org"}, {"TITLE", "", "card-title"}, {"ROLE", "", "card-role"},
	{"EMAIL", "USERID", "card-email"}, {"TEL", "NUMBER", "card-tel"}, {"URL", "", "card-url"}, {"BDAY", "", "card-birthday"},
	{"ADR", "LOCALITY", "card-place"}, {"ADR", "CTRY", "card-country"}, {"DESC", "", "card-about"},
}

// CardForm is our own card to be filled in. Answer it with [Account.SetCard]; a
// field has the word of the catalogue for it as its name.
type CardForm struct {
	seal
	Account store.AccountID
	Form    Form
}

func (CardForm) key() any { return nil }

// ReadCard asks for the card of an address, or of the occupant of a room. An
// [Answer] tells what stands in it.
func (a *Account) ReadCard(chat store.ChatID, jid string) {
	a.do(chat, func(l *loop) { l.readCard(chat, jid) })
}

// OwnCard asks for our own card; it comes as a [CardForm].
func (a *Account) OwnCard() { a.do(0, (*loop).ownCard) }

// SetCard puts the fields of the form into our card.
func (a *Account) SetCard(f Form) { a.do(0, func(l *loop) { l.setCard(f) }) }

// askCard asks for a card; of the zero address for our own. A card that is not
// there is an empty one. false: there is no link, and then does not run.
func (l *loop) askCard(of wire.JID, then func(card *wire.Element, err error)) bool {
	return l.ask(iq("get", of.String(), wire.New(nsVCard, "vCard")), func(_ *store.Tx, el *wire.Element, err error) error {
		if absent(err) {
			el, err = nil, nil
		}
		card := el.Child(nsVCard, "vCard")
		if card == nil {
			card = wire.New(nsVCard, "vCard")
		}
		l.then = append(l.then, func() { then(card, err) })
		return nil
	})
}

// cardValue is what a card says in a field: the first that is not empty, in one line.
func cardValue(card *wire.Element, name, inner string) string {
	n := 0
	for e := range card.All(nsVCard, name) {
		if n++; n > 8 {
			break
		}
		s := e.Text
		if inner != "" {
			s = e.ChildText(nsVCard, inner)
		}
		if s = strings.Join(strings.Fields(clip(s, 4*cardValueMax)), " "); s != "" {
			return clip(s, cardValueMax)
		}
	}
	return ""
}

// cardFacts are the lines of a card.
func cardFacts(card *wire.Element) (facts []Fact) {
	for _, f := range cardFields {
		if v := cardValue(card, f.name, f.inner); v != "" && len(facts) < cardFactsMax {
			facts = append(facts, Fact{f.code, v})
		}
	}
	return facts
}

func (l *loop) readCard(chat store.ChatID, s string) {
	if c, ok := l.chat(chat); ok && c.Kind == store.Room && !strings.Contains(s, "@") {
		s = c.JID + "/" + s // a nick of this room
	}
	j, err := wire.Parse(s)
	if err != nil {
		l.tellProblem(chat, Problem{Code: "bad-address", Args: []string{s}})
		return
	}
	if !l.isRoom(j.Bare()) {
		j = j.Bare() // XEP-0054 §3.1: the server answers
	}
	if l.blocked(j) != "" {
		l.tellProblem(chat, *l.barred(j))
		return
	}
	of := j
	if j.String() == l.self.String() {
		of = wire.JID{}
	}
	if !l.askCard(of, func(card *wire.Element, err error) {
		switch facts := cardFacts(card); {
		case err == errLinkLost:
			l.tellProblem(chat, Problem{Code: "offline"})
		case err != nil:
			l.tellProblem(chat, stanzaProblem("card-refused", err, j.String()))
		case len(facts) == 0:
			l.tell(chat, "card-empty", j.String())
		default:
			l.emit(Answer{seal: localOrigin().seal(), Account: l.a.id, Chat: chat, Code: "card", Args: []string{j.String()}, Facts: facts})
		}
	}) {
		l.tellProblem(chat, Problem{Code: "offline"})
	}
}

func (l *loop) ownCard() {
	if !l.askCard(wire.JID{}, func(card *wire.Element, err error) {
		if err != nil {
			l.cardFailed(err)
			return
		}
		l.card = card
		f := Form{}
		for _, x := range cardFields {
			d := Field{Var: x.code, Type: TextSingle}
			if v := cardValue(card, x.name, x.inner); v != "" {
				d.Values = []string{v}
			}
			f.Fields = append(f.Fields, d)
		}
		l.emit(CardForm{seal: localOrigin().seal(), Account: l.a.id, Form: f})
	}) {
		l.tellProblem(0, Problem{Code: "offline"})
	}
}

func (l *loop) cardFailed(err error) {
	if err == errLinkLost {
		l.tellProblem(0, Problem{Code: "offline"})
		return
	}
	l.tellProblem(0, stanzaProblem("card-refused", err, l.self.String()))
}

// filledCard is a card with other values in some fields: the first element of the
// name takes it. What the form does not know, pictures too, stays as it is.
func filledCard(card *wire.Element, f *Form) *wire.Element {
	list := slices.Clone(card.Children)
	for _, x := range cardFields {
		value := clip(strings.TrimSpace(f.Value(x.code)), cardValueMax)
		if f.index(x.code) < 0 || value == cardValue(card, x.name, x.inner) {
			continue
		}
		at := slices.IndexFunc(list, func(e *wire.Element) bool {
			return e.Is(nsVCard, x.name) && (x.inner == "" && strings.TrimSpace(e.Text) != "" || x.inner != "" && e.Child(nsVCard, x.inner) != nil)
		})
		if at < 0 && x.inner != "" {
			at = slices.IndexFunc(list, func(e *wire.Element) bool { return e.Is(nsVCard, x.name) })
		}
		e := wire.New(nsVCard, x.name)
		switch {
		case x.inner == "":
			e.SetText(value)
		case at >= 0:
			for _, c := range list[at].Children {
				if !c.Is(nsVCard, x.inner) {
					e.Add(c)
				}
			}
			fallthrough
		default:
			if value != "" {
				e.Add(wire.New(nsVCard, x.inner).SetText(value))
			}
		}
		gone := value == "" && (x.inner == "" || len(e.Children) == 0)
		switch {
		case at >= 0 && gone:
			list = slices.Delete(list, at, at+1)
		case at >= 0:
			list[at] = e
		case !gone:
			list = append(list, e)
		}
	}
	return wire.New(nsVCard, "vCard").Add(list...)
}

func (l *loop) setCard(f Form) {
	if l.card == nil {
		return
	}
	card := filledCard(l.card, &f)
	was, nick := cardValue(l.card, "NICKNAME", ""), cardValue(card, "NICKNAME", "")
	if len(card.Bytes()) > cardMax {
		l.tellProblem(0, Problem{Code: "card-large"})
		return
	}
	if !l.ask(iq("set", "", card), func(_ *store.Tx, _ *wire.Element, err error) error {
		l.then = append(l.then, func() {
			if err != nil {
				l.cardFailed(err)
				return
			}
			l.card = nil
			l.tell(0, "card-set")
			if nick != was && l.home.pep {
				l.publishNick(nick)
			}
		})
		return nil
	}) {
		l.tellProblem(0, Problem{Code: "offline"})
	}
}

// nickNode holds what people are to be called (XEP-0172 §3.1).
var nickNode = pepNode{name: nsNick, from: pepSeen, access: "presence", keep: "1", items: 1, size: 4 << 10}

// publishNick tells our nickname where others look for it; "" takes it away.
func (l *loop) publishNick(nick string) {
	then := func(error) {} // the card has it in any case
	if nick == "" {
		l.retract(&nickNode, "current", then)
		return
	}
	l.publish(&nickNode, "current", wire.New(nsNick, "nick").SetText(nick), then)
}
