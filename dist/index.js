import { createRequire as __WEBPACK_EXTERNAL_createRequire } from "module";
const external_fs_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("fs");
const external_os_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("os");
class Context {
  /**
   * Hydrate the context from the environment
   */
  constructor() {
    var _a, _b, _c;
    this.payload = {};
    if (process.env.GITHUB_EVENT_PATH) {
      if ((0, external_fs_namespaceObject.existsSync)(process.env.GITHUB_EVENT_PATH)) {
        this.payload = JSON.parse((0, external_fs_namespaceObject.readFileSync)(process.env.GITHUB_EVENT_PATH, { encoding: "utf8" }));
      } else {
        const path2 = process.env.GITHUB_EVENT_PATH;
        process.stdout.write(`GITHUB_EVENT_PATH ${path2} does not exist${external_os_namespaceObject.EOL}`);
      }
    }
    this.eventName = process.env.GITHUB_EVENT_NAME;
    this.sha = process.env.GITHUB_SHA;
    this.ref = process.env.GITHUB_REF;
    this.workflow = process.env.GITHUB_WORKFLOW;
    this.action = process.env.GITHUB_ACTION;
    this.actor = process.env.GITHUB_ACTOR;
    this.job = process.env.GITHUB_JOB;
    this.runAttempt = parseInt(process.env.GITHUB_RUN_ATTEMPT, 10);
    this.runNumber = parseInt(process.env.GITHUB_RUN_NUMBER, 10);
    this.runId = parseInt(process.env.GITHUB_RUN_ID, 10);
    this.apiUrl = (_a = process.env.GITHUB_API_URL) !== null && _a !== void 0 ? _a : `https://api.github.com`;
    this.serverUrl = (_b = process.env.GITHUB_SERVER_URL) !== null && _b !== void 0 ? _b : `https://github.com`;
    this.graphqlUrl = (_c = process.env.GITHUB_GRAPHQL_URL) !== null && _c !== void 0 ? _c : `https://api.github.com/graphql`;
  }
  get issue() {
    const payload = this.payload;
    return Object.assign(Object.assign({}, this.repo), { number: (payload.issue || payload.pull_request || payload).number });
  }
  get repo() {
    if (process.env.GITHUB_REPOSITORY) {
      const [owner, repo] = process.env.GITHUB_REPOSITORY.split("/");
      return { owner, repo };
    }
    if (this.payload.repository) {
      return {
        owner: this.payload.repository.owner.login,
        repo: this.payload.repository.name
      };
    }
    throw new Error("context.repo requires a GITHUB_REPOSITORY environment variable like 'owner/repo'");
  }
}
const context = new Context();
function portSet(ranges) {
  const merged = [];
  for (const { first, last } of [...ranges].sort((a, b) => a.first - b.first)) {
    const previous = merged.at(-1);
    if (previous !== void 0 && first <= previous.last + 1) {
      previous.last = Math.max(previous.last, last);
    } else {
      merged.push({ first, last });
    }
  }
  return merged;
}
function subtract(set, others) {
  const rest = [];
  for (const { first, last } of set) {
    let from = first;
    for (const other of others) {
      if (other.last < from)
        continue;
      if (other.first > last)
        break;
      if (other.first > from)
        rest.push({ first: from, last: other.first - 1 });
      from = other.last + 1;
    }
    if (from <= last)
      rest.push({ first: from, last });
  }
  return rest;
}
function intersect(set, other) {
  return subtract(set, subtract(set, other));
}
function size(set) {
  return set.reduce((sum, { first, last }) => sum + last - first + 1, 0);
}
function contains(set, port) {
  return set.some(({ first, last }) => first <= port && port <= last);
}
function* numbers(ranges) {
  for (const { first, last } of ranges) {
    for (let port = first; port <= last; port++)
      yield port;
  }
}
function format(set) {
  return set.map(({ first, last }) => first === last ? `${first}` : `${first}-${last}`).join(", ");
}
function parsePorts(text) {
  return splitList(text.replace(/(\d)\s*-\s*(?=\d)/g, "$1-")).map((item) => {
    const [, first, last = first] = /^(\d+)(?:-(\d+))?$/.exec(item) ?? [];
    const range = { first: Number(first), last: Number(last) };
    if (first === void 0 || range.first < 1 || range.last < 1 || range.first > 65535 || range.last > 65535) {
      throw new Error(`"${item}" is not a port from 1 to 65535 or a range of them such as 20000-20999`);
    }
    if (range.first > range.last) {
      throw new Error(`"${item}" runs backwards: write ${range.last}-${range.first}`);
    }
    return range;
  });
}
function splitList(text) {
  const trimmed = text.trim();
  return trimmed === "" ? [] : trimmed.split(/\s*,\s*|\s+/);
}
const browserRefused = portSet(parsePorts(`
    1 7 9 11 13 15 17 19-23 25 37 42-43 53 69 77 79 87 95 101-104 109-111 113 115 117 119 123 135 137
    139 143 161 179 389 427 465 512-515 526 530-532 540 548 554 556 563 587 601 636 989-990 993 995
    1719-1720 1723 2049 3659 4045 4190 5060-5061 6000 6566 6665-6669 6679 6697 10080
  `));
const hardCoded = portSet(parsePorts(`
    67-68 80 88 138 162 443 445 464 500 514 520 546-547 593 623 631 749 853 873 902 992

    1080 1194 1433-1434 1521 1701 1812-1813 1880 1883 1900 2181 2222 2375-2380 2525 2888 3000-3009 3128
    3260 3268-3269 3306 3333 3388-3389 3478 3702 3888 4000-4003 4040 4200 4222 4317-4318 4321 4369 4443
    4444 4500 4566-4567 4646-4648 4848 5000-5005 5037 5044 5173-5174 5222 5269 5353 5355 5432-5433 5500
    5555 5601 5671-5672 5683-5684 5701 5775 5778 5858 5900-5901 5984-5986 6006 6080 6333-6334 6379-6380
    6443 6650 6831-6832 7000-7001 7077 7199 7233 7373 7474 7687 7700 7777 7946 8000-8010 8020 8025 8042
    8065 8069 8080-8091 8108 8123 8126 8140 8161 8200 8222 8265 8300-8302 8332-8333 8443-8444 8500 8529
    8545 8554 8600 8787-8788 8834 8880 8883 8888-8889 8983 9000-9010 9042 9050-9051 9080 9090-9099 9100
    9160 9187 9200 9229 9292 9300 9324 9389 9411 9418 9443 9515 9600 9735 9876 9999 10000-10001 10050-10051

    10248-10259 11211 11434 12345 13306 14250 14268 15432 15672 15692 16379 16686 17000 18080 18081 18083
    19000-19001 19092 19132 19530

    20000 20048 20880 21027 22000 24007-24008 24224 24231 24678 24800 25565 25575 25672 25826 26000 26257
    26379 26656-26658 27015 27017-27020 27042 27960 28015 28017 28080 29015 29092 29418

    30000 31337 32400 33060 33333 33434 35357 35729 37017 37777 40000 44300 44818 50000 50010 50051 50070
    51820 54321 55555 61613-61614 61616 63342 64738
  `));
