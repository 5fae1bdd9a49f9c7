import assert from 'node:assert/strict';
import { acceptProposal } from '../../../src/protocol/h323/call/fast-start.js';
import { writeAddress } from '../../../src/protocol/h323/control/channel-values.js';
import { CalledPeer } from '../../support/dial-rig.js';
import { deviceSet, type Peer } from '../../support/h323-rig.js';
import type { FakeLine } from '../../support/fakes/fake-line.js';
import { describePeer } from '../../support/offers.js';
import type { RawCall } from '../../support/raw-call.js';
import { g711A, g711U, g7221, proposals } from '../../support/sound-proposals.js';
import { startThroughRig, type ThroughRig } from '../../support/through-rig.js';
import { soundsOffered } from '../../support/through-sound.js';
import { waitUntil } from '../../support/wait.js';

const fast = { fastStart: true, tunnelling: true, earlyH245: false };
const soundOnly = describePeer({ video: null });

describe('sound of calls through the gateway before the answer', () => {
  let rig: ThroughRig;
  let device: Peer;
  /** What the device was told as caller. */
  const told: string[] = [];
  const begin = async (start?: typeof fast): Promise<void> => {
    // a device without keys takes what is plain only
    rig = await startThroughRig(start, start ? 'off' : 'optional');
    device = await rig.device({ set: deviceSet({ audio: [g711U, g711A] }) });
  };
  beforeEach(() => void told.splice(0));
  afterEach(async () => {
    await rig.nothingLeft();
    await rig.close();
  });

  const sounds = (): number => rig.plane.chains().filter((chain) => chain.includes('/audio')).length;
  const heard = (): Promise<void> =>
    waitUntil(
      () => sounds() === 2,
      2000,
      () => [...rig.plane.chains(), ...told].join('\n'),
    );
  /** Lines of ends that know telephone events. */
  const keyLines = (): FakeLine[] => [...rig.plane.lines.values()].filter(({ params }) => params?.events.send.length);
  const mixed = (): boolean => [...rig.bridge.conferences.values()].some(({ members }) => members.size === 2);
  const dial = async (how: Parameters<Peer['dial']>[1] = {}): Promise<CalledPeer> => {
    await device.dial('9+4930', how);
    device.call?.on.on('alerting', () => told.push('alerting'));
    device.call?.on.on('progress', ({ inBand }) => told.push(inBand ? 'in band' : 'progress'));
    device.call?.on.on('fastStart', (accepted) => told.push(`opened ${accepted.length}`));
    device.call?.on.on('connected', () => told.push('connect'));
    return CalledPeer.by(rig.far);
  };
  const announce = (call: CalledPeer, sdp = soundOnly, status = '183 Session Progress', tag = 'peer'): void =>
    rig.far.answer(call.invite, status, [call.contact], sdp, tag);
  const connected = (): Promise<void> => waitUntil(() => device.call?.state === 'active', 2000);
  const released = (): Promise<void> => waitUntil(() => device.released !== null, 2000);
  const far = async (call: CalledPeer): Promise<void> => {
    await call.bye();
    await released();
  };

  describe('of a SIP end', () => {
    beforeEach(() => begin());

    it('is heard by an H.323 caller with fast start, told so by Progress, and goes on after the answer', async () => {
      const call = await dial({ fastStart: proposals(g711U) });
      announce(call);
      await waitUntil(() => told.length === 2, 2000);
      assert.deepEqual(told, ['opened 2', 'in band']);
      await heard();
      assert.equal(rig.bridge.opened, 0, 'nobody mixes');
      const chains = rig.plane.chains();
      await call.take(soundOnly);
      await connected();
      assert.deepEqual(told, ['opened 2', 'in band', 'connect']);
      assert.deepEqual(rig.plane.chains(), chains);
      await far(call);
    });

    it('is heard by an H.323 caller who has begun H.245 in its Setup', async () => {
      const call = await dial({ early: 'h245Control' });
      announce(call);
      await waitUntil(() => told.includes('in band'), 2000);
      assert.equal(device.call?.state, 'proceeding');
      await device.send('audio', g711U);
      await heard();
      await call.take(soundOnly);
      await connected();
      await far(call);
    });

    it('hears keys of an H.323 caller, by H.245 and by call signalling, before it answers', async () => {
      const call = await dial({ early: 'h245Control' });
      const withKeys = describePeer({ video: null, events: true });
      announce(call, withKeys);
      await waitUntil(() => told.includes('in band'), 2000);
      device.session?.press('5', 100);
      const pressed = (): string =>
        keyLines()
          .map((line) => line.pressed)
          .join('');
      await waitUntil(() => pressed() === '5', 2000, pressed);
      device.call?.keypad('#');
      await waitUntil(() => pressed() === '5#', 2000, pressed);
      await call.take(withKeys);
      await connected();
      device.session?.press('6', 100);
      await waitUntil(() => pressed() === '5#6', 2000, pressed);
      await far(call);
    });

    it('is a tone of its own device for an H.323 caller who begins slowly', async () => {
      const call = await dial();
      announce(call);
      await waitUntil(() => told.length > 0, 2000);
      assert.deepEqual(told, ['alerting']);
      assert.equal(rig.plane.chains().length, 0);
      await call.take(soundOnly);
      await connected();
      await far(call);
    });

    it('waits for the answer where the H.323 caller wants that', async () => {
      const call = await dial({ fastStart: proposals(g711U), setup: { mediaWaitForConnect: true } });
      announce(call);
      await waitUntil(() => told.length > 0, 2000);
      assert.deepEqual(told, ['alerting']);
      await call.take(soundOnly);
      await connected();
      assert.deepEqual(told, ['alerting', 'opened 2', 'connect']);
      await far(call);
    });

    it('is there with Alerting where 180 describes it', async () => {
      const call = await dial({ fastStart: proposals(g711U) });
      announce(call, soundOnly, '180 Ringing');
      await heard();
      assert.deepEqual(told, ['opened 2', 'alerting']);
      await call.take(soundOnly);
      await connected();
      await far(call);
    });

    it('is mixed where the two have no codec in common', async () => {
      const call = await dial({ fastStart: proposals(g711A) });
      announce(call);
      await waitUntil(mixed, 2000);
      assert.equal(sounds(), 0);
      assert.equal(device.call?.state, 'proceeding');
      await call.take(soundOnly);
      await connected();
      await waitUntil(mixed, 2000);
      await far(call);
    });

    it('ends when the far end refuses, and leaves nothing', async () => {
      const call = await dial({ fastStart: proposals(g711U) });
      announce(call);
      await heard();
      await call.refuse('486 Busy Here');
      await released();
      assert.equal(device.released?.cause, 17);
      assert.equal(rig.plane.lines.size, 0);
    });

    it('ends when the caller gives up', async () => {
      const call = await dial({ fastStart: proposals(g711U) });
      announce(call);
      await heard();
      await device.hangUp();
      rig.far.answer(await call.request('CANCEL'), '200 OK');
      await call.refuse('487 Request Terminated');
      await waitUntil(() => rig.plane.lines.size === 0, 2000);
    });

    it('is that of the end that answers, where another one was heard before', async () => {
      const call = await dial({ fastStart: proposals(g711U) });
      announce(call);
      await heard();
      const remote = (): number | undefined =>
        [...rig.plane.lines.values()].find(({ params }) => params?.remote?.address === '127.0.0.1')?.params?.remote
          ?.rtpPort;
      assert.equal(remote(), 40_000);
      announce(call, soundOnly.replace('m=audio 40000', 'm=audio 41000'), '183 Session Progress', 'other');
      await waitUntil(() => remote() === 41_000, 2000);
      await call.take(soundOnly.replace('m=audio 40000', 'm=audio 42000'), 'third');
      await connected();
      assert.equal(remote(), 42_000);
      await call.bye('third');
      await released();
    });

    it('is heard by a SIP caller, whose answer says what 183 said', async () => {
      const near = await rig.call('9+4930');
      near.send('INVITE', describePeer());
      const call = await CalledPeer.by(rig.far);
      announce(call);
      const { text } = await near.peer.expect('SIP/2.0 183');
      await heard();
      await call.take(soundOnly);
      await near.final('INVITE');
      near.ack();
      assert.equal(text.split('\r\n\r\n')[1], near.sdp);
      await near.bye();
      await call.ends();
    });

    it('is not what it cannot be: an answer that makes no sense is passed over', async () => {
      const near = await rig.call('9+4930');
      near.send('INVITE', describePeer());
      const call = await CalledPeer.by(rig.far);
      announce(call, 'v=0\r\nnonsense');
      await near.peer.expect('SIP/2.0 180');
      assert.equal(rig.plane.chains().length, 0);
      await call.take();
      await near.final('INVITE');
      near.ack();
      await near.bye();
      await call.ends();
    });
  });

  describe('of an H.323 end', () => {
    const calling = async (offer = describePeer()): Promise<RawCall> => {
      const near = await rig.call(`7${device.port}`);
      near.send('INVITE', offer);
      await near.peer.expect('SIP/2.0 180');
      return near;
    };
    const answered = async (near: RawCall): Promise<void> => {
      await device.answer();
      assert.match((await near.final('INVITE')).start, / 200 /);
      near.ack();
    };
    /** It begins H.245 to send something before it answers. */
    const announces = async (one: Peer): Promise<void> => {
      one.call?.startControl();
      one.call?.progress();
      await waitUntil(() => one.channels('in').includes('audio 1'), 2000);
      await one.send('audio', g711U);
    };
    const over = async (near: RawCall): Promise<void> => {
      await near.bye();
      await released();
    };

    it('is heard by a SIP caller when H.245 begins with its Progress, and 200 says what 183 said', async () => {
      await begin();
      const near = await calling();
      await announces(device);
      const { text } = await near.peer.expect('SIP/2.0 183');
      await heard();
      await answered(near);
      assert.equal(text.split('\r\n\r\n')[1], near.sdp);
      assert.equal(sounds(), 2);
      await over(near);
    });

    it('hears keys of a SIP caller before it answers', async () => {
      await begin();
      const near = await calling(describePeer({ events: true }));
      await announces(device);
      await near.peer.expect('SIP/2.0 183');
      keyLines()[0]?.events.emit('digit', { digit: '4', durationMs: 80 });
      await waitUntil(() => device.heard.includes('key 4'), 2000);
      await answered(near);
      keyLines()[0]?.events.emit('digit', { digit: '5', durationMs: 80 });
      await waitUntil(() => device.heard.includes('key 5'), 2000);
      assert.equal(device.heard.filter((what) => what.startsWith('key')).length, 2);
      await over(near);
    });

    it('is heard by a SIP caller when its Progress takes fast start', async () => {
      await begin(fast);
      const near = await calling();
      const at = writeAddress({ address: '127.0.0.9', port: 6000 });
      const mine = (device.call?.proposals ?? []).filter(
        ({ sessionID, channel }) => sessionID === 1 && JSON.stringify(channel).includes('g711Ulaw'),
      );
      const fastStart = mine.map((one) => acceptProposal(one, { mediaChannel: at, mediaControlChannel: at }));
      assert.equal(fastStart.length, 2);
      device.call?.progress({ fastStart });
      await near.peer.expect('SIP/2.0 183');
      await heard();
      await answered(near);
      await over(near);
    });

    it('is not waited for where it only says that the call goes on', async () => {
      await begin();
      const near = await calling();
      device.call?.progress({}, false);
      await answered(near);
      assert.equal(near.peer.seen.filter(({ start }) => start.startsWith('SIP/2.0 183')).length, 0);
      await over(near);
    });

    it('is a tone of its own telephone for a SIP caller who leaves the offer to us', async () => {
      await begin(fast);
      const near = await calling('');
      device.call?.progress();
      await device.answer();
      await near.final('INVITE');
      near.ack(describePeer());
      assert.equal(near.peer.seen.filter(({ start }) => start.startsWith('SIP/2.0 183')).length, 0);
      await over(near);
    });

    it('is heard by an H.323 caller', async () => {
      await begin();
      const other = await rig.device({ set: deviceSet({ audio: [g711U] }) });
      await device.dial(`7${other.port}`, { fastStart: proposals(g711U) });
      device.call?.on.on('progress', ({ inBand }) => told.push(inBand ? 'in band' : 'progress'));
      await waitUntil(() => other.call?.state === 'alerting', 2000);
      await announces(other);
      await heard();
      assert.deepEqual(told, ['in band']);
      await other.answer();
      await connected();
      await device.hangUp();
      await waitUntil(() => other.released !== null, 2000);
    });

    it('leaves the caller what it was told when another device answers that begins slowly', async () => {
      await begin();
      const audio = [g7221(32_000), g711U];
      const caller = await rig.device({ set: deviceSet({ audio }) });
      const other = await rig.device({ set: deviceSet({ audio }) });
      await rig.registerAlice(device);
      await rig.registerAlice(other, '1001');
      await caller.dial('81001', { early: 'h245Control' });
      await waitUntil(() => device.call?.state === 'alerting' && other.call?.state === 'alerting', 2000);
      await announces(device);
      await waitUntil(() => soundsOffered(caller).length > 0, 2000);
      await caller.send('audio', g711U);
      await heard();
      const before = soundsOffered(caller);
      await other.answer();
      await waitUntil(() => caller.call?.state === 'active' && soundsOffered(other).length > 0, 2000);
      assert.deepEqual(soundsOffered(caller), before);
      assert.deepEqual(soundsOffered(other), ['g722', 'g711A', 'g711U']);
      await caller.hangUp();
      await waitUntil(() => other.released !== null, 2000);
    });

    it('ends when the device refuses or the caller gives up', async () => {
      await begin();
      for (const who of ['device', 'caller']) {
        const near = await calling();
        await announces(device);
        await heard();
        if (who === 'device') device.call?.release({ cause: 17 });
        else near.cancel();
        assert.match((await near.final('INVITE')).start, who === 'device' ? / 486 / : / 487 /);
        await released();
        await waitUntil(() => rig.plane.lines.size === 0, 2000);
      }
    });
  });
});
