import { type PortRange, PortSet } from './port-set.ts';

/** A set of ports. A negative number is the end of a range: `19, -23` is 19 to 23. Text would take longer to read. */
function listPorts(ports: readonly number[]): PortSet {
  const ranges: PortRange[] = [];
  for (const port of ports) {
    const first = port < 0 ? (ranges.pop()?.first ?? 1) : port;
    ranges.push({ first, last: Math.abs(port) });
  }
  return PortSet.ofRanges(ranges);
}

/**
 * Ports that browsers do not connect to, so they cannot reach a web server there.
 * Source: "bad port" in the Fetch standard, https://fetch.spec.whatwg.org/#bad-port
 */
export const badPorts: PortSet = listPorts([
  1, 7, 9, 11, 13, 15, 17, 19, -23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, -104, 109, -111,
  113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, -515, 526, 530, -532,
  540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045,
  4190, 5060, 5061, 6000, 6566, 6665, -6669, 6679, 6697, 10080,
]);

/**
 * Where `range: auto` looks, best first. 20000-29999 is outside the default ephemeral range of all three systems. Most
 * ports below 10081 are some server's default, and 30000-32767 are Kubernetes NodePorts.
 */
export const autoRanges: readonly PortSet[] = [
  listPorts([20000, -29999]),
  listPorts([10081, -19999, 32768, -65535]),
  listPorts([1024, -10080, 30000, -32767]),
];

/**
 * Ports that browsers refuse, or that widely used servers and tools bind by default: a later step may start one, and
 * would find its port taken. `auto` never gives these, but a user's range may.
 */
export const avoidedPorts: PortSet = badPorts.union(
  listPorts([
    67, 68, 80, 88, 443, 445, 500, 514, 520, 631, 853, 873, 1080, 1433, 1434, 1521, 1883, 2181,
    2375, -2380, 3000, -3009, 3128, 3306, 3389, 4000, 4200, 4222, 4317, 4318, 4369, 4444, 5000,
    -5005, 5173, 5174, 5353, 5432, 5433, 5601, 5671, 5672, 5900, 5901, 5984, 6379, 6380, 6443, 7000,
    7001, 7474, 7687, 8000, -8010, 8080, -8091, 8200, 8443, 8500, 8888, 9000, -9010, 9042, 9080,
    9090, -9100, 9200, 9229, 9300, 9418, 9443, 9999, 10245, 10248, -10259, 10389, 10636, 10800,
    11207, 11209, -11211, 11222, 11434, 12201, 13133, 14250, 14268, 14269, 15000, 15001, 15006,
    15010, 15012, 15014, 15020, 15021, 15090, 15432, 15433, 15670, -15675, 15692, 16000, 16010,
    16020, 16030, 16379, 16685, -16687, 18080, -18083, 18091, -18096, 18332, 18333, 18443, 18444,
    19000, 19001, 19042, 19092, 19132, 19530, 19999, 20000, 20048, 20160, 20170, 20180, 20292,
    20880, 21000, 21027, 21050, 21100, 21114, -21119, 21150, 21211, 21212, 22000, 22122, 23000,
    23020, 23456, 24000, 24007, 24008, 24220, 24224, 24231, 24678, 24800, 25000, 25010, 25020,
    25520, 25565, 25575, 25672, 25826, 26000, 26257, 26379, 26500, -26502, 26656, -26658, 27015,
    27017, -27020, 27042, 27960, 28000, 28015, 28017, 28080, 29015, 29092, 29400, 29418, 29500,
    30000, 33060, 33145, 35357, 37017, 50000, 50051, 61613, 61614, 61616, 64738,
  ]),
);
