package wire_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"mellium.im/xmpp/disco"
	"mellium.im/xmpp/jid"

	"sotto/internal/realserver"
	"sotto/session/wire"
)

func TestProsody(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a server")
	}
	t.Setenv("ALL_PROXY", "")
	t.Setenv("all_proxy", "")
	server := realserver.Prosody(t)
	for name, cfg := range map[string]wire.Config{
		"starttls": {Port: server.Port, TLS: wire.StartTLS},
		"direct":   {Port: server.Direct, TLS: wire.Direct},
	} {
		t.Run(name, func(t *testing.T) {
			cfg.JID, cfg.Resource, cfg.Host, cfg.RootCAs = "alice@"+realserver.Domain, "sotto", "127.0.0.1", server.Roots
			cfg.Password = func(context.Context) (string, error) { return realserver.Password, nil }
			ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
			defer cancel()
			bad := cfg
			bad.Password = func(context.Context) (string, error) { return "wrong", nil }
			if _, _, err := wire.Connect(ctx, bad); wire.KindOf(err) != wire.AuthFailed {
				t.Errorf("wrong password: %v", err)
			}
			link, login, err := wire.Connect(ctx, cfg)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%s %s, tls %x, sm %v, %v", login.Mechanism, login.Binding, login.TLS.Version, login.SM, login.JID)
			if !login.SM || login.JID.String() != "alice@"+realserver.Domain+"/sotto" || !strings.HasPrefix(login.Mechanism, "SCRAM-SHA-1") {
				t.Errorf("got %+v", login)
			}
			roster, err := link.Call(ctx, wire.New(wire.NSClient, "iq").Set("type", "get").Add(wire.New("jabber:iq:roster", "query")))
			if err != nil || roster.Child("jabber:iq:roster", "query") == nil {
				t.Errorf("roster: %v", err)
			}
			link.Send(wire.New(wire.NSClient, "presence"))
			const n = 300
			var last uint64
			for i := range n {
				if last, err = link.Send(wire.New(wire.NSClient, "message").Set("to", login.JID.String()).Set("id", fmt.Sprint(i)).Set("type", "chat").
					Add(wire.New(wire.NSClient, "body").SetText("Grüße & <so>"))); err != nil {
					t.Fatal(err)
				}
			}
			got := 0
			for got < n {
				select {
				case <-link.Ready():
				case <-ctx.Done():
					t.Fatalf("got %d messages", got)
				case <-link.Done():
					t.Fatal(link.Err())
				}
				for _, s := range link.Take(100) {
					if s.Local == "message" {
						if s.Attr("id") != fmt.Sprint(got) || s.From != login.JID {
							t.Fatalf("got %s", s.Raw())
						}
						got++
					}
					link.Commit(s.Seq)
				}
			}
			for link.Acked() < last {
				select {
				case <-link.Ready():
				case <-ctx.Done():
					t.Fatalf("acknowledged %d of %d", link.Acked(), last)
				}
			}
			s, done, err := link.Lend(ctx)
			if err != nil {
				t.Fatal(err)
			}
			info, err := disco.GetInfo(ctx, "", jid.MustParse(realserver.Domain), s)
			done()
			if err != nil || len(info.Features) == 0 {
				t.Errorf("disco: %v", err)
			}
			link.Close(ctx)
			if link.Err() != nil {
				t.Error(link.Err())
			}
		})
	}
}
