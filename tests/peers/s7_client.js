// Reads items from an S7 control with the npm package nodes7 and prints them as one object: <port> <item> <item> …
"use strict";
const NodeS7 = require("nodes7");

const [port, ...items] = process.argv.slice(2);
const connection = new NodeS7({ silent: true });

function fail(error) {
  console.error(error);
  process.exit(1);
}

connection.initiateConnection({ host: "127.0.0.1", port: Number(port), rack: 0, slot: 1, timeout: 3000 }, (error) => {
  if (error) fail(error);
  connection.addItems(items);
  connection.readAllItems((bad, values) => {
    if (bad) fail(JSON.stringify(values));
    console.log(JSON.stringify(values));
    process.exit(0);
  });
});
