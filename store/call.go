package store

import "strings"

// CallStep is how far a call went, as far as was told.
type CallStep int

// The steps. What tells the most wins, in whatever order they come.
const (
	CallOffered CallStep = iota
	CallMissed           // taken back before anybody answered
	CallDeclined
	CallAnswered
	CallEnded
)

var callSteps = [...]string{"", "-missed", "-declined", "-answered", "-ended"}

// CallNotice is the word of the catalogue for a call. own: our side began it.
func CallNotice(own bool, s CallStep) string {
	if own {
		return "call-out" + callSteps[s]
	}
	return "call-in" + callSteps[s]
}

// IsCall says that a notice is a call.
func IsCall(notice string) bool {
	return strings.HasPrefix(notice, "call-in") || strings.HasPrefix(notice, "call-out")
}

// CallStepOf reads how far the call of a notice went.
func CallStepOf(notice string) CallStep {
	for s := len(callSteps) - 1; s > 0; s-- {
		if IsCall(notice) && strings.HasSuffix(notice, callSteps[s]) {
			return CallStep(s)
		}
	}
	return CallOffered
}
