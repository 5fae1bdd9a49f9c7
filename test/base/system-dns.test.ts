import assert from 'node:assert/strict';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { addressesIn, systemDns } from '../../src/base/system-dns.js';

/** A DNS server that knows a.example (A), s.example (SRV), n.example (NAPTR), fails for f.example and knows nothing else. */
async function dnsServer(): Promise<{ at: string; close(): void }> {
  const socket = createSocket('udp4');
  socket.on('message', (query, from) => socket.send(reply(query), from.port, from.address));
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return { at: `127.0.0.1:${socket.address().port}`, close: () => void socket.close() };
}

function reply(query: Buffer): Buffer {
  const end = query.indexOf(0, 12) + 5;
  const type = query.readUInt16BE(end - 4);
  const name = query.toString('latin1', 13, end - 5);
  const record =
    new Map([
      [1, a],
      [33, srv],
      [35, naptr],
    ]).get(type)?.(name) ?? null;
  const head = Buffer.from(query.subarray(0, 12));
  head.writeUInt16BE(name.startsWith('f') ? 0x8182 : record || name.startsWith('a') ? 0x8180 : 0x8183, 2);
  head.writeUInt16BE(record ? 1 : 0, 6);
  head.writeUInt32BE(0, 8);
  if (!record) return Buffer.concat([head, query.subarray(12, end)]);
  const answer = Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 77, 0, record.length]);
  return Buffer.concat([head, query.subarray(12, end), answer, record]);
}

const a = (name: string): Buffer | null => (name.startsWith('a') ? Buffer.from([192, 0, 2, 1]) : null);
const label = (text: string): Buffer => Buffer.concat([Buffer.from([text.length]), Buffer.from(text)]);
const srv = (name: string): Buffer | null =>
  name.startsWith('s')
    ? Buffer.concat([Buffer.from([0, 10, 0, 20, 0x13, 0xc4]), label('h'), label('example'), Buffer.from([0])])
    : null;
const naptr = (name: string): Buffer | null =>
  name.startsWith('n')
    ? Buffer.concat([
        Buffer.from([0, 50, 0, 60]),
        label('s'),
        label('SIP+D2U'),
        label(''),
        label('t'),
        Buffer.from([0]),
      ])
    : null;

describe('the DNS of the system', () => {
  let server: Awaited<ReturnType<typeof dnsServer>>;
  let unbound: Socket | null = null;
  before(async () => (server = await dnsServer()));
  after(() => {
    server.close();
    unbound?.close();
  });

  it('asks the servers it is given', async () => {
    const dns = systemDns({ servers: [server.at], queryMs: 1000 });
    assert.deepEqual(await dns.a('a.example'), { records: ['192.0.2.1'], ttl: 77 });
    assert.deepEqual((await dns.srv('s.example')).records, [
      { priority: 10, weight: 20, port: 5060, name: 'h.example' },
    ]);
    const [record] = (await dns.naptr('n.example')).records;
    assert.deepEqual(
      [record?.order, record?.preference, record?.flags, record?.service, record?.replacement],
      [50, 60, 's', 'SIP+D2U', 't'],
    );
  });

  it('takes no such name and no such record for an answer', async () => {
    const dns = systemDns({ servers: [server.at], queryMs: 1000 });
    assert.deepEqual(await dns.a('x.example'), { records: [], ttl: null });
    assert.deepEqual(await dns.aaaa('a.example'), { records: [], ttl: null });
    assert.deepEqual(await dns.srv('x.example'), { records: [], ttl: null });
  });

  it('rejects when a server fails or stays silent', async () => {
    unbound = createSocket('udp4').bind(0, '127.0.0.1');
    await once(unbound, 'listening');
    const { port } = unbound.address();
    await assert.rejects(systemDns({ servers: [server.at], queryMs: 1000 }).a('f.example'));
    await assert.rejects(systemDns({ servers: [`127.0.0.1:${port}`], queryMs: 50 }).a('a.example'));
  });

  it('knows the names of this machine without asking', async () => {
    const dns = systemDns({ servers: [], queryMs: 1000 });
    assert.ok((await dns.a('localhost')).records.includes('127.0.0.1'));
  });

  it('reads a hosts file', () => {
    const text =
      '127.0.0.1 localhost\n# 192.0.2.9 gone.example\n192.0.2.1\tPBX.example pbx # ours\n::1 localhost\n2001:db8::1 pbx\n';
    assert.deepEqual(addressesIn(text, 'pbx.EXAMPLE', 4), ['192.0.2.1']);
    assert.deepEqual(addressesIn(text, 'pbx', 6), ['2001:db8::1']);
    assert.deepEqual(addressesIn(text, 'gone.example', 4), []);
  });
});
