package session

import (
	"context"
	"crypto/sha1" //nolint:gosec // the name that XEP-0084 gives a picture
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"sotto/session/picture"
	"sotto/session/wire"
	"sotto/store"
)

// Pictures of people: XEP-0084 and, read only, XEP-0153. What somebody has is
// noted when it is told; the picture is fetched, over XMPP alone, when a screen
// wants to show it, and only of contacts and of people in our rooms.

const (
	nsAvatarData  = "urn:xmpp:avatar:data"
	nsAvatarMeta  = "urn:xmpp:avatar:metadata"
	nsVCardUpdate = "vcard-temp:x:update" // XEP-0153
	// avatarMax bounds a picture, bytes; avatarSide is the side to which it is cut.
	avatarMax  = 256 << 10
	avatarSide = 16
	// avatarsAsking bounds those under way, avatarsFailed those that are not asked
	// for again in this run.
	avatarsAsking = 4
	avatarsFailed = 500
	// avatarWait is how long one that does not come keeps a place among those.
	avatarWait = 30 * time.Second
	// ownSide and ownSmall are the sides to which our own is scaled: the second when
	// the first is above ownBytes. ownFile bounds the file it is made of.
	ownSide  = 192
	ownSmall = 96
	ownBytes = 64 << 10
	ownFile  = 20 << 20
)

var (
	avatarMeta = pepNode{name: nsAvatarMeta, from: pepSeen, notify: true, access: "presence", keep: "1", items: 1, size: 8 << 10}
	avatarData = pepNode{name: nsAvatarData, from: pepSeen, access: "presence", keep: "1", items: 1, size: avatarMax*4/3 + 4<<10}
)

// avatars is what an account does about pictures of people.
type avatars struct {
	asking map[string]int  // addresses whose picture is under way, and by which question
	turns  int             // questions so far
	failed map[string]bool // hashes
}

// AvatarChanged gives the picture of an address, after [Account.ShowAvatar] and
// when it changed.
type AvatarChanged struct {
	seal
	Account store.AccountID
	JID     string // bare, or room@service/nick
	Picture store.Picture
}

type avatarKey struct {
	a store.AccountID
	j string
}

func (e AvatarChanged) key() any { return avatarKey{e.Account, e.JID} }

// ShowAvatar asks for the picture of a contact, of ourselves, or of an occupant by
// their full address. It comes as [AvatarChanged], if there is one.
func (a *Account) ShowAvatar(jid string) { a.do(0, func(l *loop) { l.showAvatar(jid) }) }

// SetAvatar publishes the picture of a file as ours; "" takes ours away.
func (a *Account) SetAvatar(path string) { a.do(0, func(l *loop) { l.setAvatar(path) }) }

// avatarHash is the name of a picture, if it is one.
func avatarHash(s string) string {
	s = strings.ToLower(strings.TrimSpace(s))
	if b, err := hex.DecodeString(s); err != nil || len(b) != sha1.Size {
		return ""
	}
	return s
}

// avatarOf reads what a node says of a picture (XEP-0084 §4.2.1): the first that
// lies in the data node and is not too big. ok: it says something.
func avatarOf(items []pepItem) (hash string, ok bool) {
	for _, i := range items {
		if !i.payload.Is(nsAvatarMeta, "metadata") {
			continue
		}
		n := 0
		for x := range i.payload.All(nsAvatarMeta, "info") {
			if n++; n > 16 {
				break
			}
			size, err := strconv.Atoi(x.Attr("bytes"))
			if h := avatarHash(x.Attr("id")); h != "" && x.Attr("url") == "" && err == nil && size > 0 && size <= avatarMax {
				return h, true
			}
		}
		return "", true
	}
	return "", false
}

// avatarEvent notes what the node of a contact, or ours, says.
func (l *loop) avatarEvent(tx *store.Tx, e pepEvent) error {
	hash, ok := avatarOf(e.items)
	if !ok && len(e.gone) == 0 && !e.deleted && !e.purged {
		return nil
	}
	return l.noteAvatar(tx, e.owner.String(), hash, true)
}

func (l *loop) noteAvatar(tx *store.Tx, jid, hash string, node bool) error {
	changed, err := tx.NoteAvatar(l.a.id, jid, hash, node)
	if changed && err == nil {
		l.emit(AvatarChanged{seal: localOrigin().seal(), Account: l.a.id, JID: jid}) // a screen that shows it asks
	}
	return err
}

