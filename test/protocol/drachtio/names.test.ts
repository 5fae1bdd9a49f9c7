import assert from 'node:assert/strict';
import Srf from 'drachtio-srf';
import { systemClock } from '../../../src/base/clock.js';
import { systemChance } from '../../../src/base/ids.js';
import { silentLog } from '../../../src/base/log.js';
import { createMetrics } from '../../../src/base/metrics.js';
import { systemDns } from '../../../src/base/system-dns.js';
import { systemNet } from '../../../src/base/system-net.js';
import { startEngine, type Engine } from '../../../src/protocol/drachtio/server.js';
import { dnsServer, type DnsServer, type Records } from '../../support/dns-server.js';
import { naptr, srv } from '../../support/fake-dns.js';
import { SipPeer, type Seen } from '../../support/sip-peer.js';

/** What the library does but declares otherwise. */
interface Requests {
  request(
    uri: string,
    options: { method: string },
    sent: (
      error: Error | null,
      req: { on(event: 'response', listener: (res: { status: number }) => void): void },
    ) => void,
  ): void;
}

describe('names of a real DNS server, through drachtio-srf', () => {
  let engine: Engine;
  let dns: DnsServer;
  let srf: Srf;
  let a: SipPeer;
  let b: SipPeer;
  const records: Records = {};

  before(async () => {
    dns = await dnsServer(records);
    engine = await startEngine({
      net: systemNet,
      clock: systemClock,
      chance: systemChance,
      log: silentLog,
      metrics: createMetrics(),
      dns: systemDns({ servers: [dns.at], queryMs: 1000 }),
      control: { address: '127.0.0.1', port: 0, secret: 'cymru' },
      listen: [{ transport: 'udp', address: '127.0.0.1', port: 0 }],
      timers: { t1: 5, t2: 20, t4: 20 },
    });
    srf = new Srf();
    void srf.connect({ host: '127.0.0.1', port: engine.control.port, secret: 'cymru' });
    await new Promise<void>((resolve, reject) =>
      srf.on('connect', (error: Error | null) => (error ? reject(error) : resolve())),
    );
    const [at] = engine.listening;
    assert.ok(at);
    [a, b] = await Promise.all([SipPeer.udp(at.local), SipPeer.udp(at.local)]);
    records.a = { 'h.example': '127.0.0.1' };
    records.naptr = { 'example.com': [naptr(10, 'SIP+D2U', '_sip._udp.example.com')] };
    records.srv = {
      '_sip._udp.example.com': [srv(1, 0, 'h.example', a.local.port), srv(2, 0, 'h.example', b.local.port)],
    };
  });

  after(async () => {
    srf.disconnect();
    for (const peer of [a, b]) peer.close();
    await engine.close();
    dns.close();
  });

  /** Status of the final response to an OPTIONS of the application. */
  function ask(uri: string): Promise<number> {
    return new Promise((resolve, reject) => {
      (srf as unknown as Requests).request(uri, { method: 'OPTIONS' }, (error, req) => {
        if (error) return reject(error);
        req.on('response', ({ status }) => resolve(status));
      });
    });
  }

  it('lead by NAPTR and SRV to a peer, and to the next one after 503', async () => {
    const answered = ask('sip:example.com');
    a.answer(await a.expect('OPTIONS sip:example.com SIP'), '503 Service Unavailable');
    b.answer(await b.expect('OPTIONS sip:example.com SIP'), '200 OK');
    assert.equal(await answered, 200);
    assert.deepEqual(
      dns.asked.filter((each) => !each.startsWith('aaaa')),
      ['naptr example.com', 'srv _sip._udp.example.com', 'a h.example'],
    );
  });

  it('are remembered, and the peer that failed comes last', async () => {
    const before = dns.asked.length;
    // the request of before may have been sent twice on a busy machine
    const callIdOf = ({ message }: Seen): string | null => message.headers.get('call-id');
    const earlier = b.seen.map(callIdOf);
    const answered = ask('sip:example.com');
    const again = await b.expect('OPTIONS sip:example.com SIP', (seen) => !earlier.includes(callIdOf(seen)));
    b.answer(again, '200 OK');
    assert.equal(await answered, 200);
    // A records have a lifetime of their own
    assert.ok(dns.asked.length - before <= 1);
  });

  it('lead on from a peer that is dead', async () => {
    const [at] = engine.listening;
    assert.ok(at);
    const dead = await SipPeer.udp(at.local);
    const list = [srv(1, 0, 'h.example', dead.local.port), srv(2, 0, 'h.example', b.local.port)];
    records.srv = { ...records.srv, '_sip._udp.dead.example': list };
    const answered = ask('sip:x@dead.example;transport=udp');
    b.answer(await b.expect('OPTIONS sip:x@dead.example'), '200 OK');
    assert.equal(await answered, 200);
    assert.ok(dead.seen.length > 1, 'was asked, and asked again');
    dead.close();
  });

  it('that do not exist end in 503', async () => {
    assert.equal(await ask('sip:x@nobody.example'), 503);
  });
});
