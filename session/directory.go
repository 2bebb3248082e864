package session

import (
	"crypto/rand"
	"slices"
	"strconv"
	"strings"
	"time"

	"sotto/session/wire"
	"sotto/store"
)

// Finding rooms: what a service lists (XEP-0045 §6.3, with the pages of XEP-0059),
// or what a search service knows (XEP-0433). A directory is a stranger's word: it
// is bounded here, and nothing in it is entered by itself.

// Bounds on a directory.
const (
	listedMax      = 5000
	listedPage     = 100
	listedPagesMax = 200
	listedName     = 200  // bytes of a name
	listedAbout    = 1000 // bytes of a description
	servicesMax    = 20   // of a server, asked for the one with rooms
	directoryTime  = 20 * time.Second
	detailsEvery   = 200 * time.Millisecond
	detailsMax     = 100 // rooms that wait to be asked about
)

const (
	nsSearch       = "urn:xmpp:channel-search:0:search"
	nsSearchParams = "urn:xmpp:channel-search:0:search-params"
	byUsers        = "{urn:xmpp:channel-search:0:order}nusers"
	nsRoomInfo     = "http://jabber.org/protocol/muc#roominfo"
)

// ListedRoom is a room of a directory. Its texts are remote.
type ListedRoom struct {
	JID       string
	Name      string
	About     string
	Lang      string
	Occupants int // -1: not told
	Asked     bool
	Access
}

// Access is who can enter a room and what is told there.
type Access struct {
	Told      bool // the rest is known
	Members   bool // only members enter
	Password  bool
	Moderated bool
	Addresses bool // all see everybody's address
}

// RoomsListed is a directory as far as it was read. List must not be changed.
type RoomsListed struct {
	seal
	Account store.AccountID
	ID      string // of the request
	Service string // whose directory it is; "": not known yet
	List    []ListedRoom
	Done    bool
	More    bool     // there are more than are kept
	Problem *Problem // why it ended early, or there is none
}

// RoomTold is what a room of the directory said of itself.
type RoomTold struct {
	seal
	Account store.AccountID
	ListedRoom
}

type (
	listedKey struct{ a store.AccountID }
	toldKey   struct {
		a store.AccountID
		j string
	}
)

func (e RoomsListed) key() any { return listedKey{e.Account} }
func (e RoomTold) key() any    { return toldKey{e.Account, e.JID} }

// ListRooms reads the directory of a service; "" is the one of our own server.
// words are looked for where the service can search. [RoomsListed] follows, again
// and again until it is done, with the id that is returned; an earlier one ends.
func (a *Account) ListRooms(service, words string) (id string) {
	id = rand.Text()
	a.do(0, func(l *loop) { l.listRooms(id, service, words) })
	return id
}

// AskRooms asks rooms of the directory about themselves, five a second, these
// before those that waited. [RoomTold] answers for each that does.
func (a *Account) AskRooms(rooms []string) {
	rooms = slices.Clone(rooms[:min(len(rooms), detailsMax)])
	a.do(0, func(l *loop) { l.askRooms(rooms) })
}

// directory is the one that is read. A new one makes the answers to the old one void.
type directory struct {
	id       string
	service  wire.JID
	words    string
	search   bool // by XEP-0433
	listsToo bool // and it has rooms of its own
	list     []ListedRoom
	seen     map[string]bool
	pages    int
	done     bool
	wait     *time.Timer

	queue  []string // rooms to be asked
	asked  map[string]bool
	ticker *time.Timer
}

func (l *loop) listRooms(id, service, words string) {
	l.endDirectory()
	d := &directory{id: id, words: clip(strings.TrimSpace(words), soughtMax), seen: map[string]bool{}, asked: map[string]bool{}}
	l.dir = d
	if l.state != Online {
		l.directoryEnds(d, &Problem{Code: "offline"})
		return
	}
	if service != "" {
		j, err := wire.Parse(service)
		if err != nil || j.Resource() != "" || j.Local() != "" {
			l.directoryEnds(d, &Problem{Code: "bad-service", Args: []string{service}})
			return
		}
		l.openDirectory(d, j)
		return
	}
	l.directoryAsk(d, iq("get", l.self.Domain(), wire.New(nsDiscoItems, "query")), func(el *wire.Element, err error) {
		var list []wire.JID
		if err == nil {
			for i := range el.Child(nsDiscoItems, "query").All(nsDiscoItems, "item") {
				if j := wire.Lenient(i.Attr("jid")); !j.IsZero() && !j.Opaque() && j.Local() == "" && i.Attr("node") == "" && len(list) < servicesMax {
					list = append(list, j)
				}
			}
		}
		l.tryServices(d, list)
	})
}

