//go:build !soak

package session_test

// The storms of a usual run, see the soak for the long ones.
const (
	talkLines, talkCuts = 400, 8
	roomLines, roomCuts = 150, 6
)
