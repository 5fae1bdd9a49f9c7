import type { Dns, DnsAnswer, NaptrRecord, SrvRecord } from '../../src/base/dns.js';

/** Records by name; a name that is not there has none. `fails` names (or `type name`) reject, `silent` ones never answer. */
export interface Zone {
  naptr?: Record<string, NaptrRecord[]>;
  srv?: Record<string, SrvRecord[]>;
  a?: Record<string, string[]>;
  aaaa?: Record<string, string[]>;
  fails?: string[];
  silent?: string[];
  ttl?: number | null;
}

/** DNS from a table that notes what it was asked. */
export class FakeDns implements Dns {
  readonly asked: string[] = [];

  constructor(public zone: Zone) {}

  naptr = (name: string): Promise<DnsAnswer<NaptrRecord>> => this.answer('naptr', name, this.zone.naptr);
  srv = (name: string): Promise<DnsAnswer<SrvRecord>> => this.answer('srv', name, this.zone.srv);
  a = (name: string): Promise<DnsAnswer<string>> => this.answer('a', name, this.zone.a);
  aaaa = (name: string): Promise<DnsAnswer<string>> => this.answer('aaaa', name, this.zone.aaaa);

  private answer<R>(type: string, name: string, from: Record<string, R[]> = {}): Promise<DnsAnswer<R>> {
    const question = `${type} ${name}`;
    this.asked.push(question);
    if (this.zone.silent?.some((each) => each === name || each === question)) return new Promise(() => undefined);
    if (this.zone.fails?.some((each) => each === name || each === question))
      return Promise.reject(new Error('SERVFAIL'));
    return Promise.resolve({ records: from[name] ?? [], ttl: this.zone.ttl === undefined ? 300 : this.zone.ttl });
  }
}

/** An SRV record. */
export function srv(priority: number, weight: number, name: string, port = 5060): SrvRecord {
  return { priority, weight, port, name };
}

/** A NAPTR record that leads to SRV. */
export function naptr(order: number, service: string, replacement: string, preference = 10, flags = 's'): NaptrRecord {
  return { order, preference, flags, service, replacement };
}
