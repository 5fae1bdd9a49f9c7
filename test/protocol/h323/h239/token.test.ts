import assert from 'node:assert/strict';
import { annexC, ownTimers } from '../../../../src/protocol/h323/control/timers.js';
import type { TokenAsked } from '../../../../src/protocol/h323/control/contract.js';
import { writeH239, type H239Message } from '../../../../src/protocol/h323/h239/messages.js';
import { readH239 } from '../../../../src/protocol/h323/h239/messages.js';
import { encode } from '../../../../src/protocol/asn1/codec.js';
import { MultimediaSystemControlMessage } from '../../../../src/protocol/h323/h245/schema.js';
import { writeOpening } from '../../../../src/protocol/h323/control/channel-values.js';
import { linkPair, valueOf } from '../../../support/control-links.js';
import {
  chanceOf,
  content,
  controlRig,
  fullSet,
  opening,
  taken,
  type ControlRig,
} from '../../../support/control-rig.js';
import { ManualClock } from '../../../support/manual-clock.js';
import { seeded } from '../../../support/seeded.js';

const label = 0;
const hear = ({ link }: ControlRig, message: H239Message): void =>
  link.receive(encode(MultimediaSystemControlMessage, writeH239(message)));

/** What was said, H.239 as messages and the rest by name. */
function said({ link }: ControlRig): (H239Message | string)[] {
  return link.sent().map((pdu) => {
    const { request, response, command, indication } = pdu;
    const generic =
      request?.genericRequest ?? response?.genericResponse ?? command?.genericCommand ?? indication?.genericIndication;
    const kind = Object.keys(request ?? response ?? command ?? indication ?? {})[0] ?? '';
    return (generic && readH239(generic)) ?? kind;
  });
}

/** A session whose draws for tokens are these, as master or slave. */
function rigged(role: 'master' | 'slave', ...symmetries: number[]): ControlRig {
  const rig = controlRig({
    terminalType: role === 'master' ? 190 : 50,
    chance: { int: (_, max) => (max > 127 ? 1 : (symmetries.shift() ?? 50)), hex: () => '', uuid: () => '' },
  });
  rig.session.start(fullSet);
  rig.link.receive(
    encode(MultimediaSystemControlMessage, {
      request: {
        masterSlaveDetermination: { terminalType: role === 'master' ? 50 : 190, statusDeterminationNumber: 5 },
      },
    }),
  );
  rig.link.receive(
    encode(MultimediaSystemControlMessage, {
      response: { masterSlaveDeterminationAck: { decision: role === 'master' ? { master: true } : { slave: true } } },
    }),
  );
  assert.equal(rig.session.role, role);
  rig.link.receive(
    encode(MultimediaSystemControlMessage, { response: { terminalCapabilitySetAck: { sequenceNumber: 1 } } }),
  );
  rig.link.sent();
  return rig;
}

function over(rig: ControlRig): void {
  rig.session.end();
  rig.link.close();
  assert.equal(rig.clock.pending, 0);
}

const request = (symmetry: number, channel = 7): H239Message => ({ kind: 'tokenRequest', channel, label, symmetry });
const answer = (granted: boolean, channel = 101): H239Message => ({ kind: 'tokenResponse', channel, label, granted });
const owner: H239Message = { kind: 'tokenOwner', channel: 101, label };
const release: H239Message = { kind: 'tokenRelease', channel: 101, label };
const lastAsk = (rig: ControlRig): TokenAsked => rig.named('tokenAsked').at(-1) as TokenAsked;

