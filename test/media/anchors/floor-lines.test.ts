import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { startChild, type ManagedChild } from '../../../src/base/child.js';
import { systemClock } from '../../../src/base/clock.js';
import { silentLog } from '../../../src/base/log.js';
import { createMetrics } from '../../../src/base/metrics.js';
import { systemNet } from '../../../src/base/system-net.js';
import { gatewayAbilities } from '../../../src/media/abilities.js';
import { RtpengineAnchor } from '../../../src/media/anchors/rtpengine-anchor.js';
import { SdpSession, type LocalLine, type Locals } from '../../../src/media/sdp-session.js';
import {
  openRtpengineControl,
  RtpengineError,
  type RtpengineControl,
} from '../../../src/protocol/rtpengine/control.js';

const here = '127.0.0.1';
/** Where floor control is reached: not rtpengine's business. */
const floorAddress = '198.51.100.7';
const key = `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${'A'.repeat(40)}`;

/** A room system's offer: audio, video, BFCP over UDP, far-end camera; with keys for those left out of the recording. */
const offer = readFileSync('sdp-fixtures/polycom-group-sdes.offer.sdp', 'utf8')
  .replace(/inline:[A-Z0-9]+/g, `inline:${'A'.repeat(40)}`)
  .replaceAll('10.250.54.130', here);

const lineAt = (rtpPort: number): LocalLine => ({ address: here, rtpPort, rtcpPort: rtpPort + 1 });

function locals(more: Partial<Locals> = {}): Locals {
  return {
    audio: lineAt(41_000),
    video: lineAt(41_002),
    content: null,
    floor: { transport: 'UDP', address: floorAddress, port: 41_006, confId: 4711, userId: 70, floorId: 1 },
    abilities: gatewayAbilities(),
    ...more,
  };
}

function sections(sdp: string): string[] {
  return sdp.split(/\r?\n(?=m=)/).slice(1);
}

function heads(sdp: string): string[] {
  return sections(sdp).map((section) =>
    section
      .split(' ')
      .slice(0, 3)
      .join(' ')
      .replace(/ [1-9]\d* /, ' N '),
  );
}

/** What the room system answers to an offer of ours: the same lines with its own ports and keys. */
function answerOf(ours: string): string {
  const lines = sections(ours).map((section, index) => {
    const [head = '', ...rest] = section.trimEnd().split(/\r?\n/);
    if (head.includes(' 0 ')) return head;
    const kept = rest.filter((line) => /^a=(rtpmap|fmtp|content|label|setup)/.test(line));
    const floor = ['a=floorctrl:c-only', 'a=setup:active', 'a=connection:new'];
    const more = head.includes('BFCP') ? floor : [key, 'a=sendrecv'];
    return [head.replace(/ \d+ /, ` ${1024 + 2 * index} `), ...kept.filter((l) => !l.includes('setup')), ...more].join(
      '\r\n',
    );
  });
  return `v=0\r\no=- 1 2 IN IP4 ${here}\r\ns=-\r\nc=IN IP4 ${here}\r\nt=0 0\r\n${lines.join('\r\n')}\r\n`;
}

