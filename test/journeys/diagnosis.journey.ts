import assert from 'node:assert/strict';
import { startEndpoint, type Endpoint } from '../../scripts/endpoint/endpoint.js';
import type { EndpointOptions } from '../../scripts/endpoint/options.js';
import type { CallDiagnosis, CallRecordSnapshot, CallsAnswer } from '../../src/services/api/contract.js';
import { RawCall } from '../support/raw-call.js';
import { SipPeer } from '../support/sip-peer.js';
import { dissect, hasTshark } from '../support/tshark.js';
import { startTestGateway, type TestGateway } from './support/gateway.js';
import { until } from './support/until.js';

const here = '127.0.0.1';
const patience = 10_000;
const pin = '739164';

describe('what an operator sees of a call', function () {
  this.timeout(60_000);
  let gateway: TestGateway;
  let bearer: Record<string, string>;
  const endpoints: Endpoint[] = [];

  before(async () => {
    gateway = await startTestGateway({
      change: (settings) => ({
        ...settings,
        decide: ({ uri }) => {
          const [, room = '', dialled] = /^sip:([a-z]+)(?:\*(\d+))?@/.exec(uri) ?? [];
          if (room === 'nobody') return null;
          return { kind: 'room', room, role: 'participant', ...(dialled === undefined ? {} : { pin: dialled }) };
        },
      }),
    });
    const who = { kind: 'admin', room: null, name: 'op', role: 'moderator', ttlMs: 60_000 } as const;
    bearer = { authorization: `Bearer ${gateway.gateway.tokens.issue(who).token}` };
  });
  afterEach(async () => {
    await Promise.all(endpoints.splice(0).map((one) => one.hangup()));
  });
  after(() => gateway?.close());

  const join = async (room: string, name: string, options: Partial<EndpointOptions> = {}): Promise<Endpoint> => {
    const uri = gateway.uri(room, options.transport === 'tcp' ? 'tcp' : 'udp');
    const endpoint = await startEndpoint({ uri, name, bind: here, audio: 'silence', fps: 5, blind: true, ...options });
    endpoints.push(endpoint);
    return endpoint;
  };
  const fetched = async (path: string, headers = bearer): Promise<Response> =>
    fetch(`${gateway.page}${path}`, { headers });
  const calls = async (query = ''): Promise<CallRecordSnapshot[]> =>
    ((await (await fetched(`/api/v1/calls${query}`)).json()) as CallsAnswer).items;
  const report = async (path: string): Promise<CallDiagnosis> => (await (await fetched(path)).json()) as CallDiagnosis;
  const capture = async (path: string): Promise<Buffer> => {
    const answer = await fetched(path);
    assert.equal(answer.status, 200);
    assert.match(answer.headers.get('content-disposition') ?? '', /^attachment; filename="call-\w+\.pcapng"$/);
    return Buffer.from(await answer.arrayBuffer());
  };

  it('is how floor control and content were agreed and how they go', async () => {
    const a = await join('ops', 'ANNA', { vendor: 'cisco', bfcp: 'udp' });
    const b = await join('ops', 'BERTA', { vendor: 'poly', bfcp: 'tcp', transport: 'tcp' });
    assert.equal(await a.share(), 'granted');
    await b.waitFor(({ holder }) => holder === 'ANNA', patience, 'to be told');
    const list = await calls('?room=ops');
    assert.deepEqual(list.map(({ state, transport, direction }) => [state, transport, direction]).sort(), [
      ['answered', 'tcp', 'in'],
      ['answered', 'udp', 'in'],
    ]);
    const room = gateway.gateway.core.rooms.find('ops')?.describe();
    const idOf = (name: string): number => room?.participants.find((one) => one.name === name)?.id ?? 0;
    const anna = await report(`/api/v1/rooms/ops/participants/${idOf('ANNA')}/diagnosis`);
    assert.equal(anna.participant, idOf('ANNA'));
    assert.equal(anna.status, 200);
    assert.deepEqual([anna.floor?.transport, anna.floor?.weAre, anna.floor?.peerIs], ['UDP', 'server', 'client']);
    assert.equal(anna.floor?.channel, 'up');
    assert.ok(anna.bfcp.helloFromPeer !== null && anna.bfcp.helloAnswered !== null, 'Hello was seen');
    assert.match(anna.bfcp.last?.what ?? '', /^Floor(Request)?Status: request \d+ .*granted$/);
    const [exchange] = anna.exchanges;
    assert.equal(exchange?.offeredBy, 'peer');
    for (const side of [exchange?.offered, exchange?.answered]) {
      const floor = side?.find(([media]) => /^m=application .*BFCP/.test(media ?? ''));
      assert.ok(
        floor?.some((line) => line.startsWith('a=floorctrl:')),
        JSON.stringify(side),
      );
      assert.ok(
        side?.some(([media]) => media?.startsWith('m=video')),
        'the content line',
      );
    }
    const content = anna.lines.find(({ line }) => line === 'content');
    assert.deepEqual([content?.direction, content?.sends?.codec], ['sendrecv', 'H264']);
    assert.ok(content?.receives.some(({ codec, packetizationMode }) => codec === 'H264' && packetizationMode === 1));
    const berta = await until('content on a line of its own', patience, async () => {
      const now = await report(`/api/v1/rooms/ops/participants/${idOf('BERTA')}/diagnosis`);
      return now.lines.some(({ line, shows }) => line === 'content' && shows !== null) ? now : null;
    });
    assert.equal(berta.floor?.transport, 'TCP');
    const shows = berta.lines.find(({ line }) => line === 'content')?.shows;
    assert.deepEqual(shows, { from: idOf('ANNA'), what: 'content', low: false });
    assert.deepEqual(berta.content, { way: 'separate', why: null });
  });

  it('is every message of SIP, BFCP and RTCP in order, for Wireshark', async function () {
    if (!hasTshark()) this.skip();
    const a = await join('shark', 'ANNA', { vendor: 'cisco', bfcp: 'udp' });
    const b = await join('shark', 'BERTA', { vendor: 'poly', bfcp: 'tcp', transport: 'tcp' });
    assert.equal(await b.share(), 'granted');
    assert.equal(await a.share(), 'granted');
    const list = await calls('?room=shark');
    const idOf = (transport: string): string => list.find((one) => one.transport === transport)?.id ?? '';
    await until('reports', patience, async () => {
      const file = await capture(`/api/v1/calls/${idOf('udp')}/capture.pcapng`);
      return dissect(file, ['frame.number'], { filter: 'rtcp' }).length > 0 || null;
    });
    const headers = await capture(`/api/v1/calls/${idOf('udp')}/capture.pcapng?rtpSeconds=0.4`);
    await Promise.all([a, b].map((one) => one.hangup()));
    const over = await until('both calls to be over', patience, async () => {
      const now = await calls('?room=shark');
      return now.every(({ state }) => state === 'ended') ? now : null;
    });
    assert.equal(over.length, 2);
    for (const way of ['udp', 'tcp']) {
      const file = await capture(`/api/v1/calls/${idOf(way)}/capture.pcapng`);
      const port = (await report(`/api/v1/calls/${idOf(way)}`)).floor?.port ?? 0;
      check(file, way, port);
    }
    const rtp = dissect(headers, ['frame.len', 'frame.cap_len'], { filter: 'rtp' });
    assert.ok(rtp.length > 5, `${rtp.length} headers of RTP`);
    assert.ok(
      rtp.every(([, kept]) => Number(kept) <= 20 + 8 + 40),
      'headers only',
    );
    assert.equal(dissect(headers, ['frame.number'], { filter: '_ws.malformed && !rtp' }).length, 0);
  });

  it('is a call that was refused, too, without its PIN', async () => {
    const peer = await SipPeer.udp({ address: here, port: gateway.port('udp') });
    try {
      const sdp = [
        'v=0',
        'o=- 1 1 IN IP4 127.0.0.1',
        's=-',
        'c=IN IP4 127.0.0.1',
        't=0 0',
        'm=audio 4000 RTP/AVP 99',
        'a=rtpmap:99 iLBC/8000',
        '',
      ];
      for (const [room, body] of [
        ['nobody', ''],
        [`lonely*${pin}`, sdp.join('\r\n')],
      ] as const) {
        const call = new RawCall(peer, gateway.uri(room));
        await assert.rejects(call.invite(body, ['X-Dualstream-Token: abcdef']));
        // a drachtio-server tells what it sent a moment later
        const found = await until('the refusal', patience, async () => {
          const [one] = await calls(`?callId=${encodeURIComponent(call.id)}`);
          return one && one.state !== 'calling' ? one : null;
        });
        assert.equal(found.state, 'refused');
        assert.equal(found.status, room === 'nobody' ? 404 : 488);
        const file = await capture(`/api/v1/calls/${found.id}/capture.pcapng`);
        assert.ok(file.includes(`Call-ID: ${call.id}`), 'its messages are there');
        assert.ok(!file.includes(pin) && !file.includes('abcdef'), 'no secret is there');
        assert.ok(!JSON.stringify(await report(`/api/v1/calls/${found.id}`)).includes(pin));
        if (room !== 'nobody') assert.match(found.to, /^sip:lonely\*x{6}@/);
      }
    } finally {
      peer.close();
    }
  });

  it('is for administrators only', async () => {
    const guest = gateway.gateway.tokens.issue({
      kind: 'session',
      room: 'ops',
      name: 'x',
      role: 'moderator',
      ttlMs: 60_000,
    });
    const [any] = await calls();
    for (const path of ['/api/v1/calls', `/api/v1/calls/${any?.id}`, `/api/v1/calls/${any?.id}/capture.pcapng`]) {
      for (const headers of [{}, { authorization: `Bearer ${guest.token}` }]) {
        assert.equal((await fetched(path, headers)).status, 401, path);
      }
    }
    assert.equal((await fetched('/api/v1/calls/0000/capture.pcapng')).status, 404);
    assert.equal((await fetched(`/api/v1/calls/${any?.id}/capture.pcapng?rtpSeconds=31`)).status, 400);
  });
});

