import assert from 'node:assert/strict';
import { startMediaPlane } from '../../../src/media/io/plane.js';
import type { Line, LineParams } from '../../../src/media/plane.js';
import { pictureFastUpdate } from '../../../src/legs/sip/media-control.js';
import { idr, Peer as RtpPeer, until } from '../../media/io/peer.js';
import type { FakeLine } from '../../support/fakes/fake-line.js';
import type { Peer } from '../../support/h323-rig.js';
import { describePeer } from '../../support/offers.js';
import type { RawCall } from '../../support/raw-call.js';
import { startThroughRig, type ThroughRig } from '../../support/through-rig.js';
import { waitUntil } from '../../support/wait.js';

describe('what is said of media in calls through the gateway', () => {
  let rig: ThroughRig;
  let device: Peer;
  let near: RawCall;
  /** What H.245 told the device of our channels. */
  const told: string[] = [];

  const everything = describePeer({ content: 'sendrecv', floor: 'UDP' });
  beforeEach(async () => {
    rig = await startThroughRig();
    device = await rig.device();
    told.length = 0;
    near = await rig.call(`7${device.port}`, 'Anna');
    near.send('INVITE', everything);
    await near.peer.expect('SIP/2.0 180');
    device.session?.on.on('muted', ({ channel, muted }) =>
      told.push(`${channel.opening.forward?.media.kind} ${muted ? 'inactive' : 'active'}`),
    );
    await device.answer();
    await near.final('INVITE');
    near.ack();
    await device.send('audio');
    await device.send('video');
    await waitUntil(() => rig.plane.chains().filter((chain) => chain.includes('/video')).length === 2, 2000);
  });
  afterEach(async () => {
    await near.bye();
    await waitUntil(() => device.released !== null, 2000);
    await rig.nothingLeft();
    await rig.close();
  });

  /** Lines of the two legs: `sip` is the caller's. */
  const line = (whose: 'sip' | 'h323', name: 'audio' | 'video'): FakeLine => {
    const sip = rig.plane.line(`${rig.legs[0]?.id ?? ''}/${name}`);
    const other = [...rig.plane.lines.values()].find((one) => one.id.endsWith(`/${name}`) && one !== sip);
    const found = whose === 'sip' ? sip : other;
    assert.ok(found);
    return found;
  };

  it('asks the device for the keyframe that the SIP end lost, and the other way round', async () => {
    const before = line('h323', 'video').refreshed;
    near.send('INFO', pictureFastUpdate(null), [], 'application/media_control+xml');
    await near.final('INFO');
    await waitUntil(() => line('h323', 'video').refreshed > before, 2000);
    line('h323', 'video').events.emit('keyframeWanted', undefined);
    await waitUntil(() => device.heard.includes('keyframe video'), 2000);
    const asked = line('sip', 'video').refreshed;
    device.session?.requestFastUpdate(device.channel('in', 'video'));
    await waitUntil(() => line('sip', 'video').refreshed > asked, 2000);
  });

  it('presses keys on the other side', async () => {
    near.send('INFO', 'Signal=5\r\nDuration=160\r\n', [], 'application/dtmf-relay');
    await near.final('INFO');
    await waitUntil(() => device.heard.includes('key 5'), 2000);
    device.session?.press('#', 100);
    const info = await near.request('INFO');
    assert.match(info.text, /Signal=#/);
    near.peer.answer(info, '200 OK');
  });

  it('sends no more than flow control lets it, until it is lifted', async () => {
    const takes = (): number | null | undefined => line('h323', 'video').params?.maxKbps;
    const usual = takes();
    device.session?.limit(device.channel('in', 'video'), 128_000);
    await waitUntil(() => takes() === 128, 2000);
    device.session?.limit(device.channel('in', 'video'), null);
    await waitUntil(() => takes() === usual, 2000);
  });

  it('tells the device by flow control what the SIP end takes', async () => {
    line('h323', 'video').events.emit('rateWanted', { kbps: 640 });
    await waitUntil(() => device.heard.includes('rate 640000'), 2000);
    line('h323', 'video').events.emit('rateWanted', { kbps: 640 });
    line('h323', 'video').events.emit('rateWanted', { kbps: 900 });
    await waitUntil(() => device.heard.includes('rate 900000'), 2000);
    assert.equal(device.heard.filter((one) => one.startsWith('rate')).length, 2, 'the same is not told twice');
  });

  it('asks the SIP end by TMMBR for no more than the device takes', async () => {
    device.session?.limit(device.channel('in', 'video'), 256_000);
    await waitUntil(() => line('h323', 'video').params?.maxKbps === 256, 2000);
    const plane = await startMediaPlane({ ports: 'auto' });
    const ends = { sip: await RtpPeer.open(), h323: await RtpPeer.open() };
    try {
      const opened = async (whose: 'sip' | 'h323', more: Partial<LineParams>): Promise<Line> => {
        const one = await plane.open({ id: whose, kind: 'video', bind: '127.0.0.1', advertise: '127.0.0.1' });
        const { rtpPort, rtcpPort } = ends[whose];
        const params = line(whose, 'video').params as LineParams;
        one.update({ ...params, ...more, remote: { address: '127.0.0.1', rtpPort, rtcpPort } });
        return one;
      };
      const feedback = { pli: true, fir: true, nack: false, remb: false, tmmbr: true };
      const [sip, h323] = [await opened('sip', { feedback }), await opened('h323', {})];
      plane.route(h323, sip);
      const { pt } = line('sip', 'video').params!.receive[0]!;
      let seq = 0;
      await until('what it may send to be told', () => {
        ends.sip.send(sip.local.rtpPort, { pt, seq: (seq += 1), timestamp: 3000 * seq, ssrc: 9, marker: true }, idr);
        return ends.sip.rtcp.some((packet) => packet.type === 'tmmbr' && packet.bounds[0]?.bps === 256_000);
      });
    } finally {
      for (const end of Object.values(ends)) end.close();
      await plane.close();
    }
  });

  it('offers the SIP end less for its slides where that takes no RTCP for it', async () => {
    const content = rig.plane.line(`${rig.legs[0]?.id ?? ''}/content`);
    content.events.emit('rateWanted', { kbps: 512 });
    const invite = await near.request('INVITE');
    const slides = invite.text.split(/^(?=m=)/m).find((section) => section.includes('a=content:slides')) ?? '';
    assert.match(slides, /^b=(?:AS:512|TIAS:512000)\r$/m);
    near.peer.answer(invite, '200 OK', [`Contact: ${near.contact}`], everything);
    await near.request('ACK');
  });

  it('tells the device that the SIP end sends nothing while it holds, and that it does again', async () => {
    near.send(
      'INVITE',
      describePeer({ version: 2, audio: 'inactive', video: 'recvonly', content: 'sendrecv', floor: 'UDP' }),
    );
    assert.match((await near.final('INVITE')).start, / 200 /);
    near.ack();
    await waitUntil(
      () => told.length === 2,
      2000,
      () => told.join(),
    );
    assert.deepEqual([...told].sort(), ['audio inactive', 'video inactive']);
    near.send('INVITE', describePeer({ version: 3, content: 'sendrecv', floor: 'UDP' }));
    await near.final('INVITE');
    near.ack();
    await waitUntil(
      () => told.length === 4,
      2000,
      () => told.join(),
    );
    assert.deepEqual(told.slice(2).sort(), ['audio active', 'video active']);
  });

  it('rests its watch for silence while the device is muted, and hears it again', async () => {
    const { params } = line('h323', 'audio');
    assert.equal(params?.direction, 'sendrecv');
    device.session?.mute(device.channel('out', 'audio'), true);
    await waitUntil(() => line('h323', 'audio').params?.direction === 'sendonly', 2000);
    assert.equal(line('h323', 'audio').params?.held, true);
    device.session?.mute(device.channel('out', 'audio'), false);
    await waitUntil(() => line('h323', 'audio').params?.direction === 'sendrecv', 2000);
  });
});
