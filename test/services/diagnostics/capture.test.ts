import assert from 'node:assert/strict';
import type { Way } from '../../../src/base/seen.js';
import { encode } from '../../../src/protocol/bfcp/encode.js';
import { fragment } from '../../../src/protocol/bfcp/fragments.js';
import type { Body, Message } from '../../../src/protocol/bfcp/message.js';
import type { PrimitiveName } from '../../../src/protocol/bfcp/names.js';
import { CallRecord, floorTape, taped } from '../../../src/services/diagnostics/call-record.js';
import { captureOf } from '../../../src/services/diagnostics/capture.js';
import { floorComment } from '../../../src/services/diagnostics/floor-text.js';
import { dissect, hasTshark } from '../../support/tshark.js';
import { bytesOf } from '../../protocol/bfcp/vectors.js';

const local = { address: '192.0.2.1', port: 5072 };
const remote = { address: '198.51.100.7', port: 5072 };

function message(primitive: PrimitiveName, body: Body = {}, version: 1 | 2 = 2): Message {
  return { version, response: false, primitive, conferenceId: 7, transactionId: 3, userId: 70, body };
}

const granted: Body = {
  floorRequests: [
    {
      id: 100,
      overall: { id: 100, status: { state: 'granted', position: 0 } },
      floors: [],
      beneficiary: { id: 70, name: 'Zoë' },
    },
  ],
};
const queued: Body = {
  floorRequests: [{ id: 101, floors: [{ id: 2, status: { state: 'accepted', position: 3 } }] }],
};

describe('what stands beside messages of floor control', () => {
  const rows: [string, Message | string, string][] = [
    ['Hello', message('Hello'), 'BFCP 2: Hello'],
    ['FloorRequest', message('FloorRequest', { floorIds: [2] }), 'BFCP 2: FloorRequest for floor 2'],
    [
      'for somebody else',
      message('FloorRequest', { floorIds: [2], beneficiaryId: 71 }),
      'BFCP 2: FloorRequest for floor 2 of user 71',
    ],
    ['FloorRelease', message('FloorRelease', { floorRequestId: 100 }), 'BFCP 2: FloorRelease 100'],
    [
      'FloorRequestStatus',
      message('FloorRequestStatus', granted),
      'BFCP 2: FloorRequestStatus: request 100 of Zoë granted',
    ],
    ['a free floor', message('FloorStatus', { floorIds: [2] }), 'BFCP 2: FloorStatus: nobody'],
    ['ChairAction', message('ChairAction', queued), 'BFCP 2: ChairAction: request 101 accepted at place 3'],
    ['UserQuery', message('UserQuery', { beneficiaryId: 70 }), 'BFCP 2: UserQuery of user 70'],
    ['Error', message('Error', { error: { code: 7, details: [] }, errorInfo: 'no such request' }), 'BFCP 2: Error 7'],
    ['an acknowledgement of old', '505b00000000000700030046', 'BFCP 2: primitive 91'],
    ['a message cut off', '400b0000', 'BFCP: fewer octets than a header'],
  ];
  for (const [what, one, expected] of rows) {
    it(what, () => {
      const bytes = typeof one === 'string' ? Buffer.from(one, 'hex') : encode(one, 'datagram');
      const said = floorComment(bytes, 'udp');
      assert.ok(said.startsWith(expected), said);
      if (bytes.length >= 12) assert.match(said, /\[(answer, )?conference 7, transaction 3, user 70\]$/);
    });
  }

  it('fragments, by their places', () => {
    assert.match(
      floorComment(bytesOf('fragment-1of2-udp'), 'udp'),
      /^BFCP 2: UserStatus, words 1 to \d+ of 17 \[answer/,
    );
    const long = encode(message('FloorRequest', { floorIds: [2], providedInfo: 'x'.repeat(250) }), 'datagram');
    const said = fragment(long, 120).map((part) => floorComment(part, 'dtls'));
    assert.ok(
      said.length > 1 && said.every((one) => /^BFCP 2: FloorRequest, words \d+ to \d+ of \d+ /.test(one)),
      said.join(),
    );
  });

  it('version 1 on streams, where no bit says that it is an answer', () => {
    const said = floorComment(encode(message('FloorRequestStatus', granted, 1), 'reliable'), 'tls');
    assert.equal(said, 'BFCP 1: FloorRequestStatus: request 100 of Zoë granted [conference 7, transaction 3, user 70]');
  });
});

describe('the capture of a call', () => {
  const recorded = (way: Way): CallRecord => {
    const record = new CallRecord('1', 'one@example.org', 0, 65_536, () => 0);
    record.floor = floorTape(65_536);
    const datagram = way === 'udp' || way === 'dtls';
    const messages = [
      message('Hello'),
      message('FloorRequest', { floorIds: [2] }),
      message('FloorRequestStatus', granted),
    ];
    for (const [at, one] of messages.entries()) {
      const bytes = encode({ ...one, version: datagram ? 2 : 1 }, datagram ? 'datagram' : 'reliable');
      record.floor.add(taped({ outgoing: at === 2, way, local, remote, bytes }, at));
    }
    return record;
  };

  it('has our reading of each message of floor control as its comment', function () {
    if (!hasTshark()) this.skip();
    for (const [way, version, inside] of [
      ['udp', 2, ''],
      ['tcp', 1, ''],
      ['dtls', 2, '; was inside DTLS'],
    ] as const) {
      const numbers = `[conference 7, transaction 3, user 70]${inside}`;
      assert.deepEqual(
        dissect(captureOf(recorded(way), []), ['frame.comment'], { filter: 'frame.comment contains "BFCP"' }).map(
          ([said]) => said,
        ),
        [
          `BFCP ${version}: Hello ${numbers}`,
          `BFCP ${version}: FloorRequest for floor 2 ${numbers}`,
          `BFCP ${version}: FloorRequestStatus: request 100 of Zoë granted ${numbers}`,
        ],
        way,
      );
    }
  });

  it('has the messages themselves as they were', function () {
    if (!hasTshark()) this.skip();
    const [first] = dissect(captureOf(recorded('udp'), []), ['udp.payload']);
    assert.equal(first?.[0], Buffer.from(encode(message('Hello'), 'datagram')).toString('hex'));
  });
});
