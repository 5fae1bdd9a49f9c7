import assert from 'node:assert/strict';
import { longestDescription } from '../../../src/legs/sip/paced-writes.js';
import { describePeer, linesOf } from '../../support/offers.js';
import type { RawCall } from '../../support/raw-call.js';
import { startSipRig, type SipRig } from '../../support/sip-rig.js';

const room = { content: 'sendrecv', floor: 'UDP', fecc: 'sendrecv' } as const;
const formatsIn = (sdp: string): number => (sdp.match(/^a=rtpmap:/gm) ?? []).length;
const versionIn = (sdp: string): number => Number(/^o=\S+ \S+ (\d+)/m.exec(sdp)?.[1]);

/** A room system that lists each of its H.264 formats very often, with feedback for each. */
function verbose(version = 1): string {
  const numbers = Array.from({ length: 60 }, (_, at) => 35 + at).filter((pt) => pt < 64 || pt > 95);
  const more = numbers.flatMap((pt) => [
    `a=rtpmap:${pt} H264/90000`,
    `a=fmtp:${pt} profile-level-id=42e01f;packetization-mode=1;max-mbps=245000;max-fs=8160`,
    ...['nack', 'nack pli', 'ccm fir'].map((value) => `a=rtcp-fb:${pt} ${value}`),
  ]);
  return describePeer({ ...room, version, feedback: false })
    .replace(/^(m=video .*)\r$/gm, `$1 ${numbers.join(' ')}\r`)
    .replace(/^(a=rtpmap:97 .*)\r$/gm, `$1\r\n${more.join('\r\n')}\r`);
}

/** Its description with nothing new after as many refused lines as there may be, each as long as it may be. */
function padded(sdp: string, lines: number): string {
  return sdp + `m=${'x'.repeat(30)} 0 ${'Y'.repeat(30)} ${'z'.repeat(30)}\r\n`.repeat(lines);
}

describe('descriptions too long for the SIP engine', () => {
  let rig: SipRig;

  const start = async (longest: number): Promise<RawCall> => {
    rig = await startSipRig({ more: { longest } });
    return rig.call('demo', 'Anna');
  };
  const stop = async (): Promise<void> => {
    await rig.nothingLeft();
    await rig.close();
  };
  /** What a caller is answered by an engine that sends so many bytes; null for 513. */
  const answered = async (longest: number): Promise<string | null> => {
    const call = await start(longest);
    call.send('INVITE', verbose());
    const { start: line, message } = await call.final('INVITE');
    const taken = line.startsWith('SIP/2.0 200');
    if (taken) {
      call.ack();
      await call.bye();
    } else {
      assert.match(line, / 513 /);
      assert.equal(rig.metrics.counted('dualstream_sip_refused_total', { reason: 'description_too_long' }), 1);
    }
    await stop();
    return taken ? message.body.toString() : null;
  };

  it('list fewer formats, then fewer lines, and are refused with 513 at last', async () => {
    const all = (await answered(longestDescription)) ?? '';
    assert.equal(linesOf(all), 'audio sendrecv, video sendrecv, application, video sendrecv, application');
    // a little less than there was: numbers of floor control have up to ten digits
    const few = (await answered(all.length - 20)) ?? '';
    assert.equal(linesOf(few), linesOf(all));
    assert.ok(formatsIn(few) < formatsIn(all), few);
    const blind = (await answered(few.length - 20)) ?? '';
    assert.equal(linesOf(blind), 'audio sendrecv, video sendrecv, application, video sendrecv, application 0');
    const least = (await answered(blind.length - 20)) ?? '';
    assert.equal(linesOf(least), 'audio sendrecv, video sendrecv, application 0, video 0, application 0');
    const shortest = (await answered(least.length - 20)) ?? '';
    assert.equal(linesOf(shortest), linesOf(least));
    assert.ok(formatsIn(shortest) < formatsIn(least), shortest);
    assert.equal(await answered(shortest.length - 20), null);
  });

  it('leave a running call as it was, and use up no version', async () => {
    const plain = describePeer();
    const call = await start(900);
    await call.invite(plain);
    const [before, lines] = [call.sdp, rig.plane.lines.size];
    call.send('INVITE', padded(describePeer({ version: 2 }), 20));
    assert.match((await call.final('INVITE')).start, / 513 /);
    assert.equal(rig.plane.lines.size, lines);
    await call.invite(plain.replace('peer 77 1', 'peer 77 3'));
    assert.equal(call.sdp, before);
    await call.invite(describePeer({ version: 4, video: 'inactive' }));
    assert.equal(versionIn(call.sdp), versionIn(before) + 1);
    await call.bye();
    await stop();
  });

  it('are nothing that a device without encryption can bring about at the limit of a drachtio-server', async () => {
    const call = await start(longestDescription);
    await call.invite(padded(verbose(), 27));
    assert.equal((call.sdp.match(/^m=/gm) ?? []).length, 32);
    assert.ok(call.sdp.length < longestDescription / 2, `${call.sdp.length} bytes`);
    await call.bye();
    await stop();
  });

  it('are offered with what is in use only, where everything does not fit', async () => {
    const call = await start(700);
    await call.invite(describePeer({ feedback: false }));
    await call.invite('', [], false);
    assert.ok(call.sdp.length <= 700);
    assert.equal(linesOf(call.sdp), 'audio sendrecv, video sendrecv');
    call.ack(describePeer({ version: 2, feedback: false }));
    await call.bye();
    await stop();
  });
});