// tryServices asks the services of our server, one after the other, for rooms.
func (l *loop) tryServices(d *directory, list []wire.JID) {
	if len(list) == 0 {
		l.directoryEnds(d, &Problem{Code: "no-room-service", Host: l.self.Domain()})
		return
	}
	l.directoryAsk(d, iq("get", list[0].String(), wire.New(nsDiscoInfo, "query")), func(el *wire.Element, err error) {
		info := el.Child(nsDiscoInfo, "query")
		text := slices.ContainsFunc(slices.Collect(info.All(nsDiscoInfo, "identity")), func(i *wire.Element) bool {
			return i.Attr("category") == "conference" && i.Attr("type") != "irc"
		})
		if err == nil && text && hasFeature(info, nsMUC) {
			l.directoryInfo(d, list[0], info)
			return
		}
		l.tryServices(d, list[1:])
	})
}

func hasFeature(info *wire.Element, name string) bool {
	for f := range info.All(nsDiscoInfo, "feature") {
		if f.Attr("var") == name {
			return true
		}
	}
	return false
}

func (l *loop) openDirectory(d *directory, j wire.JID) {
	d.service = j
	l.directoryAsk(d, iq("get", j.String(), wire.New(nsDiscoInfo, "query")), func(el *wire.Element, err error) {
		if err != nil {
			l.directoryEnds(d, directoryProblem(err, j))
			return
		}
		l.directoryInfo(d, j, el.Child(nsDiscoInfo, "query"))
	})
}

// directoryInfo begins to read, in the way that the service offers.
func (l *loop) directoryInfo(d *directory, j wire.JID, info *wire.Element) {
	d.service, d.search, d.listsToo = j, hasFeature(info, nsSearch), hasFeature(info, nsMUC)
	if !d.search && !d.listsToo {
		l.directoryEnds(d, &Problem{Code: "no-rooms-there", Args: []string{j.String()}})
		return
	}
	l.tellDirectory(d, nil)
	l.directoryPage(d, "")
}

// directoryPage asks for the page behind a place.
func (l *loop) directoryPage(d *directory, after string) {
	set := wire.New(nsSet, "set").Add(wire.New(nsSet, "max").SetText(strconv.Itoa(listedPage)))
	if after != "" {
		set.Add(wire.New(nsSet, "after").SetText(after))
	}
	q := wire.New(nsDiscoItems, "query").Add(set)
	if d.search {
		what := Field{Var: "all", Type: Boolean, Values: []string{"1"}}
		if d.words != "" {
			what = Field{Var: "q", Type: TextSingle, Values: []string{d.words}}
		}
		f := Form{Fields: []Field{{Var: "FORM_TYPE", Type: Hidden, Values: []string{nsSearchParams}}, what, {Var: "key", Type: Hidden, Values: []string{byUsers}}}}
		q = wire.New(nsSearch, "search").Add(set, f.submit())
	}
	l.directoryAsk(d, iq("get", d.service.String(), q), func(el *wire.Element, err error) {
		if err != nil {
			if d.search && d.listsToo && d.pages == 0 {
				d.search = false // it would rather not: by the old way
				l.directoryPage(d, "")
				return
			}
			l.directoryEnds(d, directoryProblem(err, d.service))
			return
		}
		d.pages++
		fresh, last := 0, ""
		if d.search {
			fresh, last = d.takeFound(el.Child(nsSearch, "result"))
		} else {
			fresh, last = d.takeItems(el.Child(nsDiscoItems, "query"))
		}
		if last == "" || last == after || fresh == 0 || len(d.list) >= listedMax || d.pages >= listedPagesMax {
			d.done = true
			l.tellDirectory(d, nil)
			return
		}
		l.tellDirectory(d, nil)
		l.directoryPage(d, last)
	})
}

