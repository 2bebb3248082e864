package wire

// masked is what a console may see of an element: what SASL carries is hidden in
// both directions, because a SCRAM exchange can be searched for the password at
// leisure. Not even its length is shown.
func masked(e *Element) []byte {
	if e.Space == NSSASL {
		switch e.Local {
		case "auth", "response", "challenge", "success":
			shown := New(e.Space, e.Local).Set("mechanism", e.Attr("mechanism"))
			if e.Text != "" || len(e.Children) > 0 {
				shown.SetText("[hidden]")
			}
			return shown.Bytes()
		}
	}
	if raw := e.Raw(); raw != nil {
		return raw
	}
	return e.Bytes()
}
