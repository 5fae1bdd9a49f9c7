import { printCapture, type CapturedPacket } from '../../protocol/pcapng/blocks.js';
import { TcpStreams, udpPacket, type Place } from '../../protocol/pcapng/ip.js';
import type { TracedPacket } from '../../media/plane.js';
import type { CallRecord, TracedLine } from './call-record.js';
import { floorComment } from './floor-text.js';
import type { Taped } from './tape.js';

type Part = { at: number; taped: Taped; about: Read } | { at: number; traced: TracedPacket; line: TracedLine };

/** What a message is, in words that are put beside it. */
type Read = (payload: Uint8Array, way: Taped['way']) => string | undefined;

/** SIP is read by whatever program reads captures. */
const readsItself: Read = () => undefined;

/**
 * All that is kept of a call, in the order of time, as a pcap-ng file. Wireshark knows BFCP of version 1 only: beside each
 * message of floor control stands what ours read in it.
 */
export function captureOf(record: CallRecord, live: readonly TracedLine[]): Buffer {
  const { sip, floor } = record.messages();
  const lines = [...record.closedLines(), ...live];
  const parts: Part[] = [
    ...sip.map((taped) => ({ at: taped.at, taped, about: readsItself })),
    ...floor.map((taped) => ({ at: taped.at, taped, about: floorComment })),
    ...lines.flatMap((line) => line.packets.map((traced) => ({ at: traced.at, traced, line }))),
  ];
  parts.sort((a, b) => a.at - b.at);
  const streams = new TcpStreams();
  const packets = parts.flatMap((part) =>
    'taped' in part ? messagePackets(part.taped, part.about, streams) : [linePacket(part.traced, part.line)],
  );
  const comment = `Call-ID ${record.callId}. Secrets are crossed out; headers below SIP, BFCP and RTP are made up around true addresses and ports.`;
  return printCapture({ application: 'Dualstream', comment }, packets);
}

const inside: Partial<Record<Taped['way'], string>> = {
  tls: 'was inside TLS',
  dtls: 'was inside DTLS',
  'tcp-dtls': 'was inside DTLS over TCP',
  ws: 'was one WebSocket message',
  wss: 'was one message of a secure WebSocket',
};

function messagePackets(
  { at, outgoing, way, local, remote, text, missing }: Taped,
  about: Read,
  streams: TcpStreams,
): CapturedPacket[] {
  const payload = Buffer.from(text, 'latin1');
  const [from, to] = ends(outgoing, local, remote);
  const datagram = way === 'udp' || way === 'dtls';
  const packets = datagram ? [udpPacket(from, to, payload)] : streams.packets(from, to, payload);
  const said = [
    about(payload, way),
    inside[way],
    missing > 0 ? `${missing} before it were not kept` : undefined,
  ].filter((one) => one !== undefined);
  return packets.map((bytes, index) => ({
    at,
    bytes,
    outgoing,
    ...(index === 0 && said.length > 0 ? { comment: said.join('; ') } : {}),
  }));
}

function linePacket({ at, outgoing, port, remote, bytes, length }: TracedPacket, line: TracedLine): CapturedPacket {
  const [from, to] = ends(outgoing, { address: line.address, port }, remote);
  const packet = udpPacket(from, to, bytes, length);
  return {
    at,
    outgoing,
    bytes: packet,
    length: packet.length + (length - bytes.length),
    ...(length > bytes.length ? { comment: `${line.name}: header only` } : {}),
  };
}

function ends(outgoing: boolean, local: Place, remote: Place): [Place, Place] {
  return outgoing ? [local, remote] : [remote, local];
}
