import assert from 'node:assert/strict';
import { systemClock } from '../../../src/base/clock.js';
import { systemChance } from '../../../src/base/ids.js';
import { systemNet } from '../../../src/base/system-net.js';
import { EslClient, type EslClientEvents } from '../../../src/protocol/esl/client.js';
import { EslAddressRefused, EslPasswordRefused } from '../../../src/protocol/esl/errors.js';
import { AudioCall } from '../../support/freeswitch/audio-call.js';
import { goldenFrames } from '../../support/freeswitch/golden.js';
import { likeness } from '../../support/freeswitch/likeness.js';
import { RawEsl } from '../../support/freeswitch/raw-esl.js';
import { refusals, wrongPassword } from '../../support/freeswitch/refusals.js';
import { playScenario } from '../../support/freeswitch/scenario.js';
import { timedOut } from '../../support/freeswitch/time-out.js';
import { startFreeSwitchPeer, type FreeSwitchPeer } from '../../support/freeswitch-peer/peer.js';
import { SipPeer } from '../../support/sip-peer.js';
import { waitUntil } from '../../support/wait.js';
import { serverBytes } from '../../protocol/esl/transcripts.js';

describe('the stand-in for FreeSWITCH', function () {
  this.timeout(30_000);
  let peer: FreeSwitchPeer;
  let caller: SipPeer;
  let client: EslClient;
  let ups: EslClientEvents['up'][];
  let downs: EslClientEvents['down'][];
  let events: number;
  const calls: AudioCall[] = [];

  before(async () => {
    peer = await startFreeSwitchPeer({ heartbeatMs: 1000 });
    caller = await SipPeer.udp(peer.sip);
  });
  after(async () => {
    caller.close();
    await peer.stop();
  });
  beforeEach(() => {
    [ups, downs, events] = [[], [], 0];
    connect(peer.password);
  });
  afterEach(() => {
    client.close();
    for (const each of calls.splice(0)) each.drop();
  });

  function connect(password: string): void {
    const times = { firstPause: 50, refusedPause: 300 };
    client = new EslClient({ net: systemNet, clock: systemClock, chance: systemChance, at: peer.esl, password, times });
    client.on.on('up', (up) => ups.push(up));
    client.on.on('down', (down) => downs.push(down));
    client.on.on('event', () => (events += 1));
  }

  const up = (times = 1): Promise<void> =>
    waitUntil(
      () => ups.length >= times,
      8000,
      () => `${ups.length} ups`,
    );
  async function call(user: string): Promise<AudioCall> {
    const placed = await AudioCall.place(caller, `sip:${user}@127.0.0.1:${peer.sip.port}`);
    calls.push(placed);
    return placed;
  }
  const members = async (): Promise<number> =>
    (JSON.parse(await peer.console('conference json_list compact')) as { member_count: number }[]).reduce(
      (sum, { member_count }) => sum + member_count,
      0,
    );

  it('says in the scenario what the real one said', async () => {
    const { frames } = await playScenario(peer);
    const [ours, golden] = [likeness(frames), likeness(goldenFrames())];
    for (const [index, line] of golden.entries()) assert.equal(ours[index], line, `message ${index}`);
    assert.equal(ours.length, golden.length);
  });

  it('refuses calls as the real one did', async () => {
    const expected = [404, 404, 404, 404, 400, 400, 400, 488, 488, 481, 200, 503];
    assert.deepEqual(
      await refusals(peer),
      expected.map((status) => `SIP/2.0 ${status}`),
    );
    assert.deepEqual(peer.calls, []);
  });

  it('turns a wrong password away in the words of the real one', async () => {
    assert.equal((await wrongPassword(peer)).join(''), serverBytes('01-auth-bad').toString());
    connect('of somebody else');
    client.start();
    await waitUntil(() => downs.length > 0, 3000);
    assert.ok(downs[0]?.why instanceof EslPasswordRefused);
  });

  it('ends calls from which nothing comes, in the words of the real one', async () => {
    const hasty = await startFreeSwitchPeer({ mediaTimeoutMs: 300 });
    try {
      assert.deepEqual(await timedOut(hasty, 5000), [
        ...['del-member MEDIA_TIMEOUT', 'CHANNEL_HANGUP_COMPLETE MEDIA_TIMEOUT'],
        'SIP;cause=804;text="MEDIA_TIMEOUT"',
      ]);
    } finally {
      await hasty.stop();
    }
  });

  it('turns an address away before it asks for a password', async () => {
    peer.faults.refusing = true;
    const raw = await RawEsl.connect(peer);
    await raw.ended();
    client.start();
    await waitUntil(() => downs.length > 0, 3000);
    peer.faults.refusing = false;
    assert.equal(raw.frames[0], 'Content-Type: text/rude-rejection\nContent-Length: 24\n\nAccess Denied, go away.\n');
    assert.ok(downs[0]?.why instanceof EslAddressRefused);
    await up();
  });

  it('breaks off in the middle of a message', async () => {
    client.start();
    await up();
    peer.faults.cutNext();
    await waitUntil(() => downs.length > 0, 3000);
    await up(2);
    assert.equal(ups[1]?.restarted, false);
  });

  it('stands still for a while and goes on', async () => {
    client.start();
    await up();
    peer.faults.stall(700);
    const began = systemClock.now();
    assert.match(await client.api('uptime'), /^\d+$/);
    assert.ok(systemClock.now() - began > 500);
    assert.deepEqual(downs, []);
  });

  it('sends 5,000 events a second', async () => {
    client.start();
    await up();
    const sent = await peer.faults.flood(5000, 1000);
    assert.ok(sent >= 4800, `${sent}`);
    await waitUntil(
      () => events >= sent,
      5000,
      () => `${events} of ${sent}`,
    );
    assert.match(await client.api('uptime'), /^\d+$/);
  });

  it('is another process after a restart: no call is left, members are counted anew', async () => {
    client.start();
    await up();
    await call('room-a');
    await waitUntil(() => peer.calls.length === 1, 3000);
    await peer.restart(100);
    await up(2);
    assert.equal(ups[1]?.restarted, true);
    assert.deepEqual([peer.calls, await members()], [[], 0]);
    events = 0;
    const again = await call('room-a');
    // the conference, its first member, and the floor
    await waitUntil(() => events >= 3, 3000);
    assert.match(await peer.console('conference a mute 1'), /^\+OK mute 1/);
    await again.end();
  });

  it('takes keys and its console as it takes the event socket', async () => {
    const anna = await call('room-keys');
    let listed = '';
    const look = (wanted: string): Promise<void> =>
      waitUntil(() => {
        void peer.console('conference keys json_list').then((text) => (listed = text));
        return listed.includes(wanted);
      }, 3000);
    await look('"can_speak":true');
    peer.press(anna.id, '1*6');
    await look('"can_speak":false');
    peer.press(anna.id, '*6');
    await look('"can_speak":true');
    await anna.end();
  });

  it('mixes, with sound of its own', async () => {
    const [anna, ben] = [await call('room-mix'), await call('room-mix')];
    anna.sing(500);
    await waitUntil(() => ben.hears(500) > 0.05, 5000);
    assert.ok(anna.hears(500) < 0.02);
    await peer.console('conference mix play tone_stream://%(3000,0,900)');
    await waitUntil(() => anna.hears(900) > 0.05 && ben.hears(900) > 0.05, 5000);
    const echo = await call('echo');
    echo.sing(1200);
    await waitUntil(() => echo.hears(1200) > 0.05, 5000);
    for (const each of [anna, ben, echo]) await each.end();
  });
});
