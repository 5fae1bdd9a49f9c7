import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import { startEndpoint } from '../../scripts/endpoint/endpoint.js';
import { holdsTone } from '../../scripts/endpoint/audio/spectrum.js';
import { systemClock } from '../../src/base/clock.js';
import { systemChance } from '../../src/base/ids.js';
import { silentLog } from '../../src/base/log.js';
import { createMetrics } from '../../src/base/metrics.js';
import { systemNet } from '../../src/base/system-net.js';
import { startEngine, type Engine } from '../../src/protocol/drachtio/server.js';
import { messageStreamOf } from '../../src/services/api/message-stream.js';
import { describePeer } from '../support/offers.js';
import { Wire } from '../support/wire.js';
import { startTestGateway, type TestGateway } from './support/gateway.js';
import { until } from './support/until.js';

const here = '127.0.0.1';
const secret = 'of this run only';

/** An engine of its own in the place of a drachtio-server: another control port, SIP ports and WebSocket listener. */
async function startElsewhere(): Promise<{ engine: Engine; webSockets: WebSocketServer; url: string }> {
  const engine = await startEngine({
    net: systemNet,
    clock: systemClock,
    chance: systemChance,
    log: silentLog,
    metrics: createMetrics(),
    control: { address: here, port: 0, secret },
    listen: (['udp', 'tcp'] as const).map((transport) => ({ transport, address: here, port: 0 })),
  });
  const webSockets = new WebSocketServer({ host: here, port: 0 });
  await once(webSockets, 'listening');
  webSockets.on('connection', (socket, { socket: { remotePort = 0 } }) => {
    const ends = { local: { address: here, port: 1 }, remote: { address: here, port: remotePort } };
    engine.acceptWebSocket(messageStreamOf(socket, ends), false);
  });
  return { engine, webSockets, url: `ws://${here}:${(webSockets.address() as AddressInfo).port}` };
}

describe('a gateway whose SIP engine runs elsewhere', function () {
  this.timeout(60_000);
  let elsewhere: Awaited<ReturnType<typeof startElsewhere>>;
  let gateway: TestGateway;
  let wire: Wire;

  const external = (word: string, port: number): ReturnType<typeof startTestGateway> =>
    startTestGateway({
      change: (settings) => ({
        ...settings,
        sip: { engine: 'external', host: here, port, secret: word },
        web: { ...settings.web, sip: elsewhere.url },
      }),
    });

  before(async () => {
    elsewhere = await startElsewhere();
    wire = await Wire.to({ host: here, port: elsewhere.engine.control.port });
    gateway = await external(secret, wire.port);
  });

  after(async () => {
    await gateway?.close();
    wire?.close();
    elsewhere?.webSockets.close();
    await elsewhere?.engine.close();
  });

  it('knows where calls are taken, and takes them', async () => {
    const { core } = gateway.gateway;
    assert.equal(core.engine, null);
    const told = elsewhere.engine.listening.map(({ transport, local }) => ({ transport, local }));
    assert.deepEqual(core.listening, told);
    const anna = await startEndpoint({ uri: gateway.uri('demo'), name: 'ANNA', bind: here, audio: 'tone:440' });
    const berta = await startEndpoint({ uri: gateway.uri('demo', 'tcp'), name: 'BERTA', transport: 'tcp', bind: here });
    await berta.waitFor(({ heard }) => holdsTone(heard.tones, 440), 10_000, 'to hear the other');
    assert.equal(await berta.share(), 'granted');
    await anna.waitFor(({ content }) => content.from === 'BERTA', 10_000, 'the content');
    await Promise.all([anna.hangup(), berta.hangup()]);
    await until('empty seats', 5000, () => core.rooms.find('demo')?.size === 0 || null);
  });

  it('carries the signalling of browsers there, and ends it with them', async () => {
    const browser = new WebSocket(`${gateway.page.replace('http', 'ws')}/sip`, ['sip']);
    const answers: string[] = [];
    browser.on('message', (data: Buffer) => answers.push(data.toString()));
    await once(browser, 'open');
    browser.send(invite(describePeer()));
    const answer = await until('the 200', 5000, () => answers.find((text) => text.startsWith('SIP/2.0 200')) ?? null);
    assert.match(answer, /\r\nVia: SIP\/2\.0\/WS page\.invalid;/);
    assert.match(answer, /\r\nm=video /);
    assert.equal(elsewhere.webSockets.clients.size, 1);
    browser.close();
    await until('the other end to close', 5000, () => elsewhere.webSockets.clients.size === 0 || null);
  });

  it('asks for each kind of request once a connection, and gives none back', async () => {
    // a drachtio-server deals more calls to who asks twice, and takes all of them from who gives one back
    const routes = (of: string): string[] => [...of.matchAll(/\|route\|([a-z]+)/g)].map(([, verb = '']) => verb).sort();
    const first = routes(wire.said[0] ?? '');
    assert.deepEqual(first, ['invite', 'options', 'register', 'subscribe']);
    wire.cut();
    await until('all of them on the next one', 5000, () => routes(wire.said[1] ?? '').length >= first.length || null);
    const anna = await startEndpoint({ uri: gateway.uri('demo'), name: 'ANNA', bind: here });
    await anna.hangup();
    assert.deepEqual(wire.said.map(routes), [first, first]);
    assert.doesNotMatch(wire.said.join(), /\|remove_route\|/);
  });

  it('is not started with a wrong secret', async () => {
    await assert.rejects(external('wrong', elsewhere.engine.control.port), /SIP engine at .*authenticate/);
  });
});

function invite(sdp: string): string {
  return [
    'INVITE sip:demo@localhost SIP/2.0',
    'Via: SIP/2.0/WS page.invalid;branch=z9hG4bKpage',
    'Max-Forwards: 70',
    'From: "Page" <sip:page@localhost>;tag=page',
    'To: <sip:demo@localhost>',
    'Call-ID: page',
    'CSeq: 1 INVITE',
    'Contact: <sip:page@page.invalid;transport=ws>',
    'Content-Type: application/sdp',
    `Content-Length: ${Buffer.byteLength(sdp)}`,
    '',
    sdp,
  ].join('\r\n');
}
