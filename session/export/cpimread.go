package export

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"mime/quotedprintable"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf16"
)

const (
	// coreSpace holds the headers that RFC 3862 knows (§3.4).
	coreSpace = "urn:ietf:params:cpim-headers:"
	// headersMost bounds the lines of headers, headMost the bytes of those of a file.
	headersMost = 2000
	headMost    = 16 << 10
)

// openCPIM reads the head of a file: a multipart of messages, or one message.
func (r *Reader) openCPIM() error {
	var head []byte
	for {
		b, err := r.from.ReadSlice('\n')
		head = append(head, b...)
		if len(head) > headMost || errors.Is(err, bufio.ErrBufferFull) || errors.Is(err, io.EOF) {
			return ErrFormat
		}
		if err != nil {
			return err
		}
		if len(bytes.TrimRight(b, "\r\n")) == 0 {
			break
		}
	}
	list, _, ok := fields(head)
	if !ok {
		return ErrFormat
	}
	kind, args, _ := mediaType(list)
	switch mark := args["boundary"]; {
	case kind == "message/cpim":
		over := false
		r.next = func() (Record, error) {
			if over {
				return Record{}, io.EOF
			}
			over = true
			b, _, err := r.part("")
			if err != nil {
				return Record{}, err
			}
			return message(b)
		}
	case strings.HasPrefix(kind, "multipart/") && mark != "" && len(mark) <= 70:
		last := false
		for !last { // what stands before the first part is for people
			begins, end, err := r.delimiter(mark)
			if errors.Is(err, io.EOF) {
				return ErrFormat
			}
			if err != nil {
				return err
			}
			if last = end; begins {
				break
			}
		}
		r.next = func() (Record, error) {
			if last {
				return Record{}, io.EOF
			}
			b, end, err := r.part(mark)
			if last = end; err != nil {
				return Record{}, err
			}
			list, rest, ok := fields(b)
			kind, _, plain := mediaType(list)
			if !ok || kind != "message/cpim" || !plain {
				return Record{}, ErrLine
			}
			return message(rest)
		}
	default:
		return ErrFormat
	}
	return nil
}

// delimiter reads a line and says whether a part begins or, end, none follows.
func (r *Reader) delimiter(mark string) (begins, end bool, err error) {
	b, err := r.from.ReadSlice('\n')
	if err == nil || errors.Is(err, io.EOF) && len(b) > 0 {
		begins, end = delimits(b, mark)
		return begins || end, end, nil
	}
	for errors.Is(err, bufio.ErrBufferFull) {
		_, err = r.from.ReadSlice('\n')
	}
	return false, false, err
}

// delimits says whether a line stands between parts, or behind the last one (RFC 2046
// §5.1.1).
func delimits(line []byte, mark string) (begins, end bool) {
	rest, ok := bytes.CutPrefix(line, []byte("--"+mark))
	if !ok || mark == "" {
		return false, false
	}
	rest = bytes.TrimRight(rest, " \t\r\n")
	return len(rest) == 0, string(rest) == "--"
}

// part reads up to the next delimiter; no mark: to the end of the file. last says that
// no other follows. ErrLine: it is too long.
func (r *Reader) part(mark string) (b []byte, last bool, err error) {
	long, fresh := false, true // at the beginning of a line
	for {
		s, err := r.from.ReadSlice('\n')
		if fresh {
			if begins, end := delimits(s, mark); begins || end {
				if b = bytes.TrimSuffix(b, []byte("\n")); len(b) > 0 && b[len(b)-1] == '\r' {
					b = b[:len(b)-1]
				}
				last = end
				break
			}
		}
		if long = long || len(b)+len(s) > LineMost; long {
			b = nil
		} else {
			b = append(b, s...)
		}
		if fresh = err == nil; errors.Is(err, io.EOF) {
			last = true
			break
		} else if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return nil, true, err
		}
	}
	if long {
		return nil, last, ErrLine
	}
	return b, last, nil
}

// field is a header: its name, and its value without the space before it.
type field struct{ name, value string }

