package session

// Namespaces of the features.
const (
	nsRoster     = "jabber:iq:roster"                      // RFC 6121 §2
	nsCarbons    = "urn:xmpp:carbons:2"                    // XEP-0280
	nsForward    = "urn:xmpp:forward:0"                    // XEP-0297
	nsArchive    = "urn:xmpp:mam:2"                        // XEP-0313
	nsMUC        = "http://jabber.org/protocol/muc"        // XEP-0045
	nsMUCUser    = "http://jabber.org/protocol/muc#user"   // XEP-0045
	nsMUCAdmin   = "http://jabber.org/protocol/muc#admin"  // XEP-0045
	nsConference = "jabber:x:conference"                   // XEP-0249
	nsMUCOwner   = "http://jabber.org/protocol/muc#owner"  // XEP-0045
	nsOccupantID = "urn:xmpp:occupant-id:0"                // XEP-0421
	nsStates     = "http://jabber.org/protocol/chatstates" // XEP-0085
	nsReceipts   = "urn:xmpp:receipts"                     // XEP-0184
	nsMarkers    = "urn:xmpp:chat-markers:0"               // XEP-0333
	nsDelay      = "urn:xmpp:delay"                        // XEP-0203
	nsStanzaID   = "urn:xmpp:sid:0"                        // XEP-0359
	nsNick       = "http://jabber.org/protocol/nick"       // XEP-0172
	nsDiscoInfo  = "http://jabber.org/protocol/disco#info" // XEP-0030
	nsCaps       = "http://jabber.org/protocol/caps"       // XEP-0115
	nsVersion    = "jabber:iq:version"                     // XEP-0092
	nsTime       = "urn:xmpp:time"                         // XEP-0202
	nsLast       = "jabber:iq:last"                        // XEP-0012
	nsIdle       = "urn:xmpp:idle:1"                       // XEP-0319
	nsPing       = "urn:xmpp:ping"                         // XEP-0199
	nsHints      = "urn:xmpp:hints"                        // XEP-0334
	nsEME        = "urn:xmpp:eme:0"                        // XEP-0380
	nsBlocking   = "urn:xmpp:blocking"                     // XEP-0191
	nsReporting  = "urn:xmpp:reporting:1"                  // XEP-0377
	nsData       = "jabber:x:data"                         // XEP-0004
	nsMedia      = "urn:xmpp:media-element"                // XEP-0221
	nsPreAuth    = "urn:xmpp:pars:0"                       // XEP-0379

	nsCorrect   = "urn:xmpp:message-correct:0"  // XEP-0308
	nsRetract   = "urn:xmpp:message-retract:1"  // XEP-0424
	nsRetract0  = "urn:xmpp:message-retract:0"  // XEP-0424 until 0.3
	nsModerate  = "urn:xmpp:message-moderate:1" // XEP-0425
	nsModerate0 = "urn:xmpp:message-moderate:0" // XEP-0425 until 0.2
	nsFasten    = "urn:xmpp:fasten:0"           // XEP-0422
	nsFallback  = "urn:xmpp:fallback:0"         // XEP-0428
	nsFallback0 = "urn:xmpp:feature-fallback:0" // XEP-0428 before it had a number
	nsReactions = "urn:xmpp:reactions:0"        // XEP-0444
	nsReply     = "urn:xmpp:reply:0"            // XEP-0461
	nsStyling   = "urn:xmpp:styling:0"          // XEP-0393
	nsSpoiler   = "urn:xmpp:spoiler:0"          // XEP-0382

	nsUpload       = "urn:xmpp:http:upload:0"                 // XEP-0363
	nsDisplayed    = "urn:xmpp:mds:displayed:0"               // XEP-0490
	nsOOB          = "jabber:x:oob"                           // XEP-0066
	nsFileSharing  = "urn:xmpp:sfs:0"                         // XEP-0447
	nsFileMetadata = "urn:xmpp:file:metadata:0"               // XEP-0446
	nsURLData      = "http://jabber.org/protocol/url-data"    // XEP-0103
	nsHashes       = "urn:xmpp:hashes:2"                      // XEP-0300
	nsReference    = "urn:xmpp:reference:0"                   // XEP-0372
	nsMediaSharing = "urn:xmpp:sims:1"                        // XEP-0385
	nsJingleFile   = "urn:xmpp:jingle:apps:file-transfer:5"   // XEP-0234
	nsDiscoItems   = "http://jabber.org/protocol/disco#items" // XEP-0030

	nsPubSub         = "http://jabber.org/protocol/pubsub"                 // XEP-0060
	nsPubSubOwner    = "http://jabber.org/protocol/pubsub#owner"           // XEP-0060
	nsPubSubEvent    = "http://jabber.org/protocol/pubsub#event"           // XEP-0060
	nsNodeConfig     = "http://jabber.org/protocol/pubsub#node_config"     // XEP-0060
	nsPublishOptions = "http://jabber.org/protocol/pubsub#publish-options" // XEP-0060
	nsPersistent     = "http://jabber.org/protocol/pubsub#persistent-items"
	nsBookmarks      = "urn:xmpp:bookmarks:1"                                  // XEP-0402
	nsStorage        = "storage:bookmarks"                                     // XEP-0048
	nsPrivate        = "jabber:iq:private"                                     // XEP-0049
	nsSelfPing       = "http://jabber.org/protocol/muc#self-ping-optimization" // XEP-0410
)
