import assert from 'node:assert/strict';
import { encode } from '../../../../src/protocol/asn1/codec.js';
import { MultimediaSystemControlMessage } from '../../../../src/protocol/h323/h245/schema.js';
import { roleBy } from '../../../../src/protocol/h323/control/determination.js';
import { annexC } from '../../../../src/protocol/h323/control/timers.js';
import { linkPair, MemoryLink } from '../../../support/control-links.js';
import { controlRig, fullSet, type ControlRig } from '../../../support/control-rig.js';
import { ManualClock } from '../../../support/manual-clock.js';

/** Draws these, the last one again and again. */
const drawing = (...numbers: number[]) => ({
  int: (): number => (numbers.length > 1 ? (numbers.shift() as number) : (numbers[0] as number)),
  hex: () => '',
  uuid: () => '',
});

describe('master-slave determination', () => {
  it('follows the terminal type, then the numbers', () => {
    const half = 2 ** 23;
    const table: [number, number, number, number, 'master' | 'slave' | null][] = [
      [190, 5, 50, 9, 'master'],
      [50, 5, 190, 9, 'slave'],
      [50, 5, 50, 6, 'master'],
      [50, 6, 50, 5, 'slave'],
      [50, 5, 50, 5, null],
      [50, 0, 50, half, null],
      [50, 0, 50, half - 1, 'master'],
      [50, 0, 50, half + 1, 'slave'],
      [50, 2 ** 24 - 1, 50, 0, 'master'],
    ];
    for (const [terminalType, number, theirType, theirNumber, role] of table) {
      const ours = { terminalType, number };
      const theirs = { terminalType: theirType, number: theirNumber };
      assert.equal(roleBy(ours, theirs), role, JSON.stringify([ours, theirs]));
    }
  });

  /** Two sessions, with numbers to draw, on one clock. */
  function two(a: number[], b: number[], types: [number, number] = [50, 50]) {
    const clock = new ManualClock();
    const links = linkPair();
    const rig = (link: MemoryLink, numbers: number[], terminalType: number): ControlRig =>
      controlRig({ clock, link, chance: drawing(...numbers), terminalType });
    return { clock, links, a: rig(links.a, a, types[0]), b: rig(links.b, b, types[1]) };
  }

  it('is agreed on when both begin at once, and when only one does', () => {
    for (const both of [true, false]) {
      const { links, a, b, clock } = two([1], [2]);
      a.session.start(fullSet);
      if (both) b.session.start(fullSet);
      links.settle();
      assert.deepEqual([a.session.role, b.session.role], ['master', 'slave']);
      assert.deepEqual(a.named('role'), ['master']);
      assert.deepEqual(b.named('role'), ['slave']);
      a.session.end();
      b.session.end();
      links.settle();
      assert.equal(clock.pending, 0);
    }
  });

  it('is begun anew with another number where the numbers are the same', () => {
    const { links, a, b } = two([0, 7, 7, 8], [0, 7, 7, 9]);
    a.session.start(fullSet);
    b.session.start(fullSet);
    links.settle();
    assert.deepEqual(new Set([a.session.role, b.session.role]), new Set(['master', 'slave']));
  });

  it('is refused with the same number while nothing of our own is under way', () => {
    const { links, a, b } = two([0, 7, 8], [7, 9]);
    a.session.start(fullSet);
    links.settle();
    assert.deepEqual([a.session.role, b.session.role], ['master', 'slave']);
  });

  it('is given up after N100 new beginnings', () => {
    const rig = controlRig({ chance: drawing(7), terminalType: 50 });
    rig.session.start(fullSet);
    const refusal = encode(MultimediaSystemControlMessage, {
      response: { masterSlaveDeterminationReject: { cause: { identicalNumbers: true } } },
    });
    for (let i = 0; i < annexC.N100; i++) rig.link.receive(refusal);
    assert.deepEqual(rig.named('timedOut'), []);
    const asked = rig.link.sent().filter(({ request }) => request?.masterSlaveDetermination).length;
    assert.equal(asked, 1 + annexC.N100);
    rig.link.receive(refusal);
    assert.deepEqual(rig.named('timedOut'), [{ what: 'determination', fatal: true }]);
    rig.session.end();
    rig.link.close();
    assert.equal(rig.clock.pending, 0);
  });

  it('ends by T106 without an answer', () => {
    const rig = controlRig();
    rig.session.start(fullSet);
    rig.clock.advance(annexC.T106);
    assert.ok(rig.named('timedOut').some(({ what, fatal }) => what === 'determination' && fatal));
    assert.ok(rig.link.sent().some(({ indication }) => indication?.masterSlaveDeterminationRelease));
    assert.equal(rig.session.role, null);
  });

  it('holds where the peer never acknowledges: the numbers are the same for both', () => {
    const rig = controlRig();
    rig.link.receiveHex('01003c8001e240'); // a gateway, 60
    rig.clock.advance(annexC.T106);
    assert.equal(rig.session.role, 'master');
    assert.deepEqual(rig.named('quirk'), [{ label: 'determination_not_acknowledged' }]);
    assert.equal(rig.clock.pending, 0);
  });

  it('does not run out while the link is not open', () => {
    const link = new MemoryLink();
    link.state = 'waiting';
    const rig = controlRig({ link });
    rig.session.start(fullSet);
    rig.clock.advance(10 * annexC.T106);
    assert.deepEqual(rig.named('timedOut'), []);
    link.open();
    rig.clock.advance(annexC.T106);
    assert.equal(rig.named('timedOut').length, 2);
  });
});
