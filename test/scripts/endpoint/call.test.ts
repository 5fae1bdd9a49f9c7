import assert from 'node:assert/strict';
import { holdsTone } from '../../../scripts/endpoint/audio/spectrum.js';
import { startEndpoint, type Endpoint } from '../../../scripts/endpoint/endpoint.js';
import type { EndpointOptions } from '../../../scripts/endpoint/options.js';
import { ffmpegPresent } from '../../../scripts/endpoint/view/decoder.js';
import { MirrorGateway } from '../../support/mirror-gateway.js';
import { waitUntil } from '../../support/wait.js';

describe('test endpoint in a call', () => {
  let gateway: MirrorGateway | null = null;
  let endpoint: Endpoint | null = null;

  async function call(
    options: Partial<EndpointOptions>,
    bfcp: 'UDP' | 'TCP' = 'UDP',
  ): Promise<[MirrorGateway, Endpoint]> {
    gateway = await MirrorGateway.open(options.transport, bfcp);
    endpoint = await startEndpoint({ uri: gateway.uri, name: 'Tester', ...options });
    return [gateway, endpoint];
  }

  before(function () {
    if (!ffmpegPresent()) this.skip();
  });

  afterEach(async () => {
    await endpoint?.hangup();
    await gateway?.close();
    endpoint = gateway = null;
  });

  for (const bfcp of ['udp', 'tcp'] as const) {
    it(`hears, sees, shares and releases with BFCP over ${bfcp}`, async () => {
      const upper = bfcp === 'udp' ? 'UDP' : 'TCP';
      const [mirror, caller] = await call({ bfcp, transport: bfcp }, upper);
      await caller.waitFor((s) => holdsTone(s.heard.tones, 700) && s.main.from === 'MIRROR', 5000);
      const { media } = mirror;
      assert.ok(media);
      await waitUntil(() => media.main.viewer.picture.from === 'TESTER', 5000);
      await waitUntil(() => holdsTone(media.audio.listen().tones, 440), 5000);
      assert.equal(await caller.share(), 'granted');
      await waitUntil(() => media.content.viewer.picture.kind === 'slides', 3000);
      const { width, height, from } = media.content.viewer.picture;
      assert.deepEqual([width, height, from], [1280, 720, 'TESTER']);
      assert.equal(caller.state.floor, 'granted');
      assert.equal(await caller.release(), 'released');
      assert.equal(caller.state.floor, 'released');
    });
  }

  it('calls over TLS, whoever signed the certificate', async () => {
    const [, caller] = await call({ transport: 'tls' });
    await caller.waitFor((state) => state.main.from === 'MIRROR', 3000);
    await gateway!.reinvite(gateway!.sdp!.reoffer('sendrecv'));
  });

  it('stops sharing when the floor is taken away', async () => {
    const [mirror, caller] = await call({});
    await caller.share();
    mirror.floor.decide(mirror.floor.live[0]!.id, 'revoked');
    await caller.waitFor((state) => state.floor === 'revoked', 2000);
    const sent = mirror.media!.content.port.stats.packetsIn;
    await caller.nextEvent((event) => event.event === 'heard', 2000);
    assert.equal(mirror.media!.content.port.stats.packetsIn, sent);
  });

  it('adds the slides line that a re-INVITE offers to a Poly', async () => {
    const [mirror, caller] = await call({ vendor: 'poly' }, 'TCP');
    assert.equal(caller.events.find((event) => event.event === 'connected')?.content, null);
    const { port } = mirror.media!.content.port;
    const answer = await mirror.reinvite(
      mirror.sdp!.local.replace('a=connection:new', 'a=connection:existing') +
        `m=video ${port} RTP/AVP 97\r\na=rtpmap:97 H264/90000\r\na=fmtp:97 profile-level-id=42801f\r\na=content:slides\r\na=label:12\r\n`,
    );
    assert.match(answer, /m=video [1-9]\d* RTP\/AVP 97\r\n(?:.*\r\n)*a=content:slides/);
    assert.match(answer, /a=floorctrl:c-only\r\na=floorid:1 m-stream:3/);
    assert.ok(caller.events.some((event) => event.event === 'renegotiated' && event.content !== null));
  });

  it('answers keyframe requests by RTCP and by INFO', async () => {
    const [mirror, caller] = await call({});
    await waitUntil(() => mirror.media?.main.viewer.picture.keyframes === 1, 3000);
    mirror.media!.main.ask();
    await waitUntil(() => mirror.media?.main.viewer.picture.keyframes === 2, 3000);
    const body =
      '<media_control><vc_primitive><to_encoder><picture_fast_update/></to_encoder></vc_primitive></media_control>';
    mirror.dialog!.request(
      { method: 'INFO', headers: { 'Content-Type': 'application/media_control+xml' }, body },
      () => undefined,
    );
    await waitUntil(() => mirror.media?.main.viewer.picture.keyframes === 3, 3000);
    const by = caller.events.flatMap((event) => (event.event === 'keyframe-request' ? event.by : []));
    assert.deepEqual(by, ['rtcp', 'info']);
  });

  it('holds and resumes', async () => {
    const [, caller] = await call({});
    await caller.waitFor((state) => state.main.from === 'MIRROR', 3000);
    await gateway!.reinvite(gateway!.sdp!.reoffer('inactive'));
    await caller.waitFor((state) => state.main.from === null, 4000);
    await gateway!.reinvite(gateway!.sdp!.reoffer('sendrecv'));
    await caller.waitFor((state) => state.main.from === 'MIRROR', 3000);
  });

  it('tells that the far end hung up', async () => {
    const [mirror, caller] = await call({});
    await mirror.dialog!.destroy();
    const { reason } = await caller.over;
    assert.equal(reason, 'the other side hung up');
    assert.equal(caller.state.phase, 'ended');
  });

  it('gives up when the far end died without a word', async () => {
    const [mirror, caller] = await call({ silenceLimit: 1 });
    await mirror.close();
    const { reason } = await caller.over;
    assert.equal(reason, 'neither RTP nor RTCP for 1 s');
  });

  it('reports a refused call with its status', async () => {
    gateway = await MirrorGateway.open();
    await gateway.close();
    const { uri } = gateway;
    gateway = null;
    await assert.rejects(startEndpoint({ uri, transport: 'tcp' }), /call failed/);
  });
});
