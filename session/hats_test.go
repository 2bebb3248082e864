package session_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"sotto/session"
)

// TestHats: a room that gives out hats is believed, a few of them are kept and the
// rest counted; in other rooms they are the occupant's own words, and nothing.
func TestHats(t *testing.T) {
	wearing := func(nick string, titles ...string) string {
		hats := ""
		for i, x := range titles {
			hats += fmt.Sprintf("<hat xmlns='urn:xmpp:hats:0' uri='urn:hat:%d' title='%s'/>", i, x)
		}
		return strings.Replace(occupant(nick, "", ""), "</presence>", "<hats xmlns='urn:xmpp:hats:0'>"+hats+"</hats></presence>", 1)
	}
	var hundred []string
	for i := range 100 {
		hundred = append(hundred, fmt.Sprint("hat ", i))
	}
	for name, test := range map[string]struct {
		features []string
		titles   []string
		want     []string
		more     int
	}{
		"two":       {[]string{"urn:xmpp:hats:0"}, []string{"Host", " Presenter ", "Host", ""}, []string{"Host", "Presenter"}, 0},
		"a hundred": {[]string{"urn:xmpp:hats:0"}, hundred, hundred[:5], 95},
		"long":      {[]string{"urn:xmpp:hats:0"}, []string{strings.Repeat("x", 5000)}, []string{strings.Repeat("x", 100)}, 0},
		"own words": {[]string{"muc_open"}, []string{"Host"}, nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPeer(t)
			p.offer(myRoom, test.features)
			cl := p.login()
			p.enter(cl, "alice")
			p.tells(wearing("mira", test.titles...))
			list, err := cl.a.Occupants(context.Background(), myRoom)
			i := slices.IndexFunc(list, func(o session.Occupant) bool { return o.Nick == "mira" })
			if err != nil || i < 0 || !slices.Equal(list[i].Hats, test.want) || list[i].MoreHats != test.more {
				t.Errorf("got %+v (%v)", list, err)
			}
		})
	}
}
