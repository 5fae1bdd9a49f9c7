import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { systemChance } from '../../../src/base/ids.js';
import type { Endpoint } from '../../../src/base/net.js';
import {
  hostPriority,
  IceAgent,
  type IceCredentials,
  type IcePlace,
  type IceTerms,
} from '../../../src/protocol/ice/agent.js';
import { crc32 } from '../../../src/protocol/stun/crc.js';
import { decodeStun, encodeStun, isSigned, stunMessage, type StunMessage } from '../../../src/protocol/stun/message.js';
import { seeded } from '../../support/seeded.js';

const at = (host: number, port = 5000): Endpoint => ({ address: `192.0.2.${host}`, port });
const place = (where: Endpoint, priority = hostPriority): IcePlace => ({ ...where, priority });
const same = (a: Endpoint | null, b: Endpoint): boolean => a?.address === b.address && a.port === b.port;
const credentials = (name: string): IceCredentials => ({ ufrag: name, pwd: `${name}-password-of-22-octets` });
const transactionOf = (): Uint8Array => Buffer.from(systemChance.hex(12), 'hex');

/** Agents on a network without sockets and clock. */
class Network {
  now = 0;
  private readonly hosts: { where: Endpoint; agent: IceAgent }[] = [];
  private readonly wire: { bytes: Uint8Array; from: Endpoint; to: Endpoint }[] = [];
  /** Datagrams that went to nobody. */
  lost: { bytes: Uint8Array; to: Endpoint }[] = [];
  /** What a host behind a router comes from. */
  outside = (from: Endpoint): Endpoint => from;

  host(where: Endpoint, allowance = Infinity): IceAgent & { seen: string[] } {
    const seen: string[] = [];
    const agent = new IceAgent(systemChance, {
      send: (bytes, to) => void this.wire.push({ bytes, from: this.outside(where), to }),
      path: (to) => void seen.push(`path ${to.address}:${to.port}`),
      valid: () => undefined,
      failed: () => void seen.push('failed'),
      answersStranger: () => allowance-- > 0,
    });
    this.hosts.push({ where, agent });
    return Object.assign(agent, { seen });
  }

  run(ms: number): void {
    for (const end = this.now + ms; this.now < end; this.now += 10) {
      for (const { agent } of this.hosts) if ((agent.due ?? Infinity) <= this.now) agent.tick(this.now);
      this.deliver();
    }
  }

  deliver(): void {
    for (let one = this.wire.shift(); one; one = this.wire.shift()) {
      const { bytes, from, to } = one;
      const host = this.hosts.find(({ where }) => same(this.outside(where), to));
      if (host) host.agent.receive(bytes, from, this.now);
      else this.lost.push({ bytes, to });
    }
  }
}

