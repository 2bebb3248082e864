package demo

// Namespaces of what the server does.
const (
	nsRoster      = "jabber:iq:roster"                     // RFC 6121 §2
	nsRosterVer   = "urn:xmpp:features:rosterver"          // RFC 6121 §2.6
	nsPreApproval = "urn:xmpp:features:pre-approval"       // RFC 6121 §3.4
	nsCarbons     = "urn:xmpp:carbons:2"                   // XEP-0280
	nsForward     = "urn:xmpp:forward:0"                   // XEP-0297
	nsArchive     = "urn:xmpp:mam:2"                       // XEP-0313
	nsPages       = "http://jabber.org/protocol/rsm"       // XEP-0059
	nsData        = "jabber:x:data"                        // XEP-0004
	nsMUC         = "http://jabber.org/protocol/muc"       // XEP-0045
	nsMUCUser     = "http://jabber.org/protocol/muc#user"  // XEP-0045
	nsMUCAdmin    = "http://jabber.org/protocol/muc#admin" // XEP-0045
	nsMUCOwner    = "http://jabber.org/protocol/muc#owner" // XEP-0045
	nsMUCConfig   = "http://jabber.org/protocol/muc#roomconfig"
	nsOccupantID  = "urn:xmpp:occupant-id:0"                                // XEP-0421
	nsSelfPing    = "http://jabber.org/protocol/muc#self-ping-optimization" // XEP-0410
	nsStates      = "http://jabber.org/protocol/chatstates"                 // XEP-0085
	nsReceipts    = "urn:xmpp:receipts"                                     // XEP-0184
	nsMarkers     = "urn:xmpp:chat-markers:0"                               // XEP-0333
	nsHints       = "urn:xmpp:hints"                                        // XEP-0334
	nsDelay       = "urn:xmpp:delay"                                        // XEP-0203
	nsStanzaID    = "urn:xmpp:sid:0"                                        // XEP-0359
	nsNick        = "http://jabber.org/protocol/nick"                       // XEP-0172
	nsDiscoInfo   = "http://jabber.org/protocol/disco#info"                 // XEP-0030
	nsDiscoItems  = "http://jabber.org/protocol/disco#items"                // XEP-0030
	nsVersion     = "jabber:iq:version"                                     // XEP-0092
	nsTime        = "urn:xmpp:time"                                         // XEP-0202
	nsCSI         = "urn:xmpp:csi:0"                                        // XEP-0352
	nsPing        = "urn:xmpp:ping"                                         // XEP-0199
	nsConference  = "jabber:x:conference"                                   // XEP-0249
	nsCaps        = "http://jabber.org/protocol/caps"                       // XEP-0115
	nsPubSub      = "http://jabber.org/protocol/pubsub"                     // XEP-0060
	nsPubSubOwner = "http://jabber.org/protocol/pubsub#owner"               // XEP-0060
	nsPubSubEvent = "http://jabber.org/protocol/pubsub#event"               // XEP-0060
	nsBookmarks   = "urn:xmpp:bookmarks:1"                                  // XEP-0402
	nsPrivate     = "jabber:iq:private"                                     // XEP-0049
)
