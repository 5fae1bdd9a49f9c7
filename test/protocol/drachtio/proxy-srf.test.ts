import assert from 'node:assert/strict';
import Srf from 'drachtio-srf';
import { systemClock } from '../../../src/base/clock.js';
import { systemChance } from '../../../src/base/ids.js';
import { silentLog } from '../../../src/base/log.js';
import { createMetrics } from '../../../src/base/metrics.js';
import { systemNet } from '../../../src/base/system-net.js';
import { startEngine, type Engine } from '../../../src/protocol/drachtio/server.js';
import { RawCall } from '../../support/raw-call.js';
import { SipPeer } from '../../support/sip-peer.js';

const sdp = 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n';

/** What the library does but does not declare. */
interface Proxying {
  proxyRequest(req: Srf.SrfRequest, destination: string[], options: object): Promise<ProxyResult>;
}
interface ProxyResult {
  connected: boolean;
  finalStatus?: number;
  responses: { msgs: { status: number }[] }[];
}

describe('srf.proxyRequest on the embedded engine', () => {
  let engine: Engine;
  let srf: Srf;
  let alice: SipPeer;
  let bob: SipPeer;
  let carol: SipPeer;
  const metrics = createMetrics();

  beforeEach(async () => {
    engine = await startEngine({
      net: systemNet,
      clock: systemClock,
      chance: systemChance,
      log: silentLog,
      metrics,
      control: { address: '127.0.0.1', port: 0, secret: 'cymru' },
      listen: [{ transport: 'udp', address: '127.0.0.1', port: 0 }],
    });
    srf = new Srf();
    void srf.connect({ host: '127.0.0.1', port: engine.control.port, secret: 'cymru' });
    await new Promise<void>((resolve, reject) =>
      srf.on('connect', (error: Error | null) => (error ? reject(error) : resolve())),
    );
    const [at] = engine.listening;
    assert.ok(at);
    [alice, bob, carol] = await Promise.all([SipPeer.udp(at.local), SipPeer.udp(at.local), SipPeer.udp(at.local)]);
  });

  afterEach(async () => {
    srf.disconnect();
    for (const peer of [alice, bob, carol]) peer.close();
    await engine.close();
    assert.deepEqual(engine.describe(), []);
    assert.equal(metrics.counted('dualstream_sip_internal_errors_total'), 0);
  });

  const uriOf = (peer: SipPeer): string => `sip:127.0.0.1:${peer.local.port}`;
  const uri = (): string => `sip:100@127.0.0.1:${engine.listening[0]?.local.port ?? 0}`;

  /** Proxies the next call; resolves with what the application is told of it. */
  function proxied(to: SipPeer[], options: object): Promise<ProxyResult> {
    return new Promise((resolve, reject) => {
      srf.invite((req) => {
        const { proxyRequest } = srf as unknown as Proxying;
        proxyRequest.call(srf, req, to.map(uriOf), options).then(resolve, reject);
      });
    });
  }

  it('stays in the dialog: call, hold and hang-up go through', async () => {
    const result = proxied([bob], { recordRoute: true });
    const call = new RawCall(alice, uri());
    const up = call.invite(sdp, [], false);
    const invite = await bob.expect('INVITE');
    bob.answer(invite, '180 Ringing');
    bob.answer(invite, '200 OK', [`Contact: <sip:bob@127.0.0.1:${bob.local.port}>`], sdp);
    const ok = await up;
    assert.equal((await result).connected, true);
    assert.equal((await result).finalStatus, 200);
    const [route] = ok.message.headers.all('record-route');
    assert.ok(route);
    const ask = (method: string, n: number): void =>
      alice.send([
        `${method} ${call.target} SIP/2.0`,
        `Via: SIP/2.0/UDP 127.0.0.1:${alice.local.port};branch=z9hG4bKx${method}${n};rport`,
        'Max-Forwards: 70',
        `From: ${call.from}`,
        `To: ${call.to}`,
        `Call-ID: ${call.id}`,
        `CSeq: ${n} ${method}`,
        `Route: ${route}`,
      ]);
    ask('ACK', 1);
    await bob.expect('ACK');
    ask('BYE', 2);
    const bye = await bob.expect('BYE');
    bob.answer(bye, '200 OK');
    await alice.expect('SIP/2.0 200', (seen) => seen.text.includes('CSeq: 2 BYE'));
  });

  it('tries one destination after the other', async () => {
    const result = proxied([bob, carol], { forking: 'sequential', remainInDialog: true });
    const up = new RawCall(alice, uri()).invite(sdp);
    bob.answer(await bob.expect('INVITE'), '486 Busy Here');
    await bob.expect('ACK');
    carol.answer(await carol.expect('INVITE'), '200 OK', [`Contact: <${uriOf(carol)}>`], sdp);
    await up;
    const { connected, responses } = await result;
    assert.equal(connected, true);
    assert.deepEqual(
      responses.flatMap(({ msgs }) => msgs.map(({ status }) => status)),
      [486, 200],
    );
  });

  it('rings several at once and cancels those who were slower', async () => {
    const result = proxied([bob, carol], { forking: 'simultaneous' });
    const up = new RawCall(alice, uri()).invite(sdp);
    const [first, second] = [await bob.expect('INVITE'), await carol.expect('INVITE')];
    bob.answer(first, '180 Ringing');
    carol.answer(second, '180 Ringing');
    await alice.expect('SIP/2.0 180');
    await alice.expect('SIP/2.0 180');
    carol.answer(second, '200 OK', [`Contact: <${uriOf(carol)}>`], sdp);
    bob.answer(await bob.expect('CANCEL'), '200 OK');
    bob.answer(first, '487 Request Terminated');
    await bob.expect('ACK');
    await up;
    assert.equal((await result).finalStatus, 200);
  });

  it('is told of a failure, and the caller is too', async () => {
    const result = proxied([bob], { provisionalTimeout: '5s' });
    const call = new RawCall(alice, uri());
    call.send('INVITE', sdp);
    bob.answer(await bob.expect('INVITE'), '404 Not Found');
    assert.match((await call.final('INVITE')).start, /404/);
    assert.deepEqual([(await result).connected, (await result).finalStatus], [false, 404]);
  });
});
