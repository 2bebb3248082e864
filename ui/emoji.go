package ui

import (
	"fmt"
	"strings"
)

// emoji is a sign with the name by which it is typed.
type emoji struct{ sign, name string }

// emojis are the signs that can be found by name, the usual ones first.
var emojis = func() (all []emoji) {
	for pair := range strings.FieldsSeq(`👍=thumbsup ❤️=heart 😂=joy 🎉=tada 😮=open_mouth 😢=cry 👎=thumbsdown 🙏=pray 👀=eyes 🔥=fire ✅=check
		😀=grinning 😃=smiley 😄=smile 😁=grin 😆=laughing 😅=sweat_smile 🤣=rofl 🙂=slight_smile 🙃=upside_down 😉=wink 😊=blush 😇=innocent
		🥰=smiling_hearts 😍=heart_eyes 😘=kiss 😋=yum 😜=tongue 🤔=thinking 🤨=raised_eyebrow 😐=neutral 😑=expressionless 😏=smirk 🙄=rolling_eyes
		😬=grimacing 😌=relieved 😔=pensive 😴=sleeping 🤒=sick 🤯=exploding_head 🥳=partying 😎=cool 🤓=nerd 😕=confused 🙁=frown 😳=flushed 🥺=pleading
		😭=sob 😱=scream 😤=triumph 😡=angry 🤬=cursing 💀=skull 💩=poop 🤡=clown 👻=ghost 👽=alien 🤖=robot 😺=cat_smile 🙈=see_no_evil 🙉=hear_no_evil 🙊=speak_no_evil
		💋=lips 💔=broken_heart 🧡=orange_heart 💛=yellow_heart 💚=green_heart 💙=blue_heart 💜=purple_heart 🖤=black_heart 💯=hundred 💥=boom 💤=zzz
		👋=wave ✋=hand 👌=ok ✌️=victory 🤞=crossed_fingers 🤘=metal 🤙=call_me 👈=left 👉=right 👆=up 👇=down ☝️=point 👊=fist 👏=clap 🙌=raised_hands 🤝=handshake 💪=muscle 🤷=shrug 🤦=facepalm
		🐱=cat 🐶=dog 🐭=mouse 🦊=fox 🐻=bear 🐼=panda 🐸=frog 🐵=monkey 🐔=chicken 🐧=penguin 🦄=unicorn 🐝=bee 🐛=bug 🦋=butterfly 🐢=turtle 🐍=snake 🐙=octopus 🐟=fish 🐳=whale
		🌹=rose 🌻=sunflower 🌱=seedling 🌲=tree 🍀=clover 🍁=maple 🍄=mushroom 🌍=earth 🌙=moon ⭐=star ☀️=sun ⛅=cloud 🌧️=rain ❄️=snow ⚡=zap 🌈=rainbow 🌊=ocean
		🍎=apple 🍌=banana 🍓=strawberry 🍅=tomato 🥑=avocado 🍕=pizza 🍔=burger 🍟=fries 🍞=bread 🧀=cheese 🍪=cookie 🎂=cake 🍫=chocolate ☕=coffee 🍵=tea 🍺=beer 🍻=beers 🍷=wine 🥂=cheers
		⚽=football 🏀=basketball 🎾=tennis 🏆=trophy 🥇=gold 🎮=game 🎲=dice 🎵=music 🎸=guitar 🎁=gift 🎈=balloon 🚀=rocket ✈️=plane 🚗=car 🚲=bike 🚂=train ⛵=boat 🏠=house 🏖️=beach
		⌛=hourglass ⏰=alarm 💡=bulb 💻=computer 📱=phone 📷=camera 🔒=lock 🔑=key 🔨=hammer 🔧=wrench ⚙️=gear 📎=clip 📌=pin ✏️=pencil 📝=memo 📅=calendar 📈=chart 💰=money 📦=package 📢=loud 🔔=bell 🔍=search
		❌=x ❓=question ❗=exclamation ⚠️=warning ⛔=no_entry ♻️=recycle ➕=plus ➖=minus 🆗=ok_button 🆕=new 🏁=finish 🚩=flag 🏳️=white_flag`) {
		sign, name, _ := strings.Cut(pair, "=")
		all = append(all, emoji{sign, name})
	}
	return all
}()

// emojiName is how a sign is written where it cannot be shown.
func emojiName(sign string) string {
	for _, e := range emojis {
		if e.sign == sign || strings.TrimSuffix(e.sign, "\ufe0f") == strings.TrimSuffix(sign, "\ufe0f") {
			return ":" + e.name + ":"
		}
	}
	for _, r := range sign {
		return fmt.Sprintf("U+%04X", r)
	}
	return "?"
}

// emojiNamed finds a sign by its whole name, with or without colons.
func emojiNamed(name string) (string, bool) {
	name = strings.ToLower(strings.Trim(name, ":"))
	for _, e := range emojis {
		if e.name == name {
			return e.sign, true
		}
	}
	return "", false
}
