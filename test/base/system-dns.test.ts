import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { addressesIn, systemDns } from '../../src/base/system-dns.js';
import { dnsServer, type DnsServer } from '../support/dns-server.js';
import { naptr, srv } from '../support/fake-dns.js';

describe('the DNS of the system', () => {
  let server: DnsServer;
  before(async () => {
    server = await dnsServer({
      a: { 'a.example': '192.0.2.1' },
      srv: { 's.example': [srv(10, 20, 'h.example')] },
      naptr: { 'n.example': [naptr(50, 'SIP+D2U', 't.example', 60)] },
      fails: ['f.example'],
    });
  });
  after(() => server.close());
  const dnsOf = (at = server.at, queryMs = 1000) => systemDns({ servers: [at], queryMs });

  it('asks the servers it is given', async () => {
    const dns = dnsOf();
    assert.deepEqual(await dns.a('a.example'), { records: ['192.0.2.1'], ttl: 77 });
    assert.deepEqual((await dns.srv('s.example')).records, [srv(10, 20, 'h.example')]);
    const [record] = (await dns.naptr('n.example')).records;
    assert.deepEqual(
      [record?.order, record?.preference, record?.flags, record?.service, record?.replacement],
      [50, 60, 's', 'SIP+D2U', 't.example'],
    );
  });

  it('takes no such name and no such record for an answer', async () => {
    const dns = dnsOf();
    assert.deepEqual(await dns.a('x.example'), { records: [], ttl: null });
    assert.deepEqual(await dns.aaaa('a.example'), { records: [], ttl: null });
    assert.deepEqual((await dns.srv('x.example')).records, []);
    assert.deepEqual((await dns.naptr('a.example')).records, []);
  });

  it('rejects when a server fails or stays silent', async () => {
    await assert.rejects(dnsOf().a('f.example'));
    const silent = createSocket('udp4').bind(0, '127.0.0.1');
    await once(silent, 'listening');
    await assert.rejects(dnsOf(`127.0.0.1:${silent.address().port}`, 50).a('a.example'));
    silent.close();
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