/** The file opens, its SIP is a whole call, RTCP and BFCP are read, nothing is malformed. */
function check(file: Buffer, way: string, bfcp: number): void {
  const sip = dissect(file, ['frame.protocols', 'sip.CSeq.method', 'sip.Status-Code', 'frame.time_epoch'], {
    filter: 'sip',
  });
  const methods = sip.map(([, method, status]) => `${method} ${status}`.trim());
  for (const wanted of ['INVITE', 'INVITE 200', 'ACK', 'BYE', 'BYE 200'])
    assert.ok(methods.includes(wanted), `${way}: ${methods.join(', ')}`);
  assert.ok(sip.every(([protocols]) => protocols?.startsWith(`raw:ip:${way}:sip`)));
  const times = dissect(file, ['frame.time_epoch']).map(([time]) => Number(time));
  assert.deepEqual(
    times,
    [...times].sort((a, b) => a - b),
  );
  assert.ok(dissect(file, ['frame.number'], { filter: 'rtcp' }).length > 0, `${way}: no RTCP`);
  // tshark 4 knows version 1 only, which is what TCP has
  const rules = [`tcp.port==${bfcp},bfcp`];
  const talk = dissect(file, ['bfcp.primitive'], { filter: 'bfcp', decodeAs: rules }).map(([one]) => Number(one));
  if (way === 'tcp') for (const wanted of [11, 12, 1, 4]) assert.ok(talk.includes(wanted), `BFCP ${talk.join(' ')}`);
  // of version 2 our own reading stands beside it
  const said = dissect(file, ['frame.comment'], { filter: `${way}.port==${bfcp}` }).map(([one]) => one ?? '');
  const version = way === 'tcp' ? 1 : 2;
  assert.ok(said.length > 4 && said.every((one) => one.startsWith(`BFCP ${version}: `)), said.join(' | '));
  assert.match(
    said.join(' | '),
    /: Hello \[.*: FloorRequest for floor \d.*: FloorRequestStatus: request \d+ of \w+ granted/,
  );
  assert.equal(dissect(file, ['frame.number'], { filter: '_ws.malformed', decodeAs: rules }).length, 0);
  const gaps = 'tcp.analysis.lost_segment || tcp.analysis.retransmission';
  assert.equal(dissect(file, ['frame.number'], { filter: gaps }).length, 0);
}
