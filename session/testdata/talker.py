# Another program than sotto. It is told what to do on standard input, an object
# of JSON a line, and prints what it hears, a line each. It needs slixmpp.
import asyncio
import hashlib
import json
import os
import ssl
import sys
import urllib.request
from slixmpp import ClientXMPP
from slixmpp.exceptions import IqError
from slixmpp.xmlstream import ET
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import StanzaPath

jid, password, host, port, ca = sys.argv[1:6]
SHOWN = "urn:xmpp:mds:displayed:0"
RETRACT = "{urn:xmpp:message-retract:1}retract"
FALLBACK = "urn:xmpp:fallback:0"
CARBON = "{urn:xmpp:carbons:2}"
FORWARDED = "{urn:xmpp:forward:0}forwarded/{jabber:client}message"


def element(name, text=None, **attrs):
    e = ET.Element(name, attrs)
    e.text = text
    return e


class Talker(ClientXMPP):
    def __init__(self):
        super().__init__(jid, password)
        self.ca_certs = ca
        self.auto_authorize = None  # sotto answers who asks
        self.auto_subscribe = False
        self.rest = b""
        self.names = {}  # of a room's messages: their authors' to the room's
        self.theirs = {}
        for p in ("xep_0004", "xep_0030", "xep_0045", "xep_0060", "xep_0066", "xep_0115", "xep_0280", "xep_0308", "xep_0333",
                  "xep_0334", "xep_0359", "xep_0424", "xep_0428", "xep_0444", "xep_0461"):
            self.register_plugin(p)
        self.plugin["xep_0030"].add_feature(SHOWN + "+notify")
        self.add_event_handler("session_start", self.start)
        self.register_handler(Callback("every message", StanzaPath("message"), lambda m: self.heard(m.xml, "")))
        self.register_handler(Callback("every presence", StanzaPath("presence"), self.present))

    def say(self, *words):
        print(*[str(w).replace("\n", "|") for w in words], flush=True)

    async def start(self, _):
        await self.plugin["xep_0280"].enable()
        await self.plugin["xep_0115"].update_caps(broadcast=False)  # the first presence says what we hear of
        self.send_presence()
        self.loop.add_reader(0, self.told)

    def present(self, p):
        if p["from"].full == self.boundjid.full:
            self.say("online")
        if any(s.get("code") == "110" for s in p.xml.iter("{http://jabber.org/protocol/muc#user}status")):
            self.say("joined", p["from"].bare)

    def heard(self, m, how):
        for way in ("sent", "received"):
            inner = m.find(CARBON + way + "/" + FORWARDED)
            if inner is not None and m.get("from", self.boundjid.bare) == self.boundjid.bare:
                return self.heard(inner, "carbon-")
        for i in m.iter("{http://jabber.org/protocol/pubsub#event}item"):
            s = i.find("{%s}displayed/{urn:xmpp:sid:0}stanza-id" % SHOWN)
            if s is not None:
                self.say("shown", i.get("id"), s.get("id"))
        if m.get("type") == "groupchat":
            for s in m.iter("{urn:xmpp:sid:0}stanza-id"):
                if s.get("by") == m.get("from").split("/")[0]:
                    self.names[m.get("id")] = s.get("id")
                    self.theirs[s.get("id")] = m.get("id")
        marker = m.find("{urn:xmpp:chat-markers:0}displayed")
        if marker is not None:
            self.say(how + "marker", self.called(marker))
        said = m.find("{urn:xmpp:reactions:0}reactions")
        if said is not None:
            return self.say(how + "reactions", self.called(said), "".join(sorted(r.text for r in said)))
        retract = m.find(RETRACT)
        if retract is not None:
            return self.say(how + "retract", self.called(retract))
        body = m.findtext("{jabber:client}body")
        if not body:
            return
        correction = m.find("{urn:xmpp:message-correct:0}replace")
        reply = m.find("{urn:xmpp:reply:0}reply")
        if correction is not None:
            self.say(how + "correction", self.called(correction), body)
        elif reply is not None:
            for f in m.iter("{%s}fallback" % FALLBACK):
                r = f.find("{%s}body" % FALLBACK)
                if f.get("for") == "urn:xmpp:reply:0" and r is not None:
                    body = body[: int(r.get("start"))] + "[" + body[int(r.get("start")) : int(r.get("end"))] + "]" + body[int(r.get("end")) :]
            self.say(how + "reply", self.called(reply), body)
        else:
            self.say(how + "message", m.get("id"), body)

    def called(self, e):
        return self.theirs.get(e.get("id"), e.get("id"))

    def name(self, to, ref):
        return self.names.get(ref, ref) if to.startswith("tea@") else ref

    def told(self):
        block = os.read(0, 65536)
        if not block:
            self.loop.remove_reader(0)
            self.disconnect()
            return
        *lines, self.rest = (self.rest + block).split(b"\n")
        for line in lines:
            order = json.loads(line)
            done = getattr(self, "do_" + order.pop("do"))(**order)
            if done is not None:
                asyncio.ensure_future(done).add_done_callback(lambda f: f.result())

    def message(self, to, id="", text=None):
        room = to.startswith("tea@")
        m = self.make_message(mto=to, mbody=text, mtype="groupchat" if room else "chat")
        if id:
            m["id"] = id
            m["origin_id"]["id"] = id
        return m

    def do_message(self, to, id, text):
        m = self.message(to, id, text)
        m.enable("markable")
        m.send()

    def do_correction(self, to, id, ref, text):
        m = self.message(to, id, text)
        m["replace"]["id"] = ref
        m.send()

    def do_reply(self, to, id, ref, text, quote=""):
        m = self.message(to, id, quote + text)
        m["reply"]["to"] = to
        m["reply"]["id"] = self.name(to, ref)
        if quote:
            f = element("{%s}fallback" % FALLBACK, **{"for": "urn:xmpp:reply:0"})
            f.append(element("{%s}body" % FALLBACK, start="0", end=str(len(quote))))
            m.append(f)
        m.send()

    def do_reactions(self, to, id, ref, text):
        m = self.message(to, id)
        self.plugin["xep_0444"].set_reactions(m, self.name(to, ref), list(text))
        m.enable("store")
        m.send()

    def do_retract(self, to, ref, id=""):
        m = self.message(to, id, "/me took something back")
        m.append(element(RETRACT, id=self.name(to, ref)))
        m.append(element("{%s}fallback" % FALLBACK, **{"for": "urn:xmpp:message-retract:1"}))
        m.enable("store")
        m.send()

    def do_retract_old(self, to, ref):
        self.plugin["xep_0424"].send_retraction(to, ref, mtype="groupchat" if to.startswith("tea@") else "chat")

    def do_subscribe(self, to):
        self.send_presence_subscription(pto=to)

    def do_marker(self, to, ref):
        m = self.message(to)
        m["displayed"]["id"] = ref
        m.enable("store")
        m.send()

    def do_join(self, room, nick):
        self.plugin["xep_0045"].join_muc(room, nick, maxhistory="0")

    async def do_shown(self, chat, by, ref):
        x = element("{%s}displayed" % SHOWN)
        x.append(element("{urn:xmpp:sid:0}stanza-id", by=by, id=ref))
        f = self.plugin["xep_0004"].make_form(ftype="submit")
        f.add_field("FORM_TYPE", "hidden", value="http://jabber.org/protocol/pubsub#publish-options")
        for k, v in (("persist_items", "true"), ("access_model", "whitelist")):
            f.add_field("pubsub#" + k, value=v)
        for last in (False, False, True):
            try:
                await self.plugin["xep_0060"].publish(self.boundjid.bare, SHOWN, id=chat, payload=x, options=f)
                break
            except IqError:  # ejabberd: another device of the account published just then
                if last:
                    raise
                await asyncio.sleep(0.5)
        self.say("published", chat)

    async def fetched(self, request):
        trusted = ssl.create_default_context(cafile=ca)

        def fetch():
            with urllib.request.urlopen(request, context=trusted, timeout=50) as r:
                return r.read()

        return await self.loop.run_in_executor(None, fetch)

    async def do_fetch(self, url):
        b = await self.fetched(url)
        self.say("file", len(b), hashlib.sha256(b).hexdigest())

    async def do_file(self, to, id, name, size):
        q = self.make_iq_get(ito="upload." + self.boundjid.domain)
        q.append(element("{urn:xmpp:http:upload:0}request", filename=name, size=str(size)))
        slot = (await q.send()).xml.find("{urn:xmpp:http:upload:0}slot")
        put = slot.find("{urn:xmpp:http:upload:0}put")
        headers = {h.get("name"): h.text for h in put}
        headers["Content-Type"] = "application/octet-stream"
        b = bytes(i % 251 for i in range(size))
        await self.fetched(urllib.request.Request(put.get("url"), data=b, headers=headers, method="PUT"))
        url = slot.find("{urn:xmpp:http:upload:0}get").get("url")
        m = self.message(to, id, url)
        m["oob"]["url"] = url
        m.send()


x = Talker()
x.connect((host, int(port)))
x.process(forever=False)
