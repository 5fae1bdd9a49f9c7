import assert from 'node:assert/strict';
import { createSocket, type Socket } from 'node:dgram';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../scripts/bench/gateway-process.js';
import { startEndpoint, type Endpoint } from '../../scripts/endpoint/endpoint.js';
import { describePeer } from '../support/offers.js';
import { RawCall } from '../support/raw-call.js';
import { UdpRelay } from '../support/relay.js';
import { seeded } from '../support/seeded.js';
import { SipPeer } from '../support/sip-peer.js';
import { startTestGateway, type TestGateway } from './support/gateway.js';
import { skipWithout } from './support/needs.js';
import { note } from './support/note.js';
import { Product } from './support/product.js';
import { until } from './support/until.js';

const here = '127.0.0.1';
const ready = /is ready\.[\s\S]*Ctrl-C ends/;

describe('faults around a gateway', function () {
  this.timeout(90_000);
  const directory = mkdtempSync(join(tmpdir(), 'faults-'));
  const running: Product[] = [];

  afterEach(async () => {
    for (const product of running.splice(0)) await product.end();
  });

  after(() => rmSync(directory, { recursive: true, force: true }));

  /** Starts the product with ports that stay the same over a restart. */
  const start = async (file: string): Promise<Product> => {
    const product = Product.start('--config', file, '--bind', here);
    running.push(product);
    await product.printed(ready, 40_000);
    return product;
  };
  const configure = async (name: string, more: object): Promise<{ file: string; sip: number }> => {
    const [sip, http, https] = [await freePort(), await freePort(), await freePort()];
    const file = join(directory, `${name}.yaml`);
    const config = {
      dataDir: join(directory, name),
      sip: { controlPort: 0, listen: [{ transport: 'udp', port: sip }] },
      media: { ports: { from: 41_000, to: 41_199 }, rtpengine: 'off' },
      web: { http: { port: http }, https: { port: https } },
      ...more,
    };
    writeFileSync(file, JSON.stringify(config));
    return { file, sip };
  };

  it('killed and started again while devices go on sending: old calls are told 481, new ones are taken at once', async () => {
    const { file, sip } = await configure('killed', {});
    const product = await start(file);
    const peer = await SipPeer.udp({ address: here, port: sip });
    const calls = [new RawCall(peer, `sip:demo@${here}:${sip}`), new RawCall(peer, `sip:demo@${here}:${sip}`)];
    for (const call of calls) await call.invite(describePeer({ content: 'sendrecv', floor: 'UDP' }));
    const senders = calls.map((call) => new RtpSender(Number(/^m=audio (\d+)/m.exec(call.sdp)?.[1])));
    product.signal('SIGKILL');
    await product.over;
    const killed = performance.now();
    const again = await start(file);
    note(`killed, and ready again after ${Math.round(performance.now() - killed)} ms`);
    for (const call of calls) {
      call.send('INFO', 'Signal=1\r\n', [], 'application/dtmf-relay');
      assert.match((await call.final('INFO')).start, /^SIP\/2\.0 481/);
      assert.match((await call.bye()).start, /^SIP\/2\.0 481/);
    }
    const fresh = new RawCall(peer, `sip:demo@${here}:${sip}`);
    await fresh.invite(describePeer());
    await until('stray media to have come by', 5000, () => senders.every(({ sent }) => sent > 50));
    await fresh.settled();
    await fresh.bye();
    for (const sender of senders) sender.close();
    peer.close();
    again.signalJob('SIGINT');
    assert.deepEqual(await again.over, { code: 0, signal: null });
    assert.doesNotMatch(again.errors, /"level":(50|60)/);
  });

  it('a full disk under the log: calls go on, people are told once, and the end is an end', async function () {
    if (!existsSync('/dev/full')) return this.skip();
    const { file, sip } = await configure('full', { logging: { level: 'debug', file: '/dev/full' } });
    const product = await start(file);
    const peer = await SipPeer.udp({ address: here, port: sip });
    for (let n = 0; n < 20; n++) {
      const call = new RawCall(peer, `sip:demo@${here}:${sip}`);
      await call.invite(describePeer());
      await call.bye();
    }
    peer.close();
    product.signalJob('SIGINT');
    assert.deepEqual(await product.over, { code: 0, signal: null });
    const told = product.errors.match(/The log \/dev\/full cannot be written \(.*ENOSPC.*\): \d+ lines lost so far\./g);
    assert.equal(told?.length, 1, product.errors);
  });

  describe('and bad weather in between', () => {
    let gateway: TestGateway;
    let relay: UdpRelay;
    const devices: Endpoint[] = [];

    before(async function () {
      skipWithout(this, ['ffmpeg']);
      gateway = await startTestGateway();
      const to = { address: here, port: gateway.port('udp') };
      relay = await UdpRelay.open(to, seeded(5), { lossPercent: 10, delayMs: 200, jitterMs: 150 });
    });

    after(async () => {
      relay?.close();
      await gateway?.close();
    });

    it('10 % of the signalling lost, 200 ms late, out of order: they join, share, see it, and leave nothing', async () => {
      const uri = `sip:demo@${here}:${relay.local.port}`;
      const join = (name: string, bfcp: 'udp' | 'tcp'): Promise<Endpoint> =>
        startEndpoint({ uri, name, bind: here, audio: 'silence', bfcp });
      const begun = performance.now();
      devices.push(...(await Promise.all([join('ANNA', 'udp'), join('BERTA', 'tcp'), join('CARLA', 'udp')])));
      note(`three joined in ${Math.round(performance.now() - begun)} ms`);
      const [anna, berta, carla] = devices;
      assert.equal(await anna?.share(), 'granted');
      for (const device of [berta, carla]) {
        await device?.waitFor(({ content }) => content.from === 'ANNA', 20_000, 'the content of ANNA');
      }
      await Promise.all(devices.map((device) => device.hangup()));
      const { core } = gateway.gateway;
      await until('every seat to be free', 20_000, () => core.sip.size === 0);
      assert.deepEqual(core.plane.chains(), []);
      note(`${relay.passed} datagrams passed, ${relay.lost} were lost`);
      assert.ok(relay.lost > 0);
      // transactions wait for retransmissions and go by themselves
      const dialogs = (): string[] => core.engine?.describe().filter((line) => line.includes(' dialog ')) ?? [];
      await until(
        'every dialog to end',
        10_000,
        () => dialogs().length === 0,
        () => dialogs().join('; '),
      );
    });
  });
});

/** A device that goes on sending audio, whoever listens. */
class RtpSender {
  sent = 0;
  private readonly socket: Socket = createSocket('udp4');
  private readonly timer: NodeJS.Timeout;

  constructor(port: number) {
    const packet = Buffer.alloc(172);
    packet[0] = 0x80;
    packet.writeUInt32BE(77, 8);
    this.socket.on('error', () => undefined);
    this.timer = setInterval(() => {
      packet.writeUInt16BE(this.sent & 0xffff, 2);
      packet.writeUInt32BE((this.sent * 160) >>> 0, 4);
      this.socket.send(packet, port, here);
      this.sent += 1;
    }, 20);
  }

  close(): void {
    clearInterval(this.timer);
    this.socket.close();
  }
}
