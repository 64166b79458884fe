// An edge node made with npm sparkplug-client, told what to do by JSON lines on stdin; tells what it did on stdout.
// node spb_edge.js <broker url> <group> <node> <device>
"use strict";
const readline = require("node:readline");
const sparkplug = require("sparkplug-client");

const [url, groupId, edgeNode, device] = process.argv.slice(2);
const client = sparkplug.newClient({
  serverUrl: url, username: "", password: "", groupId, edgeNode, clientId: `edge-${groupId}-${edgeNode}`,
  version: "spBv1.0", keepalive: 5, mqttOptions: { reconnectPeriod: 200, queueQoSZero: false },
});
const say = (event, more) => process.stdout.write(JSON.stringify({ event, at: Date.now(), ...more }) + "\n");
let births = 0;
let count = 0;
let up = false;
let enough = 0;

function born() {
  births += 1;
  const timestamp = Date.now();
  client.publishNodeBirth({ timestamp, metrics: [
    { name: "Node Control/Rebirth", type: "Boolean", value: false },
    { name: "load", type: "Double", value: 0.5 },
  ] });
  client.publishDeviceBirth(device, { timestamp, metrics: [
    { name: "count", alias: 11, type: "Int32", value: count },
    { name: "level", alias: 12, type: "Int8", value: -5 },
    { name: "state", type: "String", value: "00123" },
  ] });
  say("born", { births });
}

client.on("birth", () => { up = true; born(); });
client.on("close", () => { up = false; say("closed"); });
client.on("error", (error) => say("error", { error: String(error) }));
client.on("ncmd", (payload) => {
  if ((payload.metrics || []).some((m) => m.name === "Node Control/Rebirth" && m.value)) {
    say("asked");
    born();
  }
});

async function counts(to, every) {
  enough = to;
  while (count < enough) {
    count += 1;
    if (up) {
      client.publishDeviceData(device, { timestamp: Date.now(), metrics: [
        { name: "count", type: "Int32", value: count, timestamp: Date.now() },
      ] });
      say("sent", { count });
    }
    await new Promise((done) => setTimeout(done, every));
  }
  say("counted", { count });
}

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const told = JSON.parse(line);
  if (told.do === "count") counts(told.to, told.every);
  else if (told.do === "enough") enough = count;
  else if (told.do === "device death") client.publishDeviceDeath(device, { timestamp: Date.now() });
  else if (told.do === "packed") {
    client.publishDeviceData(device, { timestamp: Date.now(), metrics: [
      { name: "level", type: "Int8", value: told.level },
    ] }, { compress: true, algorithm: told.algorithm });
  } else if (told.do === "end") { client.stop(); process.exit(0); }
}).on("close", () => process.exit(0));