// fields reads headers up to an empty line and gives what follows it. A line that begins
// with a space goes on with the one before.
func fields(b []byte) (list []field, rest []byte, ok bool) {
	for range headersMost {
		line, more, found := bytes.Cut(b, []byte("\n"))
		if !found {
			return nil, nil, false
		}
		s := strings.ToValidUTF8(string(bytes.TrimSuffix(line, []byte("\r"))), "\ufffd")
		if b = more; s == "" {
			return list, b, true
		}
		if s[0] == ' ' || s[0] == '\t' {
			if len(list) == 0 {
				return nil, nil, false
			}
			list[len(list)-1].value += s
			continue
		}
		name, value, colon := strings.Cut(s, ":")
		if !colon || name == "" || strings.ContainsAny(name, " \t\"<>") {
			return nil, nil, false
		}
		list = append(list, field{name, strings.TrimPrefix(value, " ")})
	}
	return nil, nil, false
}

// mediaType gives what kind an entity is, and whether its text stands there as it is.
func mediaType(list []field) (kind string, args map[string]string, plain bool) {
	plain = true
	for _, f := range list {
		switch strings.ToLower(f.name) {
		case "content-type":
			kind, args, _ = mime.ParseMediaType(f.value)
		case "content-transfer-encoding":
			s := strings.ToLower(strings.TrimSpace(f.value))
			plain = s == "7bit" || s == "8bit" || s == "binary"
		}
	}
	return kind, args, plain
}

// message reads a message of RFC 3862: its headers, and the entity in it.
func message(b []byte) (Record, error) {
	head, entity, ok := fields(b)
	list, body, ok2 := fields(entity)
	if !ok || !ok2 {
		return Record{}, ErrLine
	}
	text, ok := bodyOf(list, body)
	x := line{Body: &text}
	if !ok || !x.headers(head) || x.From == "" {
		return Record{}, ErrLine
	}
	return x.record()
}

// bodyOf gives the text of the entity in a message.
func bodyOf(list []field, b []byte) (string, bool) {
	kind, args, plain := mediaType(list)
	switch charset := strings.ToLower(args["charset"]); {
	case kind != "" && kind != "text/plain", charset != "" && charset != "utf-8" && charset != "us-ascii":
		return "", false
	}
	if !plain {
		var from io.Reader = bytes.NewReader(b)
		for _, f := range list {
			if strings.EqualFold(f.name, "content-transfer-encoding") {
				switch strings.ToLower(strings.TrimSpace(f.value)) {
				case "base64":
					from = base64.NewDecoder(base64.StdEncoding, from)
				case "quoted-printable":
					from = quotedprintable.NewReader(from)
				default:
					return "", false
				}
			}
		}
		var err error
		if b, err = io.ReadAll(io.LimitReader(from, LineMost)); err != nil {
			return "", false
		}
	}
	return strings.ToValidUTF8(string(b), "\ufffd"), true
}

// headers takes what the headers of a message say. The prefixes of names are whatever
// the message says that they are; what nobody knows is passed over, unless the message
// requires that it is known (§3.5).
func (x *line) headers(list []field) bool {
	spaces := map[string]string{}
	for _, f := range list {
		if f.name == "NS" {
			prefix, space, ok := strings.Cut(strings.TrimSuffix(strings.TrimSpace(f.value), ">"), "<")
			if prefix = strings.TrimSpace(prefix); !ok || spaces[prefix] != "" && spaces[prefix] != space {
				return false
			}
			spaces[prefix] = space
		}
	}
	if spaces[""] == "" {
		spaces[""] = coreSpace
	}
	know := func(name string) (space, local string) {
		prefix, local, found := strings.Cut(name, ".")
		if !found {
			prefix, local = "", name
		}
		return spaces[prefix], local
	}
	ok := true
	with := ""
	for _, f := range list {
		for strings.HasPrefix(f.value, ";") { // a parameter: its language
			_, f.value, _ = strings.Cut(f.value, " ")
		}
		space, name := know(f.name)
		switch {
		case f.name == "NS":
		case space == cpimSpace:
			ok = ok && x.own(name, f.value, &with)
		case space != coreSpace:
		case name == "From":
			var from bool
			x.Nick, x.From, from = address(f.value)
			ok = ok && from
		case name == "DateTime":
			x.Time = strings.TrimSpace(f.value)
		case name == "Require":
			for s := range strings.SplitSeq(f.value, ",") {
				space, name := know(strings.TrimSpace(s))
				ok = ok && (space == cpimSpace || space == coreSpace && (name == "From" || name == "To" || name == "DateTime" || name == "NS" || name == "Require"))
			}
		}
	}
	x.Chat = with
	if x.With == "private" {
		x.Chat, x.Occupant, _ = strings.Cut(with, "/")
	}
	return ok
}

