import assert from 'node:assert/strict';
import { systemClock } from '../../src/base/clock.js';
import { systemChance } from '../../src/base/ids.js';
import { systemNet } from '../../src/base/system-net.js';
import { openBfcpClient, type BfcpClientLink } from '../../src/legs/bfcp-party/client-link.js';
import type { Leg } from '../../src/rooms/leg.js';
import { deviceSet, settle, startH323Rig, type H323Rig, type Peer } from '../support/h323-rig.js';
import { describePeer } from '../support/offers.js';
import type { RawCall } from '../support/raw-call.js';
import type { Seen } from '../support/sip-peer.js';
import { startSipRig } from '../support/sip-rig.js';
import { waitUntil } from '../support/wait.js';
import type { Device, LegStage } from './leg.js';

const here = '127.0.0.1';

/** SIP devices over loopback, with BFCP by UDP and INFO for keyframes and keys. */
export async function sipStage(): Promise<LegStage> {
  const rig = await startSipRig();
  const room = rig.room('demo');
  const links: BfcpClientLink[] = [];
  return {
    room,
    async device() {
      const link = await openBfcpClient({
        ...{ net: systemNet, clock: systemClock, chance: systemChance, bind: here, transport: 'UDP' as const },
        keepAliveMs: 0,
      });
      links.push(link);
      const call = await rig.call('demo', 'Device');
      const device = new SipDevice(call, link);
      await device.join();
      const leg = rig.legs.at(-1);
      assert.ok(leg);
      return Object.assign(device, { leg });
    },
    until: (test, what) => waitUntil(test, 3000, () => what),
    async close() {
      for (const link of links) link.close();
      await rig.nothingLeft();
      await rig.close();
    },
  };
}

class SipDevice implements Omit<Device, 'leg'> {
  readonly heard: string[] = [];
  presents = false;
  over = false;
  private version = 1;
  private refuses = false;
  private held = false;

  constructor(
    private readonly call: RawCall,
    private readonly link: BfcpClientLink,
  ) {
    link.on.on('status', ({ state }) => (this.presents = state === 'granted'));
    this.serve('INVITE', (request) => this.offered(request));
    this.serve('INFO', (request) => this.informed(request));
    this.serve('BYE', (request) => {
      this.over = true;
      this.call.peer.answer(request, '200 OK');
    });
  }

  async join(): Promise<void> {
    await this.call.invite(this.described());
    const { sdp } = this.call;
    const number = (pattern: RegExp): number => Number(pattern.exec(sdp)?.[1]);
    await this.link.connect({
      remote: { address: here, port: number(/^m=application (\d+)/m) },
      ...{
        confId: number(/^a=confid:(\d+)/m),
        userId: number(/^a=userid:(\d+)/m),
        floorId: number(/^a=floorid:(\d+)/m),
      },
      ...{ version: 2, setup: 'active' },
    });
    // a device that brings its content line itself takes it at once; here it is to be opened
    await this.call.settled();
  }

  refuseContent(): void {
    this.refuses = true;
  }

  press(key: string): void {
    this.call.send('INFO', `Signal=${key}\r\nDuration=120\r\n`, [], 'application/dtmf-relay');
  }

  hold(on: boolean): void {
    this.held = on;
    void this.call.invite(this.described());
  }

  ask(): void {
    this.link.request().then(
      (state) => (this.presents = state === 'granted'),
      () => undefined,
    );
  }

  letGo(): void {
    void this.link.release().then(() => (this.presents = false));
  }

  hangUp(): void {
    this.over = true;
    void this.call.bye();
  }

  private described(content: string | null = 'inactive'): string {
    const how = this.held ? 'inactive' : 'sendrecv';
    return describePeer({
      ...{ version: this.version++, audio: how, video: how, feedback: false },
      ...{ content, floor: 'UDP', floorPort: this.link.port },
    });
  }

  private serve(method: string, act: (request: Seen) => void): void {
    void this.call.request(method).then((request) => {
      act(request);
      if (!this.over) this.serve(method, act);
    });
  }

  private offered(request: Seen): void {
    const body = request.message.body.toString();
    if (/^b=TIAS/m.test(body)) this.heard.push('rate');
    const wanted = /a=content:slides[^]*?a=(\w+)/.exec(body)?.[1] ?? 'inactive';
    if (this.refuses && wanted !== 'inactive') return this.call.peer.answer(request, '488 Not Acceptable Here');
    const answer = this.described(wanted === 'inactive' ? 'inactive' : 'sendrecv');
    this.call.peer.answer(request, '200 OK', [`Contact: ${this.call.contact}`], answer);
  }

  private informed(request: Seen): void {
    const text = request.message.body.toString();
    if (text.includes('picture_fast_update')) this.heard.push('keyframe');
    const key = /Signal=\s*(\S)/.exec(text)?.[1];
    if (key !== undefined) this.heard.push(`key ${key}`);
    this.call.peer.answer(request, '200 OK');
  }
}

/** H.323 devices in memory, with H.239. */
export async function h323Stage(): Promise<LegStage> {
  const rig = await startH323Rig();
  const room = rig.room('demo');
  return {
    room,
    async device() {
      const options = { refusesContent: false };
      const peer = await (await rig.peer(options)).dial('demo');
      await peer.send('audio');
      await peer.send('video');
      const leg = rig.legs('demo')[0];
      assert.ok(leg);
      return new H323Device(leg, peer, options);
    },
    until: (test, what) => settledUntil(rig, test, what),
    async close() {
      await rig.nothingLeft();
    },
  };
}

/** Lets time of the rig pass in small steps, up to three seconds. */
async function settledUntil({ clock }: H323Rig, test: () => boolean, what: string): Promise<void> {
  await settle(clock);
  for (let waited = 0; !test() && waited < 3000; waited += 100) await settle(clock, 100);
  assert.ok(test(), `not within 3000 ms: ${what}`);
}

class H323Device implements Device {
  constructor(
    readonly leg: Leg,
    private readonly peer: Peer,
    private readonly options: { refusesContent: boolean },
  ) {}

  get heard(): readonly string[] {
    return this.peer.heard;
  }

  get presents(): boolean {
    return this.peer.session?.token.holder === 'us';
  }

  get over(): boolean {
    return this.peer.released !== null;
  }

  refuseContent(): void {
    this.options.refusesContent = true;
  }

  press(key: string): void {
    this.peer.session?.press(key, 120);
  }

  hold(on: boolean): void {
    this.peer.session?.changeCapabilities(on ? null : deviceSet());
  }

  ask(): void {
    this.peer.session?.token.take();
  }

  letGo(): void {
    this.peer.session?.token.release();
  }

  hangUp(): void {
    this.peer.call?.release();
  }
}
