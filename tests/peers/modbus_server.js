// Modbus TCP devices made of the npm package modbus-serial, one at each port given as an argument. It prints {"ports": …}
// when all listen.
//
// Registers 0 to 299: each even pair is a 32-bit number made of its own address (high word) and the clock in hundredths
// of a second (low word), so that a value of another register, another unit or another time is recognised. Input
// registers have 0x4000 added to the address, unit n has 0x1000 * n. Registers 300 to 339 hold one value of each type.
// Registers 400 to 499 exist except 437. All others do not.
//
// Lines on standard input: {"port": …, "fault": "delay" | "exception" | "drop" | "reset" | "", "every": 3, "ms": 200},
// answered with {"done": how often that device played a fault so far}.
"use strict";
const { ServerTCP } = require("modbus-serial");

const samples = Buffer.alloc(80);
samples.writeInt16BE(-12345, 0);
samples.writeFloatBE(3.25, 4);
samples.writeUInt16BE(0x0000, 8); // 3.25 again, low word first
samples.writeUInt16BE(0x4050, 10);
samples.writeInt32BE(-123456789, 12);
samples.writeBigUInt64BE(9007199254740991n, 16);
samples.writeBigInt64BE(-9007199254740991n, 24);
samples.writeDoubleBE(-0.1, 32);
samples.write("MILLWRIGHT 7", 40, "ascii");
samples.writeUInt16BE(0b10000, 56);
samples.writeUInt32BE(0x7fc00000, 60); // a float that is not a number
samples.writeUInt32BE(4000000000, 64);

function register(address, unit, kind, clock) {
  if (address < 300) {
    const name = (address & ~1) + kind + 0x1000 * unit;
    return address & 1 ? clock : name & 0xffff;
  }
  if (address < 340) return samples.readUInt16BE((address - 300) * 2);
  if (address >= 400 && address < 500 && address !== 437) return address;
  throw Object.assign(new Error("illegal address"), { modbusErrorCode: 2 });
}

function device(port) {
  let plan = { fault: "", every: 1, ms: 0 };
  let done = 0;
  let requests = 0;

  function read(kind, address, length, unit, callback) {
    requests += 1;
    const clock = Math.floor(Date.now() / 10) & 0xffff;
    const answer = () => {
      let values;
      try {
        values = Array.from({ length }, (_, index) => register(address + index, unit, kind, clock));
      } catch (error) {
        return callback(error);
      }
      callback(null, values);
    };
    if (!plan.fault || requests % plan.every) return answer();
    done += 1;
    if (plan.fault === "delay") return setTimeout(answer, plan.ms);
    if (plan.fault === "exception") return callback(Object.assign(new Error("failure"), { modbusErrorCode: 4 }));
    if (plan.fault === "reset") for (const socket of server.socks.keys()) socket.resetAndDestroy();
  }

  const one = (callback) => (error, values) => callback(error, error ? undefined : values[0]);
  const vector = {
    getHoldingRegister: (address, unit, callback) => read(0, address, 1, unit, one(callback)),
    getMultipleHoldingRegisters: (address, length, unit, callback) => read(0, address, length, unit, callback),
    getInputRegister: (address, unit, callback) => read(0x4000, address, 1, unit, one(callback)),
    getMultipleInputRegisters: (address, length, unit, callback) => read(0x4000, address, length, unit, callback),
    getCoil: (address, unit, callback) => callback(null, address % 3 === 0),
    getDiscreteInput: (address, unit, callback) => callback(null, address % 5 === 0),
  };

  const server = new ServerTCP(vector, { host: "127.0.0.1", port, unitID: 255 });
  server.on("socketError", () => {}); // clients that break off are what some faults are about
  server.on("serverError", (error) => {
    console.error(error);
    process.exit(1);
  });
  const listening = new Promise((resolve) => server.on("initialized", resolve));
  const obey = (words) => {
    plan = { every: 1, ms: 0, ...words };
    return done;
  };
  return { listening, obey };
}

const ports = process.argv.slice(2).map(Number);
const devices = new Map(ports.map((port) => [port, device(port)]));
Promise.all([...devices.values()].map((one) => one.listening)).then(() => console.log(JSON.stringify({ ports })));
require("readline")
  .createInterface({ input: process.stdin })
  .on("line", (line) => {
    const words = JSON.parse(line);
    console.log(JSON.stringify({ done: devices.get(words.port).obey(words) }));
  })
  .on("close", () => process.exit(0));
