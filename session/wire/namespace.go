package wire

// Namespaces this package speaks itself.
const (
	NSClient     = "jabber:client"                        // RFC 6120 §4.8.2
	NSStream     = "http://etherx.jabber.org/streams"     // RFC 6120 §4.8.1
	NSStreamErr  = "urn:ietf:params:xml:ns:xmpp-streams"  // RFC 6120 §4.9.2
	NSStanzaErr  = "urn:ietf:params:xml:ns:xmpp-stanzas"  // RFC 6120 §8.3.2
	NSTLS        = "urn:ietf:params:xml:ns:xmpp-tls"      // RFC 6120 §5
	NSSASL       = "urn:ietf:params:xml:ns:xmpp-sasl"     // RFC 6120 §6
	NSBind       = "urn:ietf:params:xml:ns:xmpp-bind"     // RFC 6120 §7
	NSSession    = "urn:ietf:params:xml:ns:xmpp-session"  // RFC 3921 §3
	NSManagement = "urn:xmpp:sm:3"                        // XEP-0198
	NSPing       = "urn:xmpp:ping"                        // XEP-0199
	NSBindings   = "urn:xmpp:sasl-cb:0"                   // XEP-0440
	NSXML        = "http://www.w3.org/XML/1998/namespace" // Namespaces in XML 1.0 §3
	nsXMLNS      = "http://www.w3.org/2000/xmlns/"        // Namespaces in XML 1.0 §3
)
