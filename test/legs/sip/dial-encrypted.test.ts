import assert from 'node:assert/strict';
import type { SdpAnchor } from '../../../src/legs/sip/exchanges.js';
import { EncryptionRefused } from '../../../src/legs/admission/encryption.js';
import type { SrtpRules } from '../../../src/legs/sip/srtp-policy.js';
import type { Secure } from '../../../src/media/negotiate.js';
import { addressOf, CalledPeer, startDialRig, takesAll, trunkOf, type DialRig } from '../../support/dial-rig.js';
import { describePeer } from '../../support/offers.js';
import type { SipPeer } from '../../support/sip-peer.js';
import { waitUntil } from '../../support/wait.js';

/** Writes keys into what goes out and takes them out of what comes in, as a media engine does. */
class FakeAnchor implements SdpAnchor {
  open = true;
  browser = false;
  towardsBrowser = (): void => void (this.browser = true);
  offerFromPeer = (sdp: string): Promise<string> => Promise.resolve(plain(sdp));
  answerToPeer = (sdp: string): Promise<string> => Promise.resolve(keyed(sdp));
  offerToPeer = (sdp: string): Promise<string> => Promise.resolve(keyed(sdp));
  answers: ('early' | 'final')[] = [];
  answerFromPeer = (sdp: string): Promise<string> => (this.answers.push('final'), Promise.resolve(plain(sdp)));
  previewFromPeer = (sdp: string): Promise<string> => (this.answers.push('early'), Promise.resolve(plain(sdp)));
  close(): Promise<void> {
    this.open = false;
    return Promise.resolve();
  }
}

const key = `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${'A'.repeat(40)}`;

function keyed(sdp: string): string {
  return sdp
    .split(/^(?=m=)/m)
    .map((one) => (/^m=(audio|video)/.test(one) ? `${one.replace('RTP/AVP', 'RTP/SAVP')}${key}\r\n` : one))
    .join('');
}

function plain(sdp: string): string {
  return sdp.replaceAll('RTP/SAVP', 'RTP/AVP').replaceAll(`${key}\r\n`, '');
}

