package wire

import (
	"errors"
	"io"
)

// source feeds an xml.Decoder one byte at a time, which keeps the decoder from
// reading beyond the end of a tag: what follows <proceed/> must not be seen by
// the parser of the plain stream. It counts and records what it hands out.
//
// It belongs to the goroutine which decodes.
type source struct {
	r   io.Reader
	buf []byte
	at  int // next byte in buf
	end int

	total int64  // bytes handed out
	rec   []byte // the last of them
	base  int64  // offset of rec[0]

	left int64        // allowance until the next refill
	more func() int64 // asked when it is used up; 0 ends the stream
	err  error        // of r, sticky
	woke func(n int)  // called after each read from r, may be nil
}

// errAllowance ends a stanza that is too big.
var errAllowance = errors.New("stanza is too big")

func newSource(r io.Reader) *source { return &source{r: r, buf: make([]byte, 4096)} }

// ReadByte implements io.ByteReader.
func (s *source) ReadByte() (byte, error) {
	if s.err != nil && s.at == s.end {
		return 0, s.err
	}
	if s.left <= 0 {
		if s.more != nil {
			s.left = s.more()
		}
		if s.left <= 0 {
			s.at, s.end = 0, 0
			s.err = errAllowance
			return 0, s.err
		}
	}
	if s.at == s.end {
		if err := s.fill(); err != nil {
			return 0, err
		}
	}
	c := s.buf[s.at]
	s.at++
	s.left--
	s.total++
	s.rec = append(s.rec, c)
	return c, nil
}

// Read makes the source an io.Reader, which xml.NewDecoder asks for; the decoder
// then uses ReadByte only.
func (s *source) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	c, err := s.ReadByte()
	if err != nil {
		return 0, err
	}
	p[0] = c
	return 1, nil
}

func (s *source) fill() error {
	for range 100 {
		n, err := s.r.Read(s.buf)
		s.at, s.end = 0, n
		if err != nil {
			s.err = err
		}
		if n > 0 {
			if s.woke != nil {
				s.woke(n)
			}
			return nil
		}
		if err != nil {
			return err
		}
	}
	s.err = io.ErrNoProgress
	return s.err
}

// peek returns the next byte and leaves it where it is.
func (s *source) peek() (byte, error) {
	if s.at == s.end {
		if s.err != nil {
			return 0, s.err
		}
		if err := s.fill(); err != nil {
			return 0, err
		}
	}
	return s.buf[s.at], nil
}

// buffered is the number of bytes read from below and not handed out.
func (s *source) buffered() int { return s.end - s.at }

// trim drops the record of what stood before offset.
func (s *source) trim(offset int64) {
	n := min(max(int(offset-s.base), 0), len(s.rec))
	s.rec = s.rec[:copy(s.rec, s.rec[n:])]
	s.base += int64(n)
}

// refill sets the allowance for the next stanza.
func (s *source) refill(n int64) {
	s.left = n
	if cap(s.rec) > maxStanza/8 {
		s.rec = nil // one large answer should not hold its memory for ever
		s.base = s.total
	} else {
		s.trim(s.total)
	}
}
