import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encode } from '../../../src/protocol/bfcp/encode.js';
import type { Message } from '../../../src/protocol/bfcp/message.js';
import { primitives } from '../../../src/protocol/bfcp/names.js';
import { ServerBench } from './server-bench.js';

const port = 5072;

/** One UDP datagram in Ethernet and IPv4, with the pcap record header. */
function record(payload: Uint8Array): Buffer {
  const frame = Buffer.alloc(14 + 20 + 8 + payload.length);
  frame.writeUInt16BE(0x0800, 12);
  frame.writeUInt8(0x45, 14);
  frame.writeUInt16BE(28 + payload.length, 16);
  frame.writeUInt8(64, 22);
  frame.writeUInt8(17, 23);
  frame.writeUInt32BE(0x7f000001, 26);
  frame.writeUInt32BE(0x7f000001, 30);
  frame.writeUInt16BE(port, 34);
  frame.writeUInt16BE(port, 36);
  frame.writeUInt16BE(8 + payload.length, 38);
  frame.set(payload, 42);
  const head = Buffer.alloc(16);
  head.writeUInt32LE(frame.length, 8);
  head.writeUInt32LE(frame.length, 12);
  return Buffer.concat([head, frame]);
}

/** Dissects messages; the version bits are set to 1 because tshark 4.0 knows no other. */
function dissect(messages: Uint8Array[], fields: string[]): string[][] {
  const head = Buffer.from('d4c3b2a1020004000000000000000000ffff000001000000', 'hex');
  const records = messages.map((bytes) => {
    const copy = Buffer.from(bytes);
    copy[0] = ((copy[0] ?? 0) & 0x1f) | 0x20;
    return record(copy);
  });
  const folder = mkdtempSync(join(tmpdir(), 'bfcp-'));
  try {
    const file = join(folder, 'messages.pcap');
    writeFileSync(file, Buffer.concat([head, ...records]));
    const columns = fields.flatMap((field) => ['-e', field]);
    const args = ['-r', file, '-d', `udp.port==${port},bfcp`, '-T', 'fields', ...columns];
    const text = execFileSync('tshark', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    return text
      .trimEnd()
      .split('\n')
      .map((line) => line.split('\t'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function hasTshark(): boolean {
  try {
    execFileSync('tshark', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** A whole conversation, with every primitive and attribute that either side sends. */
function conversation(): { bytes: Uint8Array; message: Message }[] {
  const bench = new ServerBench('datagram', { conferenceId: 0x7edcba98 });
  bench.floor.chairs.add(7);
  const questions: Pick<Message, 'primitive' | 'body'>[] = [
    { primitive: 'Hello', body: {} },
    { primitive: 'FloorQuery', body: { floorIds: [2] } },
    {
      primitive: 'FloorRequest',
      body: { floorIds: [2], beneficiaryId: 70, providedInfo: 'quarterly figures', priority: 3 },
    },
    { primitive: 'FloorRequestQuery', body: { floorRequestId: 100 } },
    { primitive: 'UserQuery', body: { beneficiaryId: 70 } },
    {
      primitive: 'ChairAction',
      body: {
        floorRequests: [
          { id: 100, floors: [{ id: 2, status: { state: 'accepted', position: 3 }, info: 'in a moment' }] },
        ],
      },
    },
    { primitive: 'FloorRelease', body: { floorRequestId: 100 } },
    { primitive: 'FloorRelease', body: { floorRequestId: 999 } },
    { primitive: 'Goodbye', body: {} },
  ];
  return questions.flatMap(({ primitive, body }, index) => {
    const ids = { conferenceId: bench.config.conferenceId, userId: 70, transactionId: index + 1 };
    const question: Message = { version: 2, response: false, primitive, ...ids, body };
    const answers = bench.ask(primitive, body, index + 1);
    return [question, ...answers].map((message) => ({ message, bytes: encode(message, 'datagram') }));
  });
}

describe('bfcp as tshark reads it', () => {
  before(function () {
    if (!hasTshark()) this.skip();
  });

  it('agrees on every header', () => {
    const sent = conversation();
    const fields = ['primitive', 'hdr_r_bit', 'conference_id', 'transaction_id', 'user_id', 'payload_length'];
    const read = dissect(
      sent.map(({ bytes }) => bytes),
      fields.map((field) => `bfcp.${field}`),
    );
    const expected = sent.map(({ message, bytes }) => [
      primitives[message.primitive],
      message.response ? 1 : 0,
      message.conferenceId,
      message.transactionId,
      message.userId,
      (bytes.length - 12) / 4,
    ]);
    assert.deepEqual(
      read.map((row) => row.map(Number)),
      expected,
    );
  });

  it('agrees on statuses, floors, users and texts, and sees nothing malformed', () => {
    const sent = conversation();
    const fields = ['bfcp.request_status', 'bfcp.floor_id', 'bfcp.user_disp_name', 'bfcp.error_code', '_ws.malformed'];
    const read = dissect(
      sent.map(({ bytes }) => bytes),
      fields,
    );
    const rows = new Map(
      sent.map(({ message }, index) => [`${message.primitive} ${message.transactionId}`, read[index]]),
    );
    assert.deepEqual(rows.get('FloorRequestStatus 3')?.slice(0, 3), ['3,3', '2', 'Room 4']);
    assert.equal(rows.get('ChairAction 6')?.[0], '2');
    assert.ok(rows.has('ChairActionAck 6'));
    assert.equal(rows.get('FloorRequestStatus 501')?.[0], '2,2');
    assert.equal(rows.get('FloorRequestStatus 7')?.[0], '5,5');
    assert.equal(rows.get('UserStatus 5')?.[2], 'Room 4,Room 4');
    assert.equal(rows.get('Error 8')?.[3], '7');
    assert.ok(read.every((row) => !row[4]));
  });
});
