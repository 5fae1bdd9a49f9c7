import { readdirSync, readFileSync } from 'node:fs';
import { gatewayAbilities } from '../../../src/media/abilities.js';
import { DualstreamError } from '../../../src/base/errors.js';
import { deviceOf, dialectOf } from '../../../src/media/device-profile.js';
import { NoCommonMedia } from '../../../src/media/negotiate.js';
import { SdpSession, type Locals, type Negotiated } from '../../../src/media/sdp-session.js';
import type { Fingerprint } from '../../../src/protocol/sdp/fingerprint.js';
import { type FloorTransport, isEncrypted, isWeb } from '../../../src/protocol/sdp/floor-rules.js';
import type { Format } from '../../../src/media/vocabulary.js';

export const FIXTURES = new URL('../../../sdp-fixtures/', import.meta.url);

/** Names of all fixtures, without their endings. */
export function fixtureNames(): string[] {
  const files = readdirSync(FIXTURES).filter((file) => file.endsWith('.offer.sdp'));
  return files.map((file) => file.slice(0, -'.offer.sdp'.length)).sort();
}

/** Names of the fixtures that are answers. */
export function answerFixtureNames(): string[] {
  const files = readdirSync(FIXTURES).filter((file) => file.endsWith('.answer.sdp'));
  return files.map((file) => file.slice(0, -'.answer.sdp'.length)).sort();
}

/** An offer of ours in a call that began with an offer of the device, which may have been a little different. */
interface Later {
  after: string;
  as?: (offer: string) => string;
  content: boolean;
}

/** What was answered, where it is not our first offer with floor control over UDP. */
const ANSWERED: Readonly<Record<string, Later | { floor: FloorTransport }>> = {
  'aver-evc130-tcp': { floor: 'TCP' },
  'polycom-hdx-one-video': { floor: 'TCP' },
  'sony-xg77-one-video': { floor: 'TCP' },
  'yealink-vc400-tcp': { floor: 'TCP' },
  // the device that answers so over UDP offers like this one
  'poly-reinvite-udp': {
    after: 'poly-studiox30-tcp',
    as: (offer) => offer.replace('TCP/BFCP', 'UDP/BFCP'),
    content: true,
  },
  'gateway-to-poly-tcp': { after: 'poly-studiox-two-bfcp-lines', content: false },
};

export function fixtureOffer(name: string): string {
  return readFileSync(new URL(`${name}.offer.sdp`, FIXTURES), 'utf8');
}

/** Of our certificate. */
export const OUR_FINGERPRINT: Fingerprint = {
  hash: 'sha-256',
  digest: Array.from({ length: 32 }, () => 'A7').join(':'),
};

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
    floor: {
      ...{ transport, address: '198.51.100.7', port: 20006, confId: 3405691582, userId: 70, floorId: 1 },
      ...(isWeb(transport) ? { websocketUri: `${transport.toLowerCase()}://gw.example.org:20006/bfcp?token=t1` } : {}),
      ...(isEncrypted(transport) ? { fingerprint: OUR_FINGERPRINT, tlsId: 'ours-1' } : {}),
    },
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
  const { secure, bestEffort } = offer;
  const device = deviceOf(text);
  try {
    const camera = { address: '198.51.100.7', rtpPort: 20008, rtcpPort: 20009 };
    const ours = fixtureLocals(offer.floor?.transport);
    const floor = ours.floor && { ...ours.floor, silentVersion: dialectOf(device).silentVersion };
    const locals = { ...ours, floor, fecc: camera };
    // the media anchor takes audio and video only
    const answer =
      secure === 'none' ? session.answer(text, locals) : session.answer(withoutKeys(text), { ...locals, fecc: null });
    return { device: device?.name ?? null, secure, bestEffort, ...describe(answer) };
  } catch (error) {
    if (!(error instanceof NoCommonMedia)) throw error;
    const refused = { sip: error.verdict.sip, warning: error.warning };
    return { device: device?.name ?? null, secure, bestEffort, error: refused };
  }
}

/** What we make of an answer to an offer of ours, in the same words. */
export function describeAnswer(name: string): unknown {
  const session = new SdpSession({ sessionId: '1234567890' });
  const text = readFileSync(new URL(`${name}.answer.sdp`, FIXTURES), 'utf8');
  const call = ANSWERED[name];
  const later = call && 'after' in call ? call : null;
  const first = later && (later.as ?? ((offer: string) => offer))(fixtureOffer(later.after));
  const locals = fixtureLocals(
    first ? session.peek(first).floor?.transport : call && 'floor' in call ? call.floor : 'UDP',
  );
  if (first) session.answer(first, locals);
  const offer = session.offer({ ...locals, content: later?.content === false ? null : locals.content }, 'full');
  const device = deviceOf(text)?.name ?? null;
  const secure = /RTP\/SAVP/.test(text) ? 'sdes' : 'none';
  try {
    return {
      device,
      secure,
      ...describe(session.accept(withoutKeys(text)), text),
      offer: offer.split('\r\n').slice(0, -1),
    };
  } catch (error) {
    if (!(error instanceof DualstreamError)) throw error;
    return { device, secure, error: { sip: error.verdict.sip, why: error.message } };
  }
}

function describe(answer: Negotiated, text = answer.sdp): object {
  const sections = text.split(/\r\n(?=m=)/).slice(1);
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
    ...(text === answer.sdp ? { answer: text.split('\r\n').slice(0, -1) } : {}),
  };
}

function feccText({ direction, remote, receive, send }: NonNullable<Negotiated['fecc']>): string {
  return `${direction} ${receive} ${send} ${remote ? `${remote.address} ${remote.rtpPort} ${remote.rtcpPort}` : 'nowhere'}`;
}

function formatText(format: Format): string {
  if (format.name !== 'H264') return `${format.pt} ${format.name}`;
  const hex = [format.profileIdc, format.profileIop, format.levelIdc]
    .map((v) => v.toString(16).padStart(2, '0'))
    .join('');
  const { pt, name, mode, maxFs, maxMbps, maxBr } = format;
  return `${pt} ${name} ${hex} mode ${mode} fs ${maxFs} mbps ${maxMbps} br ${maxBr}`;
}
