import assert from 'node:assert/strict';
import { encode } from '../../../../src/protocol/asn1/codec.js';
import { MultimediaSystemControlMessage } from '../../../../src/protocol/h323/h245/schema.js';
import { controlRig, fullSet, opening, taken, video } from '../../../support/control-rig.js';
import { seeded } from '../../../support/seeded.js';
import { fuzzed } from './hostile.js';

describe('a session among hostile peers', () => {
  it('lives through messages in any order, whole and mutated, and leaves nothing behind', () => {
    let answered = 0;
    for (let seed = 1; seed <= 40; seed++) {
      const roll = seeded(seed);
      const rig = controlRig({ terminalType: seed % 2 ? 190 : 50, roundTripEvery: 60_000 });
      const { session, link, clock } = rig;
      session.on.on('channelOffered', ({ channel }) => {
        if (roll(2)) channel.accept(taken);
      });
      session.on.on('tokenAsked', (ask) => {
        if (roll(2)) ask.accept();
      });
      if (roll(4)) session.start(fullSet);
      for (let i = 0; i < 200 && session.state !== 'ended'; i++) {
        link.receive(fuzzed(roll));
        if (roll(10) === 0) session.open(opening(video));
        if (roll(20) === 0) session.token.take();
        if (roll(20) === 0) session.token.revoke();
        if (roll(10) === 0) clock.advance(roll(40_000));
        // As many answers as questions at most, and what timers say.
        const said = link.sent().length;
        assert.ok(said < 40, `${said}`);
        answered += said;
        assert.ok(session.channels.length < 300);
      }
      session.end();
      link.receive(encode(MultimediaSystemControlMessage, { command: { endSessionCommand: { disconnect: true } } }));
      assert.equal(session.state, 'ended');
      assert.equal(clock.pending, 0);
      assert.equal(link.listeners, 0);
    }
    assert.ok(answered > 1_000, `${answered}`);
  });
});