describe('the token of H.239', () => {
  it('is taken by asking, told, and let go with the content', () => {
    const rig = rigged('master', 42);
    rig.session.token.take();
    rig.session.token.take();
    assert.deepEqual(said(rig), [request(42, 101)]);
    hear(rig, answer(true));
    assert.deepEqual(said(rig), [owner]);
    assert.deepEqual(rig.named('tokenHolder'), [{ holder: 'us', why: 'granted' }]);
    assert.equal(rig.session.open(opening(content))?.number, 101);
    said(rig);
    rig.session.token.indicate();
    assert.deepEqual(said(rig), [owner]);
    rig.session.token.release();
    rig.session.token.release();
    assert.deepEqual(said(rig), [release, 'closeLogicalChannel']);
    assert.deepEqual(rig.named('tokenHolder').at(-1), { holder: null, why: 'released' });
    over(rig);
  });

  it('is not taken when the peer refuses or says nothing; a late yes is undone', () => {
    const rig = rigged('master');
    rig.session.token.take();
    hear(rig, { kind: 'tokenResponse', channel: 0, label, granted: false });
    assert.deepEqual(rig.named('tokenRefused'), [{ why: 'rejected' }]);
    rig.session.token.take();
    said(rig);
    rig.clock.advance(ownTimers.tokenAnswer);
    assert.deepEqual(rig.named('tokenRefused').at(-1), { why: 'timeout' });
    assert.deepEqual(said(rig), [release]);
    hear(rig, answer(true));
    assert.deepEqual(said(rig), [release]);
    assert.equal(rig.session.token.holder, null);
    over(rig);
  });

  it('is granted or refused by the layer above, once', () => {
    const rig = rigged('master');
    hear(rig, request(9));
    lastAsk(rig).reject();
    lastAsk(rig).accept();
    assert.deepEqual(said(rig), [answer(false, 7)]);
    hear(rig, request(10));
    lastAsk(rig).accept();
    assert.deepEqual(said(rig), [answer(true, 7)]);
    assert.equal(rig.session.token.holder, 'peer');
    hear(rig, request(0));
    assert.deepEqual(said(rig), [answer(true, 7)], 'who holds it has it');
    assert.equal(rig.named('tokenAsked').length, 2);
    hear(rig, { kind: 'tokenRelease', channel: 7, label });
    assert.deepEqual(rig.named('tokenHolder'), [
      { holder: 'peer', why: 'granted' },
      { holder: null, why: 'released' },
    ]);
    over(rig);
  });

  it('is refused by itself when nobody decides, and void when the peer lets go', () => {
    const rig = rigged('master');
    hear(rig, request(9));
    rig.clock.advance(ownTimers.tokenAnswerWithin);
    assert.deepEqual(said(rig), [answer(false, 7)]);
    hear(rig, request(9));
    hear(rig, { kind: 'tokenRelease', channel: 7, label });
    lastAsk(rig).accept();
    assert.deepEqual(said(rig), [answer(false, 7)]);
    assert.equal(rig.named('tokenAskWithdrawn').length, 1);
    over(rig);
  });

  it('changes hands as devices do it: release, close, then yes', () => {
    const rig = rigged('master');
    rig.session.token.take();
    hear(rig, answer(true));
    rig.session.open(opening(content));
    said(rig);
    hear(rig, request(1));
    assert.ok(lastAsk(rig).weHold);
    lastAsk(rig).accept();
    assert.deepEqual(said(rig), [release, 'closeLogicalChannel', answer(true, 7)]);
    assert.deepEqual(rig.named('tokenHolder').at(-1), { holder: 'peer', why: 'yielded' });
    assert.equal(rig.named('channelClosed').length, 1);
    over(rig);
  });

  it('goes to the higher number when two requests meet', () => {
    const win = rigged('slave', 60);
    win.session.token.take();
    hear(win, request(59));
    assert.deepEqual(said(win), [request(60, 101), answer(false, 7)]);
    hear(win, answer(true));
    assert.equal(win.session.token.holder, 'us');
    over(win);

    const lose = rigged('slave', 60);
    lose.session.token.take();
    hear(lose, request(61));
    lastAsk(lose).accept();
    assert.deepEqual(said(lose), [request(60, 101), answer(true, 7)]);
    assert.deepEqual(lose.named('tokenRefused'), [{ why: 'rejected' }]);
    assert.equal(lose.session.token.holder, 'peer');
    hear(lose, answer(false));
    assert.equal(lose.named('tokenRefused').length, 1);
    over(lose);
  });

  it('goes by the room where the room does not want the winner: our request is made again', () => {
    for (const answeredFirst of [true, false]) {
      const rig = rigged('master', 60, 70);
      rig.session.token.take();
      hear(rig, request(61));
      if (answeredFirst) hear(rig, answer(false));
      lastAsk(rig).reject();
      if (!answeredFirst) hear(rig, answer(false));
      assert.deepEqual(said(rig), [request(60, 101), answer(false, 7), request(70, 101)]);
      assert.deepEqual(rig.named('tokenRefused'), []);
      hear(rig, answer(true));
      assert.equal(rig.session.token.holder, 'us');
      over(rig);
    }
  });

  it('is asked for anew after a tie, by the master at once and by a slave later', () => {
    const master = rigged('master', 60, 61);
    master.session.token.take();
    hear(master, request(60));
    hear(master, answer(false));
    assert.deepEqual(said(master), [request(60, 101), answer(false, 7), request(61, 101)]);
    over(master);
    const slave = rigged('slave', 60, 61);
    slave.session.token.take();
    hear(slave, request(60));
    hear(slave, answer(false));
    assert.deepEqual(said(slave), [request(60, 101), answer(false, 7)]);
    assert.ok(slave.session.token.asking);
    slave.clock.advance(ownTimers.tokenRetry);
    assert.deepEqual(said(slave), [request(61, 101)]);
    over(slave);
  });

  it('that we want while the layer above still thinks goes by the numbers too', () => {
    const rig = rigged('master', 60);
    hear(rig, request(59));
    rig.session.token.take();
    assert.deepEqual(said(rig), [request(60, 101), answer(false, 7)]);
    assert.equal(rig.named('tokenAskWithdrawn').length, 1);
    lastAsk(rig).accept();
    assert.deepEqual(said(rig), []);
    over(rig);
  });

  it('that we do not want any more is let go at once; the answer to that request is not the answer to the next', () => {
    const rig = rigged('master', 60, 61);
    rig.session.token.take();
    rig.session.token.release();
    rig.session.token.take();
    assert.deepEqual(said(rig), [request(60, 101), release, request(61, 101)]);
    hear(rig, answer(true));
    assert.equal(rig.session.token.holder, null);
    hear(rig, answer(false));
    assert.deepEqual(rig.named('tokenRefused'), [{ why: 'rejected' }]);
    assert.deepEqual(said(rig), []);
    over(rig);
  });

  it('is told by the master, not by others', () => {
    const slave = rigged('slave');
    hear(slave, { kind: 'tokenOwner', channel: 7, label });
    assert.deepEqual(slave.named('tokenHolder'), [{ holder: 'peer', why: 'indicated' }]);
    over(slave);
    const master = rigged('master');
    hear(master, { kind: 'tokenOwner', channel: 7, label });
    assert.deepEqual(master.named('tokenHolder'), []);
    assert.deepEqual(master.named('quirk'), [{ label: 'token_owner_unasked' }]);
    over(master);
  });

  it('is taken from one who gives it up when asked', () => {
    const rig = rigged('master', 30);
    hear(rig, request(9));
    lastAsk(rig).accept();
    said(rig);
    rig.session.token.revoke();
    rig.session.token.revoke();
    assert.deepEqual(said(rig), [request(30, 101)]);
    hear(rig, { kind: 'tokenRelease', channel: 7, label });
    hear(rig, answer(true));
    assert.deepEqual(said(rig), [release]);
    assert.equal(rig.session.token.holder, null);
    over(rig);
  });

  it('is ours where we want it before the peer has given it up', () => {
    for (const how of ['gives it up', 'refuses'] as const) {
      const rig = rigged('master', 30);
      hear(rig, request(9));
      lastAsk(rig).accept();
      said(rig);
      rig.session.token.revoke();
      rig.session.token.take();
      assert.deepEqual(said(rig), [request(30, 101)]);
      hear(rig, { kind: 'tokenRelease', channel: 7, label });
      hear(rig, answer(how === 'gives it up'));
      assert.equal(rig.session.token.holder, how === 'gives it up' ? 'us' : null);
      assert.deepEqual(rig.named('tokenRefused'), how === 'gives it up' ? [] : [{ why: 'rejected' }]);
      over(rig);
    }
  });

  it('is taken from one who does not: its channel is to close, and gets no bit', () => {
    for (const how of ['refuses', 'is silent'] as const) {
      const rig = rigged('master', 30);
      hear(rig, request(9));
      lastAsk(rig).accept();
      rig.session.on.on('channelOffered', ({ channel }) => channel.accept(taken));
      rig.link.receive(
        encode(MultimediaSystemControlMessage, {
          request: { openLogicalChannel: writeOpening(7, opening(content, 32)) },
        }),
      );
      said(rig);
      rig.session.token.revoke();
      if (how === 'refuses') hear(rig, answer(false));
      else rig.clock.advance(ownTimers.tokenAnswer);
      assert.equal(rig.session.token.holder, null);
      assert.ok(said(rig).includes('requestChannelClose'));
      if (how === 'refuses') {
        rig.link.receive(
          encode(MultimediaSystemControlMessage, {
            response: { requestChannelCloseReject: { forwardLogicalChannelNumber: 7, cause: { unspecified: true } } },
          }),
        );
        assert.deepEqual(said(rig), ['flowControlCommand']);
      } else {
        rig.clock.advance(annexC.T108);
        assert.deepEqual(said(rig), ['requestChannelCloseRelease', 'flowControlCommand']);
      }
      over(rig);
    }
  });

  it('asks for rates and is asked for them', () => {
    const rig = rigged('master');
    rig.session.on.on('channelOffered', ({ channel }) => channel.accept(taken));
    rig.link.receive(
      encode(MultimediaSystemControlMessage, {
        request: { openLogicalChannel: writeOpening(5, opening(content, 32)) },
      }),
    );
    said(rig);
    const ask: H239Message = { kind: 'rateRequest', channel: 5, bps: 512_000 };
    hear(rig, ask);
    assert.equal(rig.named('rateAsked')[0]?.bps, 512_000);
    assert.equal(rig.named('rateAsked')[0]?.channel.number, 5);
    rig.named('rateAsked')[0]?.accept();
    hear(rig, ask);
    rig.clock.advance(ownTimers.tokenAnswerWithin);
    hear(rig, { ...ask, channel: 99 });
    assert.deepEqual(said(rig), [
      { kind: 'rateResponse', channel: 5, granted: true },
      { kind: 'rateResponse', channel: 5, granted: false },
      { kind: 'rateResponse', channel: 99, granted: false },
    ]);
    const ours = rig.session.open(opening(content));
    assert.ok(ours);
    said(rig);
    rig.session.requestRate(ours, 768_000);
    assert.deepEqual(said(rig), [{ kind: 'rateRequest', channel: 101, bps: 768_000 }]);
    hear(rig, { kind: 'rateResponse', channel: 101, granted: true });
    rig.session.requestRate(ours, 868_000);
    rig.clock.advance(ownTimers.tokenAnswer);
    assert.deepEqual(rig.named('rateAnswered'), [
      { channel: 101, accepted: true },
      { channel: 101, accepted: false },
    ]);
    over(rig);
  });

  it('is held by one at most whatever happens, and both agree in the end', () => {
    for (let seed = 1; seed <= 400; seed++) {
      const roll = seeded(seed);
      const clock = new ManualClock();
      const links = linkPair();
      const lossy = seed % 3 === 0;
      // Few numbers, so that ties are frequent.
      const chance = { ...chanceOf(roll), int: (_: number, max: number) => (max > 127 ? roll(2 ** 24) : 1 + roll(4)) };
      const rigs = (['a', 'b'] as const).map((side, at) =>
        controlRig({ clock, link: links[side], chance, terminalType: seed % 2 ? 50 : ([190, 50][at] as number) }),
      );
      const [a, b] = rigs as [ControlRig, ControlRig];
      const undecided: TokenAsked[] = [];
      const decide = (ask: TokenAsked): void => (roll(3) ? ask.accept() : ask.reject());
      for (const { session } of rigs) {
        session.on.on('tokenAsked', (ask) => {
          if (roll(3)) decide(ask);
          else undecided.push(ask);
        });
        session.start(fullSet);
      }
      links.settle();
      for (let i = 0; i < 80; i++) {
        const { token } = (rigs[roll(2)] as ControlRig).session;
        if (roll(3) === 0) token.take();
        else if (roll(4) === 0) token.release();
        if (roll(5) === 0) undecided.splice(roll(undecided.length), 1).forEach(decide);
        for (let n = roll(4); n > 0; n--) {
          const from = roll(2) ? 'a' : 'b';
          const [next] = links[from].outbox;
          const droppable = lossy && next !== undefined && valueOf(next).response !== undefined;
          if (droppable && roll(6) === 0) links[from].outbox.shift();
          else links.step(from);
        }
        if (roll(8) === 0) clock.advance(roll(6_000));
      }
      for (let i = 0; i < 12; i++) {
        links.settle();
        clock.advance(15_000);
      }
      const holders = [a.session.token.holder, b.session.token.holder];
      const fine = [
        [null, null],
        ['us', 'peer'],
        ['peer', 'us'],
      ].some((pair) => pair[0] === holders[0] && pair[1] === holders[1]);
      // Where an answer was lost one may believe in the other's part, but never do both present.
      assert.ok(lossy ? holders.join() !== 'us,us' : fine, `seed ${seed}: ${holders.join(', ')}`);
      assert.ok(!a.session.token.asking && !b.session.token.asking);
      a.session.end();
      links.settle();
      assert.equal(clock.pending, 0);
    }
  });
});
