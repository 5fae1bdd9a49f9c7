import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decode, encode } from '../../src/protocol/asn1/codec.js';
import type { AnySchema } from '../../src/protocol/asn1/schema.js';
import * as h225 from '../../src/protocol/h323/h225/schema.js';
import * as h245 from '../../src/protocol/h323/h245/schema.js';
import { decodeQ931, encodeQ931 } from '../../src/protocol/h323/q931.js';
import { atLeast, inform, median, tell } from './figures.js';

// PDUs of H.225.0 and H.245 read and written on one core, CPU time: `node --import tsx scripts/bench/asn1.ts [seconds]`

const seconds = Number(process.argv[2] ?? 2);
const rounds = 5;

interface Golden {
  name: string;
  type: string;
  hex: string;
}

const golden = join(import.meta.dirname, '../../test/golden/h323');
const read = (name: string): Golden[] => JSON.parse(readFileSync(join(golden, `${name}.json`), 'utf8')) as Golden[];

const schemas: Record<string, AnySchema> = {
  'H323-UserInformation': h225.H323_UserInformation,
  RasMessage: h225.RasMessage,
  MultimediaSystemControlMessage: h245.MultimediaSystemControlMessage,
  OpenLogicalChannel: h245.OpenLogicalChannel,
};

interface Pdu {
  schema: AnySchema;
  octets: Buffer;
  value: unknown;
}

/** As captured: every PDU as often as it was sent. */
const pdus = read('h323-pdus').map(({ type, hex, name }): Pdu & { name: string } => {
  const schema = schemas[type] as AnySchema;
  const octets = Buffer.from(hex, 'hex');
  const decoded = decode(schema, octets);
  if (!decoded.ok) throw decoded.fault;
  return { schema, octets, value: decoded.value, name };
});
const messages = read('q931').map(({ hex }) => Buffer.from(hex, 'hex'));

/** How many times a second of CPU time `once` does `count` things; the middle of some rounds. */
function rate(count: number, once: () => void): number {
  const rates: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    const begin = process.cpuUsage();
    let done = 0;
    let spent = 0;
    while (spent < (seconds / rounds) * 1e6) {
      once();
      done += count;
      const { user, system } = process.cpuUsage(begin);
      spent = user + system;
    }
    // The first round warms up.
    if (round > 0) rates.push((done / spent) * 1e6);
  }
  return Math.round(median(rates));
}

const decodeRate = (some: Pdu[]): number =>
  rate(some.length, () => {
    for (const { schema, octets } of some) decode(schema, octets);
  });
const encodeRate = (some: Pdu[]): number =>
  rate(some.length, () => {
    for (const { schema, value } of some) encode(schema, value);
  });

const named = (start: string): Pdu[] => pdus.filter(({ name }) => name.startsWith(start));
const perSecond = (value: number): string => `${value}/s`;
const octets = Math.round(pdus.reduce((sum, pdu) => sum + pdu.octets.length, 0) / pdus.length);
const q931 = rate(messages.length, () => {
  for (const message of messages) {
    const decoded = decodeQ931(message);
    if (decoded.ok) encodeQ931(decoded.message);
  }
});

tell({
  bench: 'asn1',
  figures: [
    atLeast(
      `PDUs decoded a second (${pdus.length} captured ones, ${octets} octets on average)`,
      decodeRate(pdus),
      20_000,
      '/s',
    ),
    inform('PDUs encoded a second', perSecond(encodeRate(pdus))),
    inform('Setups decoded a second', perSecond(decodeRate(named('setup')))),
    inform('capability sets decoded a second', perSecond(decodeRate(named('terminalCapabilitySet:')))),
    inform('Q.931 messages decoded and encoded a second', perSecond(q931)),
  ],
});