describe('an ICE agent', () => {
  let net: Network;
  let ours: IceAgent & { seen: string[] };
  const us = at(1);
  const them = at(2);
  const mine = credentials('mine');
  const yours = credentials('yours');
  const terms = (more: Partial<IceTerms> = {}): IceTerms => ({
    ...{ ours: mine, theirs: yours, places: [place(them)], controlling: false },
    ...more,
  });
  const mirrored = (more: Partial<IceTerms> = {}): IceTerms => ({
    ...{ ours: yours, theirs: mine, places: [place(us)], controlling: true },
    ...more,
  });

  /** A check as the peer would make it. */
  function checkOf(more: Partial<StunMessage> = {}, password: string | null = mine.pwd): Buffer {
    const role = { controlling: true, tieBreaker: 1n };
    const usual = { username: 'mine:yours', priority: 1, role };
    return encodeStun({ ...stunMessage('request', transactionOf()), ...usual, ...more }, password);
  }
  const answers = (): StunMessage[] => net.lost.flatMap(({ bytes }) => decodeStun(bytes) ?? []);
  /** What it answers to a datagram from where nobody else is. */
  function told(bytes: Uint8Array, from: Endpoint = at(9)): StunMessage[] {
    net.lost = [];
    ours.receive(bytes, from, net.now);
    net.deliver();
    return answers().filter(({ kind }) => kind !== 'request');
  }

  beforeEach(() => {
    net = new Network();
    ours = net.host(us);
  });

  it('finds the way to its peer as the controlled side, and takes the nominated one', () => {
    const peer = net.host(them);
    ours.begin(terms(), net.now);
    peer.begin(mirrored(), net.now);
    net.run(1000);
    assert.deepEqual([ours.path, peer.path], [them, us]);
    assert.deepEqual([ours.sourceOf(them), ours.sourceOf(at(3))], ['valid', 'stranger']);
    assert.match(ours.describe(), /^ice controlled 192\.0\.2\.2:5000 /);
    assert.equal(net.lost.length, 0);
  });

  it('prefers the best of the addresses that answer', () => {
    const peer = net.host(them);
    ours.begin(
      terms({ places: [place(at(7), 1000), place(them, 900), place(at(8), 800)], controlling: true }),
      net.now,
    );
    peer.begin(mirrored({ controlling: false }), net.now);
    net.run(3000);
    assert.deepEqual(ours.path, them);
    const tried = net.lost.filter(({ to }) => same(to, at(8))).length;
    assert.ok(tried <= 3, `${tried} more to who was not nominated`);
  });

  it('finds a peer behind a router by where its checks come from', () => {
    net.outside = (from) => (same(from, them) ? at(77, 61000) : from);
    const peer = net.host(them);
    ours.begin(terms({ places: [place({ address: '10.0.0.5', port: 5000 })] }), net.now);
    peer.begin(mirrored(), net.now);
    net.run(1000);
    assert.deepEqual(ours.path, at(77, 61000));
  });

  it('nominates where the peer is lite and only answers', () => {
    const lite = (bytes: Uint8Array): Uint8Array | null => {
      const check = decodeStun(bytes);
      assert.ok(check && isSigned(bytes, yours.pwd));
      assert.equal(check.username, 'yours:mine');
      assert.deepEqual(check.role?.controlling, true);
      return encodeStun({ ...stunMessage('success', check.transaction), mapped: us }, yours.pwd);
    };
    ours.begin(terms({ controlling: true }), net.now);
    let nominated = false;
    for (let turn = 0; turn < 100; turn += 1) {
      net.run(10);
      for (const { bytes } of net.lost.splice(0)) {
        nominated ||= decodeStun(bytes)?.useCandidate === true;
        const answer = lite(bytes);
        if (answer) ours.receive(answer, them, net.now);
      }
    }
    assert.ok(nominated);
    assert.deepEqual(ours.path, them);
  });

  for (const controlling of [true, false]) {
    it(`settles who controls when both say they are ${controlling ? 'controlling' : 'controlled'}`, () => {
      const peer = net.host(them);
      ours.begin(terms({ controlling }), net.now);
      peer.begin(mirrored({ controlling }), net.now);
      net.run(2000);
      assert.deepEqual([ours.path, peer.path], [them, us]);
      const roles = [ours, peer].map((one) => /^ice (\w+)/.exec(one.describe())?.[1]).sort();
      assert.deepEqual(roles, ['controlled', 'controlling']);
    });
  }

  it('keeps the old way through a restart until there is a new one', () => {
    const peer = net.host(them);
    ours.begin(terms(), net.now);
    peer.begin(mirrored(), net.now);
    net.run(1000);
    const elsewhere = at(3);
    const moved = net.host(elsewhere);
    const [newMine, newYours] = [credentials('mine2'), credentials('yours2')];
    ours.begin({ ours: newMine, theirs: newYours, places: [place(elsewhere)], controlling: false }, net.now);
    assert.deepEqual(ours.path, them);
    assert.equal(ours.sourceOf(them), 'valid');
    // the peer asks for consent with what it knew before
    assert.deepEqual(
      told(checkOf({}, mine.pwd), at(9)).map(({ kind }) => kind),
      ['success'],
    );
    assert.equal(ours.sourceOf(at(9)), 'stranger', 'and nothing is learned from that');
    moved.begin({ ours: newYours, theirs: newMine, places: [place(us)], controlling: true }, net.now);
    net.run(1000);
    assert.deepEqual(ours.path, elsewhere);
    assert.equal(ours.sourceOf(them), 'stranger');
  });

  it('says when no check comes through, and takes the peer all the same when it comes', () => {
    ours.begin(terms(), net.now);
    net.run(70_000);
    assert.deepEqual(ours.seen, ['failed']);
    assert.equal(net.lost.length, 7, 'checks of the one address');
    assert.equal(ours.due, null);
    const peer = net.host(them);
    peer.begin(mirrored(), net.now);
    net.run(1000);
    assert.deepEqual(ours.path, them);
  });

  it('keeps a way open by indications, which ask for no answer', () => {
    const peer = net.host(them);
    ours.begin(terms(), net.now);
    peer.begin(mirrored(), net.now);
    net.run(1000);
    const before = ours.seen.length;
    let [indications, others] = [0, 0];
    const receive = peer.receive.bind(peer);
    peer.receive = (bytes, from, now) => {
      if (decodeStun(bytes)?.kind === 'indication') indications += 1;
      else others += 1;
      receive(bytes, from, now);
    };
    net.run(60_000);
    assert.deepEqual([indications, others, ours.seen.length - before], [4, 0, 0]);
  });

  describe('towards who does not know its password', () => {
    beforeEach(() => ours.begin(terms({ places: [] }), net.now));

    it('answers 401, learns nothing, and not with more than it got', () => {
      const wrong = [checkOf({}, 'wrong'), checkOf({ username: 'other:yours' }), checkOf({ username: 'min:yours' })];
      for (const bytes of wrong) {
        const [answer, ...more] = told(bytes);
        assert.equal(answer?.error?.code, 401);
        assert.equal(more.length, 0);
        assert.ok((net.lost[0]?.bytes.length ?? 0) <= bytes.length);
      }
      assert.equal(ours.sourceOf(at(9)), 'stranger');
      assert.equal(ours.due, null);
    });

    it('answers 400 where the proof is missing, and nothing where that would be more than it got', () => {
      assert.equal(told(checkOf({}, null))[0]?.error?.code, 400);
      assert.deepEqual(told(encodeStun(stunMessage('request', transactionOf()), null)), []);
    });

    it('is silent when it has answered often', () => {
      ours = net.host(at(10), 2);
      ours.begin(terms({ places: [] }), net.now);
      const codes = Array.from({ length: 20 }, () => told(checkOf({}, 'wrong')).length);
      assert.equal(
        codes.reduce((sum, one) => sum + one, 0),
        2,
      );
    });

    it('is silent without a fingerprint, to other methods and before anything is agreed', () => {
      const bare = checkOf();
      const cut = Buffer.from(bare.subarray(0, bare.length - 8));
      cut.writeUInt16BE(cut.length - 20, 2);
      const allocate = checkOf();
      allocate[1] = 3;
      for (const bytes of [cut, allocate]) assert.deepEqual(told(bytes), []);
      ours = net.host(at(11));
      assert.deepEqual(told(checkOf()), []);
    });

    it('takes no answers that were not asked for, come from elsewhere, or are signed by somebody else', () => {
      ours.begin(terms(), net.now);
      net.run(20);
      const asked = decodeStun(net.lost[0]?.bytes ?? Buffer.alloc(0));
      assert.ok(asked);
      const success = (password: string, transaction = asked.transaction): Uint8Array =>
        encodeStun({ ...stunMessage('success', transaction), mapped: us }, password);
      ours.receive(success('wrong'), them, net.now);
      ours.receive(success(mine.pwd), them, net.now);
      ours.receive(success(yours.pwd, transactionOf()), them, net.now);
      ours.receive(success(yours.pwd), at(9), net.now);
      assert.equal(ours.path, null);
      ours.receive(success(yours.pwd), them, net.now);
      assert.deepEqual(ours.path, them);
    });
  });

  it('names what it has to understand and does not, with its signature', () => {
    ours.begin(terms({ places: [] }), net.now);
    const plain = encodeStun({ ...stunMessage('request', transactionOf()), username: 'mine:yours' }, null);
    const strange = Buffer.concat([plain.subarray(0, -8), Buffer.from([0x7f, 0xf1, 0, 0])]);
    const signed = resigned(strange, mine.pwd);
    const [answer] = told(signed);
    assert.deepEqual([answer?.error?.code, answer?.unknown], [420, [0x7ff1]]);
    assert.ok(isSigned(net.lost[0]?.bytes ?? Buffer.alloc(0), mine.pwd));
  });

  it('tries no more than a few ways, whoever knows the password', () => {
    ours.begin(terms(), net.now);
    net.run(20);
    for (let port = 1; port <= 500; port += 1) ours.receive(checkOf(), at(9, port), net.now);
    net.deliver();
    net.lost = [];
    net.run(60_000);
    const places = new Set(net.lost.map(({ to }) => to.port));
    assert.ok(places.size <= 16, `${places.size} places`);
    assert.ok(net.lost.length <= 16 * 7, `${net.lost.length} datagrams`);
  });

  it('is not moved by what chance makes of genuine checks', () => {
    const peer = net.host(them);
    ours.begin(terms(), net.now);
    peer.begin(mirrored(), net.now);
    net.run(1000);
    const roll = seeded(5769);
    for (let round = 0; round < 20_000; round += 1) {
      const bytes = checkOf({ useCandidate: true });
      for (let change = roll(4); change >= 0; change -= 1) {
        const index = roll(bytes.length);
        bytes[index] = (bytes[index] ?? 0) ^ (1 + roll(255));
      }
      const cut = roll(5) === 0 ? bytes.subarray(0, roll(bytes.length)) : bytes;
      ours.receive(cut, at(50 + roll(50), 1 + roll(60_000)), net.now);
    }
    net.run(5000);
    assert.deepEqual(ours.path, them);
    assert.match(ours.describe(), /\(192\.0\.2\.2:5000 valid\)$/);
  });
});

/** Signs what `encodeStun` would not write: attributes up to MESSAGE-INTEGRITY. */
function resigned(body: Buffer, password: string): Buffer {
  const withLength = (bytes: Buffer, more: number): Buffer => {
    const copy = Buffer.from(bytes);
    copy.writeUInt16BE(bytes.length - 20 + more, 2);
    return copy;
  };
  const signature = createHmac('sha1', password).update(withLength(body, 24)).digest();
  const whole = Buffer.concat([body, Buffer.from([0, 8, 0, 20]), signature]);
  const print = Buffer.from([0x80, 0x28, 0, 4, 0, 0, 0, 0]);
  print.writeUInt32BE((crc32(withLength(whole, 8)) ^ 0x5354554e) >>> 0, 4);
  return withLength(Buffer.concat([whole, print]), 0);
}