const preference = [
  [{ first: 2e4, last: 29999 }],
  [
    { first: 10081, last: 19999 },
    { first: 32768, last: 65535 }
  ],
  [
    { first: 1024, last: 10080 },
    { first: 3e4, last: 32767 }
  ],
  [{ first: 1, last: 1023 }]
];
function* levels(range, ephemeral) {
  const unlucky = portSet([...browserRefused, ...hardCoded]);
  if (range !== void 0) {
    yield subtract(range, unlucky);
    yield intersect(range, unlucky);
    return;
  }
  for (const ports of preference)
    yield subtract(subtract(ports, ephemeral), unlucky);
  yield subtract(ephemeral, unlucky);
}
function* shuffled(set) {
  const total = size(set);
  if (total === 0)
    return;
  const start = randomBelow(total);
  let step = 1 + randomBelow(total);
  while (greatestCommonDivisor(step, total) !== 1)
    step = 1 + randomBelow(total);
  for (let i = 0; i < total; i++)
    yield nth(set, (start + i * step) % total);
}
function runsForBlocks(set, length) {
  const runs = set.filter(({ first: first2, last: last2 }) => last2 - first2 + 1 >= length);
  const starts = runs.map(({ first: first2, last: last2 }) => ({ first: first2, last: last2 - length + 1 }));
  const total = size(starts);
  if (total === 0)
    return [];
  const start = nth(starts, randomBelow(total));
  const at = runs.findIndex(({ last: last2 }) => start <= last2);
  const { first, last } = runs[at];
  return [
    { first: start, last },
    ...runs.slice(at + 1),
    ...runs.slice(0, at),
    { first, last: start + length - 2 }
  ].filter((run2) => run2.last - run2.first + 1 >= length);
}
function nth(set, index) {
  let rest = index;
  for (const { first, last } of set) {
    if (first + rest <= last)
      return first + rest;
    rest -= last - first + 1;
  }
  throw new RangeError(`there are only ${index - rest} ports, no number ${index}`);
}
function randomBelow(limit) {
  return Math.floor(Math.random() * limit);
}
function greatestCommonDivisor(a, b) {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
const external_node_net_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:net");
function codeOf(error2) {
  return error2?.code;
}
function isOutOfFiles(error2) {
  return ["EMFILE", "ENFILE"].includes(codeOf(error2) ?? "");
}
const external_node_os_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:os");
const external_node_fs_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:fs");
function connectedPorts(listening) {
  const ports = /* @__PURE__ */ new Set();
  if (process.platform !== "linux")
    return ports;
  const counts = socketCounts(read("/proc/net/sockstat") + read("/proc/net/sockstat6"));
  const tables = [
    { file: "/proc/net/tcp", sockets: counts.ipv4 },
    { file: "/proc/net/tcp6", sockets: counts.ipv6 - listening }
  ];
  for (const { file, sockets } of tables) {
    if (sockets + counts.timeWait === 0)
      continue;
    for (const port of parseTable(read(file)))
      ports.add(port);
  }
  return ports;
}
function socketCounts(text) {
  const count = (pattern) => Number(pattern.exec(text)?.[1] ?? Number.NaN);
  return {
    ipv4: count(/^TCP: inuse (\d+)/m),
    ipv6: count(/^TCP6: inuse (\d+)/m),
    timeWait: count(/^TCP: .* tw (\d+)/m)
  };
}
function* parseTable(text) {
  for (const [, port = ""] of text.matchAll(/: [\dA-F]+:([\dA-F]{4}) [\dA-F]+:[\dA-F]{4} (?!0A)/g)) {
    yield Number.parseInt(port, 16);
  }
}
function read(file) {
  try {
    return (0, external_node_fs_namespaceObject.readFileSync)(file, "latin1");
  } catch (error2) {
    if (isOutOfFiles(error2))
      throw error2;
    return "";
  }
}
function transportsOf(type) {
  return type === "both" ? ["stream", "dgram"] : [type];
}
async function bind(transport, endpoint) {
  if (transport === "stream") {
    const server = (0, external_node_net_namespaceObject.createServer)((connection) => connection.resetAndDestroy());
    return settled(server, () => server.listen(endpoint));
  }
  const { port, host = "::", ipv6Only = false } = endpoint;
  const { createSocket } = await import(
    /* webpackIgnore: true */
    "node:dgram"
  );
  const socket = createSocket({ type: (0, external_node_net_namespaceObject.isIPv6)(host) ? "udp6" : "udp4", ipv6Only });
  return settled(socket, () => socket.bind({ port, address: host }));
}
function settled(socket, start) {
  return new Promise((resolve, reject) => {
    socket.once("listening", () => resolve(socket));
    socket.once("error", (error2) => {
      probe_close(socket).then(() => reject(error2), reject);
    });
    start();
  });
}
function probe_close(socket) {
  return new Promise((resolve) => {
    socket.close(() => resolve());
  });
}
function refusalOf(code, platform) {
  if (code === "EADDRINUSE")
    return "in use";
  if (code !== "EACCES" && code !== "EPERM")
    return void 0;
  return platform === "win32" ? "in use" : "not permitted";
}
function isAbsent(code) {
  return code === "EADDRNOTAVAIL" || code === "EAFNOSUPPORT" || code === "EPROTONOSUPPORT";
}
function probePlan(platform, transport, addresses) {
  const wildcards = [{ host: "0.0.0.0" }, { host: "::", ipv6Only: true }];
  if (platform === "linux") {
    return { alone: [], held: transport === "stream" ? [{}] : wildcards };
  }
  if (platform === "darwin" && transport === "dgram")
    return { alone: [], held: wildcards };
  return { alone: addresses.map((host) => ({ host, ipv6Only: (0, external_node_net_namespaceObject.isIPv6)(host) })), held: wildcards };
}
function specificAddresses(platform, interfaces) {
  const found = Object.entries(interfaces).flatMap(([name, infos = []]) => infos.map((info2) => {
    if (info2.family !== "IPv6" || info2.scopeid === 0)
      return info2.address;
    return `${info2.address}%${platform === "win32" ? info2.scopeid : name}`;
  }));
  return [.../* @__PURE__ */ new Set(["127.0.0.1", "::1", ...found])];
}
class Probe {
  #platform = process.platform;
  #addresses;
  /** @param hosts addresses of this machine that are tried besides those of its interfaces */
  constructor(hosts) {
    this.#addresses = this.#platform === "linux" ? [] : [.../* @__PURE__ */ new Set([...specificAddresses(this.#platform, (0, external_node_os_namespaceObject.networkInterfaces)()), ...hosts])];
  }
  /**
   * Binds each number on all addresses of the machine, in both families.
   *
   * @throws the system's error, with nothing held, where it says nothing of the number: too many open
   *   files, for one
   */
  async hold(requests) {
    const sockets = [];
    const release = async () => {
      await Promise.all(sockets.map(probe_close));
    };
    const results = await Promise.allSettled(requests.map(({ port, type }) => this.#holdOne(port, type, sockets)));
    const failed = results.find((result) => result.status === "rejected");
    if (failed !== void 0) {
      await release();
      throw failed.reason;
    }
    const listening = sockets.filter((socket) => socket instanceof external_node_net_namespaceObject.Server);
    const connected = listening.length > 0 ? connectedPorts(listening.length) : void 0;
    const refusals = results.map((result, i) => {
      const { port, type } = requests[i];
      if (result.status === "fulfilled" && result.value !== void 0)
        return result.value;
      return type !== "dgram" && connected?.has(port) ? "in use" : void 0;
    });
    return { refusals, release };
  }
  /** Adds to `sockets` those that hold the number; resolves to a refusal if there is one. */
  async #holdOne(port, type, sockets) {
    for (const transport of transportsOf(type)) {
      const { alone, held } = probePlan(this.#platform, transport, this.#addresses);
      for (const [place, keep] of [
        ...alone.map((endpoint) => [endpoint, false]),
        ...held.map((endpoint) => [endpoint, true])
      ]) {
        try {
          const socket = await bind(transport, { ...place, port });
          if (keep)
            sockets.push(socket);
          else
            await probe_close(socket);
        } catch (error2) {
          const { code } = error2;
          const refusal = refusalOf(code, this.#platform);
          if (refusal !== void 0)
            return refusal;
          if (!isAbsent(code))
            throw error2;
        }
      }
    }
    return void 0;
  }
}
async function draw({ types: types2, exclude }, hosts, leases, ports) {
  const sockets = [];
  try {
    while (ports.length < types2.length) {
      const type = types2[ports.length];
      const port = await drawOne(type, hosts, sockets);
      if (port === void 0 || contains(exclude, port) || ports.includes(port))
        continue;
      const [owner] = leases.claim([{ port, type }]);
      if (owner === void 0)
        ports.push(port);
    }
  } catch (error2) {
    const found = `Found ${ports.length} of ${types2.length} unused ports with "range": ephemeral`;
    if (isOutOfFiles(error2)) {
      throw new Error(`${found}: it takes a file descriptor for each until the last is chosen, and there are no more (${codeOf(error2)}). Ask for fewer ports, or raise the limit (ulimit -n).`, { cause: error2 });
    }
    if (codeOf(error2) === "EADDRINUSE") {
      throw new Error(`${found}: every number of the ephemeral range is in use or excluded.`, {
        cause: error2
      });
    }
    throw error2;
  } finally {
    await Promise.all(sockets.map(probe_close));
  }
}
async function drawOne(type, hosts, sockets) {
  let port = 0;
  for (const transport of transportsOf(type)) {
    for (const host of hosts) {
      try {
        const socket = await bind(transport, {
          port,
          host,
          ipv6Only: hosts.length > 1 && (0, external_node_net_namespaceObject.isIPv6)(host)
        });
        sockets.push(socket);
        ({ port } = socket.address());
      } catch (error2) {
        if (port === 0 || refusalOf(codeOf(error2), process.platform) === void 0)
          throw error2;
        return void 0;
      }
    }
  }
  return port;
}
async function ephemeralRange() {
  const { platform } = process;
  try {
    if (platform === "linux") {
      const directory = "/proc/sys/net/ipv4";
      const reserved = `${directory}/ip_local_reserved_ports`;
      return {
        ports: linuxRange((0, external_node_fs_namespaceObject.readFileSync)(`${directory}/ip_local_port_range`, "utf8"), (0, external_node_fs_namespaceObject.existsSync)(reserved) ? (0, external_node_fs_namespaceObject.readFileSync)(reserved, "utf8") : "")
      };
    }
    const texts = await Promise.all(rangeCommands(platform, process.env).map(output));
    return { ports: portSet(texts.map((text) => printedRange(platform, text))) };
  } catch (error2) {
    const ports = defaultRange(platform);
    return { ports, assumed: error2 instanceof Error ? error2.message : String(error2) };
  }
}
function linuxRange(range, reserved) {
  const bounds = parsePorts(range.trim().replace(/\s+/, "-"));
  if (bounds.length === 0)
    throw new Error("ip_local_port_range is empty");
  return subtract(portSet(bounds), portSet(parsePorts(reserved)));
}
function rangeCommands(platform, environment) {
  if (platform !== "win32") {
    const name = "net.inet.ip.portrange";
    return [["/usr/sbin/sysctl", "-n", `${name}.first`, `${name}.last`]];
  }
  const netsh = `${environment.SystemRoot ?? "C:\\Windows"}\\System32\\netsh.exe`;
  return ["ipv4", "ipv6"].flatMap((family) => ["tcp", "udp"].map((transport) => [netsh, "int", family, "show", "dynamicport", transport]));
}
function printedRange(platform, text) {
  const [first = 0, second = 0] = (text.match(/(?<!\w)\d+(?!\w)/g) ?? []).slice(-2).map(Number);
  const last = platform === "win32" ? first + second - 1 : second;
  if (first < 1 || last < first || last > 65535) {
    throw new Error(`no range of ports in ${JSON.stringify(text.slice(0, 200))}`);
  }
  return { first, last };
}
function defaultRange(platform) {
  return platform === "linux" ? [{ first: 32768, last: 60999 }] : [{ first: 49152, last: 65535 }];
}
function remedy(platform) {
  if (platform === "linux")
    return 'sysctl -w net.ipv4.ip_local_port_range="32768 60999"';
  if (platform === "darwin")
    return "sysctl -w net.inet.ip.portrange.first=49152";
  return "netsh int ipv4 set dynamicport tcp start=49152 num=16384 (the same for udp, and for ipv6)";
}
async function output([file = "", ...args]) {
  const { execFile } = await import(
    /* webpackIgnore: true */
    "node:child_process"
  );
  return new Promise((resolve, reject) => {
    execFile(file, args, { timeout: 1e4, windowsHide: true }, (error2, stdout) => error2 === null ? resolve(stdout) : reject(error2));
  });
}
async function resolveHosts(family, host) {
  if (family === "ipv4" && host === void 0)
    return ["0.0.0.0"];
  const addresses = [];
  for (const version of family === "both" ? [4, 6] : [family === "ipv4" ? 4 : 6]) {
    const address = await addressOf(host, version);
    await requireLocal(address, version, host);
    addresses.push(address);
  }
  return addresses;
}
async function addressOf(host, version) {
  if (host === void 0)
    return version === 4 ? "0.0.0.0" : "::";
  if ((0, external_node_net_namespaceObject.isIP)(host) !== 0)
    return host;
  const { lookup } = await import(
    /* webpackIgnore: true */
    "node:dns/promises"
  );
  try {
    return (await lookup(host, { family: version })).address;
  } catch (error2) {
    throw new Error(`Input "host": "${host}" does not resolve to an IPv${version} address (${codeOf(error2)}): give an address of this machine, or a name of one`, { cause: error2 });
  }
}
async function requireLocal(address, version, host) {
  const tried = address === "::" ? "::1" : address;
  try {
    await probe_close(await bind("stream", { host: tried, port: 0 }));
  } catch (error2) {
    const code = codeOf(error2);
    if (code === "EADDRINUSE")
      return;
    if (address === "::" && isAbsent(code)) {
      throw new Error(`Input "family": IPv6 was asked for, but this machine has none (${code} for ::1)`, { cause: error2 });
    }
    throw new Error(isAbsent(code) ? `Input "host": "${host}" is not an IPv${version} address of this machine (${code} for ${address})` : `Input "host": cannot bind to ${address} (${code})`, { cause: error2 });
  }
}
class Taker {
  /** What was refused, by type and number: a number can be unused for UDP and in use for TCP. */
  refused = /* @__PURE__ */ new Map();
  #probe;
  #leases;
  constructor(probe, leases) {
    this.#probe = probe;
    this.#leases = leases;
  }
  /** Whether a number was refused already. */
  hasRefused({ port, type }) {
    return this.refused.has(`${type} ${port}`);
  }
  /** Takes what can be had of the requests: true for each that is ours. */
  async take(requests) {
    const taken = [];
    let atOnce = requests.length;
    while (taken.length < requests.length) {
      try {
        taken.push(...await this.#takeAtOnce(requests.slice(taken.length, taken.length + atOnce)));
      } catch (error2) {
        if (!isOutOfFiles(error2) || atOnce === 1)
          throw error2;
        atOnce = Math.ceil(atOnce / 2);
      }
    }
    return taken;
  }
  /** Gives back what was taken. */
  giveBack(requests) {
    this.#leases.withdraw(requests);
  }
  async #takeAtOnce(requests) {
    const { refusals, release } = await this.#probe.hold(requests);
    try {
      const owners = this.#leases.claim(requests.filter((_, i) => refusals[i] === void 0));
      return requests.map(({ port, type }, i) => {
        const owner = refusals[i] === void 0 ? owners.shift() : void 0;
        const refusal = owner === void 0 ? refusals[i] : `leased to ${owner}`;
        if (refusal !== void 0)
          this.refused.set(`${type} ${port}`, refusal);
        return refusal === void 0;
      });
    } finally {
      await release();
    }
  }
}
const pauses = [25, 50, 100, 200, 400, 800, 1600];
async function allocate(request, leases) {
  const { types: types2, range } = request;
  const hosts = await resolveHosts(request.family, request.host);
  const ephemeral = range === "auto" ? await ephemeralRange() : void 0;
  const search = new Search(request, ephemeral?.ports ?? [], new Taker(new Probe(hosts), leases));
  const ports = await search.run();
  if (range === "ephemeral")
    await draw(request, hosts, leases, ports);
  if (ports.length < types2.length)
    throw new Error(search.shortage());
  return { ports, warnings: warningsOn(ports, request, leases, ephemeral) };
}
class Search {
  /** How many ports were found, or how many in a row. */
  #found = 0;
  #request;
  #ephemeral;
  #taker;
  constructor(request, ephemeral, taker) {
    this.#request = request;
    this.#ephemeral = ephemeral;
    this.#taker = taker;
  }
  /** The ports, or as many of them as there are. */
  async run() {
    const { types: types2, contiguous, range } = this.#request;
    const { refused: refused2 } = this.#taker;
    const ports = [];
    const look = () => contiguous ? this.#findBlock(ports) : this.#findEach(ports);
    await look();
    for (const pause of range === "ephemeral" ? [] : pauses) {
      const mayChange = [...refused2.values()].some((refusal) => refusal !== "not permitted");
      if (ports.length === types2.length || !mayChange)
        break;
      await new Promise((resolve) => setTimeout(resolve, pause * (0.5 + Math.random())));
      refused2.clear();
      await look();
    }
    return ports;
  }
  /** Says how many ports were found, how many were asked for, and why there are no more. */
  shortage() {
    const { types: types2, contiguous, range, exclude } = this.#request;
    const refusals = [...this.#taker.refused.values()];
    const count = (start) => refusals.filter((refusal) => refusal.startsWith(start)).length;
    const leased = [...new Set(refusals.filter((refusal) => refusal.startsWith("leased")))];
    const all = portSet([...this.#levels([])].flat());
    return `Found ${this.#found} of ${types2.length} unused ports${contiguous ? " in a row" : ""} with "range": ${typeof range === "object" ? format(range) : range}. Of its ${size(all)} ports ${count("in use")} are in use, ${count("leased")} leased${leased.length > 0 ? ` (${leased.slice(0, 3).join("; ")})` : ""}, ${count("not permitted")} not permitted and ${size(intersect(all, exclude))} excluded. Ask for fewer ports, or give a wider range.`;
  }
  *#levels(exclude = this.#request.exclude) {
    const { range } = this.#request;
    if (range === "ephemeral")
      return;
    for (const level of levels(range === "auto" ? void 0 : range, this.#ephemeral)) {
      yield subtract(level, exclude);
    }
  }
  /** Adds a port for each type that has none in `ports` yet, as far as there are any. */
  async #findEach(ports) {
    const { types: types2 } = this.#request;
    for (let type = types2[ports.length]; type !== void 0; type = types2[ports.length]) {
      const candidates = this.#candidates(type, new Set(ports));
      let end = ports.length;
      while (types2[end] === type)
        end++;
      while (ports.length < end) {
        const batch = [];
        while (batch.length < end - ports.length) {
          const { value, done } = candidates.next();
          if (done)
            break;
          batch.push(value);
        }
        if (batch.length === 0)
          return;
        const taken = await this.#taker.take(batch);
        ports.push(...batch.filter((_, i) => taken[i]).map(({ port }) => port));
        this.#found = ports.length;
      }
    }
  }
  /** What to try, best first. */
  *#candidates(type, given) {
    const passedOver = new Set(given);
    for (const port of this.#numbers()) {
      const request = { port, type };
      if (passedOver.has(port) || this.#taker.hasRefused(request))
        continue;
      passedOver.add(port);
      yield request;
    }
    return void 0;
  }
  *#numbers() {
    yield* this.#request.prefer;
    for (const level of this.#levels())
      yield* shuffled(level);
  }
  /** Adds a block of consecutive numbers, one for each type, if there is one. */
  async #findBlock(ports) {
    const { types: types2, prefer, exclude } = this.#request;
    const preferred = prefer.map((first) => ({ first, last: first + types2.length - 1 })).filter((run2) => run2.last <= 65535 && intersect([run2], exclude).length === 0);
    const levels2 = [...this.#levels()];
    const runs = levels2.flatMap((level, i) => level.length === 0 ? [] : runsForBlocks(portSet(levels2.slice(0, i + 1).flat()), types2.length));
    this.#found = 0;
    for (const run2 of [...preferred, ...runs]) {
      let { first } = run2;
      while (first + types2.length - 1 <= run2.last) {
        const requests = types2.map((type, i) => ({ port: first + i, type }));
        const taken = await this.#taker.take(requests);
        const refused2 = taken.lastIndexOf(false);
        if (refused2 < 0) {
          ports.push(...requests.map(({ port }) => port));
          return;
        }
        this.#taker.giveBack(requests);
        this.#found = Math.max(this.#found, taken.indexOf(false));
        first += refused2 + 1;
      }
    }
  }
}
function warningsOn(ports, { types: types2 }, { problem }, ephemeral) {
  const warnings = [];
  if (problem !== void 0) {
    warnings.push(`Ports that are handed out cannot be recorded on this machine (${problem}): other steps that run this action may get the same ones.`);
  }
  if (ephemeral?.assumed !== void 0) {
    warnings.push(`The ephemeral range of this machine could not be read (${ephemeral.assumed}) and is taken to be ${format(ephemeral.ports)}.`);
  }
  const inside = ports.filter((port) => contains(ephemeral?.ports ?? [], port));
  if (inside.length > 0) {
    warnings.push(`Port ${inside.join(", ")} lies in the ephemeral range of this machine, since no other was left: the OS may give it to somebody else before the workflow binds it. Make the range smaller: ${remedy(process.platform)}`);
  }
  const unreachable = ports.filter((port, i) => types2[i] !== "dgram" && contains(browserRefused, port));
  if (unreachable.length > 0) {
    warnings.push(`Browsers refuse to connect to port ${unreachable.join(", ")} (a "bad port" in the Fetch standard).`);
  }
  return warnings;
}
function utils_toCommandValue(input) {
  if (input === null || input === void 0) {
    return "";
  } else if (typeof input === "string" || input instanceof String) {
    return input;
  }
  return JSON.stringify(input);
}
function utils_toCommandProperties(annotationProperties) {
  if (!Object.keys(annotationProperties).length) {
    return {};
  }
  return {
    title: annotationProperties.title,
    file: annotationProperties.file,
    line: annotationProperties.startLine,
    endLine: annotationProperties.endLine,
    col: annotationProperties.startColumn,
    endColumn: annotationProperties.endColumn
  };
}
function command_issueCommand(command, properties, message) {
  const cmd = new Command(command, properties, message);
  process.stdout.write(cmd.toString() + external_os_namespaceObject.EOL);
}
const CMD_STRING = "::";
class Command {
  constructor(command, properties, message) {
    if (!command) {
      command = "missing.command";
    }
    this.command = command;
    this.properties = properties;
    this.message = message;
  }
  toString() {
    let cmdStr = CMD_STRING + this.command;
    if (this.properties && Object.keys(this.properties).length > 0) {
      cmdStr += " ";
      let first = true;
      for (const key in this.properties) {
        if (this.properties.hasOwnProperty(key)) {
          const val = this.properties[key];
          if (val) {
            if (first) {
              first = false;
            } else {
              cmdStr += ",";
            }
            cmdStr += `${key}=${escapeProperty(val)}`;
          }
        }
      }
    }
    cmdStr += `${CMD_STRING}${escapeData(this.message)}`;
    return cmdStr;
  }
}
function escapeData(s) {
  return utils_toCommandValue(s).replace(/%/g, "%25").replace(/\r/g, "%0D").replace(/\n/g, "%0A");
}
function escapeProperty(s) {
  return utils_toCommandValue(s).replace(/%/g, "%25").replace(/\r/g, "%0D").replace(/\n/g, "%0A").replace(/:/g, "%3A").replace(/,/g, "%2C");
}
const external_crypto_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("crypto");
function file_command_issueFileCommand(command, message) {
  const filePath = process.env[`GITHUB_${command}`];
  if (!filePath) {
    throw new Error(`Unable to find environment variable for file command ${command}`);
  }
  if (!external_fs_namespaceObject.existsSync(filePath)) {
    throw new Error(`Missing file at path: ${filePath}`);
  }
  external_fs_namespaceObject.appendFileSync(filePath, `${utils_toCommandValue(message)}${external_os_namespaceObject.EOL}`, {
    encoding: "utf8"
  });
}
function file_command_prepareKeyValueMessage(key, value) {
  const delimiter = `ghadelimiter_${external_crypto_namespaceObject.randomUUID()}`;
  const convertedValue = utils_toCommandValue(value);
  if (key.includes(delimiter)) {
    throw new Error(`Unexpected input: name should not contain the delimiter "${delimiter}"`);
  }
  if (convertedValue.includes(delimiter)) {
    throw new Error(`Unexpected input: value should not contain the delimiter "${delimiter}"`);
  }
  return `${key}<<${delimiter}${external_os_namespaceObject.EOL}${convertedValue}${external_os_namespaceObject.EOL}${delimiter}`;
}
const external_path_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("path");
var ExitCode;
(function(ExitCode2) {
  ExitCode2[ExitCode2["Success"] = 0] = "Success";
  ExitCode2[ExitCode2["Failure"] = 1] = "Failure";
})(ExitCode || (ExitCode = {}));
function exportVariable(name, val) {
  const convertedVal = utils_toCommandValue(val);
  process.env[name] = convertedVal;
  const filePath = process.env["GITHUB_ENV"] || "";
  if (filePath) {
    return file_command_issueFileCommand("ENV", file_command_prepareKeyValueMessage(name, val));
  }
  command_issueCommand("set-env", { name }, convertedVal);
}
function getInput(name, options) {
  const val = process.env[`INPUT_${name.replace(/ /g, "_").toUpperCase()}`] || "";
  if (options && options.required && !val) {
    throw new Error(`Input required and not supplied: ${name}`);
  }
  if (options && options.trimWhitespace === false) {
    return val;
  }
  return val.trim();
}
function setOutput(name, value) {
  const filePath = process.env["GITHUB_OUTPUT"] || "";
  if (filePath) {
    return file_command_issueFileCommand("OUTPUT", file_command_prepareKeyValueMessage(name, value));
  }
  process.stdout.write(external_os_namespaceObject.EOL);
  command_issueCommand("set-output", { name }, utils_toCommandValue(value));
}
function setFailed(message) {
  process.exitCode = ExitCode.Failure;
  error(message);
}
function isDebug() {
  return process.env["RUNNER_DEBUG"] === "1";
}
function debug(message) {
  command_issueCommand("debug", {}, message);
}
function error(message, properties = {}) {
  command_issueCommand("error", utils_toCommandProperties(properties), message instanceof Error ? message.toString() : message);
}
function warning(message, properties = {}) {
  command_issueCommand("warning", utils_toCommandProperties(properties), message instanceof Error ? message.toString() : message);
}
function info(message) {
  process.stdout.write(message + external_os_namespaceObject.EOL);
}
const families = {
  ipv4: "ipv4",
  af_inet: "ipv4",
  inet: "ipv4",
  4: "ipv4",
  ipv6: "ipv6",
  af_inet6: "ipv6",
  inet6: "ipv6",
  6: "ipv6",
  both: "both"
};
const types = {
  stream: "stream",
  tcp: "stream",
  sock_stream: "stream",
  dgram: "dgram",
  udp: "dgram",
  sock_dgram: "dgram",
  both: "both"
};
const protocols = { tcp: "stream", udp: "dgram", both: "both" };
const booleans = { true: true, false: false };
function readInputs() {
  const type = keyword("type", types, "stream, dgram or both (or tcp, udp, SOCK_STREAM, SOCK_DGRAM)") ?? "stream";
  const names = readNames(type);
  const count = readCount();
  if (count !== void 0 && names.length > 0 && count !== names.length) {
    throw refused("count", `${count}`, `does not agree with the ${names.length} of "names": leave it out`);
  }
  if (names.length > 1e3)
    throw refused("names", `${names.length} names`, "are more than 1000");
  const host = getInput("host") || void 0;
  const range = readRange();
  const contiguous = keyword("contiguous", booleans, "true or false") ?? false;
  if (contiguous && range === "ephemeral") {
    throw refused("contiguous", "true", 'cannot be had with "range": ephemeral, where the OS chooses each number');
  }
  const exclude = portSet(readPorts("exclude"));
  return {
    request: {
      types: names.length > 0 ? names.map((name) => name.type) : Array(count ?? 1).fill(type),
      family: readFamily(host),
      host,
      range,
      exclude,
      prefer: [...new Set(numbers(readPorts("prefer")))].filter((port) => !contains(exclude, port)),
      contiguous
    },
    naming: {
      names: names.map(({ name }) => name),
      exportEnv: keyword("export-env", booleans, "true or false") ?? true,
      envPrefix: readEnvPrefix()
    }
  };
}
function readCount() {
  const text = getInput("count");
  if (text === "")
    return void 0;
  const count = /^[0-9]+$/.test(text) ? Number(text) : 0;
  if (count < 1 || count > 1e3)
    throw refused("count", text, "is not a whole number from 1 to 1000");
  return count;
}
function readNames(defaultType) {
  const seen = /* @__PURE__ */ new Map();
  return splitList(getInput("names")).map((item) => {
    const [name = "", protocol, ...rest] = item.split("/");
    const type = protocol === void 0 ? defaultType : own(protocols, protocol.toLowerCase());
    if (type === void 0 || rest.length > 0) {
      throw refused("names", item, "has no protocol that is known: write name/tcp, name/udp or name/both");
    }
    if (!/^[A-Za-z_][A-Za-z0-9_-]{0,99}$/.test(name)) {
      throw refused("names", item, "is not a name: it takes a letter or _, then letters, digits, _ and -, 100 characters at most");
    }
    if (/^ports?$/i.test(name)) {
      throw refused("names", item, 'is taken: "port" and "ports" are outputs that are always there');
    }
    const other = seen.get(variableName(name));
    if (other !== void 0) {
      throw refused("names", item, `gives the same output or variable as "${other}"`);
    }
    seen.set(variableName(name), item);
    return { name, type };
  });
}
function variableName(name) {
  return `${name.toUpperCase().replaceAll("-", "_")}_PORT`;
}
function readFamily(host) {
  const family = keyword("family", families, "ipv4, ipv6 or both (or AF_INET, AF_INET6, inet, inet6, 4, 6)");
  const version = host === void 0 ? 0 : (0, external_node_net_namespaceObject.isIP)(host);
  if (version === 0)
    return family ?? "ipv4";
  const ofHost = version === 4 ? "ipv4" : "ipv6";
  if (family !== void 0 && family !== ofHost) {
    throw refused("host", `${host}`, `is an ${ofHost === "ipv4" ? "IPv4" : "IPv6"} address, but "family" is ${family}`);
  }
  return ofHost;
}
function readRange() {
  const text = getInput("range").toLowerCase();
  if (text === "" || text === "auto")
    return "auto";
  if (text === "ephemeral")
    return "ephemeral";
  if (/^[a-z]+$/.test(text)) {
    throw refused("range", getInput("range"), "is not auto, ephemeral or a list of ports and ranges such as 20000-20999");
  }
  return portSet(readPorts("range"));
}
function readPorts(input) {
  try {
    return parsePorts(getInput(input));
  } catch (error2) {
    throw new Error(`Input "${input}": ${error2.message}`);
  }
}
function readEnvPrefix() {
  const prefix2 = getInput("env-prefix");
  if (!/^([A-Za-z_][A-Za-z0-9_]*)?$/.test(prefix2)) {
    throw refused("env-prefix", prefix2, "cannot start the name of an environment variable: it takes a letter or _, then letters, digits and _");
  }
  return prefix2;
}
function keyword(input, values, accepted) {
  const text = getInput(input);
  if (text === "")
    return void 0;
  const value = own(values, text.toLowerCase());
  if (value === void 0)
    throw refused(input, text, `is not ${accepted}`);
  return value;
}
function own(values, key) {
  return Object.hasOwn(values, key) ? values[key] : void 0;
}
function refused(input, value, reason) {
  return new Error(`Input "${input}": "${value}" ${reason}`);
}
const external_node_path_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:path");
const longestHold = 6 * 60 * 60;
function currentHolder() {
  const pid = process.ppid;
  return {
    pid,
    started: statusOf(pid)?.started ?? "",
    namespace: orEmpty(() => (0, external_node_fs_namespaceObject.readlinkSync)("/proc/self/ns/pid")),
    boot: orEmpty(() => (0, external_node_fs_namespaceObject.readFileSync)("/proc/sys/kernel/random/boot_id", "utf8").trim()),
    at: process.hrtime()[0]
  };
}
function stillHolds(holder, here) {
  const age = here.at - holder.at;
  if (holder.boot !== here.boot || !(age >= 0 && age <= longestHold))
    return false;
  if (!(holder.pid > 0) || holder.namespace !== here.namespace)
    return true;
  try {
    process.kill(holder.pid, 0);
  } catch (error2) {
    if (codeOf(error2) === "ESRCH")
      return false;
  }
  const status = statusOf(holder.pid);
  if (status === void 0)
    return true;
  return !status.ended && (holder.started === "" || holder.started === status.started);
}
function processStatus(stat) {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const state = fields[0];
  const started = fields[19];
  if (state === void 0 || started === void 0)
    return void 0;
  return { started, ended: state === "Z" || state === "X" };
}
function statusOf(pid) {
  return processStatus(orEmpty(() => (0, external_node_fs_namespaceObject.readFileSync)(`/proc/${pid}/stat`, "latin1")));
}
function orEmpty(read2) {
  if (process.platform !== "linux")
    return "";
  try {
    return read2();
  } catch {
    return "";
  }
}
const prefix = "find-unused-port-";
const longestLease = 2048;
const cautiously = (external_node_fs_namespaceObject.constants.O_NOFOLLOW ?? 0) | (external_node_fs_namespaceObject.constants.O_NONBLOCK ?? 0);
class Leases {
  /** Why leases could not be kept; undefined as long as they could. */
  problem;
  #owner;
  #root;
  #here = currentHolder();
  #uid = process.getuid?.();
  #directory;
  #written = /* @__PURE__ */ new Set();
  #ready = false;
  /**
   * @param owner whom a message about such a lease is to name
   * @param root the directory that all users share
   */
  constructor(owner, root = sharedDirectory(process.platform, process.env)) {
    this.#owner = owner;
    this.#root = root;
    this.#directory = (0, external_node_path_namespaceObject.join)(root, prefix + (this.#uid ?? (0, external_node_os_namespaceObject.userInfo)().username));
  }
  /**
   * Takes a lease of each number that nobody has leased. Its sockets must be held meanwhile.
   *
   * @returns for each request, in order, the owner of the lease in its way; undefined where it is ours now
   * @throws Error with nothing taken when no file descriptor is left
   */
  claim(requests) {
    const taken = [];
    try {
      const owners = requests.map((request) => {
        const owner = this.#write(request);
        if (owner === void 0)
          taken.push(request);
        return owner;
      });
      const neighbours = this.#neighbours();
      return requests.map((request, i) => {
        if (owners[i] !== void 0)
          return owners[i];
        const owner = this.#rival(request, neighbours);
        if (owner !== void 0)
          this.withdraw([request]);
        return owner;
      });
    } catch (error2) {
      this.withdraw(taken);
      throw error2;
    }
  }
  /** Gives back those of the requests' leases that this step has taken; without requests, all of them. */
  withdraw(requests) {
    const files = requests?.map((request) => this.#fileOf(request)) ?? [...this.#written];
    for (const file of files) {
      if (this.#written.delete(file))
        this.#attempt(() => (0, external_node_fs_namespaceObject.rmSync)(file, { force: true }));
    }
  }
  /** Writes our lease, or returns the owner of one that this user gave to somebody else. */
  #write(request) {
    if (this.problem !== void 0)
      return void 0;
    return this.#attempt(() => {
      this.#prepare();
      const file = this.#fileOf(request);
      let fd;
      try {
        fd = (0, external_node_fs_namespaceObject.openSync)(file, external_node_fs_namespaceObject.constants.O_WRONLY | external_node_fs_namespaceObject.constants.O_CREAT | external_node_fs_namespaceObject.constants.O_EXCL, 420);
      } catch (error2) {
        if (codeOf(error2) !== "EEXIST")
          throw error2;
        const owner = this.#liveOwner(file);
        if (owner !== void 0)
          return owner;
        try {
          fd = (0, external_node_fs_namespaceObject.openSync)(file, external_node_fs_namespaceObject.constants.O_WRONLY | cautiously);
        } catch (junk) {
          if (isOutOfFiles(junk))
            throw junk;
          return `nobody, but ${file} is in the way (${codeOf(junk)})`;
        }
      }
      this.#written.add(file);
      try {
        if (this.#uid !== void 0)
          (0, external_node_fs_namespaceObject.fchmodSync)(fd, 420);
        (0, external_node_fs_namespaceObject.writeSync)(fd, `${JSON.stringify({ ...this.#here, owner: this.#owner })}
`, 0);
      } finally {
        (0, external_node_fs_namespaceObject.closeSync)(fd);
      }
      return void 0;
    });
  }
  /** The owner of a lease that is in the way of one of ours: for the other transport, or of another user. */
  #rival(request, neighbours) {
    const files = ["tcp", "udp"].map((transport) => `${request.port}.${transport}`);
    for (const directory of [this.#directory, ...neighbours]) {
      for (const name of files) {
        const file = (0, external_node_path_namespaceObject.join)(directory, name);
        const owner = this.#written.has(file) ? void 0 : this.#liveOwner(file);
        if (owner !== void 0)
          return owner;
      }
    }
    return void 0;
  }
  /** The owner of the lease in a file, if it is one and is still held. What cannot be read was not written by us. */
  #liveOwner(file) {
    try {
      if (!(0, external_node_fs_namespaceObject.lstatSync)(file, { throwIfNoEntry: false })?.isFile())
        return void 0;
      const { owner, ...holder } = JSON.parse(firstLine(file));
      if (!stillHolds(holder, this.#here))
        return void 0;
      return `${owner}`.replace(/[^\x20-\x7e]/g, "?").slice(0, 200);
    } catch (error2) {
      if (isOutOfFiles(error2))
        throw error2;
      return void 0;
    }
  }
  /** The directories of all other users. Each can have but one, so that nobody can make us look into thousands. */
  #neighbours() {
    const names = this.#attempt(() => (0, external_node_fs_namespaceObject.readdirSync)(this.#root)) ?? [];
    return names.filter((name) => name.startsWith(prefix)).map((name) => (0, external_node_path_namespaceObject.join)(this.#root, name)).filter((directory) => {
      if (directory === this.#directory)
        return false;
      const status = (0, external_node_fs_namespaceObject.lstatSync)(directory, { throwIfNoEntry: false });
      if (!status?.isDirectory())
        return false;
      return this.#uid === void 0 || directory === (0, external_node_path_namespaceObject.join)(this.#root, `${prefix}${status.uid}`);
    });
  }
  /** Makes this user's directory, once. */
  #prepare() {
    if (this.#ready)
      return;
    (0, external_node_fs_namespaceObject.mkdirSync)(this.#directory, { recursive: true, mode: 493 });
    const status = (0, external_node_fs_namespaceObject.lstatSync)(this.#directory);
    if (!status.isDirectory() || this.#uid !== void 0 && status.uid !== this.#uid) {
      throw new Error(`${this.#directory} is not a directory of this user's`);
    }
    if (this.#uid !== void 0 && (status.mode & 511) !== 493)
      (0, external_node_fs_namespaceObject.chmodSync)(this.#directory, 493);
    this.#ready = true;
  }
  /** What `action` returns; undefined if leases turn out not to work here, which is a problem but no failure. */
  #attempt(action) {
    try {
      return action();
    } catch (error2) {
      if (isOutOfFiles(error2))
        throw error2;
      this.problem ??= error2 instanceof Error ? error2.message : String(error2);
      return void 0;
    }
  }
  #fileOf({ port, type }) {
    return (0, external_node_path_namespaceObject.join)(this.#directory, `${port}.${type === "dgram" ? "udp" : "tcp"}`);
  }
}
function sharedDirectory(platform, environment) {
  return platform === "win32" ? environment.ProgramData ?? "C:\\ProgramData" : "/tmp";
}
function firstLine(file) {
  const fd = (0, external_node_fs_namespaceObject.openSync)(file, external_node_fs_namespaceObject.constants.O_RDONLY | cautiously);
  try {
    const buffer = Buffer.alloc(longestLease);
    return buffer.toString("utf8", 0, (0, external_node_fs_namespaceObject.readSync)(fd, buffer)).split("\n", 1)[0] ?? "";
  } finally {
    (0, external_node_fs_namespaceObject.closeSync)(fd);
  }
}
function writeResult({ ports, warnings }, naming) {
  const outputs = outputsOf(ports, naming);
  const { GITHUB_OUTPUT, GITHUB_ENV } = process.env;
  if (!GITHUB_OUTPUT) {
    process.stdout.write(outputs.map(([name, value]) => `${name}=${value}
`).join(""));
  } else {
    allOrNothing([GITHUB_OUTPUT, ...GITHUB_ENV ? [GITHUB_ENV] : []], () => {
      for (const [name, value] of outputs)
        setOutput(name, value);
      if (!naming.exportEnv)
        return;
      for (const [name, value] of variablesOf(ports, naming))
        exportVariable(name, value);
    });
    info(ports.map((port, i) => describe(port, naming.names[i])).join("\n"));
  }
  for (const message of warnings)
    warning(message);
}
function reportFailure(error2) {
  setFailed(error2 instanceof Error ? error2.message : String(error2));
  if (!isDebug())
    return;
  for (let cause = error2; cause !== void 0; cause = cause?.cause) {
    debug(cause instanceof Error ? `${cause.stack}` : String(cause));
  }
}
function outputsOf(ports, { names }) {
  return [
    ["port", `${ports[0]}`],
    ["ports", JSON.stringify(ports)],
    ...names.map((name, i) => [name, `${ports[i]}`])
  ];
}
function variablesOf(ports, { names, envPrefix }) {
  const numbered = names.length === 0 && ports.length > 1;
  const variables = [
    ["PORT", `${ports[0]}`],
    ["PORTS", ports.join(" ")],
    ...names.map((name, i) => [variableName(name), `${ports[i]}`]),
    ...numbered ? ports.map((port, i) => [`PORT_${i + 1}`, `${port}`]) : []
  ];
  return variables.map(([name, value]) => [envPrefix + name, value]);
}
function describe(port, name) {
  return name === void 0 ? `Port ${port} is unused.` : `Port ${port} is unused: ${name}.`;
}
function allOrNothing(files, write) {
  const before = files.map((file) => ({ file, status: (0, external_node_fs_namespaceObject.statSync)(file) }));
  try {
    write();
  } catch (error2) {
    for (const { file, status } of before) {
      if (status.isFile())
        (0, external_node_fs_namespaceObject.truncateSync)(file, status.size);
    }
    throw error2;
  }
}
async function run() {
  let leases;
  try {
    const { request, naming } = readInputs();
    leases = new Leases(leaseOwner());
    writeResult(await allocate(request, leases), naming);
  } catch (error2) {
    leases?.withdraw();
    reportFailure(error2);
  }
}
function leaseOwner() {
  if (Number.isNaN(context.runId))
    return "a step outside of a runner";
  const { owner, repo } = context.repo;
  return `${owner}/${repo}, run ${context.runId}, job ${context.job}`;
}
void run();
