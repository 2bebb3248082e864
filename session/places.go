package session

// Where the results of an archive stand between what is here already.

// spareRoom is kept free at the far end of a gap, in µs: places for what later pages
// bring. Stamps are often coarse, and our own clock may have been wrong when
// something was placed.
const spareRoom = 1_000_000

// descend gives the results of a page of older messages their places: the
// archive's stamps, each in front of the one behind it and of the page that came
// before, and above floor, where we hold what is older still.
func descend(items []origin, ceiling, floor int64) []int64 {
	all := make([]int64, len(items))
	for i := len(items) - 1; i >= 0; i-- {
		at := items[i].when
		if at <= floor+spareRoom || at >= ceiling {
			at = ceiling - 1
		}
		all[i], ceiling = at, at
	}
	return all
}

// ascend does the same for a page of newer messages that lies in front of ceiling.
func ascend(items []origin, floor, ceiling int64) []int64 {
	all := make([]int64, len(items))
	for i, o := range items {
		at := o.when
		if at <= floor || at >= ceiling-spareRoom {
			at = floor + 1
		}
		all[i], floor = at, at
	}
	return all
}
