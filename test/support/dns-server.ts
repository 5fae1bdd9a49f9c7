import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { NaptrRecord, SrvRecord } from '../../src/base/dns.js';

/** Records by name. A name in `fails` gets SERVFAIL, one that is nowhere NXDOMAIN. */
export interface Records {
  a?: Record<string, string>;
  srv?: Record<string, SrvRecord[]>;
  naptr?: Record<string, NaptrRecord[]>;
  fails?: string[];
}

/** A DNS server on loopback that answers from a table; every record lives 77 s. */
export interface DnsServer {
  /** `127.0.0.1:port` */
  at: string;
  /** What it was asked, as `type name`. */
  asked: string[];
  close(): void;
}

const types: Record<number, string> = { 1: 'a', 28: 'aaaa', 33: 'srv', 35: 'naptr' };

export async function dnsServer(records: Records): Promise<DnsServer> {
  const socket = createSocket('udp4');
  const asked: string[] = [];
  socket.on('message', (query, from) => {
    const end = query.indexOf(0, 12) + 5;
    const [name, type] = [nameIn(query), query.readUInt16BE(end - 4)];
    asked.push(`${types[type] ?? type} ${name}`);
    socket.send(
      reply(query.subarray(0, end), type, found(records, type, name), codeOf(records, name)),
      from.port,
      from.address,
    );
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return { at: `127.0.0.1:${socket.address().port}`, asked, close: () => void socket.close() };
}

function nameIn(query: Buffer): string {
  const labels: string[] = [];
  for (let at = 12; query[at] !== 0 && query[at] !== undefined; at += 1 + (query[at] ?? 0)) {
    labels.push(query.toString('latin1', at + 1, at + 1 + (query[at] ?? 0)));
  }
  return labels.join('.').toLowerCase();
}

function found({ a = {}, srv = {}, naptr = {} }: Records, type: number, name: string): Buffer[] {
  if (type === 1) return a[name] === undefined ? [] : [Buffer.from(a[name].split('.').map(Number))];
  if (type === 33)
    return (srv[name] ?? []).map((each) =>
      Buffer.concat([words(each.priority, each.weight, each.port), dotted(each.name)]),
    );
  if (type !== 35) return [];
  return (naptr[name] ?? []).map(({ order, preference, flags, service, replacement }) =>
    Buffer.concat([words(order, preference), label(flags), label(service), label(''), dotted(replacement)]),
  );
}

/** NOERROR, SERVFAIL or NXDOMAIN. */
function codeOf({ fails = [], ...tables }: Records, name: string): number {
  if (fails.includes(name)) return 2;
  return Object.values(tables).some((table) => name in table) ? 0 : 3;
}

function reply(question: Buffer, type: number, answers: Buffer[], code: number): Buffer {
  const head = Buffer.from(question.subarray(0, 12));
  head.writeUInt16BE(0x8180 | code, 2);
  head.writeUInt16BE(answers.length, 6);
  head.writeUInt32BE(0, 8);
  const parts = answers.map((data) =>
    Buffer.concat([Buffer.from([0xc0, 12]), words(type, 1, 0, 77, data.length), data]),
  );
  return Buffer.concat([head, question.subarray(12), ...parts]);
}

function words(...values: number[]): Buffer {
  const buffer = Buffer.alloc(2 * values.length);
  values.forEach((value, index) => buffer.writeUInt16BE(value, 2 * index));
  return buffer;
}

function label(text: string): Buffer {
  return Buffer.concat([Buffer.from([text.length]), Buffer.from(text)]);
}

function dotted(name: string): Buffer {
  return Buffer.concat([
    ...name
      .split('.')
      .filter((each) => each !== '')
      .map(label),
    Buffer.from([0]),
  ]);
}
