package session_test

import (
	"bytes"
	"context"
	"crypto/sha1"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"strings"
	"testing"

	"sotto/session"
	"sotto/session/wire"
	"sotto/store"
)

const (
	nsAvatarMeta = "urn:xmpp:avatar:metadata"
	nsAvatarData = "urn:xmpp:avatar:data"
)

// redPNG is a red picture.
func redPNG(t testing.TB, w, h int) []byte {
	t.Helper()
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for i := range w * h {
		m.SetNRGBA(i%w, i/w, color.NRGBA{255, 0, 0, 255})
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func sha1Of(b []byte) string { s := sha1.Sum(b); return hex.EncodeToString(s[:]) }

func metadata(from, hash string, n int) string {
	return fmt.Sprintf("<message from='%s' type='headline'><event xmlns='http://jabber.org/protocol/pubsub#event'><items node='%s'><item id='%s'><metadata xmlns='%s'><info bytes='%d' id='%s' type='image/png'/></metadata></item></items></event></message>",
		from, nsAvatarMeta, hash, nsAvatarMeta, n, hash)
}

func asksNode(node, to string) func(*wire.Element) bool {
	const ns = "http://jabber.org/protocol/pubsub"
	return func(el *wire.Element) bool {
		return el.Local == "iq" && el.Attr("to") == to && el.Child(ns, "pubsub").Child(ns, "items").Attr("node") == node
	}
}

// TestAvatars: a picture is fetched when a screen wants it and not before, only from
// whom we see, and only the one that was told is believed; it is kept.
func TestAvatars(t *testing.T) {
	const bob, eve = "bob@example.org", "eve@evil.example"
	b := redPNG(t, 64, 64)
	hash := sha1Of(b)
	p := newPeer(t)
	p.roster = "<item jid='" + bob + "' subscription='both'/><item jid='carol@example.org' subscription='from'/>"
	p.hush(bob)
	cl := p.login()
	p.took()
	p.tells(metadata(bob, hash, len(b)), metadata(eve, hash, len(b)), metadata("carol@example.org", hash, len(b)), metadata(bob+"/x", "222"+hash[3:], len(b)))
	for _, s := range p.took() {
		if strings.Contains(s, nsAvatarData) {
			t.Errorf("asked unasked: %s", s)
		}
	}
	answer := func(q *wire.Element, data []byte) {
		p.sendf("<iq type='result' from='%s' id='%s'><pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='%s'><item id='%s'><data xmlns='%s'>%s</data></item></items></pubsub></iq>",
			bob, q.Attr("id"), nsAvatarData, hash, nsAvatarData, base64.StdEncoding.EncodeToString(data))
	}
	cl.a.ShowAvatar(eve)
	cl.a.ShowAvatar("carol@example.org")
	cl.a.ShowAvatar(bob)
	q := p.await("the question", asksNode(nsAvatarData, bob))
	if !strings.Contains(string(q.Bytes()), hash) {
		t.Errorf("asked %s", q.Bytes())
	}
	answer(q, b)
	e := wait(cl, "the picture", func(e session.AvatarChanged) bool { return e.Picture.Width > 0 })
	if e.JID != bob || e.Picture.Width != 16 || e.Picture.Height() != 16 || e.Picture.Pix[0] < 250 {
		t.Errorf("got %s, %d by %d", e.JID, e.Picture.Width, e.Picture.Height())
	}
	p.took()
	cl.a.ShowAvatar(bob)
	wait(cl, "the picture, kept", func(e session.AvatarChanged) bool { return e.Picture.Width > 0 })
	// Another one, which is not what it says.
	other := "333" + hash[3:]
	p.tells(metadata(bob, other, len(b)))
	cl.a.ShowAvatar(bob)
	answer(p.await("the question", asksNode(nsAvatarData, bob)), b)
	p.sync()
	cl.a.ShowAvatar(bob) // it is not asked for again
	p.sync()
	for _, s := range p.took() {
		if strings.Contains(s, nsAvatarData) {
			t.Errorf("asked again: %s", s)
		}
	}
	v, err := cl.st.Avatar(context.Background(), cl.a.ID(), bob)
	if err != nil || v.Hash != other || v.Picture.Width != 0 {
		t.Errorf("kept %+v (%v)", v.Hash, err)
	}
	for _, who := range []string{eve, "carol@example.org", bob + "/x"} {
		if v, _ := cl.st.Avatar(context.Background(), cl.a.ID(), who); v.Hash != "" {
			t.Errorf("believed %s", who)
		}
	}
	p.tells(strings.Replace(metadata(bob, hash, len(b)), "<info bytes='"+fmt.Sprint(len(b))+"' id='"+hash+"' type='image/png'/>", "", 1))
	if v, _ := cl.st.Avatar(context.Background(), cl.a.ID(), bob); v.Hash != "" {
		t.Errorf("what was taken away is kept: %+v", v.Hash)
	}
}

// TestCardPhotos: a presence names the picture of a card (XEP-0153), of contacts and
// of people in rooms; a node says more.
func TestCardPhotos(t *testing.T) {
	const bob = "bob@example.org"
	b := redPNG(t, 8, 4)
	hash := sha1Of(b)
	update := "<x xmlns='vcard-temp:x:update'><photo>" + hash + "</photo></x>"
	p := newPeer(t)
	p.roster = "<item jid='" + bob + "' subscription='both'/>"
	p.hush(bob)
	p.hush(myRoom + "/mira")
	cl := p.login()
	p.enter(cl, "alice", "mira")
	p.tells("<presence from='"+bob+"/x'>"+update+"</presence>", "<presence from='eve@evil.example/x'>"+update+"</presence>",
		"<presence from='"+myRoom+"/mira'><x xmlns='http://jabber.org/protocol/muc#user'><item role='participant' affiliation='none'/></x>"+update+"</presence>")
	for _, who := range []string{bob, myRoom + "/mira"} {
		cl.a.ShowAvatar(who)
		q := p.await("the question", func(el *wire.Element) bool { return el.Attr("to") == who && el.Child("vcard-temp", "vCard") != nil })
		p.sendf("<iq type='result' from='%s' id='%s'><vCard xmlns='vcard-temp'><PHOTO><TYPE>image/png</TYPE><BINVAL>%s</BINVAL></PHOTO></vCard></iq>", who, q.Attr("id"), base64.StdEncoding.EncodeToString(b))
		e := wait(cl, "the picture", func(e session.AvatarChanged) bool { return e.Picture.Width > 0 })
		if e.JID != who || e.Picture.Width != 8 || e.Picture.Height() != 4 {
			t.Errorf("got %s, %d by %d", e.JID, e.Picture.Width, e.Picture.Height())
		}
	}
	other := "444" + hash[3:]
	p.tells(metadata(bob, other, 10), "<presence from='"+bob+"/x'>"+update+"</presence>")
	if v, _ := cl.st.Avatar(context.Background(), cl.a.ID(), bob); v.Hash != other || !v.Node {
		t.Errorf("got %+v", v.Hash)
	}
	if v, _ := cl.st.Avatar(context.Background(), cl.a.ID(), "eve@evil.example"); v.Hash != "" {
		t.Error("a stranger's is kept")
	}
}

// TestSetAvatar: our own goes as a square PNG, the data first; what is no picture goes
// nowhere.
func TestSetAvatar(t *testing.T) {
	const ns = "http://jabber.org/protocol/pubsub"
	p := newPeer(t)
	p.offer(me, []string{ns, ns + "#publish-options", ns + "#persistent-items", ns + "#publish"})
	cl := p.login()
	puts := func(node string) *wire.Element {
		return p.await("the item of "+node, func(el *wire.Element) bool {
			return el.Local == "iq" && el.Child(ns, "pubsub").Child(ns, "publish").Attr("node") == node
		}).Child(ns, "pubsub").Child(ns, "publish").Child(ns, "item")
	}
	cl.a.SetAvatar(writeFile(t, "me.png", redPNG(t, 400, 300)))
	item := puts(nsAvatarData)
	b, err := base64.StdEncoding.DecodeString(item.ChildText(nsAvatarData, "data"))
	c, kind, bad := image.DecodeConfig(bytes.NewReader(b))
	if err != nil || bad != nil || kind != "png" || c.Width != 192 || c.Height != 192 || item.Attr("id") != sha1Of(b) {
		t.Errorf("published %s %dx%d as %s (%v, %v)", kind, c.Width, c.Height, item.Attr("id"), err, bad)
	}
	item = puts(nsAvatarMeta)
	info := item.Child(nsAvatarMeta, "metadata").Child(nsAvatarMeta, "info")
	if item.Attr("id") != sha1Of(b) || info.Attr("id") != sha1Of(b) || info.Attr("bytes") != fmt.Sprint(len(b)) || info.Attr("type") != "image/png" || info.Attr("width") != "192" {
		t.Errorf("published %s", item.Bytes())
	}
	if e := answered(cl); e.Code != "avatar-set" {
		t.Errorf("got %+v", e)
	}
	cl.a.SetAvatar("")
	if item := puts(nsAvatarMeta); len(item.Child(nsAvatarMeta, "metadata").Children) != 0 {
		t.Errorf("published %s", item.Bytes())
	}
	if e := answered(cl); e.Code != "avatar-off" {
		t.Errorf("got %+v", e)
	}
	for code, path := range map[string]string{"picture-unknown": writeFile(t, "a.txt", []byte("words")), "picture-none": "/nowhere/x.png", "picture-read": t.TempDir(), "picture-broken": writeFile(t, "b.png", redPNG(t, 40, 40)[:60])} {
		cl.a.SetAvatar(path)
		if e := answered(cl); e.Problem == nil || e.Problem.Code != code {
			t.Errorf("%s: got %+v %+v", code, e, e.Problem)
		}
	}
}

// TestAvatarsAreBounded: the newest are kept.
func TestAvatarsAreBounded(t *testing.T) {
	st, err := store.Open(t.Context(), store.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	var id store.AccountID
	if _, err := st.Write(t.Context(), func(tx *store.Tx) error {
		a, err := tx.EnsureAccount(me)
		if err != nil {
			return err
		}
		id = a.ID
		for i := range 2100 {
			if _, err := tx.NoteAvatar(id, fmt.Sprintf("p%d@example.org", i), fmt.Sprint("hash", i), true); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	kept := 0
	for i := range 2100 {
		if v, err := st.Avatar(t.Context(), id, fmt.Sprintf("p%d@example.org", i)); err != nil {
			t.Fatal(err)
		} else if v.Hash != "" {
			kept++
		}
	}
	if kept > 2000 || kept < 1500 {
		t.Errorf("kept %d", kept)
	}
}
