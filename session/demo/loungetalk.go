package demo

// spoken is a line of the room.
type spoken struct{ nick, body string }

// loungeNicks are the people of the room.
func loungeNicks() []string { return []string{"Kaia", "Bo", "Emil", "Runa", "Aksel", "Liv"} }

// loungePast is what was said before: the first half yesterday, the rest today.
func loungePast() []spoken {
	return []spoken{
		{"Kaia", "Whoever left the window open: there is a bird in the kitchen"},
		{"Emil", "What kind?"},
		{"Kaia", "The kind that eats bread"},
		{"Runa", "So all of them"},
		{"Bo", "I can come with a towel"},
		{"Kaia", "Please do"},
		{"Bo", "It left by itself. It took a roll."},
		{"Liv", "Fair"},
		{"Aksel", "Somebody should write this down"},
		{"Runa", "You just did"},
		{"Liv", "Good morning, all"},
		{"Aksel", "Morning! Any birds?"},
		{"Liv", "None so far"},
		{"Emil", "I baked. There are twelve rolls on the table."},
		{"Bo", "Eleven"},
		{"Emil", "That was quick"},
		{"Runa", "Ten, and they are very good"},
		{"Kaia", "Window is closed today, I checked twice"},
		{"Emil", "Recipe for whoever wants it: flour, water, salt, patience"},
		{"Liv", "I have three of those"},
		{"Aksel", "New people: F4 shows who is here, Ctrl-K takes you elsewhere"},
		{"Runa", "And /nick if you want another name"},
	}
}

// loungeScript is what is said while somebody listens; it starts again at its end.
func loungeScript() []spoken {
	return []spoken{
		{"Runa", "Is anybody going to the lake on Saturday?"},
		{"Bo", "If it does not rain"},
		{"Emil", "It will rain"},
		{"Bo", "You say that every week"},
		{"Emil", "And I am right about half of the time"},
		{"Liv", "I can bring the big tent, then it may do as it likes"},
		{"Kaia", "Who has the key to the boathouse?"},
		{"Aksel", "Me. I think. Let me look"},
		{"Aksel", "Found it, it was in the bread basket"},
		{"Runa", "Of course it was"},
		{"Liv", "By the way: Alt-a brings you to the next unread chat. I learned that today"},
		{"Bo", "I use Ctrl-K for everything"},
		{"Kaia", "You can type a few letters from the middle of a name there, too"},
		{"Emil", "What time on Saturday?"},
		{"Runa", "Ten, at the bridge"},
		{"Bo", "Ten is early"},
		{"Runa", "Ten is when the bus goes"},
		{"Liv", "I will save you a seat"},
		{"Aksel", "Does anyone still have my blue cup?"},
		{"Kaia", "Define yours"},
		{"Aksel", "Blue. A cup. With a crack that looks like a river"},
		{"Emil", "Oh, that one. I water the basil with it"},
		{"Aksel", "Keep it, then. The basil needs it more"},
		{"Bo", "That is the nicest thing said in here all week"},
		{"Runa", "The tide table says low water at eleven, if that matters"},
		{"Liv", "On a lake?"},
		{"Runa", "I like to be thorough"},
		{"Kaia", "Scroll up with Page Up if you missed the bird"},
		{"Emil", "We do not talk about the bird"},
		{"Bo", "It has a name by now"},
		{"Liv", "Rolf"},
		{"Aksel", "Rolf the roll thief"},
	}
}
