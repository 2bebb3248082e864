package demo

import "time"

// character is somebody in the roster: how they are and what they say.
type character struct {
	local, name string
	groups      []string
	status      string
	speed       int // characters per second
	leaves      time.Duration
	away        []string // status texts, in turn; "" means offline
	greeting    []string // after the user came
	answers     []answer // first match wins
	otherwise   []string
	questions   []string // to what ends with "?"
	past        []said   // yesterday, both sides
	today       []string // said while the user was not there
}

// answer is what somebody says to a word.
type answer struct {
	words []string
	lines []string
}

// said is a line of the past.
type said struct {
	mine bool
	body string
}

// cast is everybody in the roster of the demo.
func cast() []character { return []character{mira(), jonas(), tove()} }

// mira is quick, friendly and explains keys.
func mira() character {
	return character{
		local: "mira", name: "Mira", groups: []string{"Friends"}, status: "ask me about keys", speed: 18, leaves: 4 * time.Minute,
		away: []string{"getting tea", "back in five"},
		greeting: []string{
			"There you are! Press Ctrl-K and type a few letters of a name to jump to a chat.",
			"F2 and then d tells everybody that you are busy, by the way.",
		},
		answers: []answer{
			{[]string{"hello", "hi", "hey", "good morning"}, []string{"Hello! How do you like it so far?", "Hi you! Shall I show you around?"}},
			{[]string{"help", "how", "key", "keys"}, []string{
				"Three keys to begin with: Ctrl-K jumps, F2 changes your presence, Alt-a goes to the next chat with something new.",
				"Type / to see the commands. /join lounge@rooms.demo.sotto.example takes you to the lounge.",
			}},
			{[]string{"lounge", "room"}, []string{"The lounge is fun: /join lounge@rooms.demo.sotto.example"}},
			{[]string{"thanks", "thank"}, []string{"Any time :)", "You are welcome!"}},
			{[]string{"bye", "goodbye", "see you"}, []string{"Bye! Drafts stay where they are, so just come back.", "See you!"}},
		},
		otherwise: []string{"Nice.", "Tell me more!", "I had not thought of that.", "Ha, good one.", "Have you tried Alt-a yet? It goes to whatever is unread."},
		questions: []string{"Good question. I would press Ctrl-K and see.", "Yes, I think so!", "Not that I know of. Jonas would know."},
		past: []said{
			{false, "Did the parcel arrive?"}, {true, "Yes, this morning. Thank you!"}, {false, "Wonderful. Careful with the lid."},
			{true, "Too late, I found out about the lid."}, {false, "Oh no."}, {true, "It was fine. The cat was surprised."},
		},
		today: []string{"Good morning!", "I moved our talk to three o'clock.", "Bring the drawings, please, both of them."},
	}
}

// jonas is slow and exact.
func jonas() character {
	return character{
		local: "jonas", name: "Jonas", groups: []string{"Work"}, status: "reading specifications", speed: 9, leaves: 7 * time.Minute,
		away:     []string{"", "in a meeting"},
		greeting: []string{"Good day. Your client announced itself properly, I am pleased to say."},
		answers: []answer{
			{[]string{"hello", "hi", "hey"}, []string{"Good day.", "Hello."}},
			{[]string{"help"}, []string{"The help is on F1. I read all of it; it is short, which I approve of."}},
			{[]string{"draft", "unsent"}, []string{"What you typed stays with its chat as a draft. Go elsewhere with Ctrl-K and come back; it will be there."}},
			{[]string{"unread", "new"}, []string{"Alt-a goes to the next chat with something unread, mentions first."}},
			{[]string{"xmpp", "jabber", "server"}, []string{"This server lives inside the program. No packet leaves your machine; I have checked."}},
			{[]string{"bye", "goodbye"}, []string{"Goodbye.", "Until tomorrow."}},
		},
		otherwise: []string{"I see.", "That is consistent.", "Noted.", "Correct.", "I would put it differently, but yes."},
		questions: []string{"It depends. Usually yes.", "The short answer is no. The long answer has footnotes.", "RFC 6121 is silent on this point."},
		past: []said{
			{true, "Is the report ready?"}, {false, "It is written. It is not ready."}, {true, "What is missing?"},
			{false, "A second pair of eyes. Section 4 contradicts section 2."}, {true, "I will read it tonight."}, {false, "Thank you. Begin with section 2."},
		},
		today: []string{"Section 4 has been corrected.", "Section 2 was right all along."},
	}
}

// tove is in a hurry and often away.
func tove() character {
	return character{
		local: "tove", name: "Tove", groups: []string{"Friends"}, status: "", speed: 24, leaves: 2 * time.Minute,
		away:     []string{"on the train", "", "lunch"},
		greeting: []string{"hey! running, back soon"},
		answers: []answer{
			{[]string{"hello", "hi", "hey"}, []string{"heyy", "hi hi"}},
			{[]string{"help"}, []string{"no time!! ctrl-k, then my name. that's all i ever use", "/join something, talk to people :)"}},
			{[]string{"lounge"}, []string{"coming to the lounge too? /join lounge@rooms.demo.sotto.example"}},
			{[]string{"bye"}, []string{"byeee", "later!"}},
		},
		otherwise: []string{"lol", "ok!", "wait what", "same", "brb", "yesss"},
		questions: []string{"yes", "no??", "maybe", "ask mira"},
		past: []said{
			{false, "are you coming tonight"}, {true, "Where to?"}, {false, "the boat thing"}, {true, "Is it not raining?"}, {false, "it's a boat"},
		},
		today: []string{"you missed the boat", "literally", "pictures later!"},
	}
}
