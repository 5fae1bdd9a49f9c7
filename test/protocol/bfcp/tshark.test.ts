import assert from 'node:assert/strict';
import { printCapture } from '../../../src/protocol/pcapng/blocks.js';
import { TcpStreams, udpPacket } from '../../../src/protocol/pcapng/ip.js';
import { decode } from '../../../src/protocol/bfcp/decode.js';
import { encode } from '../../../src/protocol/bfcp/encode.js';
import type { Carriage, Message } from '../../../src/protocol/bfcp/message.js';
import { primitives, type PrimitiveName } from '../../../src/protocol/bfcp/names.js';
import { dissect, hasTshark } from '../../support/tshark.js';
import { ServerBench } from './server-bench.js';
import { vectors } from './vectors.js';

const port = 5072;
const from = { address: '192.0.2.1', port };
const to = { address: '198.51.100.7', port };

interface Sent {
  bytes: Uint8Array;
  message: Message;
}

/** Those that exist on datagrams only. */
const datagramOnly: readonly PrimitiveName[] = ['FloorRequestStatusAck', 'FloorStatusAck', 'Goodbye', 'GoodbyeAck'];
/** Answers of a participant to what the server says of its own accord. */
const acknowledgements: Partial<Record<PrimitiveName, PrimitiveName>> = {
  FloorRequestStatus: 'FloorRequestStatusAck',
  FloorStatus: 'FloorStatusAck',
  Goodbye: 'GoodbyeAck',
};

/** Dissects messages; over UDP the version bits are set to 1 because tshark 4.0 knows no other. */
function dissected(sent: readonly Pick<Sent, 'bytes'>[], carriage: Carriage, fields: readonly string[]): string[][] {
  const streams = new TcpStreams();
  const packets = sent.flatMap(({ bytes }) => {
    if (carriage === 'reliable') return streams.packets(from, to, bytes);
    const copy = Buffer.from(bytes);
    copy[0] = ((copy[0] ?? 0) & 0x1f) | 0x20;
    return [udpPacket(from, to, copy)];
  });
  const file = printCapture(
    { application: 'Test', comment: '' },
    packets.map((bytes, at) => ({ at, bytes, outgoing: true })),
  );
  const over = carriage === 'reliable' ? 'tcp' : 'udp';
  return dissect(file, fields, { decodeAs: [`${over}.port==${port},bfcp`] });
}

/** The desk tells of changes in the next turn. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A whole conversation, with every primitive and attribute that either side sends. */
async function conversation(carriage: Carriage): Promise<Sent[]> {
  const bench = new ServerBench(carriage, { conferenceId: 0x7edcba98 });
  const version = carriage === 'datagram' ? 2 : 1;
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
    ...(carriage === 'datagram' ? [{ primitive: 'Goodbye', body: {} } as const] : []),
  ];
  const heard = async (): Promise<Message[]> => {
    await settled();
    const messages: Message[] = [];
    for (const told of bench.messages()) {
      messages.push(told);
      const [ack] = carriage === 'datagram' ? acknowledged(told) : [];
      if (!ack) continue;
      bench.feed(encode(ack, carriage));
      messages.push(ack, ...(await heard()));
    }
    return messages;
  };
  const messages: Message[] = [];
  for (const [index, { primitive, body }] of questions.entries()) {
    const ids = { conferenceId: bench.config.conferenceId, userId: 70, transactionId: index + 1 };
    bench.ask(primitive, body, index + 1);
    messages.push({ version, response: false, primitive, ...ids, body }, ...(await heard()));
  }
  return [...messages, ...goodbyes(carriage)].map((message) => ({ message, bytes: encode(message, carriage) }));
}

/** Of a server that ends, and of the participant that hears it. */
function goodbyes(carriage: Carriage): Message[] {
  if (carriage === 'reliable') return [];
  const ids = { conferenceId: 0x7edcba98, userId: 70, transactionId: 600 };
  const goodbye: Message = { version: 2, response: false, primitive: 'Goodbye', ...ids, body: {} };
  return [goodbye, ...acknowledged(goodbye)];
}

function acknowledged(told: Message): Message[] {
  const primitive = acknowledgements[told.primitive];
  return primitive && !told.response ? [{ ...told, primitive, response: true, body: {} }] : [];
}

/** Every golden message that we can send, as we write it. */
function goldenMessages(carriage: Carriage): (Sent & { name: string })[] {
  const transport = carriage === 'datagram' ? 'udp' : 'tcp';
  return vectors.flatMap(({ name, hex, transport: over, expect }) => {
    if (over !== transport || expect.ok !== true) return [];
    const read = decode(Buffer.from(hex, 'hex'), carriage);
    assert.ok(read.ok, name);
    return [{ name, message: read.value, bytes: encode(read.value, carriage) }];
  });
}

