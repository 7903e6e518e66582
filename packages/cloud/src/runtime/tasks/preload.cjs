// Loaded into every Node program of a task (NODE_OPTIONS=--require) before its own code: gives the task the network that a container
// would have. Listening on every address means the task's own address; names of other tasks resolve from a hosts file. Any Node.
"use strict";
const fs = require("node:fs");
const net = require("node:net");
const dns = require("node:dns");

const address = process.env.PLINTH_TASK_ADDRESS;
const hostsFile = process.env.PLINTH_TASK_HOSTS;
// Container ports, each with the port that stands for it on this machine: `3000=3000,9229=49152`.
const ports = new Map(
  (process.env.PLINTH_TASK_PORTS || "").split(",").flatMap((pair) => {
    const [inside, outside] = pair.split("=").map(Number);
    return inside ? [[inside, outside || inside]] : [];
  }),
);

const everyAddress = new Set(["", "0.0.0.0", "::", "::0", "0:0:0:0:0:0:0:0"]);
const loopback = new Set(["localhost", "127.0.0.1", "::1"]);

const hosts = hostsFile ? hostsReader(hostsFile) : undefined;

if (address) {
  moveListening();
  moveConnecting();
}
if (hosts) resolveNames();

function moveListening() {
  const listen = net.Server.prototype.listen;
  net.Server.prototype.listen = function (...args) {
    const first = args[0];
    if (first !== null && typeof first === "object" && !isHandle(first)) {
      if (first.path === undefined) args[0] = moved(first);
    } else if (first === undefined || first === null || typeof first === "function") {
      args = [moved({ port: 0 }), ...args.filter((each) => typeof each === "function")];
    } else if (typeof first === "number" || (typeof first === "string" && first !== "" && Number(first) >= 0)) {
      const host = typeof args[1] === "string" ? args[1] : undefined;
      const backlog = args.slice(1).find((each) => typeof each === "number");
      args = [moved({ port: Number(first), host, backlog }), ...args.filter((each) => typeof each === "function")];
    }
    return listen.apply(this, args);
  };

  function moved(options) {
    const port = Number(options.port ?? 0);
    const host = options.host ?? "";
    if (!everyAddress.has(host) && !(loopback.has(host) && ports.has(port))) return options;
    return { ...options, host: address, port: ports.get(port) ?? port, ipv6Only: false };
  }

  function isHandle(value) {
    return value.fd !== undefined || value instanceof net.Server || value instanceof net.Socket || !("port" in value || "path" in value);
  }
}

/** To a container port on localhost, which all containers of a task share, or to a name that is listened for on another port. Everything else goes where it says. */
function moveConnecting() {
  const connect = net.Socket.prototype.connect;
  net.Socket.prototype.connect = function (...args) {
    // net.connect hands over its arguments already sorted out, as a list in the first place.
    const inner = Array.isArray(args[0]) ? args[0] : args;
    const first = inner[0];
    if (first !== null && typeof first === "object" && first.path == null) {
      const target = redirect(first.port, first.host);
      if (target) inner[0] = { ...first, ...target };
    } else if (typeof first === "number" || (typeof first === "string" && first !== "" && Number(first) >= 0)) {
      const target = redirect(first, typeof inner[1] === "string" ? inner[1] : undefined);
      if (target) inner.splice(0, typeof inner[1] === "string" ? 2 : 1, target);
    }
    return connect.apply(this, args);
  };

  function redirect(port, host) {
    const moved = hosts?.find(host ?? "localhost")?.ports.get(Number(port));
    if (moved !== undefined) return { host, port: moved };
    if (!loopback.has(host ?? "localhost") || !ports.has(Number(port))) return undefined;
    return { host: address, port: ports.get(Number(port)) };
  }
}

function resolveNames() {
  const addressesOf = (name) => hosts.find(name)?.addresses;

  const lookup = dns.lookup;
  dns.lookup = function (name, options, callback) {
    const done = typeof options === "function" ? options : callback;
    const found = typeof done === "function" ? addressesOf(name) : undefined;
    if (!found) return lookup.call(dns, name, options, callback);
    const all = typeof options === "object" && options !== null && options.all;
    process.nextTick(() =>
      all
        ? done(
            null,
            found.map((each) => ({ address: each, family: 4 })),
          )
        : done(null, found[0], 4),
    );
    return {};
  };
  const lookupPromise = dns.promises.lookup;
  dns.promises.lookup = async function (name, options) {
    const found = addressesOf(name);
    if (!found) return lookupPromise.call(dns.promises, name, options);
    const each = found.map((one) => ({ address: one, family: 4 }));
    return options && options.all ? each : each[0];
  };
}

/** The names of the hosts file, read again when it has changed: their addresses, and ports that stand for others (`127.0.0.1 api # 8000=49152`). */
function hostsReader(file) {
  let readAt = -1;
  let names = new Map();

  function read() {
    const found = new Map();
    for (const line of fs.readFileSync(file, "utf8").split("\n")) {
      const [entry, note = ""] = line.split("#");
      const [ip, ...rest] = entry.trim().split(/\s+/);
      for (const name of rest) {
        const key = name.toLowerCase();
        if (!found.has(key)) found.set(key, { addresses: [], ports: new Map() });
        found.get(key).addresses.push(ip);
        for (const [, from, to] of note.matchAll(/(\d+)=(\d+)/g)) found.get(key).ports.set(Number(from), Number(to));
      }
    }
    return found;
  }

  return {
    find(name) {
      try {
        const { mtimeMs } = fs.statSync(file);
        if (mtimeMs !== readAt) {
          names = read();
          readAt = mtimeMs;
        }
      } catch {
        // Without the file, names resolve as they do elsewhere.
      }
      return names.get(String(name).toLowerCase());
    },
  };
}
