import { BlockList, isIP, isIPv6 } from 'node:net';

/** One address of one interface of this machine, as the system lists it. */
export interface InterfaceAddress {
  /** Name of the interface, e.g. `eth0`. */
  name: string;
  address: string;
  /** Network with prefix length, e.g. `192.168.1.20/24`, or null. */
  cidr: string | null;
  /** Loopback. */
  internal: boolean;
}

/** What peers are told instead of an interface's own address. */
export interface ExternalAddress {
  /** Name or address of the interface; undefined is every interface. */
  interface?: string | undefined;
  /** For peers in our own or private networks. */
  lan?: string | undefined;
  /** For all others. */
  wan?: string | undefined;
}

/** What decides about addresses. */
export interface AddressingFacts {
  /** The one address to use for everything, or null. */
  bind: string | null;
  external: readonly ExternalAddress[];
  /** Networks that count as LAN besides loopback, private and directly connected ones. */
  lanNetworks: readonly string[];
  interfaces: readonly InterfaceAddress[];
}

/** Which of our addresses a peer is told; never 0.0.0.0. */
export interface Addressing {
  /** Address to bind for media: the one given, or all. */
  readonly bind: string;
  /** Address to write for the peer at this IP literal; `via` is the address of ours that it has reached, where known. */
  advertise(peer: string, via?: string): string;
  /** Every pair of own and advertised address, the ones for a LAN first; what a media engine must know. */
  pairs(): { bind: string; advertise: string }[];
  /** Every address by which people can reach this machine, for URLs and SIP addresses. */
  reachable(): string[];
}

const privateNetworks = [
  '127.0.0.0/8',
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '169.254.0.0/16',
  '100.64.0.0/10',
  '::1/128',
  'fc00::/7',
  'fe80::/10',
];

/** Decides from facts taken once; pure. */
export function createAddressing(facts: AddressingFacts): Addressing {
  const lan = networks([...privateNetworks, ...facts.lanNetworks]);
  const known = facts.interfaces.filter((one) => !/^fe[89ab][0-9a-f]:/i.test(one.address));
  const outer = known.filter((one) => !one.internal);
  const usable = outer.length > 0 ? outer : known;
  const entryFor = (one: InterfaceAddress): ExternalAddress | undefined =>
    facts.external.find((entry) => entry.interface === one.address || entry.interface === one.name) ??
    facts.external.find((entry) => entry.interface === undefined);

  const advertise = (asWritten: string, via?: string): string => {
    if (facts.bind !== null) return facts.bind;
    const peer = plain(asWritten);
    if (isLoopback(peer)) return isIPv6(peer) ? '::1' : '127.0.0.1';
    const connected = usable.find((one) => one.cidr !== null && holds(networks([one.cidr]), peer));
    const local =
      usable.find((one) => one.address === via) ??
      connected ??
      usable.find((one) => isIPv6(one.address) === isIPv6(peer)) ??
      usable[0];
    if (!local) return '127.0.0.1';
    const entry = entryFor(local);
    // an address that says nothing, as behind a proxy, counts as near
    const near = connected !== undefined || isIP(peer) === 0 || isUnspecified(peer) || holds(lan, peer);
    return (near ? entry?.lan : entry?.wan) ?? local.address;
  };
  const pairs = (): { bind: string; advertise: string }[] => {
    if (facts.bind !== null) return [{ bind: facts.bind, advertise: facts.bind }];
    const near = usable.map((one) => ({ bind: one.address, advertise: entryFor(one)?.lan ?? one.address }));
    const far = usable.flatMap((one) => {
      const wan = entryFor(one)?.wan;
      return wan === undefined || isIPv6(wan) !== isIPv6(one.address) ? [] : [{ bind: one.address, advertise: wan }];
    });
    return unique([...near, ...far], (pair) => `${pair.bind} ${pair.advertise}`);
  };
  return {
    bind: facts.bind ?? '0.0.0.0',
    advertise,
    pairs,
    reachable: () =>
      unique(
        pairs().map((pair) => pair.advertise),
        (address) => address,
      ),
  };
}

function networks(list: readonly string[]): BlockList {
  const result = new BlockList();
  for (const network of list) {
    const [address = '', bits = ''] = network.split('/');
    if (isIP(address) !== 0) result.addSubnet(address, Number(bits), isIPv6(address) ? 'ipv6' : 'ipv4');
  }
  return result;
}

function holds(list: BlockList, address: string): boolean {
  return isIP(address) !== 0 && list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}

/** What to bind for a peer that is told `advertised`: a socket for all addresses serves one family only. */
export function bindFor(bind: string, advertised: string): string {
  if (!isUnspecified(bind)) return bind;
  return isIPv6(advertised) ? '::' : '0.0.0.0';
}

/**
 * Where a caller's media is: behind NAT only the source of its request is true; a proxy on this machine, or one of the
 * other address family, hides it, and then the address in its description is believed.
 */
export function peerAddress(source: string, told: string | null): string {
  if (told === null || isIP(told) === 0 || isUnspecified(told)) return source;
  const from = plain(source);
  return isLoopback(from) || isUnspecified(from) || isIPv6(from) !== isIPv6(told) ? told : source;
}

/** Whether an address means all addresses, or none in particular. */
export function isUnspecified(address: string): boolean {
  return address === '0.0.0.0' || address === '::';
}

/** Whether both are of IPv4, or both of IPv6. */
export function sameFamily(a: string, b: string): boolean {
  return isIPv6(plain(a)) === isIPv6(plain(b));
}

function isLoopback(address: string): boolean {
  return address === '::1' || /^127\./.test(address);
}

/** Without zone, brackets and the prefix of mapped IPv4 addresses. */
function plain(address: string): string {
  return address
    .replace(/^\[|\]$/g, '')
    .replace(/%.*$/, '')
    .replace(/^::ffff:(?=\d+\.)/i, '');
}

function unique<T>(list: readonly T[], key: (item: T) => string): T[] {
  return [...new Map([...list].reverse().map((item) => [key(item), item])).values()].reverse();
}