describe('floor control lines beside rtpengine', () => {
  let child: ManagedChild;
  let control: RtpengineControl;
  let anchor: RtpengineAnchor;
  let session: SdpSession;
  let count = 0;

  before(async function () {
    if (spawnSync('rtpengine', ['--version']).error) return this.skip();
    const socket = await systemNet.udp({ address: here, port: 0 });
    const at = socket.local;
    socket.close();
    const first = 56_000 + (process.pid % 80) * 100;
    control = openRtpengineControl(at, here);
    const names = ['inside', 'outside'].map((name) => `--interface=${name}/${here}`);
    const ports = [`--port-min=${first}`, `--port-max=${first + 99}`, `--listen-ng=${at.address}:${at.port}`];
    const args = [
      '--config-file=none',
      '--foreground',
      '--log-stderr',
      '--table=-1',
      '--delete-delay=0',
      ...names,
      ...ports,
    ];
    const tools = { clock: systemClock, log: silentLog, metrics: createMetrics() };
    child = await startChild({ name: 'rtpengine', command: 'rtpengine', args, ping: () => control.ping() }, tools);
  });
  after(async () => {
    await child?.stop();
    control?.close();
  });
  beforeEach(() => {
    anchor = new RtpengineAnchor(control, `floor-${++count}`, 'sdes', { outside: 'outside', inside: 'inside' });
    session = new SdpSession({ sessionId: '1' });
  });
  afterEach(() => anchor.close());

  const answer = async (text: string, mine: Locals): Promise<string> =>
    anchor.answerToPeer(session.answer(await anchor.offerFromPeer(text), mine).sdp);

  it('keep their place and never reach rtpengine', async () => {
    const plain = await anchor.offerFromPeer(offer);
    assert.deepEqual(sections(plain)[2], sections(offer)[2]?.replace(/^(m=.*)/, `$1\r\nc=IN IP4 ${here}`));
    const answered = await anchor.answerToPeer(session.answer(plain, locals()).sdp);
    assert.deepEqual(heads(answered), [
      'm=audio N RTP/SAVP',
      'm=video N RTP/SAVP',
      'm=application N UDP/BFCP',
      'm=application 0 RTP/SAVP',
    ]);
    const [audio = '', video = '', floor = ''] = sections(answered);
    assert.match(
      floor,
      new RegExp(`^m=application 41006 UDP/BFCP \\*\\r\\nc=IN IP4 ${floorAddress.replaceAll('.', '\\.')}`),
    );
    assert.match(floor, /a=floorctrl:s-only[\s\S]*a=confid:4711[\s\S]*a=setup:passive/);
    for (const line of [audio, video]) assert.match(line, /a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:/);
  });

  it('stay as they are when a content line is added, on hold, and in later offers of both sides', async () => {
    const first = sections(await answer(offer, locals()));
    const withContent = locals({ content: lineAt(41_004) });

    const ours = await anchor.offerToPeer(session.offer(withContent));
    assert.equal(sections(ours)[2]?.split('\n')[0], first[2]?.split('\n')[0]);
    assert.match(sections(ours)[2] ?? '', /a=confid:4711[\s\S]*a=connection:existing/);
    assert.match(sections(ours)[4] ?? '', /^m=video [1-9]\d* RTP\/SAVP [\s\S]*a=content:slides/);
    for (const index of [0, 1, 4]) {
      const keys = sections(ours)[index]?.match(/^a=crypto:.*/gm) ?? [];
      assert.equal(keys.length, 1, 'one key, of the suite that the peer has');
      assert.match(keys[0] ?? '', /AES_CM_128_HMAC_SHA1_80 inline:/);
      if (index < 4) assert.ok(first[index]?.includes(keys[0] ?? '-'), 'keys in use stay');
    }
    const agreed = session.accept(await anchor.answerFromPeer(answerOf(ours)));
    assert.equal(agreed.lines.content?.remote?.address, here);
    assert.deepEqual(agreed.floor?.remote, { address: here, port: 1028 });

    const again = answerOf(ours);
    for (const direction of ['sendonly', 'inactive', 'sendrecv']) {
      const held = await answer(again.replaceAll('a=sendrecv', `a=${direction}`), withContent);
      assert.match(sections(held)[2] ?? '', /^m=application 41006 UDP\/BFCP/, direction);
      assert.equal(sections(held)[0]?.split(' ')[1], first[0]?.split(' ')[1], 'the port of the audio line stays');
      assert.equal(heads(held)[4], 'm=video N RTP/SAVP', direction);
    }
    const last = await anchor.offerToPeer(session.offer(locals()));
    assert.equal(heads(last)[4], 'm=video 0 RTP/SAVP');
    assert.match(sections(last)[2] ?? '', /^m=application 41006 UDP\/BFCP/);
    session.accept(await anchor.answerFromPeer(answerOf(last)));
  });

  it('leave nothing behind in rtpengine', async () => {
    await answer(offer, locals());
    const id = `floor-${count}`;
    const { tags } = await control.query(id);
    assert.equal(Object.keys(tags as object).length, 2);
    await anchor.close();
    await assert.rejects(
      control.query(id),
      (error) => error instanceof RtpengineError && /unknown/i.test(error.message),
    );
    await assert.doesNotReject(anchor.close(), 'once more is no harm');
  });
});
