//go:build soak

package session_test

// How many lines each side types in a storm over a real server, and how many cuts
// there are, two and two and in a room.
const (
	talkLines, talkCuts = 2000, 20
	roomLines, roomCuts = 700, 21
)