// takeItems reads a page of a service's rooms.
func (d *directory) takeItems(q *wire.Element) (fresh int, last string) {
	for i := range q.All(nsDiscoItems, "item") {
		j := wire.Lenient(i.Attr("jid"))
		if j.Domain() != d.service.Domain() || i.Attr("node") != "" {
			continue // no room of this service
		}
		r := ListedRoom{Name: clip(strings.TrimSpace(i.Attr("name")), listedName), Occupants: countedIn(i.Attr("name"))}
		if d.take(j, r) {
			fresh++
		}
	}
	return fresh, clip(q.Child(nsSet, "set").ChildText(nsSet, "last"), 1<<10)
}

// takeFound reads a page of what was found (XEP-0433 §7.2).
func (d *directory) takeFound(q *wire.Element) (fresh int, last string) {
	for i := range q.All(nsSearch, "item") {
		if t := i.ChildText(nsSearch, "service-type"); t != "" && t != "xep-0045" {
			continue
		}
		r := ListedRoom{Name: clip(strings.TrimSpace(i.ChildText(nsSearch, "name")), listedName), About: clip(strings.TrimSpace(i.ChildText(nsSearch, "description")), listedAbout),
			Lang: clip(i.ChildText(nsSearch, "language"), 35), Occupants: -1}
		if n := i.ChildText(nsSearch, "nusers"); n != "" {
			r.Occupants = countOf(n)
		}
		if d.take(wire.Lenient(i.Attr("address")), r) {
			fresh++
		}
	}
	return fresh, clip(q.Child(nsSet, "set").ChildText(nsSet, "last"), 1<<10)
}

func (d *directory) take(j wire.JID, r ListedRoom) bool {
	jid := j.String()
	if j.IsZero() || j.Opaque() || j.Local() == "" || j.Resource() != "" || d.seen[jid] || len(d.list) >= listedMax {
		return false
	}
	d.seen[jid] = true
	r.JID = jid
	d.list = append(d.list, r)
	return true
}

// countedIn is the number of occupants that some servers write behind the name:
// "tea (12)".
func countedIn(name string) int {
	at := strings.LastIndex(name, " (")
	if at < 0 || !strings.HasSuffix(name, ")") {
		return -1
	}
	return countOf(name[at+2 : len(name)-1])
}

// countOf reads a number of people; -1: it is none.
func countOf(s string) int {
	n, err := strconv.ParseUint(strings.TrimSpace(s), 10, 32)
	if err != nil {
		return -1
	}
	return int(min(n, 1_000_000))
}

func (l *loop) tellDirectory(d *directory, p *Problem) {
	l.emit(RoomsListed{seal: localOrigin().seal(), Account: l.a.id, ID: d.id, Service: d.service.String(), List: d.list[:len(d.list):len(d.list)], Done: d.done,
		More: len(d.list) >= listedMax, Problem: p})
}

func (l *loop) directoryEnds(d *directory, p *Problem) {
	d.done = true
	l.tellDirectory(d, p)
}

// directoryAsk is ask for one directory: answers that come when it is not the
// current one any more, or late, are nothing.
func (l *loop) directoryAsk(d *directory, q *wire.Element, then func(el *wire.Element, err error)) {
	open := true
	d.wait = l.after(directoryTime, func(l *loop) {
		if open && l.dir == d && !d.done {
			open = false
			l.directoryEnds(d, &Problem{Code: "directory-silent", Args: []string{q.Attr("to")}})
		}
	})
	wait := d.wait
	if !l.ask(q, func(_ *store.Tx, el *wire.Element, err error) error {
		wait.Stop()
		if !open || l.dir != d || d.done {
			return nil
		}
		open = false
		l.then = append(l.then, func() {
			if err == errLinkLost {
				l.directoryEnds(d, &Problem{Code: "offline"})
				return
			}
			then(el, err)
		})
		return nil
	}) {
		wait.Stop()
		l.directoryEnds(d, &Problem{Code: "offline"})
	}
}

func directoryProblem(err error, j wire.JID) *Problem {
	p := stanzaProblem("directory-refused", err, j.String())
	return &p
}

// endDirectory forgets the directory, and what it wanted to ask.
func (l *loop) endDirectory() {
	if l.dir == nil {
		return
	}
	for _, t := range []*time.Timer{l.dir.wait, l.dir.ticker} {
		if t != nil {
			t.Stop()
		}
	}
	l.dir = nil
}
