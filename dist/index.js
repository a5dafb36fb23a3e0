"use strict";
const { appendFileSync, chmodSync, closeSync, constants, existsSync, fchmodSync, linkSync, lstatSync, mkdirSync, openSync, readFileSync, readSync, readdirSync, readlinkSync, rmSync, statSync, truncateSync, writeSync } = require("node:fs");
const { EOL, networkInterfaces, userInfo } = require("node:os");
const { createServer, isIP, isIPv6 } = require("node:net");
class Context {
	constructor() {
		var _a, _b, _c;
		this.payload = {};
		if (process.env.GITHUB_EVENT_PATH) {
			if (existsSync(process.env.GITHUB_EVENT_PATH)) {
				this.payload = JSON.parse(readFileSync(process.env.GITHUB_EVENT_PATH, { encoding: "utf8" }));
			} else {
				const path2 = process.env.GITHUB_EVENT_PATH;
				process.stdout.write(`GITHUB_EVENT_PATH ${path2} does not exist${EOL}`);
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
		if (!(range.first > 0 && range.last > 0 && range.first < 65536 && range.last < 65536)) {
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
const browserRefused = `
	1 7 9 11 13 15 17 19-23 25 37 42-43 53 69 77 79 87 95 101-104 109-111 113 115 117 119 123 135 137 139
	143 161 179 389 427 465 512-515 526 530-532 540 548 554 556 563 587 601 636 989-990 993 995 1719-1720
	1723 2049 3659 4045 4190 5060-5061 6000 6566 6665-6669 6679 6697 10080
`;
const autoRanges = [
	{
		ports: "20000-29999",
		avoid: `
			20000 20048 20880 21027 22000 24007-24008 24224 24231 24678 24800 25565 25575 25672 25826 26000 26257
			26379 26656-26658 27015 27017-27020 27042 27960 28015 28017 28080 29015 29092 29418
		`
	},
	{
		ports: "10081-19999 32768-65535",
		avoid: `
			10248-10259 11211 11434 15432 15672 16379 16686 18080 19000-19001 19092 19132 33060 35357 37017 50000
			50051 61613-61614 61616 64738
		`
	},
	{
		ports: "1024-10080 30000-32767",
		avoid: `
			${browserRefused}
			1080 1433-1434 1521 1883 2181 2375-2380 3000-3009 3128 3306 3389 4000 4200 4222 4317-4318 4369 4444
			5000-5005 5173-5174 5353 5432-5433 5601 5671-5672 5900-5901 5984 6379-6380 6443 7000-7001 7474 7687
			8000-8010 8080-8091 8200 8443 8500 8888 9000-9010 9042 9080 9090-9100 9200 9229 9300 9418 9443 9999 30000
		`
	},
	{ ports: "1-1023", avoid: `${browserRefused} 67-68 80 88 443 445 500 514 520 631 853 873` }
];
const listed = (text) => portSet(parsePorts(text));
function* levels(range, ephemeral) {
	if (range === void 0) {
		for (const { ports, avoid } of autoRanges) {
			yield subtract(subtract(listed(ports), ephemeral), listed(avoid));
		}
	}
	const unlucky = listed(autoRanges.map(({ avoid }) => avoid).join(" "));
	yield subtract(range ?? ephemeral, unlucky);
	if (range !== void 0)
		yield intersect(range, unlucky);
}
function unreachable(ports) {
	return ports.filter((port) => port <= 10080 && contains(listed(browserRefused), port));
}
function* shuffled(set) {
	const total = size(set);
	const start = randomBelow(total);
	let step = 1 + randomBelow(total);
	while (greatestCommonDivisor(step, total) > 1)
		step = 1 + randomBelow(total);
	for (let i = 0; i < total; i++)
		yield nth(set, (start + i * step) % total);
	return void 0;
}
function runsForBlocks(set, length) {
	const start = shuffled(set).next().value ?? 1;
	return [
		...subtract(set, [{ first: 0, last: start - 1 }]),
		...intersect(set, [{ first: 0, last: start + length - 2 }])
	].filter(({ first, last }) => last - first + 1 >= length);
}
function nth(set, index) {
	let rest = index;
	for (const { first, last } of set) {
		if (first + rest <= last)
			return first + rest;
		rest -= last - first + 1;
	}
	throw new RangeError(`${index}`);
}
function randomBelow(limit) {
	return Math.floor(Math.random() * limit);
}
function greatestCommonDivisor(a, b) {
	return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
function codeOf(error2) {
	return error2?.code;
}
function isOutOfFiles(error2) {
	return ["EMFILE", "ENFILE"].includes(codeOf(error2) ?? "");
}
const load = require;
function transportsOf(type) {
	return type === "both" ? ["stream", "dgram"] : [type];
}
function bind(transport, endpoint) {
	return new Promise((resolve, reject) => {
		const settle = (socket) => {
			socket.on("listening", () => resolve(socket));
			socket.on("error", (error2) => sockets_close(socket).then(() => reject(error2)));
		};
		if (transport === "stream") {
			const server = createServer((connection) => connection.resetAndDestroy());
			settle(server);
			server.listen(endpoint);
		} else {
			const { createSocket } = load("node:dgram");
			const { port, host: address = "::", ipv6Only = false } = endpoint;
			const socket = createSocket({ type: isIPv6(address) ? "udp6" : "udp4", ipv6Only });
			settle(socket);
			socket.bind({ port, address });
		}
	});
}
function sockets_close(socket) {
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
	return ["EADDRNOTAVAIL", "EAFNOSUPPORT", "EPROTONOSUPPORT"].includes(code ?? "");
}
async function draw({ types: types2, exclude }, hosts, leases, deadline, ports) {
	const sockets = [];
	const given = new Set(ports);
	const shortage = (reason, cause) => new Error(`Found ${ports.length} of ${types2.length} unused ports with "range": ephemeral: ${reason}`, { cause });
	try {
		for (let type = types2[ports.length]; type !== void 0; type = types2[ports.length]) {
			if (Date.now() > deadline)
				throw shortage("the OS gives none but those that are refused");
			const port = await drawOne(type, hosts, sockets);
			if (port === void 0 || given.has(port) || contains(exclude, port))
				continue;
			given.add(port);
			const request = { port, type };
			const owner = leases.claim(request) ?? leases.others([request])[0];
			if (owner === void 0)
				ports.push(port);
			else
				leases.withdraw([request]);
		}
	} catch (error2) {
		if (codeOf(error2) === "EADDRINUSE")
			throw shortage("the OS has no others", error2);
		if (!isOutOfFiles(error2))
			throw error2;
		throw shortage("they take a file descriptor each: raise the limit (ulimit -n)", error2);
	} finally {
		await Promise.all(sockets.map(sockets_close));
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
					ipv6Only: hosts.length > 1 && isIPv6(host)
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
				ports: linuxRange(readFileSync(`${directory}/ip_local_port_range`, "utf8"), existsSync(reserved) ? readFileSync(reserved, "utf8") : "")
			};
		}
		const texts = await Promise.all(rangeCommands(platform, process.env).map(output));
		return { ports: portSet(texts.map((text) => printedRange(platform, text))) };
	} catch (error2) {
		return { ports: defaultRange(platform), assumed: String(error2) };
	}
}
function linuxRange(range, reserved) {
	const bounds = parsePorts(range.trim().replace(/\s+/, "-"));
	if (bounds.length === 0)
		throw new Error("ip_local_port_range is empty");
	return subtract(portSet(bounds), portSet(parsePorts(reserved.replace(/^0-/, "1-"))));
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
		throw new Error(`no range of ports in ${JSON.stringify(text)}`);
	}
	return { first, last };
}
function defaultRange(platform) {
	return platform === "linux" ? [{ first: 32768, last: 60999 }] : [{ first: 49152, last: 65535 }];
}
function output([file = "", ...args]) {
	const { execFile } = load("node:child_process");
	return new Promise((resolve, reject) => {
		execFile(file, args, { timeout: 1e4 }, (error2, stdout) => error2 === null ? resolve(stdout) : reject(error2));
	});
}
async function resolveHosts(family, host) {
	if (family === "ipv4" && host === void 0)
		return ["0.0.0.0"];
	const addresses = [];
	for (const version of family === "both" ? [4, 6] : family === "ipv4" ? [4] : [6]) {
		const address = host === void 0 ? version === 4 ? "0.0.0.0" : "::" : await lookUp(host, version);
		await bind("stream", { host: address === "::" ? "::1" : address, port: 0 }).then(sockets_close, (error2) => {
			const code = codeOf(error2);
			if (code === "EADDRINUSE")
				return;
			const reason = isAbsent(code) ? `this machine has no ${address === "::" ? "IPv6" : `address ${address}`}` : `${address} cannot be bound`;
			const input = host === void 0 ? '"family": IPv6 was asked for' : `"host": "${host}"`;
			throw new Error(`Input ${input}, but ${reason} (${code})`, { cause: error2 });
		});
		addresses.push(address);
	}
	return addresses;
}
async function lookUp(host, version) {
	if (isIP(host) !== 0)
		return host;
	const { lookup } = load("node:dns/promises");
	const { address } = await lookup(host, { family: version }).catch((error2) => {
		const reason = `does not resolve to an IPv${version} address (${codeOf(error2)})`;
		throw new Error(`Input "host": "${host}" ${reason}`, { cause: error2 });
	});
	return address;
}
function probePlan(platform, transport, addresses) {
	if (platform === "linux" && transport === "stream")
		return { alone: [], held: [{}] };
	const tryAlone = platform === "win32" || platform !== "linux" && transport === "stream";
	return {
		alone: tryAlone ? addresses.map((host) => ({ host, ipv6Only: isIPv6(host) })) : [],
		held: [{ host: "0.0.0.0" }, { host: "::", ipv6Only: true }]
	};
}
function ownAddresses(platform, hosts, interfaces = platform === "linux" ? {} : networkInterfaces()) {
	const found = Object.entries(interfaces).flatMap(([name, infos = []]) => infos.map(({ address, scopeid }) => {
		const zone = platform === "win32" ? scopeid : name;
		return scopeid ? `${address}%${zone}` : address;
	}));
	return [...new Set(["127.0.0.1", "::1", ...found, ...hosts])];
}
async function probe({ port, type }, addresses, use) {
	const { platform } = process;
	const sockets = [];
	try {
		for (const transport of transportsOf(type)) {
			const { alone, held } = probePlan(platform, transport, addresses);
			for (const place of [...alone, ...held]) {
				try {
					const socket = await bind(transport, { ...place, port });
					if (held.includes(place))
						sockets.push(socket);
					else
						await sockets_close(socket);
				} catch (error2) {
					const refusal = refusalOf(codeOf(error2), platform);
					if (refusal !== void 0)
						return refusal;
					if (!isAbsent(codeOf(error2)))
						throw error2;
				}
			}
		}
		return await use();
	} finally {
		await Promise.all(sockets.map(sockets_close));
	}
}
function connectedPorts() {
	const counts = read("/proc/net/sockstat") + read("/proc/net/sockstat6");
	const { ipv4, ipv6, timeWait } = socketCounts(counts);
	const table = ipv4 + timeWait === 0 ? "" : read("/proc/net/tcp");
	const table6 = ipv6 + timeWait === 0 ? "" : read("/proc/net/tcp6");
	return new Set(parseTable(table + table6));
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
		return readFileSync(file, "latin1");
	} catch (error2) {
		if (isOutOfFiles(error2))
			throw error2;
		return "";
	}
}
const pauses = [25, 50, 100, 200, 400, 800, 1600];
const longestSearch = 1e4;
async function allocate(request, leases) {
	const { types: types2, range } = request;
	const deadline = Date.now() + longestSearch;
	const hosts = await resolveHosts(request.family, request.host);
	const ephemeral = range === "auto" ? await ephemeralRange() : void 0;
	const search = new Search({
		...request,
		addresses: ownAddresses(process.platform, hosts),
		leases,
		ephemeral: ephemeral?.ports ?? [],
		deadline
	});
	const ports = await search.run();
	if (range === "ephemeral")
		await draw(request, hosts, leases, deadline, ports);
	if (ports.length < types2.length)
		throw new Error(search.shortage());
	return { ports, warnings: warningsOn(ports, request, leases, ephemeral) };
}
class Search {
	#ports = [];
	#refused = new Map();
	#connected = new Set();
	#given;
	constructor(given) {
		this.#given = given;
	}
	async run() {
		const { types: types2, contiguous, range, leases, deadline } = this.#given;
		for (const pause of [...pauses, 0]) {
			this.#refused.clear();
			this.#connected = new Set();
			leases.forget();
			await (contiguous ? this.#findBlock() : this.#findEach());
			const mayChange = [...this.#refused.values()].some((refusal) => refusal !== "not permitted");
			const enough = this.#ports.length === types2.length;
			if (enough || !mayChange || Date.now() > deadline || range === "ephemeral")
				break;
			await new Promise((resolve) => setTimeout(resolve, pause * (0.5 + Math.random())));
		}
		return this.#ports;
	}
	shortage() {
		const { types: types2, contiguous, range, exclude } = this.#given;
		const all = portSet([...this.#levels([])].flat());
		const refused2 = new Map([...this.#refused].map(([key, reason]) => [Number.parseInt(key, 10), reason]).filter(([port]) => contains(all, port)));
		const used = portSet([...refused2.keys()].map((port) => ({ first: port, last: port })));
		const inRow = subtract(subtract(all, exclude), used).map((run2) => size([run2]));
		const reasons = [...refused2.values()];
		const count = (start) => reasons.filter((reason) => reason.startsWith(start)).length;
		const owners = new Set(reasons.filter((reason) => reason.startsWith("leased")));
		const to = [...owners].slice(0, 3).join("; ").replaceAll("leased ", "");
		return `Found ${contiguous ? Math.max(0, ...inRow) : this.#ports.length} of ${types2.length} unused ports${contiguous ? " in a row, or fewer," : ""} with "range": ${typeof range === "object" ? format(range).slice(0, 200) : range}. Of its ${size(all)} ports ${count("in use")} are in use, ${count("leased")} leased${to && ` (${to})`}, ${count("not")} not permitted and ${size(intersect(all, exclude))} excluded. Ask for fewer, or widen the range.`;
	}
	*#levels(exclude = this.#given.exclude) {
		const { range, ephemeral } = this.#given;
		if (range === "ephemeral")
			return;
		for (const level of levels(range === "auto" ? void 0 : range, ephemeral)) {
			yield subtract(level, exclude);
		}
	}
	async #findEach() {
		const { types: types2 } = this.#given;
		const ports = this.#ports;
		for (let type = types2[ports.length]; type !== void 0; type = types2[ports.length]) {
			const candidates = this.#candidates(type);
			let end = ports.length;
			while (types2[end] === type)
				end++;
			while (ports.length < end) {
				const taken = await this.#take(candidates, end - ports.length);
				if (taken.length === 0)
					return;
				ports.push(...this.#settle(taken).map(({ port }) => port));
			}
		}
	}
	*#candidates(type) {
		const passed = new Set(this.#ports);
		for (const port of this.#numbers()) {
			const known = passed.has(port) || this.#isKnown({ port, type });
			if (known && Date.now() > this.#given.deadline)
				return;
			if (known)
				continue;
			passed.add(port);
			yield { port, type };
		}
	}
	*#numbers() {
		yield* this.#given.prefer;
		for (const level of this.#levels())
			yield* shuffled(level);
	}
	async #findBlock() {
		const { types: types2, prefer, exclude, leases, deadline } = this.#given;
		const preferred = prefer.map((first) => ({ first, last: first + types2.length - 1 })).filter((run2) => run2.last <= 65535 && intersect([run2], exclude).length === 0);
		const levels2 = [...this.#levels()];
		const runs = levels2.flatMap((_, i) => runsForBlocks(portSet(levels2.slice(0, i + 1).flat()), types2.length));
		for (const { first, last } of [...preferred, ...runs]) {
			for (let start = first; start + types2.length - 1 <= last; ) {
				if (Date.now() > deadline)
					return;
				const block = types2.map((type, i) => ({ port: start + i, type }));
				const taken = await this.#take(this.#fromItsEnd(block), block.length);
				if (taken.length === block.length && this.#settle(taken).length === block.length) {
					this.#ports.push(...block.map(({ port }) => port));
					return;
				}
				leases.withdraw(taken);
				start += 1 + block.findLastIndex((request) => this.#isRefused(request));
			}
		}
	}
	*#fromItsEnd(block) {
		for (const request of block.toReversed()) {
			if (this.#isKnown(request))
				return;
			yield request;
			if (this.#isRefused(request))
				return;
		}
	}
	async #take(candidates, wanted) {
		const { addresses, leases } = this.#given;
		const taken = [];
		while (taken.length < wanted) {
			const { value } = candidates.next();
			if (!value)
				break;
			const refusal = await probe(value, addresses, () => leasedTo(leases.claim(value)));
			if (refusal === void 0)
				taken.push(value);
			this.#refuse(value, refusal);
		}
		return taken;
	}
	#settle(taken) {
		const { leases } = this.#given;
		for (const [i, owner] of leases.others(taken).entries()) {
			this.#refuse(taken[i], leasedTo(owner));
		}
		if (taken.some(({ type }) => type !== "dgram"))
			this.#connected = connectedPorts();
		leases.withdraw(taken.filter((request) => this.#isRefused(request)));
		return taken.filter((request) => !this.#isRefused(request));
	}
	#refuse({ port, type }, reason) {
		if (reason !== void 0)
			this.#refused.set(`${port} ${type}`, reason);
	}
	#isRefused(request) {
		const { port, type } = request;
		if (type !== "dgram" && this.#connected.has(port))
			this.#refuse(request, "in use");
		return this.#refused.has(`${port} ${type}`);
	}
	#isKnown(request) {
		this.#refuse(request, leasedTo(this.#given.leases.ownerOf(request)));
		return this.#isRefused(request);
	}
}
function leasedTo(owner) {
	return owner === void 0 ? void 0 : `leased to ${owner}`;
}
function warningsOn(ports, { types: types2 }, { problem }, ephemeral) {
	const assigned = ephemeral?.ports ?? [];
	const inside = ports.filter((port) => contains(assigned, port));
	const refused2 = unreachable(ports.filter((_, i) => types2[i] !== "dgram"));
	return [
		problem !== void 0 && `Ports cannot be recorded as handed out (${problem}): other steps may get the same ones.`,
		ephemeral?.assumed !== void 0 && `The ephemeral range could not be read (${ephemeral.assumed}): taken to be ${format(assigned)}.`,
		inside.length > 0 && `Port ${inside.join(", ")} lies in this machine's ephemeral range (${format(assigned)}): the OS may assign it before the workflow binds it. Use another, or make the range smaller, as the README says.`,
		refused2.length > 0 && `Browsers refuse to connect to port ${refused2.join(", ")} (a "bad port" in the Fetch standard).`
	].filter((warning2) => warning2 !== false);
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
	process.stdout.write(cmd.toString() + EOL);
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
function file_command_issueFileCommand(command, message) {
	const filePath = process.env[`GITHUB_${command}`];
	if (!filePath) {
		throw new Error(`Unable to find environment variable for file command ${command}`);
	}
	if (!existsSync(filePath)) {
		throw new Error(`Missing file at path: ${filePath}`);
	}
	appendFileSync(filePath, `${utils_toCommandValue(message)}${EOL}`, {
		encoding: "utf8"
	});
}
function file_command_prepareKeyValueMessage(key, value) {
	const delimiter = `ghadelimiter_${require("node:crypto").randomUUID()}`;
	const convertedValue = utils_toCommandValue(value);
	if (key.includes(delimiter)) {
		throw new Error(`Unexpected input: name should not contain the delimiter "${delimiter}"`);
	}
	if (convertedValue.includes(delimiter)) {
		throw new Error(`Unexpected input: value should not contain the delimiter "${delimiter}"`);
	}
	return `${key}<<${delimiter}${EOL}${convertedValue}${EOL}${delimiter}`;
}
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
	process.stdout.write(EOL);
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
	process.stdout.write(message + EOL);
}
const families = { ipv4: "ipv4 af_inet inet 4", ipv6: "ipv6 af_inet6 inet6 6", both: "both" };
const types = { stream: "stream tcp sock_stream", dgram: "dgram udp sock_dgram", both: "both" };
const protocols = { stream: "tcp", dgram: "udp", both: "both" };
const booleans = { true: "true", false: "false" };
function readInputs() {
	const type = keyword("type", types) ?? "stream";
	const names = readNames(type);
	const count = readCount(names.length);
	const host = getInput("host") || void 0;
	const range = readRange();
	const contiguous = keyword("contiguous", booleans) === "true";
	if (contiguous && range === "ephemeral") {
		throw refused("contiguous", "true", 'is not possible with "range": ephemeral');
	}
	const exclude = portSet(readPorts("exclude"));
	return {
		request: {
			types: names.length > 0 ? names.map((name) => name.type) : Array(count).fill(type),
			family: readFamily(host),
			host,
			range,
			exclude,
			prefer: [...new Set(numbers(readPorts("prefer")))].filter((port) => !contains(exclude, port)),
			contiguous
		},
		naming: {
			names: names.map(({ name }) => name),
			exportEnv: keyword("export-env", booleans) !== "false",
			envPrefix: readEnvPrefix()
		}
	};
}
function readCount(named) {
	const text = getInput("count") || `${named || 1}`;
	const count = /^[0-9]+$/.test(text) ? Number(text) : 0;
	if (count < 1 || count > 1e3)
		throw refused("count", text, "is not a whole number from 1 to 1000");
	if (named > 0 && named !== count) {
		throw refused("count", text, `does not agree with the ${named} of "names": leave it out`);
	}
	return count;
}
function readNames(defaultType) {
	const seen = new Map();
	return splitList(getInput("names")).map((item) => {
		const [name = "", protocol, ...rest] = item.split("/");
		const type = protocol === void 0 ? defaultType : meaning(protocols, protocol);
		if (type === void 0 || rest.length > 0) {
			throw refused("names", item, "is not name/tcp, name/udp or name/both");
		}
		if (!/^[A-Za-z_][A-Za-z0-9_-]{0,99}$/.test(name)) {
			throw refused("names", item, "is not a name: it takes a letter or _, then letters, digits, _ and -, 100 characters at most");
		}
		if (/^ports?$/i.test(name)) {
			throw refused("names", item, "is taken by an output that is always there");
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
	const family = keyword("family", families);
	const version = host === void 0 ? 0 : isIP(host);
	if (version === 0)
		return family ?? "ipv4";
	const ofHost = version === 4 ? "ipv4" : "ipv6";
	if (family !== void 0 && family !== ofHost) {
		throw refused("host", `${host}`, `is an ${ofHost} address, but "family" is ${family}`);
	}
	return ofHost;
}
function readRange() {
	const text = getInput("range");
	const word = text.toLowerCase() || "auto";
	if (word === "auto" || word === "ephemeral")
		return word;
	if (/^[a-z]+$/.test(word))
		throw refused("range", text, "is not auto, ephemeral or a list of ports");
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
		throw refused("env-prefix", prefix2, "cannot start a variable name: it takes a letter or _, then letters, digits and _");
	}
	return prefix2;
}
function keyword(input, words) {
	const text = getInput(input);
	if (text === "")
		return void 0;
	const value = meaning(words, text);
	if (value === void 0) {
		throw refused(input, text, `is not one of ${Object.values(words).join(" ").replaceAll(" ", ", ")}`);
	}
	return value;
}
function meaning(words, text) {
	const values = Object.keys(words);
	return values.find((value) => words[value].split(" ").includes(text.toLowerCase()));
}
function refused(input, value, reason) {
	return new Error(`Input "${input}": "${value}" ${reason}`);
}
const longestHold = 6 * 60 * 60;
function currentHolder() {
	const pid = process.ppid;
	return {
		pid,
		started: statusOf(pid)?.started ?? "",
		namespace: orEmpty(() => readlinkSync("/proc/self/ns/pid")),
		boot: orEmpty(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()),
		at: process.hrtime()[0]
	};
}
function stillHolds(holder, here, now = process.hrtime()[0]) {
	const age = now - holder.at;
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
	const same = holder.started === "" || holder.started === status?.started;
	return status === void 0 || same && !status.ended;
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
	return processStatus(orEmpty(() => readFileSync(`/proc/${pid}/stat`, "latin1")));
}
function orEmpty(read2) {
	try {
		return read2();
	} catch {
		return "";
	}
}
const prefix = "find-unused-port-";
const buffer = Buffer.alloc(2048);
const cautiously = constants.O_NOFOLLOW | constants.O_NONBLOCK;
class Leases {
	problem;
	#root;
	#here = currentHolder();
	#uid = process.getuid?.();
	#directory;
	#text;
	#written = new Set();
	#neighbours = [];
	#owners = new Map();
	constructor(owner, root = sharedDirectory(process.platform, process.env)) {
		this.#text = `${JSON.stringify({ ...this.#here, owner: owner.slice(0, 200) })}
`;
		this.#root = root;
		this.#directory = `${root}/${prefix}${this.#uid ?? userInfo().username}`;
		this.#attempt(() => this.#prepare());
	}
	claim(request) {
		if (this.problem !== void 0)
			return void 0;
		return this.#attempt(() => {
			const file = this.#fileOf(request);
			const entry = entryAt(file);
			if (entry) {
				const owner = this.#liveOwner(file, entry);
				if (owner !== void 0)
					return owner;
				if (entry.isDirectory())
					return `nobody, but ${file} is in the way`;
				rmSync(file, { force: true });
			}
			try {
				this.#write(file);
			} catch (error2) {
				if (codeOf(error2) !== "EEXIST")
					throw error2;
				return "a step on another network";
			}
			return void 0;
		});
	}
	others(requests) {
		this.#neighbours = this.#findNeighbours();
		return requests.map((request) => this.ownerOf(request));
	}
	ownerOf({ port }) {
		for (const directory of [this.#directory, ...this.#neighbours]) {
			for (const transport of ["tcp", "udp"]) {
				const file = `${directory}/${port}.${transport}`;
				const owner = this.#written.has(file) ? void 0 : this.#liveOwner(file);
				if (owner !== void 0)
					return owner;
			}
		}
		return void 0;
	}
	forget() {
		this.#owners.clear();
	}
	withdraw(requests) {
		const files = requests?.map((request) => this.#fileOf(request)) ?? [...this.#written];
		for (const file of files) {
			if (this.#written.delete(file) && process.ppid === this.#here.pid) {
				this.#attempt(() => rmSync(file, { force: true }));
			}
		}
	}
	#write(file) {
		const [first] = this.#written;
		if (first) {
			try {
				linkSync(first, file);
				this.#written.add(file);
				return;
			} catch {
			}
		}
		const fd = openSync(file, "wx", 420);
		this.#written.add(file);
		try {
			fchmodSync(fd, 420);
			writeSync(fd, this.#text);
		} finally {
			closeSync(fd);
		}
	}
	#liveOwner(file, entry = entryAt(file)) {
		try {
			if (!entry?.isFile())
				return void 0;
			const text = firstLine(file);
			if (!this.#owners.has(text)) {
				const { owner, ...holder } = JSON.parse(text);
				const shown = `${owner}`.replace(/[^\x20-\x7e]/g, "?").slice(0, 200);
				this.#owners.set(text, stillHolds(holder, this.#here) ? shown : void 0);
			}
			return this.#owners.get(text);
		} catch (error2) {
			if (isOutOfFiles(error2))
				throw error2;
			return void 0;
		}
	}
	#findNeighbours() {
		const names = this.#attempt(() => readdirSync(this.#root)) ?? [];
		return names.filter((name) => {
			if (!name.startsWith(prefix) || `${this.#root}/${name}` === this.#directory)
				return false;
			const status = entryAt(`${this.#root}/${name}`);
			return status?.isDirectory() && (this.#uid === void 0 || name === prefix + status.uid);
		}).map((name) => `${this.#root}/${name}`);
	}
	#prepare() {
		try {
			mkdirSync(this.#directory, 493);
		} catch (error2) {
			if (codeOf(error2) !== "EEXIST")
				throw error2;
		}
		const status = lstatSync(this.#directory);
		if (!status.isDirectory() || status.uid !== (this.#uid ?? status.uid)) {
			throw new Error(`${this.#directory} is not a directory of this user's`);
		}
		if ((status.mode & 511) !== 493)
			chmodSync(this.#directory, 493);
	}
	#attempt(action) {
		try {
			return action();
		} catch (error2) {
			if (isOutOfFiles(error2))
				throw error2;
			this.problem ??= String(error2);
			return void 0;
		}
	}
	#fileOf({ port, type }) {
		return `${this.#directory}/${port}.${type === "dgram" ? "udp" : "tcp"}`;
	}
}
function sharedDirectory(platform, environment) {
	return platform === "win32" ? environment.ProgramData ?? "C:\\ProgramData" : "/tmp";
}
function entryAt(path2) {
	try {
		return lstatSync(path2, { throwIfNoEntry: false });
	} catch {
		return void 0;
	}
}
function firstLine(file) {
	const fd = openSync(file, constants.O_RDONLY | cautiously);
	try {
		return buffer.toString("utf8", 0, readSync(fd, buffer)).replace(/\n.*/s, "");
	} finally {
		closeSync(fd);
	}
}
function writeResult({ ports, warnings }, naming) {
	const outputs = outputsOf(ports, naming);
	const { GITHUB_OUTPUT, GITHUB_ENV } = process.env;
	if (!GITHUB_OUTPUT) {
		process.stdout.write(outputs.map(([name, value]) => `${name}=${value}
`).join(""));
	} else {
		allOrNothing([GITHUB_OUTPUT, ...naming.exportEnv && GITHUB_ENV ? [GITHUB_ENV] : []], () => {
			for (const [name, value] of outputs)
				setOutput(name, value);
			if (!naming.exportEnv)
				return;
			for (const [name, value] of variablesOf(ports, naming))
				exportVariable(name, value);
		});
		const named = (i) => naming.names[i] ? `: ${naming.names[i]}` : "";
		info(ports.map((port, i) => `Port ${port} is unused${named(i)}.`).join("\n"));
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
function allOrNothing(files, write) {
	const before = files.map((file) => ({ file, status: statSync(file) }));
	try {
		write();
	} catch (error2) {
		for (const { file, status } of before) {
			if (status.isFile())
				truncateSync(file, status.size);
		}
		throw error2;
	}
}
async function run() {
	let leases;
	process.stdout.on("error", () => {
		if (!process.env.GITHUB_OUTPUT)
			process.exitCode = 1;
	});
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
	if (!process.env.GITHUB_REPOSITORY)
		return "a step outside of a runner";
	const { owner, repo } = context.repo;
	return `${owner}/${repo}, run ${context.runId}, job ${context.job}`;
}
void run();
