import assert from 'node:assert/strict';
import { decode, decodeHeader, decodeMessage } from '../../../src/protocol/bfcp/decode.js';
import { encode } from '../../../src/protocol/bfcp/encode.js';
import type { Carriage, Message } from '../../../src/protocol/bfcp/message.js';
import { bytesOf, hexOf, vectors, type Vector } from './vectors.js';

const carriageOf = (vector: Vector): Carriage => (vector.transport === 'udp' ? 'datagram' : 'reliable');

function message(name: string, carriage: Carriage): Message {
  const decoded = decode(bytesOf(name), carriage);
  assert.ok(decoded.ok, decoded.ok ? '' : decoded.fault.message);
  return decoded.value;
}

/** Legal messages that are written differently by us: M bit cleared, skipped attribute dropped, Res bits cleared. */
const notCanonical = new Set([
  'mbit-set-on-known',
  'unknown-attr-optional',
  'rf-bits-on-tcp',
  'res-bits-set',
  'priority-7',
]);
/** Bad to a server that watches transports or ids, but decodable. */
const decodable = new Set(['v1-on-udp', 'v2-on-tcp', 'tid-zero-request']);
const faults: Record<string, string> = {
  'unknown-attr-mandatory': 'unknown-mandatory',
  'unknown-primitive': 'unknown-primitive',
  'bad-version-3': 'unsupported-version',
  'payload-too-long': 'wrong-length',
  'payload-too-short': 'wrong-length',
  'attr-length-1': 'malformed',
  'attr-overrun': 'malformed',
  'group-inner-overrun': 'malformed',
  'floorrequest-no-floor': 'missing-attribute',
  'short-datagram': 'incomplete',
};

describe('bfcp codec: golden vectors', () => {
  for (const vector of vectors.filter((one) => one.expect.ok === true || decodable.has(one.name))) {
    if (vector.name === 'tcp-two-in-one') continue;
    it(`decodes and encodes ${vector.name}`, () => {
      const decoded = message(vector.name, carriageOf(vector));
      if (vector.expect['primitive']) assert.equal(decoded.primitive, vector.expect['primitive']);
      if (vector.expect['transactionId'] !== undefined) {
        assert.equal(decoded.transactionId, vector.expect['transactionId']);
      }
      if (vector.expect['floorIds']) assert.deepEqual(decoded.body.floorIds ?? [], vector.expect['floorIds']);
      if (vector.expect['R'] !== undefined) assert.equal(decoded.response, vector.expect['R'] === 1);
      const again = encode(decoded, carriageOf(vector));
      if (!notCanonical.has(vector.name)) assert.equal(hexOf(again), vector.hex);
      const twice = decode(again, carriageOf(vector));
      assert.ok(twice.ok);
      assert.deepEqual(twice.value, decoded);
    });
  }

  for (const vector of vectors.filter((one) => one.expect.ok === false && !decodable.has(one.name))) {
    it(`refuses ${vector.name}`, () => {
      const decoded = decode(bytesOf(vector.name), carriageOf(vector));
      assert.ok(!decoded.ok);
      assert.equal(decoded.fault.kind, faults[vector.name]);
      const code = decoded.fault.verdict.bfcp;
      if (typeof vector.expect['serverError'] === 'number') assert.equal(code, vector.expect['serverError']);
      if (vector.expect['unknownTypes']) assert.deepEqual(decoded.fault.types, vector.expect['unknownTypes']);
      if (code !== 0) assert.notEqual(decoded.fault.ids, null);
    });
  }
});