// photoSeen notes what a presence says of a picture (XEP-0153 §4.1): of contacts,
// and of people in rooms, where it is kept with them.
func (l *loop) photoSeen(tx *store.Tx, o origin, st wire.Stanza) error {
	photo := st.Child(nsVCardUpdate, "x").Child(nsVCardUpdate, "photo")
	if photo == nil || st.Attr("type") != "" || len(photo.Text) > 64 {
		return nil
	}
	hash := avatarHash(photo.Text)
	switch {
	case o.by == byRoom:
		if r := l.rooms[o.owner]; r != nil {
			l.roomPhoto(r, hash)
		}
		return nil
	case o.by == byOccupant:
		if r := l.rooms[o.owner]; r != nil && r.occupants[o.nick()] != nil {
			r.occupants[o.nick()].photo = hash
		}
		return nil
	case o.by != byContact || l.contacts[o.owner.String()].JID == "":
		return nil
	}
	return l.noteAvatar(tx, o.owner.String(), hash, false)
}

func (l *loop) showAvatar(s string) {
	j := wire.Lenient(s)
	if l.c.Settings().Pictures == "off" || j.Opaque() || j.IsZero() {
		return
	}
	if r := l.rooms[j.Bare()]; r != nil {
		o := r.occupants[j.Resource()]
		if j.Resource() == "" {
			o = &Occupant{photo: r.photo}
		}
		if o == nil || !l.keep(func(tx *store.Tx) error { _, err := tx.NoteAvatar(l.a.id, s, o.photo, false); return err }) {
			return
		}
	} else if j.Resource() != "" || l.contacts[s].JID == "" && j != l.self {
		return
	}
	v, err := l.st.Avatar(l.ctx, l.a.id, s)
	if err != nil || v.Hash == "" {
		return
	}
	if v.Picture.Width > 0 {
		l.emit(AvatarChanged{seal: localOrigin().seal(), Account: l.a.id, JID: s, Picture: v.Picture})
		return
	}
	if l.link == nil || l.avatars.asking[s] != 0 || len(l.avatars.asking) >= avatarsAsking || l.avatars.failed[v.Hash] || l.blocked(j) != "" {
		return
	}
	if l.avatars.asking == nil {
		l.avatars = avatars{asking: map[string]int{}, failed: map[string]bool{}}
	}
	l.avatars.turns++
	turn := l.avatars.turns
	l.avatars.asking[s] = turn
	l.after(avatarWait, func(l *loop) {
		if l.avatars.asking[s] == turn {
			delete(l.avatars.asking, s)
		}
	})
	got := func(data string, err error) { l.avatarCame(s, v.Hash, data, err) }
	if v.Node {
		l.askAvatar(j, v.Hash, got)
		return
	}
	of := j
	if j == l.self {
		of = wire.JID{}
	}
	if !l.askCard(of, func(card *wire.Element, err error) {
		got(card.Child(nsVCard, "PHOTO").ChildText(nsVCard, "BINVAL"), err)
	}) {
		delete(l.avatars.asking, s)
	}
}

// askAvatar asks the node of an address for one picture (XEP-0084 §4.3).
func (l *loop) askAvatar(of wire.JID, hash string, then func(data string, err error)) {
	q := wire.New(nsPubSub, "pubsub").Add(wire.New(nsPubSub, "items").Set("node", avatarData.name).Add(wire.New(nsPubSub, "item").Set("id", hash)))
	to := of.String()
	if of == l.self {
		to = ""
	}
	if !l.askPubSub(iq("get", to, q), func(el *wire.Element, err error) {
		for _, i := range avatarData.read(el.Child(nsPubSub, "pubsub").Child(nsPubSub, "items"), 1) {
			if i.payload.Is(nsAvatarData, "data") {
				then(i.payload.Text, err)
				return
			}
		}
		then("", err)
	}) {
		then("", errLinkLost)
	}
}

// avatarCame checks and decodes a picture beside the loop.
func (l *loop) avatarCame(jid, hash, data string, err error) {
	over := func(l *loop) { delete(l.avatars.asking, jid) }
	if err == errLinkLost {
		over(l)
		return
	}
	l.dials.Go(func() {
		defer l.c.guard()
		p, ok := avatarPicture(l.ctx, l.c.pictures, hash, data)
		l.soon(func(l *loop) {
			over(l)
			if !ok {
				if len(l.avatars.failed) < avatarsFailed {
					l.avatars.failed[hash] = true
				}
				return
			}
			l.write(func(tx *store.Tx) error { return tx.KeepAvatar(l.a.id, jid, hash, p) })
			l.emit(AvatarChanged{seal: localOrigin().seal(), Account: l.a.id, JID: jid, Picture: p})
		})
	})
}

