import assert from 'node:assert/strict';
import { systemClock } from '../../../src/base/clock.js';
import { systemChance } from '../../../src/base/ids.js';
import { silentLog } from '../../../src/base/log.js';
import { createMetrics } from '../../../src/base/metrics.js';
import type { Endpoint } from '../../../src/base/net.js';
import { systemNet } from '../../../src/base/system-net.js';
import { readHostports, webSocketOf } from '../../../src/legs/sip/hostports.js';
import { createSignalling, type CallerAt, type SipDialog, type Signalling } from '../../../src/legs/sip/srf.js';
import { startEngine, type Engine } from '../../../src/protocol/drachtio/server.js';
import { describePeer } from '../../support/offers.js';
import { RawCall } from '../../support/raw-call.js';
import { SipPeer } from '../../support/sip-peer.js';
import { waitUntil } from '../../support/wait.js';
import { Wire } from '../../support/wire.js';

const here = '127.0.0.1';
const secret = 'of this run only';

describe('the connection to the SIP engine', () => {
  let engine: Engine;
  let wire: Wire;
  let at: Endpoint;
  let peer: SipPeer;
  const opened: Signalling[] = [];

  beforeEach(async () => {
    engine = await startEngine({
      net: systemNet,
      clock: systemClock,
      chance: systemChance,
      log: silentLog,
      metrics: createMetrics(),
      control: { address: here, port: 0, secret },
      listen: [{ transport: 'udp', address: here, port: 0 }],
    });
    wire = await Wire.to({ host: here, port: engine.control.port });
    at = engine.listening[0]?.local ?? { address: '', port: 0 };
    peer = await SipPeer.udp(at);
  });

  afterEach(async () => {
    for (const one of opened.splice(0)) one.disconnect();
    peer.close();
    wire.close();
    await engine.close();
  });

  const open = (callerAt?: CallerAt): Signalling => {
    const signalling = createSignalling(callerAt);
    opened.push(signalling);
    signalling.on('error', () => undefined);
    return signalling;
  };
  const connect = (signalling: Signalling, word = secret): Promise<string> =>
    new Promise((resolve, reject) => {
      signalling.on('connect', (error, hostports) => (error ? reject(error) : resolve(hostports)));
      signalling.connect({ host: here, port: wire.port, secret: word, reconnect: { retryMaxDelay: 100 } });
    });

  it('tells where the engine takes calls', async () => {
    const hostports = await connect(open());
    assert.deepEqual(readHostports(hostports), [{ transport: 'udp', local: at }]);
    assert.equal(webSocketOf(readHostports(hostports)), null);
    assert.equal(webSocketOf(readHostports('wss/192.0.2.1:443,ws/[2001:db8::1]:80')), 'ws://[2001:db8::1]:80');
    assert.deepEqual(readHostports('nonsense,'), []);
  });

  it('is refused with a wrong secret', async () => {
    await assert.rejects(connect(open(), 'wrong'), /authenticate/);
  });

  it('can be ended before it is there, and stays away then', async () => {
    const signalling = open();
    signalling.disconnect();
    const connected = connect(signalling);
    await connected;
    let lost = false;
    signalling.on('close', () => (lost = true));
    await waitUntil(() => lost, 2000);
  });

  it('says who is behind a connection that carries the requests of others', async () => {
    const real = { address: '198.51.100.7', port: 40_000 };
    const signalling = open(({ address, port }) => (address === here && port === peer.local.port ? real : null));
    const seen: unknown[] = [];
    signalling.options((request, response) => {
      seen.push([request.source_address, request.source_port]);
      response.send(200);
    });
    await connect(signalling);
    const stranger = await SipPeer.udp(at);
    for (const one of [peer, stranger]) await new RawCall(one, `sip:demo@${here}:${at.port}`).settled();
    assert.deepEqual(seen, [
      [real.address, real.port],
      [here, stranger.local.port],
    ]);
    stranger.close();
  });

  it('ends calls by the new connection after the old one was cut', async () => {
    const signalling = open();
    let dialog: SipDialog | undefined;
    signalling.invite((request, response) =>
      signalling.createUAS(request, response, { localSdp: describePeer() }, (_error, made) => (dialog = made)),
    );
    await connect(signalling);
    const call = new RawCall(peer, `sip:demo@${here}:${at.port}`);
    await call.invite(describePeer());
    await waitUntil(() => dialog !== undefined, 2000);
    let again = false;
    signalling.on('connect', () => (again = true));
    wire.cut();
    await waitUntil(() => again, 2000);
    const ending = dialog?.destroy();
    call.peer.answer(await call.request('BYE'), '200 OK');
    await ending;
  });

  it('is told by the new connection what happens in calls of the old one', async () => {
    const signalling = open();
    let [begun, ended] = [false, false];
    signalling.invite((request, response) =>
      signalling.createUAS(request, response, { localSdp: describePeer() }, (_error, dialog) => {
        dialog?.on('destroy', () => (ended = true));
        begun = dialog !== undefined;
      }),
    );
    await connect(signalling);
    const call = new RawCall(peer, `sip:demo@${here}:${at.port}`);
    await call.invite(describePeer());
    await waitUntil(() => begun, 2000);
    let again = false;
    signalling.on('connect', () => (again = true));
    wire.cut();
    await waitUntil(() => again, 2000);
    assert.match((await call.bye()).start, / 200 /);
    await waitUntil(() => ended, 2000);
  });
});
