package wire

import "encoding/xml"

// binding is one namespace declaration.
type binding struct {
	prefix, space string
	depth         int // of the element that made it; 0 is the stream header
}

// names resolves prefixes (Namespaces in XML 1.0). It is part of one decoder and
// not safe for use by several goroutines.
type names struct {
	bound []binding
}

// open takes the declarations among attrs, as an element at depth makes them.
func (n *names) open(attrs []xml.Attr, depth int) error {
	for i := range attrs {
		a := &attrs[i]
		var prefix string
		switch {
		case a.Name.Space == "xmlns":
			prefix = a.Name.Local
		case a.Name.Space == "" && a.Name.Local == "xmlns":
		default:
			continue
		}
		// §3: xml and xmlns are taken; §5: a prefix cannot be undeclared.
		switch {
		case prefix == "xml" && a.Value == NSXML:
			continue
		case prefix == "xml", prefix == "xmlns", a.Value == NSXML, a.Value == nsXMLNS, prefix != "" && a.Value == "":
			return &fault{cond: "bad-namespace-prefix", text: "reserved namespace or prefix"}
		}
		for j := len(n.bound) - 1; j >= 0 && n.bound[j].depth == depth; j-- {
			if n.bound[j].prefix == prefix {
				return &fault{cond: "not-well-formed", text: "namespace declared twice"}
			}
		}
		if len(n.bound) >= maxDeclarations {
			return &fault{cond: "policy-violation", text: "too many namespace declarations", kind: TooBig}
		}
		n.bound = append(n.bound, binding{prefix, a.Value, depth})
	}
	return nil
}

// close forgets what the element at depth declared.
func (n *names) close(depth int) {
	for len(n.bound) > 0 && n.bound[len(n.bound)-1].depth >= depth {
		n.bound = n.bound[:len(n.bound)-1]
	}
}

// lookup returns the namespace of a prefix; "" is the default one, which need
// not be declared.
func (n *names) lookup(prefix string) (string, error) {
	for i := len(n.bound) - 1; i >= 0; i-- {
		if n.bound[i].prefix == prefix {
			return n.bound[i].space, nil
		}
	}
	switch prefix {
	case "":
		return "", nil
	case "xml":
		return NSXML, nil
	}
	return "", &fault{cond: "bad-namespace-prefix", text: "undeclared prefix"}
}
