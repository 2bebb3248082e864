package session

import (
	"sync"

	"sotto/session/wire"
)

// Extension is a protocol that sotto speaks. The table below is the only place
// where it is said: disco#info, capabilities, /xeps and the documents come from it.
type Extension struct {
	Number   string // XEP number or RFC
	Name     string
	Version  string // of the specification read
	Notes    string
	Features []string // what disco#info announces
	answer   *query   // IQs we answer
	nodes    []pepUse // what it keeps under people's addresses
}

// query answers an IQ. may says who is answered; to all others we are as an
// account that is offline.
type query struct {
	space, name string
	kind        string // get or set
	may         func(l *loop, o origin) bool
	answer      func(l *loop, o origin, st wire.Stanza) (*wire.Element, error)
}

// Extensions is the table. The value must not be changed.
func Extensions() []Extension { return table() }

var extensions struct {
	once  sync.Once
	list  []Extension
	nodes map[string]pepUse // by name
}

func table() []Extension {
	extensions.once.Do(func() {
		extensions.list, extensions.nodes = makeTable(), map[string]pepUse{}
		for i := range extensions.list {
			x := &extensions.list[i]
			for _, n := range x.nodes {
				extensions.nodes[n.node.name] = n
				if n.node.notify {
					x.Features = append(x.Features, n.node.name+"+notify") // XEP-0163 §4.1
				}
			}
		}
	})
	return extensions.list
}