// own takes a header of ours.
func (x *line) own(header, value string, with *string) bool {
	if to := x.words()[header]; to != nil {
		*to = unescaped(value)
		return true
	}
	if to := x.signs()[header]; to != nil {
		*to = value == "true"
		return true
	}
	list := unquoted(value)
	n := len(list)
	switch header {
	case "Chat":
		*with = unescaped(value)
	case "Body":
		x.Body = nil
	case "Id":
		if n != 3 {
			return false
		}
		x.IDs = append(x.IDs, name{Kind: list[0], ID: list[1], By: list[2]})
	case "Reply":
		if n != 2 {
			return false
		}
		x.Reply = &reply{list[0], list[1]}
	case "Version":
		if n != 2 {
			return false
		}
		x.Versions = append(x.Versions, version{list[0], list[1]})
	case "Reaction", "OwnReaction":
		if n < 2 {
			return false
		}
		x.Reactions = append(x.Reactions, reaction{list[0], header == "OwnReaction", list[1:]})
	case "File":
		if n != 5 {
			return false
		}
		size, err := strconv.ParseInt(list[2], 10, 64)
		x.File = &file{URL: list[0], Name: list[1], Size: size, Type: list[3], SHA256: list[4]}
		return err == nil
	}
	return true
}

// address reads a name and an address as a URI, as [mailbox] writes it.
func address(s string) (name, jid string, ok bool) {
	s = strings.TrimSpace(s)
	at := strings.LastIndexByte(s, '<')
	if at < 0 || !strings.HasSuffix(s, ">") {
		return "", "", false
	}
	if name = strings.TrimSpace(s[:at]); strings.HasPrefix(name, `"`) {
		list := unquoted(name)
		if len(list) != 1 {
			return "", "", false
		}
		name = list[0]
	}
	scheme, uri, found := strings.Cut(s[at+1:len(s)-1], ":")
	jid, err := url.PathUnescape(uri)
	return name, strings.ToValidUTF8(jid, "\ufffd"), found && strings.EqualFold(scheme, "xmpp") && !strings.ContainsAny(uri, "?#") && err == nil
}

// unquoted reads strings with spaces between; nil: it is something else.
func unquoted(s string) (list []string) {
	for s = strings.TrimSpace(s); s != ""; s = strings.TrimLeft(s, " \t") {
		if s[0] != '"' || len(list) > signsMost {
			return nil
		}
		end := 1
		for end < len(s) && s[end] != '"' {
			if s[end] == '\\' {
				end++
			}
			end++
		}
		if end >= len(s) {
			return nil
		}
		list = append(list, unescaped(s[1:end]))
		s = s[end+1:]
	}
	return list
}

// unescaped reads what [escaped] wrote, and all else that RFC 3862 §2.3 knows.
func unescaped(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	var b strings.Builder
	var units []uint16
	for i := 0; i < len(s); i++ {
		c, unit := s[i], -1
		if c == '\\' && i+1 < len(s) {
			i++
			switch c = s[i]; c {
			case 'b':
				c = '\b'
			case 't':
				c = '\t'
			case 'n':
				c = '\n'
			case 'r':
				c = '\r'
			case 'u':
				if n, err := strconv.ParseUint(s[i+1:min(i+5, len(s))], 16, 16); err == nil && i+5 <= len(s) {
					unit = int(n)
					i += 4
				}
			}
		}
		if unit >= 0 {
			units = append(units, uint16(unit))
			continue
		}
		b.WriteString(string(utf16.Decode(units)))
		units = units[:0]
		b.WriteByte(c)
	}
	b.WriteString(string(utf16.Decode(units)))
	return b.String()
}
