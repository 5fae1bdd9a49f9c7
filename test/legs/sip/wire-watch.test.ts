import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { SeenMessage } from '../../../src/base/seen.js';
import { readHostports } from '../../../src/legs/sip/hostports.js';
import { readWire } from '../../../src/legs/sip/wire-watch.js';
import { readTranscript } from '../../contract/signalling/transcript.js';

const folder = join(import.meta.dirname, '../../golden/drachtio');
const listening = readHostports('tcp/127.0.0.1:5070,udp/127.0.0.1:5070');

function seenIn(name: string): SeenMessage[] {
  return readTranscript(name).flatMap((step) =>
    step.kind === 'admin' && !step.toServer ? (readWire(step.text, listening) ?? []) : [],
  );
}

function line({ outgoing, way, local, remote, bytes }: SeenMessage): string {
  const [start] = Buffer.from(bytes).toString().split('\r\n');
  const arrow = outgoing ? '->' : '<-';
  return `${local.address}:${local.port} ${arrow} ${remote.address}:${remote.port} ${way} ${(start ?? '').replace(' SIP/2.0', '')}`;
}

describe('SIP messages as a drachtio-server tells them', () => {
  it('are a call that comes in: what it received, what it sent for us, and who was at the other end', () => {
    assert.deepEqual(seenIn('03-uas-basic-bye-from-network').map(line), [
      '127.0.0.1:5070 <- 127.0.0.1:6001 udp INVITE sip:100@127.0.0.1:5070',
      '127.0.0.1:5070 -> 127.0.0.1:6001 udp SIP/2.0 180 Ringing',
      '127.0.0.1:5070 -> 127.0.0.1:6001 udp SIP/2.0 200 OK',
      '127.0.0.1:5070 <- 127.0.0.1:6001 udp ACK sip:127.0.0.1:5070',
      '127.0.0.1:5070 <- 127.0.0.1:6001 udp BYE sip:127.0.0.1:5070',
      '127.0.0.1:5070 -> 127.0.0.1:6001 udp SIP/2.0 200 OK',
    ]);
  });

  it('are a call of ours, whose requests go to where they say', () => {
    const lines = seenIn('07-uac-basic').map(line);
    assert.match(lines[0] ?? '', /^127\.0\.0\.1:5070 -> 127\.0\.0\.1:6002 udp INVITE /);
    assert.match(lines[1] ?? '', /^127\.0\.0\.1:5070 <- 127\.0\.0\.1:6002 udp SIP\/2\.0 180/);
    assert.match(lines[3] ?? '', /^127\.0\.0\.1:5070 -> 127\.0\.0\.1:6002 udp ACK /);
  });

  it('do not include answers that the server made up itself', () => {
    assert.ok(seenIn('11-uac-timeout-408').every(({ outgoing }) => outgoing));
  });

  it('know WebSockets by their Via, and IPv6', () => {
    const text =
      'u|sip|network|300|tcp|2001:db8::7|50000|10:00:00.000000|t||2001:db8::1|5060|\r\n' +
      'INVITE sip:a@[2001:db8::1] SIP/2.0\r\nVia: SIP/2.0/WSS x.invalid;branch=z9hG4bK1\r\n\r\n';
    assert.equal(line(readWire(text, [])!), '2001:db8::1:5060 <- 2001:db8::7:50000 wss INVITE sip:a@[2001:db8::1]');
  });

  it('are read from every recording without a fault', () => {
    let read = 0;
    for (const file of readdirSync(folder).filter((name) => name.endsWith('.txt'))) {
      for (const { bytes, remote, local } of seenIn(file.slice(0, -4))) {
        read += 1;
        assert.match(Buffer.from(bytes).toString(), /^(SIP\/2\.0 \d{3}|[A-Z]+ \S+ SIP\/2\.0)/, file);
        assert.ok(remote.port >= 0 && local.port >= 0);
      }
    }
    assert.ok(read > 300, `${read} messages`);
  });
});
