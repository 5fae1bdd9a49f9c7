import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { systemNet } from '../../../src/base/system-net.js';

const here = '127.0.0.1';
const golden = join(import.meta.dirname, '../../golden');

/** Something to throw, and what came back. */
export interface Thrown {
  name: string;
  data: Buffer;
}

/** The torture messages of RFC 4475 and RFC 5118. */
export function tortureMessages(): Thrown[] {
  return ['rfc4475', 'rfc5118'].flatMap((document) => {
    const folder = join(golden, 'sip-torture', document);
    return readdirSync(folder).map((file) => ({ name: file, data: readFileSync(join(folder, file)) }));
  });
}

/** Every golden BFCP message, sound and broken. */
export function bfcpMessages(): Thrown[] {
  const vectors = JSON.parse(readFileSync(join(golden, 'bfcp/vectors.json'), 'utf8')) as {
    name: string;
    hex: string;
  }[];
  return vectors.map(({ name, hex }) => ({ name, data: Buffer.from(hex, 'hex') }));
}

/** Bytes without meaning, the same in every run. */
export function noise(count: number, longest = 1400): Thrown[] {
  let state = 0x2545f491;
  const next = (): number => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) | 0;
    return (state >>> 3) & 0xffff;
  };
  return Array.from({ length: count }, (_, index) => {
    const data = Buffer.from(Array.from({ length: next() % longest }, () => next() & 0xff));
    return { name: `noise ${index}`, data };
  });
}

/** What a sender of RTP or RTCP may get wrong: cut off, false lengths, extensions and reports that lie about their size. */
export function brokenMedia(ssrc = 0x1234): Thrown[] {
  const rtp = (first: number, pt: number, rest: number[]): Buffer => {
    const header = Buffer.from([first, pt, 0, 1, 0, 0, 0, 9, 0, 0, 0, 0]);
    header.writeUInt32BE(ssrc, 8);
    return Buffer.concat([header, Buffer.from(rest)]);
  };
  const whole = rtp(0x80, 97, [0x65, 1, 2, 3, 4]);
  const lies = [
    rtp(0x90, 97, [0xbe, 0xde, 0xff, 0xff]),
    rtp(0xa0, 97, [1, 2, 3, 255]),
    rtp(0x8f, 97, []),
    rtp(0x80, 97, [0x7c, 0x85]),
    rtp(0x80, 97, [0x78, 0xff, 0xff, 1]),
    rtp(0x80, 97, [0x78]),
    rtp(0x40, 0, [1]),
  ];
  const reports = [200, 201, 202, 203, 204, 205, 206, 207, 255].flatMap((type) =>
    [0, 1, 31].map((count) => Buffer.from([0x80 | count, type, 0, 3, 0, 0, 0, 9, 1, 2, 3, 4, 5, 6, 7, 8])),
  );
  const long = Buffer.from([0x81, 201, 0xff, 0xff, 0, 0, 0, 9]);
  const cut = Array.from(whole, (_, length) => whole.subarray(0, length));
  return [...cut, ...lies, ...reports, long].map((data, index) => ({ name: `media ${index}`, data }));
}

/** Descriptions that no device should send, each made from a sound one. */
export function brokenDescriptions(sound: string): Thrown[] {
  const lines = sound.split('\r\n');
  const cut = lines.map((_, index) => lines.slice(0, index).join('\r\n'));
  const edits: [RegExp, string][] = [
    [/^v=0/m, 'v=1'],
    [/^o=.*$/m, 'o='],
    [/^c=.*$/gm, 'c=IN IP4 999.1.1.1'],
    [/^c=.*$/gm, 'c=IN IP6 ::::'],
    [/^m=audio \d+/m, 'm=audio 99999'],
    [/^m=video \d+/m, 'm=video -1'],
    [/^m=.*$/gm, 'm='],
    [/RTP\/AVP/g, 'RTP/SAVPF'],
    [/rtpmap:\d+/g, 'rtpmap:300'],
    [/profile-level-id=\w+/g, 'profile-level-id=zzzzzz'],
    [/profile-level-id=\w+/g, `profile-level-id=${'4'.repeat(9000)}`],
    [/\r\n/g, '\n\n'],
    [/^s=.*$/m, `s=${'\u0000\u0007\uffff'.repeat(50)}`],
    [/a=/g, 'a:'],
    [/floorid:2/g, 'floorid:99999999999'],
    [/$/, 'm=video 1 RTP/AVP 97\r\n'.repeat(400)],
    [/$/, `a=x:${'y'.repeat(40_000)}\r\n`],
  ];
  const edited = edits.map(([what, by]) => sound.replace(what, by));
  return [...cut, ...edited].map((text, index) => ({ name: `description ${index}`, data: Buffer.from(text) }));
}

/** Sends datagrams from a socket of its own; resolves with what came back within a moment. */
export async function throwDatagrams(port: number, what: readonly Thrown[], from = here): Promise<Buffer[]> {
  const answers: Buffer[] = [];
  const socket = await systemNet.udp({ address: from, port: 0 });
  socket.onError(() => undefined);
  socket.onMessage((data) => answers.push(data));
  for (const [index, { data }] of what.entries()) {
    socket.send(data, { address: here, port });
    if (index % 10 === 9) await pause(5);
  }
  await pause(150);
  socket.close();
  return answers;
}

/**
 * Throws each at a connection of its own; resolves with what came back on each within `waitMs`. A final response to those
 * that are `answered` is waited for.
 */
export async function throwStreams(
  port: number,
  what: readonly Thrown[],
  waitMs = 250,
  answered: readonly string[] = [],
): Promise<Map<string, string>> {
  const answers = new Map<string, string>();
  const one = async ({ name, data }: Thrown): Promise<void> => {
    const stream = await systemNet.connect({ address: here, port }, { type: 'tcp' });
    let text = '';
    const over = new Promise<void>((resolve) => {
      stream.onClose(() => resolve());
      stream.onData((chunk) => {
        text += chunk.toString('latin1');
        if (answered.includes(name) && /^SIP\/2\.0 [2-6]/m.test(text)) resolve();
      });
    });
    stream.write(data);
    await Promise.race([over, pause(answered.includes(name) ? 10_000 : waitMs)]);
    stream.destroy();
    answers.set(name, text);
  };
  for (let at = 0; at < what.length; at += 20) await Promise.all(what.slice(at, at + 20).map(one));
  return answers;
}

/** Throws each as a frame at a WebSocket, which is opened anew whenever it was closed for it; resolves with how often. */
export async function throwFrames(url: string, protocol: string, what: readonly Thrown[]): Promise<number> {
  let opened = 0;
  let socket: WebSocket | null = null;
  for (const [index, { data }] of what.entries()) {
    if (socket?.readyState !== WebSocket.OPEN) {
      socket = await openSocket(url, protocol);
      opened += 1;
    }
    socket.send(index % 2 === 0 ? data : data.toString('latin1'));
    await pause(3);
  }
  await pause(100);
  socket?.terminate();
  return opened;
}

function openSocket(url: string, protocol: string): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, protocol);
    socket.once('open', () => resolve(socket));
    socket.on('error', reject);
    socket.on('message', () => undefined);
  });
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
