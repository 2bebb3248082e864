package session

import "testing"

// TestLedgerSum: what is compared goes back to the oldest message. Of what is none, such
// as the second copy of a line, the archive's time says nothing of the places here.
func TestLedgerSum(t *testing.T) {
	for name, test := range map[string]struct {
		items []archived
		want  int64
	}{
		"messages":         {[]archived{{id: "2", row: 2, ord: 30}, {id: "1", row: 1, ord: 20}}, 20},
		"a copy is older":  {[]archived{{id: "2", row: 2, ord: 30}, {id: "1", ord: 5}, {id: "0", row: 1, ord: 20}}, 20},
		"no message":       {[]archived{{id: "2", ord: 30}, {id: "1", ord: 20}}, 20},
		"nothing":          {nil, 0},
		"a row that moved": {[]archived{{id: "1", row: 1, ord: 20}, {id: "2", row: 2, ord: 30}}, 20},
	} {
		var sum ledgerSum
		for i := range test.items {
			sum.add(&test.items[i])
		}
		if got := sum.from(); got != test.want || len(sum.named) != len(test.items) {
			t.Errorf("%s: compared from %d, want %d; %d named", name, got, test.want, len(sum.named))
		}
	}
}
