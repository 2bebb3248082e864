# Another program than sotto: bob, who is told what to say on standard input and
# prints what he hears.
import os
import sys
from slixmpp import ClientXMPP

jid, password, host, port, ca, peer = sys.argv[1:7]


class Talker(ClientXMPP):
    def __init__(self):
        super().__init__(jid + "/slix", password)
        self.ca_certs = ca
        self.rest = b""
        for p in ("xep_0030", "xep_0308", "xep_0424", "xep_0444", "xep_0461", "xep_0428", "xep_0359", "xep_0334"):
            self.register_plugin(p)
        self.add_event_handler("session_start", self.start)
        self.add_event_handler("message", self.heard)
        self.add_event_handler("message_correction", lambda m: self.say("correction", m["replace"]["id"], m["body"]))
        self.add_event_handler("reactions", lambda m: self.say("reactions", m["reactions"]["id"], "".join(sorted(m["reactions"]["values"]))))
        self.add_event_handler("message_reply", lambda m: self.say("reply", m["reply"]["id"], m["body"].replace("\n", "|")))

    def say(self, *words):
        print(*words, flush=True)

    def start(self, _):
        self.send_presence()
        self.say("online")
        self.loop.add_reader(0, self.told)

    def heard(self, m):
        if m["body"]:
            self.say("message", m["id"], m["body"].replace("\n", "|"))

    def told(self):
        block = os.read(0, 65536)
        if not block:
            self.loop.remove_reader(0)
            self.disconnect()
            return
        *lines, self.rest = (self.rest + block).split(b"\n")
        for line in lines:
            self.obey(line.decode())

    def obey(self, line):
        verb, own, ref, text = (line.split(" ", 3) + ["", "", ""])[:4]
        if verb == "reactions":
            self.plugin["xep_0444"].send_reactions(peer, ref, list(text))
            return
        if verb == "retract":
            self.plugin["xep_0424"].send_retraction(peer, ref)
            return
        m = self.make_message(mto=peer, mbody=text.replace("|", "\n"), mtype="chat")
        m["id"] = own
        if verb == "correction":
            m["replace"]["id"] = ref
        if verb == "reply":
            m["reply"]["to"] = peer
            m["reply"]["id"] = ref
        m.send()


x = Talker()
x.connect((host, int(port)))
x.process(forever=False)
