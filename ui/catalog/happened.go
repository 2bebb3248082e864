package catalog

// happenedSentences are the words of what is no message.
var happenedSentences = map[string]string{
	"call.video": ", with video",

	"notice.call-in":           "Call from %[1]s%[2]s. sotto takes none; another of your devices may.",
	"notice.call-in-missed":    "Missed call from %[1]s%[2]s",
	"notice.call-in-declined":  "Call from %[1]s%[2]s, declined",
	"notice.call-in-answered":  "Call from %[1]s%[2]s, answered on another device",
	"notice.call-in-ended":     "Call from %[1]s%[2]s, ended",
	"notice.call-out":          "Your call%[2]s, from another device",
	"notice.call-out-missed":   "Your call%[2]s, not answered",
	"notice.call-out-declined": "Your call%[2]s, declined",
	"notice.call-out-answered": "Your call%[2]s, answered",
	"notice.call-out-ended":    "Your call%[2]s, ended",
	"notice.call-room":         "%[1]s invites everybody to a call%[2]s",
	"notice.call-room-over":    "%[1]s invited everybody to a call%[2]s, which is over",

	"notice.attention":       "%[1]s wants your attention",
	"notice.invited":         "%[1]s invites you into %[2]s %[3]s",
	"notice.invited-through": "%[2]s says that %[1]s invites you there %[3]s",
	"notice.moved":           "%[1]s has another address now: %[2]s",

	"notify.call-in":        "%[1]s calls you. sotto takes no calls: another of your devices can.",
	"notify.call-in-missed": "%[1]s called you.",
	"notify.attention":      "%[1]s wants your attention.",

	"detail.link":       "link",
	"detail.link-title": "they call it",
	"detail.link-about": "they say of it",
	"detail.about":      "about",

	"answer.moved": "%[1]s has another address now: %[2]s. /requests shows that it asks to see your presence.",
}
