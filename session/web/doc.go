// Package web moves files over https for package session: to the place that a
// server gave (XEP-0363) and from where somebody says that one lies. It knows
// nothing of XMPP, starts no goroutine that outlives a call, and sends no cookie,
// referrer or credential of its own.
//
//	c := web.Client{}
//	got, err := c.Fetch(ctx, web.Request{URL: address, Dir: downloads, Name: "photo.jpg"})
//
// Whom a name leads to is looked at when the connection is made: an address of
// this machine or of the network around it is a [NearError] unless the user
// allowed that host, so that nobody can make us knock at doors behind the router.
package web