describe('bfcp codec: contents', () => {
  it('reads the groups of a FloorStatus', () => {
    const { body } = message('floorstatus-udp-resp', 'datagram');
    const summary = (body.floorRequests ?? []).map((info) => ({
      id: info.id,
      status: info.overall?.status,
      floors: info.floors.map((floor) => floor.id),
      beneficiary: info.beneficiary?.id,
    }));
    assert.deepEqual(summary, [
      { id: 764, status: { state: 'accepted', position: 1 }, floors: [543], beneficiary: 124 },
      { id: 635, status: { state: 'accepted', position: 2 }, floors: [543], beneficiary: 154 },
    ]);
  });

  it('reads names, errors and the two lists of HelloAck', () => {
    const granted = message('floorrequeststatus-tcp-srv-granted', 'reliable').body.floorRequests?.[0];
    assert.deepEqual(granted?.beneficiary, { id: 154, name: 'Room 4' });
    assert.deepEqual(granted?.floors, [{ id: 543, status: { state: 'granted', position: 0 } }]);
    assert.deepEqual(message('error-unknown-mandatory', 'datagram').body.error, { code: 4, details: [0xc6, 0xc8] });
    const ack = message('helloack-udp', 'datagram').body;
    assert.deepEqual(ack.supportedPrimitives?.length, 17);
    assert.deepEqual(ack.supportedAttributes?.at(-1), 18);
  });

  it('says where a message is broken', () => {
    const decoded = decode(bytesOf('attr-length-1'), 'datagram');
    assert.ok(!decoded.ok);
    assert.equal(decoded.fault.position, 12);
  });

  it('takes every cut of every vector without throwing', () => {
    for (const vector of vectors.filter((one) => one.name !== 'payload-too-short')) {
      const bytes = Buffer.from(vector.hex, 'hex');
      for (let length = 0; length < bytes.length; length++) {
        const decoded = decode(bytes.subarray(0, length), carriageOf(vector));
        assert.ok(!decoded.ok, `${vector.name} cut to ${length}`);
      }
    }
  });

  it('keeps priorities above 4 as 4 and unsigned 32-bit conference ids', () => {
    const bytes = Buffer.from('20010002ffffffff0001ffff040400020804e000', 'hex');
    const decoded = decode(bytes, 'reliable');
    assert.ok(decoded.ok);
    assert.equal(decoded.value.body.priority, 4);
    assert.equal(decoded.value.conferenceId, 0xffffffff);
    assert.equal(decoded.value.userId, 0xffff);
  });

  it('sees unknown mandatory attributes inside groups', () => {
    const bytes = Buffer.from('2004000300000001000000ea1e0c0315c704010224040315', 'hex');
    const header = decodeHeader(bytes, 'reliable');
    assert.ok(header.ok);
    const decoded = decodeMessage(bytes, header.value);
    assert.ok(!decoded.ok);
    assert.deepEqual(decoded.fault.types, [99]);
  });
});

describe('bfcp codec: long texts', () => {
  const ids = { version: 2, response: false, conferenceId: 1, transactionId: 1, userId: 1 } as const;

  it('cuts a text at a character boundary', () => {
    const bytes = encode(
      { ...ids, primitive: 'FloorRequest', body: { floorIds: [2], providedInfo: '会'.repeat(100) } },
      'datagram',
    );
    const decoded = decode(bytes, 'datagram');
    assert.ok(decoded.ok);
    assert.equal(decoded.value.body.providedInfo, '会'.repeat(84));
  });

  it('makes a group with a long name and address fit', () => {
    const user = { id: 9, name: 'é'.repeat(200), uri: `sip:${'x'.repeat(200)}@example.org` };
    const info = { id: 3, overall: { id: 3, status: { state: 'granted', position: 0 } as const }, floors: [{ id: 2 }] };
    const body = { floorRequests: [{ ...info, beneficiary: user, requestedBy: user, providedInfo: 'why' }] };
    const decoded = decode(encode({ ...ids, primitive: 'FloorRequestStatus', body }, 'datagram'), 'datagram');
    assert.ok(decoded.ok);
    const request = decoded.value.body.floorRequests?.[0];
    assert.deepEqual(request?.overall, info.overall);
    assert.deepEqual(request?.floors, info.floors);
    assert.match(request?.beneficiary?.name ?? '', /^é{90,}$/);
    assert.equal(request?.requestedBy?.id, 9);
  });
});
