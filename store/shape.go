package store

import "encoding/json"

// Shape is how the author of a message wants its text to be shown.
type Shape struct {
	Spoiler  bool   `json:"s,omitempty"` // hidden until it is asked for (XEP-0382)
	Hint     string `json:"h,omitempty"` // what is said of it meanwhile
	Unstyled bool   `json:"u,omitempty"` // its signs are no styling (XEP-0393 §5)
}

func (s *Shape) text() string {
	if s == nil || *s == (Shape{}) {
		return ""
	}
	b, err := json.Marshal(s)
	if err != nil {
		return ""
	}
	return string(b)
}

func readShape(text string) *Shape {
	if text == "" {
		return nil
	}
	s := new(Shape)
	if json.Unmarshal([]byte(text), s) != nil {
		return nil
	}
	return s
}

// Hides says that a text is a spoiler. s may be nil.
func (s *Shape) Hides() bool { return s != nil && s.Spoiler }

// Words are what is said of a spoiler while it is hidden; may be empty. s may be nil.
func (s *Shape) Words() string {
	if s == nil {
		return ""
	}
	return s.Hint
}

// Spoiler says whether the text of a message is hidden until it is asked for, and
// what is said of it meanwhile.
func (m *Message) Spoiler() (hint string, is bool) {
	return m.Shape.Words(), m.Shape.Hides() && !m.NoBody && m.Kind == Text
}
