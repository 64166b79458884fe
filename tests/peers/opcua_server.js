// A machine on node-opcua, an OPC UA server nobody here wrote. Started with one argument, JSON:
//   {port, pki, password, accept, policies, modes, anonymous, perCall, fillers: [uri, …], seqMs,
//    many, manyMs, manyRounds, waits}
// Says "READY <port>" and then answers one line of JSON to each line of JSON on its standard input:
//   {"set": ["Current", 5.5]}  {"quality": ["Current", "BadSensorFailure"]}  {"burst": 500}  {"add": "Late"}  {"go": true}
// Ends when its standard input is closed, so that it never outlives the test.
"use strict";
const readline = require("node:readline");
const opcua = require("node-opcua");

const options = JSON.parse(process.argv[2]);
const { DataType, Variant, VariantArrayType, StatusCodes, SecurityPolicy, MessageSecurityMode } = opcua;
const NAMESPACE = "http://press.example/machine;v=1";

function certificates() {
  return new opcua.OPCUACertificateManager({
    rootFolder: options.pki,
    automaticallyAcceptUnknownCertificate: options.accept !== false,
    disableFileWatching: true,
  });
}

async function main() {
  const serverCertificateManager = certificates();
  await serverCertificateManager.initialize();
  const server = new opcua.OPCUAServer({
    port: options.port,
    hostname: "127.0.0.1",
    host: "127.0.0.1",
    serverCertificateManager,
    userCertificateManager: serverCertificateManager,
    securityPolicies: (options.policies || ["None", "Basic256Sha256"]).map((name) => SecurityPolicy[name]),
    securityModes: (options.modes || ["None", "Sign", "SignAndEncrypt"]).map((name) => MessageSecurityMode[name]),
    allowAnonymous: options.anonymous !== false,
    userManager: { isValidUser: (user, password) => user === "reader" && password === options.password },
    serverCapabilities: { maxSessions: 50, minSupportedSampleRate: 0, operationLimits: { maxMonitoredItemsPerCall: options.perCall || 1000 } },
    serverInfo: { applicationUri: "urn:press.example:server" },
    registerServerMethod: opcua.RegisterServerMethod.HIDDEN,
  });
  await server.initialize();
  const space = server.engine.addressSpace;
  for (const uri of options.fillers || []) space.registerNamespace(uri);
  const own = space.registerNamespace(NAMESPACE);
  const variables = machine(own, space);
  const change = options.many ? many(own, space, variables) : null;
  await server.start();
  if (options.seqMs) {
    let seq = 0;
    setInterval(() => set(variables, "Seq", ++seq), options.seqMs);
  }
  listen(own, space, variables, change);
  console.log(`READY ${options.port}`);
}

function machine(own, space) {
  const folder = own.addObject({ organizedBy: space.rootFolder.objects, browseName: "Press", nodeId: "s=Press" });
  const states = own.addEnumerationType({
    browseName: "PressState",
    enumeration: ["Off", "Idle", "Running", "Fault"].map((displayName, value) => ({ displayName, value })),
  });
  const variables = {};
  const add = (name, dataType, value, more = {}) => {
    variables[name] = own.addVariable({
      componentOf: folder,
      browseName: name,
      nodeId: `s=Press.${name}`,
      dataType,
      minimumSamplingInterval: 0,
      ...more,
    });
    variables[name].kind = { dataType: more.variantType || dataType, arrayType: more.arrayType };
    set(variables, name, value);
  };
  add("State", states.nodeId, 2, { variantType: DataType.Int32 });
  variables.Current = own.addAnalogDataItem({
    componentOf: folder,
    browseName: "Current",
    nodeId: "s=Press.Current",
    dataType: DataType.Float,
    minimumSamplingInterval: 0,
    engineeringUnits: opcua.standardUnits.ampere,
    engineeringUnitsRange: { low: 0, high: 50 },
  });
  variables.Current.kind = { dataType: DataType.Float };
  set(variables, "Current", 5.25);
  add("PartCount", DataType.UInt32, 1207);
  add("Energy", DataType.Int64, [0, 123456], { arrayType: VariantArrayType.Scalar });
  add("Running", DataType.Boolean, true);
  add("OrderNo", DataType.String, "00123");
  add("Message", DataType.LocalizedText, { text: "Door open", locale: "en" });
  add("Started", DataType.DateTime, new Date("2026-11-20T06:00:00.250Z"));
  add("Temperatures", DataType.Double, new Float64Array([20.5, 21.5, 22.5]), {
    valueRank: 1,
    arrayDimensions: [3],
    arrayType: VariantArrayType.Array,
  });
  add("Blob", DataType.ByteString, Buffer.from("not for tags"));
  add("Sensor", DataType.Double, 1.5);
  set(variables, "Sensor", 1.5, StatusCodes.BadSensorFailure);
  add("Doubt", DataType.Double, 2.5);
  set(variables, "Doubt", 2.5, StatusCodes.UncertainSensorNotAccurate);
  add("Speed[1]", DataType.Double, 7.5);
  add("Burst", DataType.UInt32, 0);
  add("Seq", DataType.UInt32, 0);
  return variables;
}

function many(own, space, variables) {
  const folder = own.addObject({ organizedBy: space.rootFolder.objects, browseName: "Many", nodeId: "s=Many" });
  const names = [];
  for (let at = 0; at < options.many; at += 1) {
    const name = `Many.${at}`;
    variables[name] = own.addVariable({
      componentOf: folder,
      browseName: `V${at}`,
      nodeId: `s=${name}`,
      dataType: DataType.Double,
      minimumSamplingInterval: 0,
    });
    variables[name].kind = { dataType: DataType.Double };
    set(variables, name, at);
    names.push(name);
  }
  const change = () => {
    let round = 0;
    const timer = setInterval(() => {
      round += 1;
      const now = new Date();
      for (const [at, name] of names.entries()) {
        const value = new Variant({ dataType: DataType.Double, value: round * 10000 + at });
        variables[name].setValueFromSource(value, StatusCodes.Good, now);
      }
      if (round === options.manyRounds) clearInterval(timer);
    }, options.manyMs);
  };
  if (options.manyMs && !options.waits) change();
  return change;
}

function set(variables, name, value, status = StatusCodes.Good) {
  variables[name].setValueFromSource(new Variant({ ...variables[name].kind, value }), status, new Date());
}

function listen(own, space, variables, change) {
  readline
    .createInterface({ input: process.stdin })
    .on("line", async (line) => {
      const wish = JSON.parse(line);
      if (wish.set) set(variables, ...wish.set);
      if (wish.quality) set(variables, wish.quality[0], variables[wish.quality[0]].readValue().value.value, StatusCodes[wish.quality[1]]);
      for (let at = 1; at <= (wish.burst || 0); at += 1) {
        set(variables, "Burst", at);
        // The server looks at a variable once a turn of its loop.
        await new Promise((done) => setTimeout(done, 1));
      }
      if (wish.go) change();
      if (wish.add) {
        own.addVariable({
          organizedBy: space.rootFolder.objects,
          browseName: wish.add,
          nodeId: `s=${wish.add}`,
          dataType: DataType.Double,
          value: new Variant({ dataType: DataType.Double, value: 9.5 }),
        });
      }
      console.log("DONE");
    })
    .on("close", () => process.exit(0));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