/** Columns of the header and what they have to be. */
const header = ['primitive', 'hdr_r_bit', 'conference_id', 'transaction_id', 'user_id', 'payload_length'];
const headerOf = ({ message, bytes }: Sent): number[] => [
  primitives[message.primitive],
  message.response ? 1 : 0,
  message.conferenceId,
  message.transactionId,
  message.userId,
  (bytes.length - 12) / 4,
];
const statuses = ['pending', 'accepted', 'granted', 'denied', 'cancelled', 'released', 'revoked'];
/** Numbers of all request states in a message, in the order of its attributes. */
const statesOf = ({ body }: Message): number[] =>
  (body.floorRequests ?? []).flatMap(({ overall, floors }) =>
    [overall?.status, ...floors.map(({ status }) => status)].flatMap((status) =>
      status ? [statuses.indexOf(status.state) + 1] : [],
    ),
  );

for (const carriage of ['datagram', 'reliable'] as const) {
  const how = carriage === 'datagram' ? 'version 2 over UDP, rewritten' : 'version 1 over TCP, as it is sent';
  describe(`bfcp as tshark reads it: ${how}`, () => {
    before(function () {
      if (!hasTshark()) this.skip();
    });

    it('has every primitive in it', async () => {
      const sent = new Set((await conversation(carriage)).map(({ message }) => message.primitive));
      const expected = (Object.keys(primitives) as PrimitiveName[]).filter(
        (name) => carriage === 'datagram' || !datagramOnly.includes(name),
      );
      assert.deepEqual([...sent].sort(), expected.sort());
    });

    it('agrees on every header and every state, and sees nothing malformed', async () => {
      const sent = [...(await conversation(carriage)), ...goldenMessages(carriage)];
      const fields = [...header.map((field) => `bfcp.${field}`), 'bfcp.request_status', '_ws.malformed'];
      const read = dissected(sent, carriage, fields);
      assert.equal(read.length, sent.length);
      for (const [index, row] of read.entries()) {
        const one = sent[index];
        assert.ok(one);
        const what = `${one.message.primitive} ${Buffer.from(one.bytes).toString('hex')}`;
        assert.deepEqual(row.slice(0, 6).map(Number), headerOf(one), what);
        assert.deepEqual(
          (row[6] ?? '')
            .split(',')
            .filter((text) => text !== '')
            .map(Number),
          statesOf(one.message),
          what,
        );
        assert.equal(row[7] ?? '', '', what);
      }
    });

    it('agrees on floors, users, texts and errors', async () => {
      const sent = await conversation(carriage);
      const fields = ['request_status', 'floor_id', 'user_disp_name', 'error_code'].map((field) => `bfcp.${field}`);
      const read = dissected(sent, carriage, fields);
      const rows = new Map(
        sent.map(({ message }, index) => [`${message.primitive} ${message.transactionId}`, read[index]]),
      );
      assert.deepEqual(rows.get('FloorRequestStatus 3')?.slice(0, 3), ['3,3', '2', 'Room 4']);
      assert.equal(rows.get('ChairAction 6')?.[0], '2');
      assert.ok(rows.has('ChairActionAck 6'));
      const accepted = sent.findIndex(
        ({ message }) => message.body.floorRequests?.[0]?.overall?.status?.state === 'accepted',
      );
      assert.equal(read[accepted]?.[0], '2,2');
      assert.equal(rows.get('FloorRequestStatus 7')?.[0], '5,5');
      assert.equal(rows.get('UserStatus 5')?.[2], 'Room 4,Room 4');
      assert.equal(rows.get('Error 8')?.[3], '7');
    });
  });
}

describe('bfcp that tshark reads otherwise', () => {
  before(function () {
    if (!hasTshark()) this.skip();
  });

  for (const name of ['rf-bits-on-tcp', 'fragment-1of2-udp', 'fragment-2of2-udp']) {
    it(`${name}: left out above`, () => {
      const vector = vectors.find((one) => one.name === name);
      assert.ok(vector);
      const carriage = vector.transport === 'udp' ? 'datagram' : 'reliable';
      const [row] = dissected([{ bytes: Buffer.from(vector.hex, 'hex') }], carriage, [
        'bfcp.primitive',
        '_ws.malformed',
      ]);
      assert.ok(row?.[0] === '' || row?.[1] !== '', 'it is read after all: take it in above');
    });
  }
});
