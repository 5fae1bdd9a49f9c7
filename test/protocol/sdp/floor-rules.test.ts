import assert from 'node:assert/strict';
import {
  answerConnection,
  answerSetup,
  answerSide,
  answerVersion,
  roleOf,
  sideAfterAnswer,
  tcpPart,
} from '../../../src/protocol/sdp/floor-rules.js';
import { readFloorAttributes, type FloorRole } from '../../../src/protocol/sdp/floor-attributes.js';

const roles = (text: string): FloorRole[] => readFloorAttributes(text === '' ? [] : [`a=floorctrl:${text}`]).roles;

describe('floorctrl (RFC 8856 §5.1, §10)', () => {
  for (const [offer, answer] of [
    ['c-only', 's-only'],
    ['s-only', 'c-only'],
    ['c-only s-only', 's-only'],
    ['s-only c-only', 's-only'],
    ['c-s', 's-only'],
    ['c-only s-only c-s', 's-only'],
    ['', 's-only'],
    ['nonsense', 's-only'],
  ] as const) {
    it(`offer "${offer}" is answered ${answer}`, () => assert.equal(roleOf(answerSide(roles(offer))), answer));
  }
  for (const [offer, answer, side] of [
    ['s-only', 'c-only', 'server'],
    ['s-only', 'c-s', 'server'],
    ['s-only', '', 'server'],
    ['s-only', 's-only', 'client'],
    ['c-only s-only', 'c-only', 'server'],
    ['c-only s-only', 's-only', 'client'],
    ['c-only', 's-only', 'client'],
    ['c-only', '', 'client'],
  ] as const) {
    it(`we offer "${offer}", the answer is "${answer}": we are ${side}`, () =>
      assert.equal(sideAfterAnswer(roles(offer), roles(answer)), side));
  }
});

describe('setup (RFC 4145 §4.1)', () => {
  for (const [offer, answer, part] of [
    ['active', 'passive', 'passive'],
    ['passive', 'active', 'active'],
    ['actpass', 'passive', 'passive'],
    ['holdconn', 'holdconn', 'none'],
    [null, null, 'passive'],
  ] as const) {
    it(`offer ${offer} is answered ${answer}: we are ${part}`, () => {
      assert.equal(answerSetup(offer), answer);
      assert.equal(tcpPart(answer, offer, false), part);
    });
  }
  it('actpass is answered active when we cannot be reached', () =>
    assert.equal(answerSetup('actpass', false), 'active'));
  for (const [ours, theirs, part] of [
    ['actpass', 'active', 'passive'],
    ['actpass', 'passive', 'active'],
    ['actpass', 'holdconn', 'none'],
    ['actpass', null, 'active'],
    ['actpass', 'actpass', 'active'],
    ['active', 'passive', 'active'],
    ['active', 'active', 'active'],
    ['passive', 'active', 'passive'],
    ['passive', 'passive', 'passive'],
    ['passive', null, 'passive'],
    [null, null, 'active'],
  ] as const) {
    it(`our offer ${ours}, answer ${theirs}: we are ${part}`, () => assert.equal(tcpPart(ours, theirs, true), part));
  }
});

describe('connection (RFC 4145 §5)', () => {
  for (const [offer, have, answer, isNew] of [
    ['new', false, 'new', true],
    ['new', true, 'new', true],
    ['existing', true, 'existing', false],
    ['existing', false, 'new', true],
    [null, false, null, true],
    [null, true, null, true],
  ] as const) {
    it(`offer ${offer}, ${have ? 'with' : 'without'} a channel: ${answer}`, () =>
      assert.deepEqual(answerConnection(offer, have), { answer, isNew }));
  }
});

describe('bfcpver (RFC 8856 §5.5)', () => {
  for (const [offer, udp, tcp] of [
    [[], 2, 1],
    [[1], 1, 1],
    [[2, 1], 2, 1],
    [[1, 2], 2, 1],
    [[2], 2, null],
    [[3], null, null],
  ] as const) {
    it(`offer "${offer.join(' ')}": UDP ${udp}, TCP ${tcp}`, () => {
      assert.equal(answerVersion(offer, 'UDP'), udp);
      assert.equal(answerVersion(offer, 'TCP'), tcp);
    });
  }
});
