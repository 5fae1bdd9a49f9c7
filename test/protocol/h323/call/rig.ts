import { createMetrics, type Metrics } from '../../../../src/base/metrics.js';
import type { Endpoint, Net } from '../../../../src/base/net.js';
import type { Clock } from '../../../../src/base/clock.js';
import type { Chance } from '../../../../src/base/ids.js';
import {
  createSignallingEndpoint,
  type SignallingOptions,
  type TracedMessage,
} from '../../../../src/protocol/h323/call/endpoint.js';
import type { DialOptions, SignalledCall, SignallingEndpoint } from '../../../../src/protocol/h323/call/contract.js';
import type { EndpointType } from '../../../../src/protocol/h323/h225/schema.js';
import type { MultimediaSystemControlMessage, OpenLogicalChannel } from '../../../../src/protocol/h323/h245/schema.js';
import { seeded } from '../../../support/seeded.js';

export const us: EndpointType = {
  vendor: {
    vendor: { t35CountryCode: 9, t35Extension: 0, manufacturerCode: 61 },
    productId: Buffer.from('probe'),
    versionId: Buffer.from('1'),
  },
  terminal: {},
  mc: false,
  undefinedNode: false,
};

/** Chance that repeats itself. */
export function seededChance(seed: number): Chance {
  const roll = seeded(seed);
  const hex = (bytes: number): string =>
    Array.from({ length: bytes }, () => roll(256).toString(16).padStart(2, '0')).join('');
  return { int: (min, max) => min + roll(max - min + 1), hex, uuid: () => hex(16) };
}

export interface Party {
  endpoint: SignallingEndpoint;
  metrics: Metrics;
  traced: TracedMessage[];
}

let seeds = 1;

export function party(net: Net, clock: Clock, more: Partial<SignallingOptions> = {}): Party {
  const metrics = createMetrics();
  const traced: TracedMessage[] = [];
  const endpoint = createSignallingEndpoint({
    net,
    clock,
    chance: seededChance(seeds++),
    metrics,
    us,
    h245Ports: { min: 19_000, max: 19_999 },
    trace: (message) => traced.push(message),
    ...more,
  });
  return { endpoint, metrics, traced };
}

/** What happens to a call, as words. */
export function diary(call: SignalledCall): string[] {
  const lines: string[] = [];
  const { on, control } = call;
  on.on('proceeding', () => lines.push('proceeding'));
  on.on('alerting', () => lines.push('alerting'));
  on.on('progress', ({ inBand }) => lines.push(`progress${inBand ? ' in band' : ''}`));
  on.on('connected', () => lines.push('connected'));
  on.on('fastStart', (accepted) =>
    lines.push(`fastStart ${accepted.map((one) => `${one.direction} ${one.sessionID}`).join(', ') || 'refused'}`),
  );
  on.on('keypad', (digits) => lines.push(`keypad ${digits}`));
  on.on('held', (held) => lines.push(held ? 'held' : 'retrieved'));
  on.on('facts', ({ display }) => lines.push(`facts ${display}`));
  on.on('facility', ({ h4501 }) => lines.push(`facility ${h4501.length}`));
  on.on('released', ({ by, cause, reason }) => lines.push(`released by ${by} ${cause} ${reason}`));
  control.on.on('open', () => lines.push(`control ${control.way}`));
  control.on.on('pdu', (pdu) => lines.push(`pdu ${pduName(pdu)}`));
  control.on.on('fault', () => lines.push('garbled'));
  control.on.on('closed', (end) => lines.push(`control closed ${end}`));
  return lines;
}

export function pduName(pdu: MultimediaSystemControlMessage): string {
  const [, message] = Object.entries(pdu)[0] as [string, Record<string, unknown>];
  const [name, value] = Object.entries(message)[0] as [string, Record<string, unknown>];
  const { sequenceNumber } = value;
  return typeof sequenceNumber === 'number' ? `${name} ${sequenceNumber}` : name;
}

/** A small H.245 message that can be told from others. */
export function ping(sequenceNumber: number): MultimediaSystemControlMessage {
  return { request: { roundTripDelayRequest: { sequenceNumber } } };
}

export function pong(sequenceNumber: number): MultimediaSystemControlMessage {
  return { response: { roundTripDelayResponse: { sequenceNumber } } };
}

/** Begins H.245 as a session does: two messages at once when it opens, and an answer to each that comes. */
export function converse(call: SignalledCall, first: number): void {
  call.control.on.on('open', () => {
    call.control.send(ping(first));
    call.control.send(ping(first + 1));
  });
  call.control.on.on('pdu', ({ request }) => {
    const number = request?.roundTripDelayRequest?.sequenceNumber;
    if (number !== undefined) call.control.send(pong(number));
  });
}

/** Proposals for G.711 both ways with RTP at `port` of 192.0.2.1. */
export function audioProposals(port: number): OpenLogicalChannel[] {
  const at = (tsapIdentifier: number) => ({
    unicastAddress: { iPAddress: { network: Buffer.from([192, 0, 2, 1]), tsapIdentifier } },
  });
  const parameters = { sessionID: 1, mediaGuaranteedDelivery: false, mediaControlChannel: at(port + 1) };
  const dataTypes = [{ audioData: { g711Alaw64k: 20 } }, { audioData: { g711Ulaw64k: 20 } }];
  return dataTypes.flatMap((dataType, index): OpenLogicalChannel[] => [
    {
      forwardLogicalChannelNumber: 1,
      forwardLogicalChannelParameters: { dataType: { nullData: true }, multiplexParameters: { none: true } },
      reverseLogicalChannelParameters: {
        dataType,
        multiplexParameters: { h2250LogicalChannelParameters: { ...parameters, mediaChannel: at(port) } },
      },
    },
    {
      forwardLogicalChannelNumber: 101 + index,
      forwardLogicalChannelParameters: { dataType, multiplexParameters: { h2250LogicalChannelParameters: parameters } },
    },
  ]);
}

export function dialling(more: Partial<DialOptions> = {}): DialOptions {
  return { source: [{ 'h323-ID': 'alice' }], destination: [{ 'h323-ID': 'room1' }], display: 'Alice', ...more };
}

export const at = (address: string, port = 1720): Endpoint => ({ address, port });

/** Lets everything that waits for promises in memory happen. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 50; i++) await Promise.resolve();
}
