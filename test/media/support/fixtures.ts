import type { FloorTransport } from '../../../src/protocol/sdp/floor-rules.js';
import { readdirSync, readFileSync } from 'node:fs';
import { gatewayAbilities } from '../../../src/media/abilities.js';
import { NoCommonMedia } from '../../../src/media/negotiate.js';
import { SdpSession, type Locals, type Negotiated } from '../../../src/media/sdp-session.js';
import type { Format } from '../../../src/media/vocabulary.js';

export const FIXTURES = new URL('../../../sdp-fixtures/', import.meta.url);

/** Names of all fixtures, without their endings. */
export function fixtureNames(): string[] {
  const files = readdirSync(FIXTURES).filter((file) => file.endsWith('.offer.sdp'));
  return files.map((file) => file.slice(0, -'.offer.sdp'.length)).sort();
}

export function fixtureOffer(name: string): string {
  return readFileSync(new URL(`${name}.offer.sdp`, FIXTURES), 'utf8');
}

/** Our side in every fixture: all lines open, a floor of the transport that is offered. */
export function fixtureLocals(transport: FloorTransport = 'UDP'): Locals {
  const line = (rtpPort: number): { address: string; rtpPort: number; rtcpPort: number } => ({
    address: '198.51.100.7',
    rtpPort,
    rtcpPort: rtpPort + 1,
  });
  return {
    audio: line(20000),
    video: line(20002),
    content: line(20004),
    floor: { transport, address: '198.51.100.7', port: 20006, confId: 3405691582, userId: 70, floorId: 1 },
    abilities: gatewayAbilities(),
  };
}

/** What the media anchor leaves of a keyed offer, as far as negotiation is concerned. */
export function withoutKeys(sdp: string): string {
  return sdp.replace(/RTP\/SAVP/g, 'RTP/AVP').replace(/a=crypto:.*\r\n/g, '');
}

/** What we make of an offer, in the words of the `.expect.json` files. */
export function describeFixture(name: string): unknown {
  const session = new SdpSession({ sessionId: '1234567890' });
  const text = fixtureOffer(name);
  const offer = session.peek(text);
  const secure = offer.secure;
  try {
    const camera = { address: '198.51.100.7', rtpPort: 20008, rtcpPort: 20009 };
    const locals = { ...fixtureLocals(offer.floor?.transport), fecc: camera };
    // the media anchor takes audio and video only
    const answer =
      secure === 'none' ? session.answer(text, locals) : session.answer(withoutKeys(text), { ...locals, fecc: null });
    return { secure, bestEffort: offer.bestEffort, ...describe(answer) };
  } catch (error) {
    if (!(error instanceof NoCommonMedia)) throw error;
    return { secure, bestEffort: offer.bestEffort, error: { sip: error.verdict.sip, warning: error.warning } };
  }
}

function describe(answer: Negotiated): object {
  const sections = answer.sdp.split(/\r\n(?=m=)/).slice(1);
  const lines = Object.fromEntries(
    Object.entries(answer.lines).map(([name, line]) => [
      name,
      {
        direction: line.direction,
        remote: line.remote && `${line.remote.address} ${line.remote.rtpPort} ${line.remote.rtcpPort}`,
        receive: line.receive.map(formatText),
        send: line.send.map(formatText),
        events: line.events.send.map(({ pt, clock }) => `${pt}/${clock}`),
        feedback: Object.entries(line.feedback).flatMap(([key, on]) => (on ? [key] : [])),
        maxKbps: line.maxKbps,
        held: line.held,
        label: line.label,
      },
    ]),
  );
  const refused = sections.flatMap((section, index) => (/^m=\S+ 0 /.test(section) ? [index] : []));
  return {
    lines,
    floor: answer.floor,
    ...(answer.fecc ? { fecc: feccText(answer.fecc) } : {}),
    refused,
    answer: answer.sdp.split('\r\n').slice(0, -1),
  };
}

function feccText({ direction, remote, receive, send }: NonNullable<Negotiated['fecc']>): string {
  return `${direction} ${receive} ${send} ${remote ? `${remote.address} ${remote.rtpPort} ${remote.rtcpPort}` : 'nowhere'}`;
}

function formatText(format: Format): string {
  if (format.kind === 'audio') return `${format.pt} ${format.name}`;
  const hex = [format.profileIdc, format.profileIop, format.levelIdc]
    .map((v) => v.toString(16).padStart(2, '0'))
    .join('');
  const { pt, name, mode, maxFs, maxMbps, maxBr } = format;
  return `${pt} ${name} ${hex} mode ${mode} fs ${maxFs} mbps ${maxMbps} br ${maxBr}`;
}
