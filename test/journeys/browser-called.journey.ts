/// <reference lib="dom" />
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registerer, SessionState, UserAgent, type Invitation } from 'sip.js';
import { WebSocket } from 'ws';
import { holdsTone } from '../../scripts/endpoint/audio/spectrum.js';
import { startEndpoint, type Endpoint } from '../../scripts/endpoint/endpoint.js';
import { noUsers } from '../../src/compose-users.js';
import { secretsOf } from '../../src/rooms/accounts.js';
import { engineElsewhere } from '../support/engine-elsewhere.js';
import { makeDevices, TestBrowser, type RoomPage } from './support/chromium.js';
import { startTestGateway, type TestGateway } from './support/gateway.js';
import { skipWithout } from './support/needs.js';
import { until } from './support/until.js';

const here = '127.0.0.1';
const realm = 'example.com';
const password = 'rabbit-hole';
const tone = { browser: 500, room: 1000 };
const patience = 15_000;

/** sip.js as softphones in browsers use it, the media of its calls in a real browser. */
describe('a softphone in a browser that a room calls by its registered name', function () {
  this.timeout(60_000);
  const directory = mkdtempSync(join(tmpdir(), 'browser-called-'));
  let gateway: TestGateway;
  let browser: TestBrowser;
  let person: RoomPage;
  let endpoint: Endpoint;
  let agent: UserAgent;
  const invitations: Invitation[] = [];

  before(async function () {
    skipWithout(this, ['chromium', 'ffmpeg', 'rtpengine']);
    if (engineElsewhere()) this.skip();
    gateway = await startTestGateway({
      web: true,
      change(settings) {
        const user = { name: 'alice', display: null, aliases: [] };
        const users = { ...noUsers, realm, configured: [{ user, secrets: secretsOf(user, password, realm, []) }] };
        if (settings.sip.engine !== 'embedded') return { ...settings, users };
        const listen = { transport: 'ws' as const, address: here, port: 0, origins: ['*'] };
        return { ...settings, users, sip: { ...settings.sip, listen: [...settings.sip.listen, listen] } };
      },
    });
    endpoint = await startEndpoint({ uri: gateway.uri('demo'), name: 'ROOM', audio: `tone:${tone.room}` });
    browser = await TestBrowser.start(makeDevices(directory, 'BROWSER', tone.browser));
    person = await browser.person();
    // any page of a secure context
    await person.page.goto(gateway.page);
  });

  after(async () => {
    await agent?.stop();
    await browser?.close();
    await endpoint?.hangup();
    await gateway?.close();
    rmSync(directory, { recursive: true, force: true });
  });

  it('hears and sees the room, and is heard and seen, encrypted', async () => {
    Object.assign(globalThis, { WebSocket });
    const port = gateway.gateway.core.listening.find(({ transport }) => transport === 'ws')?.local.port ?? 0;
    const uri = UserAgent.makeURI(`sip:alice@${realm}`);
    assert.ok(uri);
    agent = new UserAgent({
      uri,
      transportOptions: { server: `ws://${here}:${port}/` },
      authorizationUsername: 'alice',
      authorizationPassword: password,
      logBuiltinEnabled: false,
      sessionDescriptionHandlerFactory: () => new BrowserDescriptions(person),
      delegate: { onInvite: (call) => void invitations.push(call) },
    });
    await agent.start();
    await new Registerer(agent).register();
    const { rooms, dialOut, users } = gateway.gateway.core;
    await until('the registration', 5000, () => users.locations.of('alice').length > 0 || null);
    const room = rooms.open('demo');
    const id = dialOut.call(room, { to: 'user:alice', name: 'BROWSER' });
    const call = await until('it to ring', 5000, () => invitations.shift() ?? null);
    await call.accept();
    await until('the answer to join', 5000, () => room.participant(id) ?? null);
    await until('sip.js to get the ACK', 5000, () => call.state === SessionState.Established || null);
    assert.equal(room.describe().participants.find((one) => one.id === id)?.encrypted, true);
    let got = { energy: 0, frames: 0 };
    const hearsAndSees = async (): Promise<true | null> => {
      got = await person.page.evaluate(received);
      return (got.energy > 0 && got.frames > 5) || null;
    };
    await until('it to hear and see the room', patience, hearsAndSees, () => JSON.stringify(got));
    await endpoint.waitFor(({ heard }) => holdsTone(heard.tones, tone.browser), patience, 'the room to hear it');
    endpoint.talk(false);
    await endpoint.waitFor(({ main }) => main.from === 'BROWSER', patience, 'the room to see it');
    await room.remove(id, 'Anna');
    await until('sip.js to be hung up', 5000, () => call.state === SessionState.Terminated || null);
  });
});

interface Calling extends Window {
  call: RTCPeerConnection;
}

/** Answers an offer in the page with camera and microphone, as sip.js does there. */
async function answer(sdp: string): Promise<string> {
  const call = ((window as unknown as Calling).call = new RTCPeerConnection());
  // what nobody listens to has no energy
  call.addEventListener('track', ({ track }) => {
    if (track.kind === 'audio') void Object.assign(new Audio(), { srcObject: new MediaStream([track]) }).play();
  });
  await call.setRemoteDescription({ type: 'offer', sdp });
  const media = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
  for (const track of media.getTracks()) call.addTrack(track, media);
  await call.setLocalDescription();
  while (call.iceGatheringState !== 'complete') {
    await new Promise((resolve) => call.addEventListener('icegatheringstatechange', resolve, { once: true }));
  }
  return call.localDescription?.sdp ?? '';
}

/** What came in so far. */
async function received(): Promise<{ energy: number; frames: number }> {
  const found = { energy: 0, frames: 0 };
  const reports = await (window as unknown as Calling).call.getStats();
  for (const report of reports.values() as Iterable<Record<string, unknown>>) {
    if (report['type'] !== 'inbound-rtp') continue;
    found.energy += Number(report['totalAudioEnergy'] ?? 0);
    found.frames += Number(report['framesDecoded'] ?? 0);
  }
  return found;
}

/** Descriptions made in the page. */
class BrowserDescriptions {
  private theirs = '';

  constructor(private readonly person: RoomPage) {}

  close(): void {
    this.theirs = '';
  }

  async getDescription(): Promise<{ body: string; contentType: string }> {
    return { body: await this.person.page.evaluate(answer, this.theirs), contentType: 'application/sdp' };
  }

  hasDescription(contentType: string): boolean {
    return contentType === 'application/sdp';
  }

  rollbackDescription(): Promise<void> {
    return Promise.resolve();
  }

  setDescription(sdp: string): Promise<void> {
    this.theirs = sdp;
    return Promise.resolve();
  }

  sendDtmf(): boolean {
    return false;
  }
}
