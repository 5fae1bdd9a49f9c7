import assert from 'node:assert/strict';
import type { TracedMessage } from '../../../../src/protocol/h323/call/endpoint.js';
import { tpkt } from '../../../../src/protocol/h323/tpkt.js';
import { printCapture } from '../../../../src/protocol/pcapng/blocks.js';
import { TcpStreams } from '../../../../src/protocol/pcapng/ip.js';
import { dissect } from '../../../support/tshark.js';

/** What tshark says against messages, each on its own connection. */
export function markedByTshark(said: readonly TracedMessage[]): string[][] {
  const ports = { h225: 1720, h245: 19_000 };
  const packets = said.flatMap(({ protocol, octets }, index) => {
    const from = { address: '192.0.2.1', port: 20_000 + index };
    return new TcpStreams().packets(from, { address: '192.0.2.2', port: ports[protocol] }, tpkt(octets));
  });
  const file = printCapture(
    { application: 'Test', comment: '' },
    packets.map((bytes, index) => ({ at: index, bytes, outgoing: true })),
  );
  const fields = ['frame.protocols', '_ws.malformed', '_ws.expert.message', '_ws.col.Info'];
  const rows = dissect(file, fields, { filter: 'tpkt', decodeAs: [`tcp.port==${ports.h245},h245`] });
  assert.equal(rows.length, said.length);
  return rows.filter(([protocols = '', malformed, expert]) => {
    return !/:(h225|h245)/.test(protocols) || malformed !== '' || expert !== '';
  });
}
