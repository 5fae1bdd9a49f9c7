import assert from 'node:assert/strict';
import { paramsOfSession, type ReceivingChannel, type SendingChannel } from '../../src/media/h245-lines.js';
import type { AudioFormat } from '../../src/media/vocabulary.js';

const sound: AudioFormat = { kind: 'audio', name: 'PCMA', pt: 8, clock: 8000, channels: 1, params: {} };
const events = { receive: [{ pt: 101, clock: 8000 }], send: [{ pt: 97, clock: 8000 }] };
const sends: SendingChannel = {
  format: sound,
  media: { address: '192.0.2.1', port: 5000 },
  control: { address: '192.0.2.1', port: 5001 },
  maxKbps: 64,
};
const receives: ReceivingChannel = {
  formats: [{ ...sound, pt: 9 }],
  control: { address: '192.0.2.1', port: 7001 },
  muted: false,
};

describe('logical channels as parameters of a line', () => {
  for (const [what, session, direction, remote] of [
    ['both directions', { sends, receives }, 'sendrecv', { address: '192.0.2.1', rtpPort: 5000, rtcpPort: 5001 }],
    ['ours only', { sends, receives: null }, 'sendonly', { address: '192.0.2.1', rtpPort: 5000, rtcpPort: 5001 }],
    ["the peer's only", { sends: null, receives }, 'recvonly', { address: '192.0.2.1', rtpPort: 7000, rtcpPort: 7001 }],
    ['none', { sends: null, receives: null }, 'inactive', null],
    [
      'a device that tells no RTCP address',
      { sends: { ...sends, control: null }, receives: null },
      'sendonly',
      { address: '192.0.2.1', rtpPort: 5000, rtcpPort: 5001 },
    ],
    [
      'a device whose RTCP is on another host, to which nothing can be sent',
      { sends: { ...sends, control: { address: '192.0.2.7', port: 9001 } }, receives: null },
      'sendonly',
      { address: '192.0.2.1', rtpPort: 5000, rtcpPort: 5001 },
    ],
    [
      'a device whose RTCP has a port of its own',
      { sends: { ...sends, control: { address: '192.0.2.1', port: 9001 } }, receives: null },
      'sendonly',
      { address: '192.0.2.1', rtpPort: 5000, rtcpPort: 9001 },
    ],
    [
      'a muted peer',
      { sends, receives: { ...receives, muted: true } },
      'sendonly',
      { address: '192.0.2.1', rtpPort: 5000, rtcpPort: 5001 },
    ],
  ] as const) {
    it(`${what}: ${direction}`, () => {
      const params = paramsOfSession({ ...session, events }, 'one@dualstream');
      assert.equal(params.direction, direction);
      assert.deepEqual(params.remote, remote);
      assert.deepEqual(
        params.send.map(({ pt }) => pt),
        session.sends ? [8] : [],
      );
      assert.deepEqual(
        params.receive.map(({ pt }) => pt),
        session.receives ? [9] : [],
      );
      assert.deepEqual(params.events.receive, events.receive);
      assert.deepEqual(params.events.send, session.sends ? events.send : []);
      assert.equal(params.held, session.receives?.muted ?? false);
      assert.equal(params.maxKbps, session.sends ? 64 : null);
    });
  }
});
