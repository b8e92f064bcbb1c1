// A central system on the npm package ocpp-rpc in strict mode. It says what happens as JSON lines on standard output and takes orders as
// JSON lines on standard input: {"id": 1, "call": "Reset", "params": {"type": "Soft"}} or {"registration": ["Rejected", 5]}.

import readline from "node:readline";
import { createRPCError, RPCServer } from "ocpp-rpc";

const HEARTBEAT_S = 300;
const registrations = [];
let transaction = 1000;
let charger = null;

const say = (line) => process.stdout.write(JSON.stringify(line) + "\n");
const now = () => new Date().toISOString();

const answers = {
  BootNotification: () => {
    const [status, interval] = registrations.shift() ?? ["Accepted", HEARTBEAT_S];
    return { status, interval, currentTime: now() };
  },
  Heartbeat: () => ({ currentTime: now() }),
  Authorize: () => ({ idTagInfo: { status: "Accepted" } }),
  StartTransaction: () => ({ idTagInfo: { status: "Accepted" }, transactionId: ++transaction }),
  StopTransaction: () => ({ idTagInfo: { status: "Accepted" } }),
  StatusNotification: () => ({}),
  MeterValues: () => ({}),
  DataTransfer: () => ({ status: "UnknownVendorId" }),
  FirmwareStatusNotification: () => ({}),
  DiagnosticsStatusNotification: () => ({}),
};

const server = new RPCServer({ protocols: ["ocpp1.6"], strictMode: true, callTimeoutMs: 20000 });
server.auth((accept) => accept());
server.on("client", (client) => {
  charger = client;
  say({ connected: client.identity, protocol: client.protocol });
  client.on("strictValidationFailure", (event) => say({ failure: "strict", detail: String(event.error?.message ?? event.error), params: event.params }));
  client.on("badMessage", (event) => say({ failure: "bad message", detail: String(event.error?.message ?? event) }));
  client.handle(({ method, params }) => {
    if (!(method in answers)) throw createRPCError("NotImplemented");
    const result = answers[method](params);
    say({ received: method, params, result });
    return result;
  });
});

readline.createInterface({ input: process.stdin }).on("line", async (line) => {
  const order = JSON.parse(line);
  if (order.registration) {
    registrations.push(order.registration);
    return;
  }
  try {
    say({ id: order.id, result: await charger.call(order.call, order.params) });
  } catch (error) {
    say({ id: order.id, error: error.rpcErrorCode ?? "none", description: String(error.message) });
  }
}).on("close", () => process.exit(0));

const http = await server.listen(0, "127.0.0.1");
say({ listening: http.address().port });
