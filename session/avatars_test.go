package session

import (
	"bytes"
	"crypto/sha1"
	"encoding/base64"
	"encoding/hex"
	"image"
	"image/png"
	"strings"
	"testing"

	"sotto/session/picture"
	"sotto/session/wire"
)

// TestAvatarOf: what a node says, and the picture that is meant.
func TestAvatarOf(t *testing.T) {
	const id = "111f4b3c50d7b0df729d299bc6f8e9ef9066971f"
	info := func(attrs string) string { return "<info " + attrs + "/>" }
	good := info("bytes='12345' id='" + id + "' type='image/png'")
	for name, test := range map[string]struct {
		xml  string
		hash string
		ok   bool
	}{
		"one":               {good, id, true},
		"upper case":        {strings.Replace(good, id, strings.ToUpper(id), 1), id, true},
		"the one in XMPP":   {info("bytes='1' id='"+id+"' url='https://evil.example/x'") + strings.Replace(good, "111f", "222f", 1), "222" + id[3:], true},
		"only elsewhere":    {info("bytes='1' id='" + id + "' url='https://evil.example/x'"), "", true},
		"none":              {"", "", true},
		"far too big":       {info("bytes='300000' id='" + id + "'"), "", true},
		"of no size":        {info("id='" + id + "'"), "", true},
		"no hash":           {info("bytes='1' id='../../x'"), "", true},
		"the eighteenth":    {strings.Repeat(info("id=''"), 17) + good, "", true},
		"another namespace": {"<info xmlns='x' bytes='1' id='" + id + "'/>", "", true},
	} {
		t.Run(name, func(t *testing.T) {
			el, err := wire.ParseElement([]byte("<item><metadata xmlns='urn:xmpp:avatar:metadata'>"+test.xml+"</metadata></item>"), "")
			if err != nil {
				t.Fatal(err)
			}
			if hash, ok := avatarOf([]pepItem{{"x", el.Children[0]}}); hash != test.hash || ok != test.ok {
				t.Errorf("got %q, %v", hash, ok)
			}
		})
	}
	if _, ok := avatarOf([]pepItem{{id: "x"}}); ok {
		t.Error("an item without a payload says something")
	}
}

// TestAvatarPicture: only what has the hash that was told, and is a picture.
func TestAvatarPicture(t *testing.T) {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewNRGBA(image.Rect(0, 0, 64, 32))); err != nil {
		t.Fatal(err)
	}
	named := func(b []byte) (hash, data string) {
		s := sha1.Sum(b)
		return hex.EncodeToString(s[:]), base64.StdEncoding.EncodeToString(b)
	}
	good, data := named(b.Bytes())
	text, words := named([]byte("words"))
	big, many := named(make([]byte, avatarMax+1))
	for name, test := range map[string]struct {
		hash, data string
		w, h       int
	}{
		"a picture":      {good, data, 16, 8},
		"in lines":       {good, data[:20] + "\n  " + data[20:], 16, 8},
		"another":        {text, data, 0, 0},
		"words":          {text, words, 0, 0},
		"too big":        {big, many, 0, 0},
		"no base64":      {good, "*" + data, 0, 0},
		"nothing":        {good, "", 0, 0},
		"far too much":   {good, strings.Repeat("A", avatarMax*2+4), 0, 0},
		"the other case": {strings.ToUpper(good), data, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			p, ok := avatarPicture(t.Context(), picture.New(), test.hash, test.data)
			if ok != (test.w > 0) || ok && (p.Width != test.w || p.Height() != test.h) {
				t.Errorf("got %d by %d, %v", p.Width, p.Height(), ok)
			}
		})
	}
}

// FuzzAvatar: whatever a node says of a picture, what is kept is a hash.
func FuzzAvatar(f *testing.F) {
	f.Add("<info bytes='1' id='111f4b3c50d7b0df729d299bc6f8e9ef9066971f' type='image/png'/>")
	f.Fuzz(func(t *testing.T, inner string) {
		el, err := wire.ParseElement([]byte("<item><metadata xmlns='urn:xmpp:avatar:metadata'>"+inner+"</metadata></item>"), "")
		if err != nil {
			return
		}
		if hash, _ := avatarOf([]pepItem{{"x", el.Children[0]}}); hash != "" && (len(hash) != 40 || strings.Trim(hash, "0123456789abcdef") != "") {
			t.Errorf("kept %q", hash)
		}
	})
}