describe('encrypted calls of a room', () => {
  let rig: DialRig;
  let peer: SipPeer;
  let opened: { keying: Secure; anchor: FakeAnchor }[] = [];
  const rules: SrtpRules = { listener: null, room: 'optional', keysNeedTls: false };
  const encryption = {
    rules,
    open: (_id: string, keying: Secure) => {
      const anchor = new FakeAnchor();
      opened.push({ keying, anchor });
      return Promise.resolve(anchor);
    },
  };
  const start = async (srtp: 'off' | 'sips' | 'required', more: Parameters<typeof startDialRig>[0] = {}) => {
    rig = await startDialRig({ srtp, encryption, ...more });
    peer = await rig.peer();
    rig.story('demo');
  };
  const dial = (to = addressOf(peer)): number => rig.dialOut.call(rig.room('demo'), { to, name: 'Bob' });
  const tells = (test: (line: string) => boolean): Promise<void> =>
    waitUntil(
      () => rig.story('demo').some(test),
      3000,
      () => rig.story('demo').join(', '),
    );

  beforeEach(() => {
    opened = [];
    rules.keysNeedTls = false;
  });
  afterEach(async () => {
    await rig.nothingLeft();
    assert.ok(!opened.some(({ anchor }) => anchor.open), 'an anchor was left');
    await rig.close();
  });

  const encrypted = async (): Promise<void> => {
    const call = await CalledPeer.by(peer);
    assert.equal((call.invite.text.match(/^m=(audio|video) [1-9]\d* RTP\/SAVP /gm) ?? []).length, 3);
    await call.take(keyed(takesAll(call.invite)));
    await tells((line) => line.startsWith('joined'));
    assert.equal(rig.room('demo').describe().participants[0]?.encrypted, true);
    await call.bye();
  };

  it('offer keys where that is required', async () => {
    await start('required');
    dial();
    await encrypted();
    assert.deepEqual(
      opened.map(({ keying }) => keying),
      ['sdes'],
    );
  });

  it('offer keys where the room requires it', async () => {
    await start('sips');
    Object.assign(rig.room('demo').settings, { srtp: 'required' });
    dial();
    await encrypted();
  });

  it('offer nothing that is only passed on for a caller whose sound is known later', async () => {
    await start('required');
    const passage = { hops: 9, breadth: 9, path: [] };
    const passed = {
      caller: { name: 'Ada', user: 'ada' },
      passage,
      place: 'bob',
      sounds: ['PCMA'] as const,
      later: true,
    };
    const room = rig.room('demo');
    const seat = (): never => assert.fail('nobody answers');
    const { done } = rig.dialer.dial({ to: addressOf(peer), room, passed, seat, ringing: () => undefined });
    const call = await CalledPeer.by(peer);
    assert.match(call.invite.text, /^m=audio \d+ RTP\/SAVP 8 /m);
    assert.doesNotMatch(call.invite.text, /G7221/);
    await call.refuse('486 Busy Here');
    await assert.rejects(done, /486/);
  });

  it('are not made where the room requires encryption and calls have none', async () => {
    await start('off');
    Object.assign(rig.room('demo').settings, { srtp: 'required' });
    assert.throws(() => dial(), EncryptionRefused);
    assert.equal(peer.seen.length, 0);
  });

  it('end when the answer is plain', async () => {
    await start('required');
    dial();
    const call = await CalledPeer.by(peer);
    await call.take(takesAll(call.invite).replaceAll('RTP/SAVP', 'RTP/AVP'));
    await call.ends();
    await tells((line) => line.startsWith('failed'));
    assert.equal(rig.room('demo').size, 0);
  });

  it('do not become plain later', async () => {
    await start('required');
    dial();
    const call = await CalledPeer.by(peer);
    const answer = keyed(takesAll(call.invite));
    await call.take(answer);
    await tells((line) => line.startsWith('joined'));
    const reply = await call.reoffer(plain(answer).replace(/^o=(\S+) (\S+) \d+/m, 'o=$1 $2 9'));
    assert.match(reply.start, / 488 /);
    void rig.room('demo').remove(1, 'Anna');
    await call.ends();
  });

  it('are not made when their keys would be read on the way', async () => {
    rules.keysNeedTls = true;
    await start('required');
    dial();
    await tells((line) => /^failed .*keys/.test(line));
    assert.deepEqual([peer.seen.length, opened.length], [0, 0]);
  });

  describe('to softphones that hang on a WebSocket', () => {
    const register = (): void => {
      const binding = { uri: addressOf(peer), nextHop: null, transport: 'ws' as const, address: '127.0.0.1' };
      rig.bindings.set('bob', [{ ...binding, instance: null, reachable: true, q: 1000 }]);
    };
    const linesOffered = (call: CalledPeer): string[] => call.invite.text.match(/^m=\w+ [1-9]\d* \S+/gm) ?? [];
    const profiles = (call: CalledPeer): string[] => linesOffered(call).map((line) => line.replace(/ \d+/, ''));

    it('offer what browsers take, whatever is configured, without floor control and a second picture', async () => {
      await start('off');
      register();
      dial('user:bob');
      const call = await CalledPeer.by(peer);
      assert.deepEqual(profiles(call), ['m=audio RTP/SAVP', 'm=video RTP/SAVP']);
      assert.deepEqual(
        opened.map(({ keying, anchor }) => [keying, anchor.browser]),
        [['dtls', true]],
      );
      await call.take(keyed(takesAll(call.invite)));
      await tells((line) => line.startsWith('joined'));
      await call.bye();
    });

    for (const [srtp, more] of [
      ['sips', ['m=audio RTP/AVP', 'm=video RTP/AVP', 'm=application', 'm=video RTP/AVP']],
      ['required', ['m=audio RTP/SAVP', 'm=video RTP/SAVP', 'm=application', 'm=video RTP/SAVP']],
    ] as const) {
      it(`offer what devices take to one that is no browser (${srtp})`, async () => {
        await start(srtp);
        register();
        dial('user:bob');
        const first = await CalledPeer.by(peer);
        await first.refuse('488 Not Acceptable Here');
        const second = await CalledPeer.by(peer);
        assert.deepEqual(profiles(second), ['m=audio RTP/SAVP']);
        await second.refuse('488 Not Acceptable Here');
        const third = await CalledPeer.by(peer);
        assert.deepEqual(
          profiles(third).map((line) => line.replace(/(application) \S+/, '$1')),
          more,
        );
        assert.equal(third.header('call-id'), first.header('call-id'));
        assert.equal(Number.parseInt(third.header('cseq')), Number.parseInt(first.header('cseq')) + 2);
        const answer = takesAll(third.invite);
        await third.take(srtp === 'required' ? keyed(answer) : answer);
        await tells((line) => line.startsWith('joined'));
        await third.bye();
      });
    }

    it('ring once where somebody declines', async () => {
      await start('sips');
      register();
      dial('user:bob');
      await (await CalledPeer.by(peer)).refuse('486 Busy Here');
      await tells((line) => line === 'failed 1 486 Busy Here');
      assert.equal(peer.seen.filter(({ start: line }) => line.startsWith('INVITE')).length, 1);
    });
  });

  const viaTrunk = async (keying: Secure): Promise<SipPeer> => {
    let far: SipPeer | null = null;
    await start('sips', {
      trunks: async (sip) => [trunkOf('main', [(far = await sip.peer())], { keying })],
      rules: { numbers: [{ dialled: /^\+49\d+$/, trunk: 'main', to: '$0' }] },
    });
    assert.ok(far);
    return far;
  };

  for (const [room, keying, words] of [
    ['required', 'none', /^this room has encrypted media only, and srtp of the trunk main is off$/],
    ['off', 'sdes', /^this room has plain media only/],
  ] as const) {
    it(`are not begun through a trunk that is against the room (${room})`, async () => {
      const far = await viaTrunk(keying);
      Object.assign(rig.room('demo').settings, { srtp: room });
      assert.throws(
        () => dial('tel:+4930'),
        (error) => error instanceof EncryptionRefused && words.test(error.message) && error.verdict.http === 403,
      );
      assert.deepEqual([far.seen.length, rig.trunks.get('main').calls, rig.plane.lines.size], [0, 0, 0]);
    });
  }

  it('tell the media engine which answers are not the final one', async () => {
    const far = await viaTrunk('sdes');
    const near = await rig.call('9+4930');
    near.send('INVITE', describePeer());
    const call = await CalledPeer.by(far);
    const answer = keyed(takesAll(call.invite));
    far.answer(call.invite, '183 Session Progress', [call.contact], answer);
    await near.peer.expect('SIP/2.0 183');
    await call.take(answer);
    await near.final('INVITE');
    near.ack();
    assert.deepEqual(opened[0]?.anchor.answers, ['early', 'final']);
    await near.bye();
    await call.ends();
  });

  it('go through a trunk that encrypts', async () => {
    const far = await viaTrunk('dtls');
    dial('tel:+4930');
    const call = await CalledPeer.by(far);
    await call.take(keyed(takesAll(call.invite)));
    await tells((line) => line.startsWith('joined'));
    assert.deepEqual(
      opened.map(({ keying }) => keying),
      ['dtls'],
    );
    await call.bye();
  });
});