// avatarPicture makes a picture of what was sent; false: it is not the one that was
// told, or none.
func avatarPicture(ctx context.Context, d *picture.Decoder, hash, data string) (p store.Picture, ok bool) {
	if len(data) > avatarMax*2 {
		return p, false
	}
	b, err := base64.StdEncoding.DecodeString(strings.Map(func(r rune) rune {
		if r == ' ' || r == '\t' || r == '\n' || r == '\r' {
			return -1
		}
		return r
	}, data))
	if sum := sha1.Sum(b); err != nil || len(b) > avatarMax || hex.EncodeToString(sum[:]) != hash { //nolint:gosec // see above
		return p, false
	}
	s, err := d.Shrink(ctx, b, avatarSide, avatarSide)
	return store.Picture{Width: s.W, Pix: s.Pix}, err == nil
}

func (l *loop) setAvatar(path string) {
	switch {
	case l.link == nil || l.state != Online:
		l.tellProblem(0, Problem{Code: "offline"})
		return
	case !l.home.pep:
		l.tellProblem(0, Problem{Code: "avatar-unsupported"})
		return
	case path == "":
		l.publish(&avatarMeta, "current", wire.New(nsAvatarMeta, "metadata"), func(err error) { l.avatarPublished(err, "avatar-off") })
		return
	}
	l.dials.Go(func() {
		defer l.c.guard()
		b, side, err := ownAvatar(l.ctx, l.c.pictures, path)
		l.soon(func(l *loop) {
			if err != nil {
				l.tellProblem(0, *pictureProblem(err, path))
				l.flush()
				return
			}
			l.publishAvatar(b, side)
			l.flush()
		})
	})
}

// ownAvatar makes a picture of a file: a square, with nothing in it but the picture.
func ownAvatar(ctx context.Context, d *picture.Decoder, path string) ([]byte, int, error) {
	data, err := readAtMost(path, ownFile)
	if err != nil {
		return nil, 0, err
	}
	b, side, err := d.PNG(ctx, data, ownSide)
	if err == nil && len(b) > ownBytes {
		b, side, err = d.PNG(ctx, data, ownSmall)
	}
	return b, side, err
}

var errTooBig = errors.New("the file is too big")

// readAtMost reads a regular file that is not bigger than a limit.
func readAtMost(path string, most int64) ([]byte, error) {
	f, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(data)) > most {
		err = errTooBig
	}
	return data, err
}

// openRegular opens a regular file that the user named.
func openRegular(path string) (*os.File, error) {
	switch i, err := os.Stat(path); { // before it is opened: a pipe would wait
	case err != nil:
		return nil, err
	case !i.Mode().IsRegular():
		return nil, os.ErrInvalid
	}
	return os.Open(path) //nolint:gosec // the user named it
}

// publishAvatar puts the data and then, once it is there, what points to it.
func (l *loop) publishAvatar(b []byte, side int) {
	sum := sha1.Sum(b) //nolint:gosec // see above
	hash := hex.EncodeToString(sum[:])
	l.publish(&avatarData, hash, wire.New(nsAvatarData, "data").SetText(base64.StdEncoding.EncodeToString(b)), func(err error) {
		if err != nil {
			l.avatarPublished(err, "")
			return
		}
		n := strconv.Itoa(side)
		info := wire.New(nsAvatarMeta, "info").Set("bytes", strconv.Itoa(len(b))).Set("id", hash).Set("type", "image/png").Set("width", n).Set("height", n)
		l.publish(&avatarMeta, hash, wire.New(nsAvatarMeta, "metadata").Add(info), func(err error) { l.avatarPublished(err, "avatar-set") })
	})
}

func (l *loop) avatarPublished(err error, code string) {
	switch {
	case err == errLinkLost:
		l.tellProblem(0, Problem{Code: "offline"})
	case err != nil:
		l.tellProblem(0, stanzaProblem("avatar-refused", err, l.self.Domain()))
	case code == "avatar-off":
		l.tell(0, "avatar-off")
	default:
		l.tell(0, "avatar-set")
	}
}

// pictureProblem words why a picture of a file cannot be shown or taken.
func pictureProblem(err error, name string) *Problem {
	p := &Problem{Code: "picture-broken", Args: []string{name}}
	switch {
	case errors.Is(err, picture.ErrUnknown):
		p.Code = "picture-unknown"
	case errors.Is(err, picture.ErrLarge):
		p.Code = "picture-large"
	case errors.Is(err, picture.ErrSlow):
		p.Code = "picture-slow"
	case errors.Is(err, errTooBig):
		p.Code, p.Args = "picture-file", append(p.Args, sizeArg(ownFile))
	case errors.Is(err, os.ErrNotExist):
		p.Code = "picture-none"
	case errors.Is(err, os.ErrPermission), errors.Is(err, os.ErrInvalid):
		p.Code = "picture-read"
	}
	return p
}
