import { printCapture, type CapturedPacket } from '../../protocol/pcapng/blocks.js';
import { TcpStreams, udpPacket, type Place } from '../../protocol/pcapng/ip.js';
import type { TracedPacket } from '../../media/plane.js';
import type { CallRecord, TracedLine } from './call-record.js';
import { floorComment } from './floor-text.js';
import type { Taped } from './tape.js';

type Part = { at: number; taped: Taped; as: Wire } | { at: number; traced: TracedPacket; line: TracedLine };

/** How messages of a tape are put down. */
interface Wire {
  framed(message: Taped): Buffer;
  /** Words that are put beside it. */
  comment(message: Taped): string | undefined;
}

const floorControl: Wire = {
  framed: ({ text }) => Buffer.from(text, 'latin1'),
  comment: ({ text, way }) => floorComment(Buffer.from(text, 'latin1'), way),
};

/**
 * All that is kept of a call, in the order of time, as a pcap-ng file. Wireshark knows BFCP of version 1 only: beside each
 * message of floor control stands what ours read in it.
 */
export function captureOf(record: CallRecord, live: readonly TracedLine[]): Buffer {
  const { signalling, floor } = record.messages();
  const lines = [...record.closedLines(), ...live];
  const parts: Part[] = [
    ...signalling.map((taped) => ({ at: taped.at, taped, as: record.signalling })),
    ...floor.map((taped) => ({ at: taped.at, taped, as: floorControl })),
    ...lines.flatMap((line) => line.packets.map((traced) => ({ at: traced.at, traced, line }))),
  ];
  parts.sort((a, b) => a.at - b.at);
  const streams = new TcpStreams();
  const packets = parts.flatMap((part) =>
    'taped' in part ? messagePackets(part.taped, part.as, streams) : [linePacket(part.traced, part.line)],
  );
  const comment = `Call-ID ${record.callId}. Secrets are crossed out; headers below ${names[record.signalling.protocol]}, BFCP and RTP are made up around true addresses and ports.`;
  return printCapture({ application: 'Dualstream', comment }, packets);
}

const names = { sip: 'SIP', h323: 'TPKT, RAS' } as const;

const inside: Partial<Record<Taped['way'], string>> = {
  tls: 'was inside TLS',
  dtls: 'was inside DTLS',
  'tcp-dtls': 'was inside DTLS over TCP',
  ws: 'was one WebSocket message',
  wss: 'was one message of a secure WebSocket',
};

function messagePackets(taped: Taped, as: Wire, streams: TcpStreams): CapturedPacket[] {
  const { at, outgoing, way, local, remote, missing } = taped;
  const payload = as.framed(taped);
  const [from, to] = ends(outgoing, local, remote);
  const datagram = way === 'udp' || way === 'dtls';
  const packets = datagram ? [udpPacket(from, to, payload)] : streams.packets(from, to, payload);
  const said = [as.comment(taped), inside[way], missing > 0 ? `${missing} before it were not kept` : undefined].filter(
    (one) => one !== undefined,
  );
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
