/** What one query found. `ttl` is null where the resolver does not tell how long it holds. */
export interface DnsAnswer<R> {
  records: R[];
  /** Seconds. */
  ttl: number | null;
}

/** A NAPTR record (RFC 3403 §4.1). */
export interface NaptrRecord {
  order: number;
  preference: number;
  flags: string;
  service: string;
  replacement: string;
}

/** An SRV record (RFC 2782). */
export interface SrvRecord {
  priority: number;
  weight: number;
  port: number;
  name: string;
}

/**
 * The domain name system, handed down so that tests can replace it. A name that does not exist, or has no record of that
 * type, gives no records; a server that fails or stays silent rejects.
 */
export interface Dns {
  naptr(name: string): Promise<DnsAnswer<NaptrRecord>>;
  srv(name: string): Promise<DnsAnswer<SrvRecord>>;
  a(name: string): Promise<DnsAnswer<string>>;
  aaaa(name: string): Promise<DnsAnswer<string>>;
}

/** Where no name means anything. */
export const noDns: Dns = { naptr: none, srv: none, a: none, aaaa: none };

function none<R>(): Promise<DnsAnswer<R>> {
  return Promise.resolve({ records: [], ttl: null });
}
