// Publishes whatever it is told, encoded by npm sparkplug-payload over npm mqtt: nodes that break the rules.
// node spb_evil.js <broker url>; lines on stdin: {"topic", "payload", "pack"?, "hex"?, "qos"?}. Tells every message heard.
"use strict";
const readline = require("node:readline");
const mqtt = require("mqtt");
const pako = require("pako");
const spb = require("sparkplug-payload").get("spBv1.0");

const client = mqtt.connect(process.argv[2], { clientId: `evil-${process.pid}`, reconnectPeriod: 200 });
const say = (event, more) => process.stdout.write(JSON.stringify({ event, at: Date.now(), ...more }) + "\n");

function bytes(told) {
  if (told.hex !== undefined) return Buffer.from(told.hex, "hex");
  const made = spb.encodePayload(told.payload);
  if (!told.pack) return Buffer.from(made);
  const body = told.pack === "GZIP" ? pako.gzip(made) : pako.deflate(made);
  return Buffer.from(spb.encodePayload({ uuid: "SPBV1.0_COMPRESSED", body, metrics: [
    { name: "algorithm", type: "String", value: told.pack },
  ] }));
}

client.on("connect", () => client.subscribe(["spBv1.0/+/NCMD/#", "spBv1.0/+/DCMD/#", "spBv1.0/STATE/#", "STATE/#"],
  { qos: 1 }, () => say("ready")));
client.on("message", (topic, body, packet) => {
  const heard = { topic, retained: packet.retain, qos: packet.qos };
  if (topic.includes("STATE")) say("state", { ...heard, text: body.toString() });
  else say("command", { ...heard, names: spb.decodePayload(body).metrics.map((m) => m.name) });
});
readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const told = JSON.parse(line);
  if (told.end) client.end(false, {}, () => process.exit(0));
  else if (told.mark) client.publish("mark", told.mark, { qos: 1 }, () => say("marked", { mark: told.mark }));
  else client.publish(told.topic, bytes(told), { qos: told.qos || 0, retain: Boolean(told.retain) });
}).on("close", () => process.exit(0));
