package session

import (
	"strings"
	"testing"

	"sotto/session/wire"
)

func cardOf(t testing.TB, inner string) *wire.Element {
	t.Helper()
	el, err := wire.ParseElement([]byte("<iq><vCard xmlns='vcard-temp'>"+inner+"</vCard></iq>"), wire.NSClient)
	if err != nil {
		t.Skip(err)
	}
	return el.Child(nsVCard, "vCard")
}

// TestCardFacts: a card in, what is told of it out.
func TestCardFacts(t *testing.T) {
	for name, test := range map[string]struct{ card, want string }{
		"usual":         {"<FN>Bob Ross</FN><EMAIL><INTERNET/><USERID>bob@example.org</USERID></EMAIL><ADR><LOCALITY>Alençon</LOCALITY></ADR>", "card-name Bob Ross; card-email bob@example.org; card-place Alençon"},
		"the first":     {"<TEL><HOME/></TEL><TEL><NUMBER> 1 </NUMBER></TEL><TEL><NUMBER>2</NUMBER></TEL>", "card-tel 1"},
		"several lines": {"<DESC>one\n  two\t three</DESC>", "card-about one two three"},
		"far too long":  {"<FN>" + strings.Repeat("é", 9999) + "</FN>", "card-name " + strings.Repeat("é", 150)},
		"a picture":     {"<PHOTO><TYPE>image/png</TYPE><BINVAL>AAAA</BINVAL></PHOTO>", ""},
		"foreign":       {"<FN xmlns='x'>Bob</FN>", ""},
		"nothing":       {"<FN/><ORG/>", ""},
		"everything": {"<FN>a</FN><NICKNAME>b</NICKNAME><ORG><ORGNAME>c</ORGNAME></ORG><TITLE>d</TITLE><ROLE>e</ROLE><EMAIL><USERID>f</USERID></EMAIL><TEL><NUMBER>g</NUMBER></TEL><URL>h</URL><BDAY>i</BDAY><ADR><LOCALITY>j</LOCALITY><CTRY>k</CTRY></ADR><DESC>l</DESC>",
			"card-name a; card-nick b; card-org c; card-title d; card-role e; card-email f; card-tel g; card-url h; card-birthday i; card-place j; card-country k"},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, f := range cardFacts(cardOf(t, test.card)) {
				got = append(got, f.Code+" "+f.Text)
			}
			if s := strings.Join(got, "; "); s != test.want {
				t.Errorf("got %q, want %q", s, test.want)
			}
		})
	}
}

// TestFilledCard: only what was filled in changes; pictures and what nobody knows stay.
func TestFilledCard(t *testing.T) {
	const photo = `<PHOTO><TYPE>image/png</TYPE><BINVAL>AAAA</BINVAL></PHOTO><X-ODD a="1">b</X-ODD>`
	for name, test := range map[string]struct {
		card string
		fill map[string]string
		want string
	}{
		"nothing changed":      {"<FN>Bob</FN>" + photo, map[string]string{"card-name": "Bob"}, "<FN>Bob</FN>" + photo},
		"a new name":           {"<FN>Bob</FN>" + photo, map[string]string{"card-name": "Bo <b>"}, "<FN>Bo &lt;b&gt;</FN>" + photo},
		"one more":             {photo, map[string]string{"card-nick": "bo"}, photo + "<NICKNAME>bo</NICKNAME>"},
		"taken away":           {"<FN>Bob</FN>" + photo, map[string]string{"card-name": " "}, photo},
		"a part of an address": {"<ADR><HOME/><CTRY>FR</CTRY></ADR>", map[string]string{"card-place": "Alençon"}, "<ADR><HOME/><CTRY>FR</CTRY><LOCALITY>Alençon</LOCALITY></ADR>"},
		"the second number":    {"<TEL><HOME/></TEL><TEL><CELL/><NUMBER>1</NUMBER></TEL>", map[string]string{"card-tel": "2"}, "<TEL><HOME/></TEL><TEL><CELL/><NUMBER>2</NUMBER></TEL>"},
		"a new mail":           {"", map[string]string{"card-email": "b@x.org"}, "<EMAIL><USERID>b@x.org</USERID></EMAIL>"},
	} {
		t.Run(name, func(t *testing.T) {
			f := Form{}
			for code, v := range test.fill {
				f.Fields = append(f.Fields, Field{Var: code, Values: []string{v}})
			}
			got := strings.ReplaceAll(string(filledCard(cardOf(t, test.card), &f).Bytes()), "'", `"`)
			want := `<vCard xmlns="vcard-temp">` + test.want + "</vCard>"
			if test.want == "" {
				want = `<vCard xmlns="vcard-temp"/>`
			}
			if got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}

// FuzzCard: whatever stands in a card, what is told is bounded and in lines.
func FuzzCard(f *testing.F) {
	f.Add("<FN>Bob</FN><EMAIL><USERID>x</USERID></EMAIL>")
	f.Fuzz(func(t *testing.T, inner string) {
		facts := cardFacts(cardOf(t, inner))
		if len(facts) > cardFactsMax {
			t.Errorf("%d lines", len(facts))
		}
		for _, x := range facts {
			if len(x.Text) > cardValueMax || strings.ContainsAny(x.Text, "\r\n") {
				t.Errorf("told %q", x.Text)
			}
		}
	})
}