func makeTable() []Extension {
	return []Extension{
		{Number: "RFC 6120", Name: "XMPP Core", Version: "2011-03"},
		{Number: "RFC 6121", Name: "XMPP IM: roster, presence, messages", Version: "2011-03", Notes: "of texts in several languages the one you read"},
		{Number: "RFC 7590", Name: "TLS for XMPP", Version: "2015-06"},
		{Number: "0004", Name: "Data Forms", Version: "2.13.2", Notes: "filled in by the user, every type of field; default configuration of new rooms"},
		{Number: "0012", Name: "Last Activity", Version: "2.0", Notes: "answered to whom /who-may lets", Features: []string{nsLast},
			answer: &query{nsLast, "query", "get", mayAsk(SeeIdle), (*loop).answerLast}},
		{Number: "0030", Name: "Service Discovery", Version: "2.5.0", Features: []string{nsDiscoInfo},
			answer: &query{nsDiscoInfo, "query", "get", (*loop).toAcquainted, (*loop).answerInfo}},
		{Number: "0045", Name: "Multi-User Chat", Version: "1.35.5", Features: []string{nsMUC}, Notes: "occupants, moderators, owners; voice asked for and given, nicks registered"},
		{Number: "0048", Name: "Bookmarks", Version: "1.2", Notes: "where the server has nothing newer, or others keep theirs there", nodes: []pepUse{{&storageNode, (*loop).storageEvent}}},
		{Number: "0049", Name: "Private XML Storage", Version: "1.2", Notes: "for bookmarks"},
		{Number: "0050", Name: "Ad-Hoc Commands", Version: "1.3.0", Notes: "those of servers, gateways and contacts; offers none itself"},
		{Number: "0054", Name: "vcard-temp", Version: "1.3.0", Notes: "read when you ask; of your own the usual fields are filled in, the rest stays"},
		{Number: "0060", Name: "Publish-Subscribe", Version: "1.30.0", Notes: "what personal eventing needs"},
		{Number: "0066", Name: "Out of Band Data", Version: "1.5", Notes: "in messages: where a file is; the web page of a server that makes accounts there", Features: []string{nsOOB}},
		{Number: "0077", Name: "In-Band Registration", Version: "2.4", Notes: "new accounts, by form or by fields, over TLS only; another password; deletion; with rooms"},
		{Number: "0082", Name: "Date and Time Profiles", Version: "1.1.1"},
		{Number: "0084", Name: "User Avatar", Version: "1.1.4", Notes: "shown where the terminal has the colours; your own is published without what else stood in the file",
			nodes: []pepUse{{&avatarMeta, (*loop).avatarEvent}}},
		{Number: "0085", Name: "Chat State Notifications", Version: "2.1", Notes: "sent to whom /who-may lets", Features: []string{nsStates}},
		{Number: "0092", Name: "Software Version", Version: "1.1", Notes: "to whom /who-may lets; never tells the operating system", Features: []string{nsVersion},
			answer: &query{nsVersion, "query", "get", mayAsk(AskVersion), (*loop).answerVersion}},
		{Number: "0115", Name: "Entity Capabilities", Version: "1.6.0", Notes: "hash verified before it is kept", Features: []string{nsCaps}},
		{Number: "0128", Name: "Service Discovery Extensions", Version: "1.0.1", Notes: "what rooms say of themselves"},
		{Number: "0131", Name: "Stanza Headers and Internet Metadata", Version: "1.2", Notes: "says of an automatic answer that it is one, and none is answered"},
		{Number: "0133", Name: "Service Administration", Version: "1.2", Notes: "as ad-hoc commands"},
		{Number: "0147", Name: "XMPP URI Scheme Query Components", Version: "1.2", Notes: "message, join, roster, subscribe: shown filled in, never obeyed by itself"},
		{Number: "0153", Name: "vCard-Based Avatars", Version: "1.1.1", Notes: "read"},
		{Number: "0163", Name: "Personal Eventing Protocol", Version: "1.2.2"},
		{Number: "0172", Name: "User Nickname", Version: "1.1", Notes: "of requests; yours is published with your card"},
		{Number: "0184", Name: "Message Delivery Receipts", Version: "1.4.0", Features: []string{nsReceipts}},
		{Number: "0186", Name: "Invisible Command", Version: "0.14.0", Notes: "where the server offers it"},
		{Number: "0191", Name: "Blocking Command", Version: "1.3", Notes: "enforced here too, and on this machine alone where the server keeps no list"},
		{Number: "0198", Name: "Stream Management", Version: "1.6.3", Notes: "with resumption; where the server would rather be resumed (`location`) is not followed"},
		{Number: "0199", Name: "XMPP Ping", Version: "2.0.1", Features: []string{nsPing},
			answer: &query{nsPing, "ping", "get", (*loop).toPresent, (*loop).answerPing}},
		{Number: "0202", Name: "Entity Time", Version: "2.0", Notes: "to whom /who-may lets; the server's, so that its archive is asked by its clock", Features: []string{nsTime},
			answer: &query{nsTime, "time", "get", mayAsk(AskTime), (*loop).answerTime}},
		{Number: "0203", Name: "Delayed Delivery", Version: "2.0"},
		{Number: "0221", Name: "Data Forms Media Element", Version: "1.0", Notes: "as web addresses"},
		{Number: "0223", Name: "Persistent Storage of Private Data via PubSub", Version: "1.1.1"},
		{Number: "0224", Name: "Attention", Version: "1.0", Notes: "of contacts, once a minute; shown and notified, nothing shakes", Features: []string{nsAttention}},
		{Number: "0237", Name: "Roster Versioning", Version: "1.3", Notes: "as RFC 6121 §2.6 has it"},
		{Number: "0249", Name: "Direct MUC Invitations", Version: "1.2", Features: []string{nsConference}, Notes: "nothing is entered by itself"},
		{Number: "0280", Name: "Message Carbons", Version: "1.0.1"},
		{Number: "0283", Name: "Moved", Version: "0.2.0", Notes: "checked at the old address and shown; nothing follows by itself"},
		{Number: "0297", Name: "Stanza Forwarding", Version: "1.0"},
		{Number: "0300", Name: "Use of Cryptographic Hash Functions in XMPP", Version: "1.0.0", Notes: "SHA-256, of files", Features: []string{nsHashes, "urn:xmpp:hash-function-text-names:sha-256"}},
		{Number: "0308", Name: "Last Message Correction", Version: "1.2.1", Notes: "of any earlier message; every version stays to be seen", Features: []string{nsCorrect}},
		{Number: "0313", Name: "Message Archive Management", Version: "1.1.3", Notes: "own and rooms: catching up, what became of unsettled lines, the order after a resumption"},
		{Number: "0317", Name: "Hats", Version: "0.3.1", Notes: "shown, where the room announces that it gives them out"},
		{Number: "0319", Name: "Last User Interaction in Presence", Version: "1.0.2", Notes: "shown; told to whom /who-may lets"},
		{Number: "0333", Name: "Displayed Markers", Version: "1.0.0", Notes: "shown; sent to whom /who-may lets, never to rooms", Features: []string{nsMarkers}},
		{Number: "0334", Name: "Message Processing Hints", Version: "1.0.0"},
		{Number: "0352", Name: "Client State Indication", Version: "1.0.0"},
		{Number: "0353", Name: "Jingle Message Initiation", Version: "0.8.0", Notes: "calls are shown with what became of them, not taken"},
		{Number: "0359", Name: "Unique and Stable Stanza IDs", Version: "0.7.0", Features: []string{nsStanzaID}},
		{Number: "0363", Name: "HTTP File Upload", Version: "1.2.0", Notes: "https alone; only the headers it names"},
		{Number: "0368", Name: "SRV records for XMPP over TLS", Version: "1.1.0"},
		{Number: "0377", Name: "Blocking Command Reports", Version: "0.4.1", Notes: "with the block, where the server takes reports"},
		{Number: "0379", Name: "Pre-Authenticated Roster Subscription", Version: "0.3.3", Notes: "follows invitations, and makes them where the server does not"},
		{Number: "0380", Name: "Explicit Message Encryption", Version: "0.4.0", Notes: "says how a message was encrypted that it cannot read"},
		{Number: "0382", Name: "Spoiler messages", Version: "0.2.0", Features: []string{nsSpoiler}},
		{Number: "0385", Name: "Stateless Inline Media Sharing (SIMS)", Version: "0.2.1", Notes: "read"},
		{Number: "0393", Name: "Message Styling", Version: "1.1.1", Notes: "shown; the signs stay", Features: []string{nsStyling}},
		{Number: "0401", Name: "Ad-hoc Account Invitation Generation", Version: "0.6.0", Notes: "follows invitations, and asks the server for them"},
		{Number: "0402", Name: "PEP Native Bookmarks", Version: "1.2.0", Notes: "what others keep in a bookmark stays byte for byte", nodes: []pepUse{{&bookmarksNode, (*loop).bookmarksEvent}}},
		{Number: "0410", Name: "MUC Self-Ping", Version: "1.1.0"},
		{Number: "0421", Name: "Occupant identifiers", Version: "1.0.1"},
		{Number: "0424", Name: "Message Retraction", Version: "0.4.2", Notes: "also what came before version 1 of its namespace, and tombstones", Features: []string{nsRetract}},
		{Number: "0425", Name: "Moderated Message Retraction", Version: "0.3.0", Notes: "also the namespace before"},
		{Number: "0426", Name: "Character counting in message bodies", Version: "0.3.0"},
		{Number: "0428", Name: "Fallback Indication", Version: "0.2.1", Features: []string{nsFallback}},
		{Number: "0431", Name: "Full Text Search in MAM", Version: "0.2.0", Notes: "where the archive's form has the field"},
		{Number: "0433", Name: "Extended Channel Search", Version: "0.1.0", Notes: "for rooms"},
		{Number: "0440", Name: "SASL Channel-Binding Type Capability", Version: "1.0.0"},
		{Number: "0444", Name: "Message Reactions", Version: "0.2.1", Features: []string{nsReactions}},
		{Number: "0445", Name: "Pre-Authenticated In-Band Registration", Version: "0.2.0"},
		{Number: "0446", Name: "File metadata element", Version: "0.2.0", Features: []string{nsFileMetadata}},
		{Number: "0447", Name: "Stateless file sharing", Version: "0.3.1", Notes: "one file a message, over https; nothing is fetched by itself but pictures of contacts where you set that", Features: []string{nsFileSharing}},
		{Number: "0461", Name: "Message Replies", Version: "0.2.1", Features: []string{nsReply}},
		{Number: "0469", Name: "Bookmark Pinning", Version: "0.1.0", Notes: "rooms; who is pinned otherwise is known here alone"},
		{Number: "0474", Name: "SASL SCRAM Downgrade Protection", Version: "0.5.0", Notes: "where the server signs what it offers; PLAIN is never taken after SCRAM"},
		{Number: "0482", Name: "Call Invites", Version: "0.1.0", Notes: "shown, in rooms too"},
		{Number: "0486", Name: "MUC Avatars", Version: "0.1.0", Notes: "shown; set by owners"},
		{Number: "0489", Name: "Reporting Account Affiliations", Version: "0.1.0", Notes: "of a stranger, when you ask"},
		{Number: "0490", Name: "Message Displayed Synchronization", Version: "1.0.1", Notes: "without the server's assistance", nodes: []pepUse{{&displayedNode, (*loop).displayedEvent}}},
		{Number: "0492", Name: "Chat notification settings", Version: "0.2.0", Notes: "of bookmarked rooms; a rule with an end stays here"},
		{Number: "0511", Name: "Link Metadata", Version: "0.1.1", Notes: "shown as the sender's word; nothing is fetched"},
	}
}
