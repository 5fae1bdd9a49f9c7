import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { holdsTone } from '../../scripts/endpoint/audio/spectrum.js';
import { startEndpoint, type Endpoint } from '../../scripts/endpoint/endpoint.js';
import { next } from '../../src/base/events.js';
import type { GatewaySettings } from '../../src/gateway.js';
import type { RoomSettings } from '../../src/rooms/room.js';
import { Baresip, type BaresipOptions } from './support/baresip.js';
import { makeClip } from './support/clip.js';
import { tonesAtEnd, whoseSnapshot } from './support/decoded.js';
import { startTestGateway, type TestGateway } from './support/gateway.js';
import { skipWithout } from './support/needs.js';
import { until } from './support/until.js';

const patience = 15_000;
const endpointTone = 1000;

interface Case {
  what: string;
  encryption: NonNullable<BaresipOptions['encryption']>;
  name: string;
  tone: number;
  /** What baresip says about the keys of each of its two lines. */
  says: RegExp;
}

const cases: Case[] = [
  { what: 'SDES', encryption: 'srtp-mand', name: 'SDES', tone: 400, says: /(audio|video): SRTP is Enabled/g },
  {
    what: 'SDES beside a plain profile',
    encryption: 'srtp',
    name: 'MAYBE',
    tone: 560,
    says: /(audio|video): SRTP is Enabled/g,
  },
  { what: 'DTLS-SRTP', encryption: 'dtls_srtp', name: 'DTLS', tone: 720, says: /---> DTLS-SRTP complete/g },
];

/** A room that takes encrypted media only, and beside the usual listeners one that takes none and one nothing else. */
function withRules(settings: GatewaySettings): GatewaySettings {
  const { sip, rooms } = settings;
  const listen = (['off', 'required'] as const).map((srtp) => ({
    ...{ transport: 'udp' as const, address: '127.0.0.1', port: 0 },
    srtp,
  }));
  const [like] = rooms.permanent;
  assert.ok(like);
  const vault: RoomSettings = { ...like, name: 'vault', srtp: 'required' };
  return {
    ...settings,
    sip: sip.engine === 'embedded' ? { ...sip, listen: [...sip.listen, ...listen] } : sip,
    rooms: { ...rooms, permanent: [...rooms.permanent, vault] },
  };
}

describe('encrypted softphones', function () {
  this.timeout(60_000);
  const directory = mkdtempSync(join(tmpdir(), 'srtp-'));
  let gateway: TestGateway;
  let endpoint: Endpoint;
  let calls = 0;

  before(async function () {
    skipWithout(this, ['baresip', 'ffmpeg', 'rtpengine']);
    gateway = await startTestGateway({ web: true, change: withRules });
    endpoint = await startEndpoint({
      uri: gateway.uri('demo'),
      name: 'ROOM',
      bind: '127.0.0.1',
      audio: `tone:${endpointTone}`,
    });
  });

  after(async () => {
    await endpoint?.hangup();
    await gateway?.close();
    rmSync(directory, { recursive: true, force: true });
  });

  // baresip takes the next port too, for TLS
  const start = (options: Pick<BaresipOptions, 'name' | 'tone' | 'video' | 'encryption'>): Promise<Baresip> => {
    const first = 42_000 + calls * 200;
    const ports = {
      sipPort: 5090 + calls * 2,
      controlPort: 4490 + calls,
      rtpPorts: [first, first + 100] as [number, number],
    };
    calls += 1;
    return Baresip.start({ ...options, ...ports });
  };
  const call = async ({ encryption, name, tone }: Omit<Case, 'says' | 'what'>): Promise<Baresip> => {
    const video = join(directory, `${name}.mp4`);
    makeClip(video, name, 40);
    const phone = await start({ name: name.toLowerCase(), tone, video, encryption });
    await phone.dial(gateway.uri('demo'));
    await phone.established();
    return phone;
  };
  const hearEachOther = async (phone: Baresip, name: string, tone: number): Promise<void> => {
    await endpoint.waitFor(({ heard }) => holdsTone(heard.tones, tone), patience, `the endpoint to hear ${name}`);
    await until(`${name} to hear the endpoint`, patience, async () => {
      const file = await phone.recording();
      const heard = file === null ? [] : tonesAtEnd(file, 0.5);
      return holdsTone(heard, endpointTone) && !holdsTone(heard, tone);
    });
  };

  cases.forEach((one) => {
    const { what, name, tone, says } = one;
    describe(`with ${what}`, () => {
      let phone: Baresip;
      before(async () => (phone = await call(one)));
      after(() => phone?.stop());

      it('hear and are heard', async () => {
        await hearEachOther(phone, name, tone);
      });

      it('see and are seen', async () => {
        await until(`${name} to see the endpoint`, patience, async () => {
          const file = await phone.snapshot();
          return file !== null && whoseSnapshot(file)?.id === 'ROOM';
        });
        endpoint.talk(false);
        await endpoint.waitFor(({ main }) => main.from === name, patience, `the endpoint to see ${name}`);
        endpoint.talk(true);
        const lines = phone.log().match(says) ?? [];
        assert.ok(lines.length >= 2, phone.log().slice(-3000));
      });
    });
  });

  it('are hung up on with a reason when rtpengine dies, and may call again at once', async () => {
    const phone = await call({ name: 'LOSER', encryption: 'srtp-mand', tone: 480 });
    try {
      const engine = gateway.gateway.rtpengine;
      assert.ok(engine?.pid);
      const back = next(engine.on, 'back');
      process.kill(engine.pid, 'SIGKILL');
      await until('the phone to be hung up on', 5000, () => /^BYE sip:/m.test(phone.log()) || null);
      assert.match(phone.log(), /^Reason: .*the media engine was restarted/im);
      assert.equal(endpoint.state.phase, 'connected');
      await back;
      phone.events.length = 0;
      await phone.dial(gateway.uri('demo'));
      await phone.established();
      await hearEachOther(phone, 'LOSER', 480);
    } finally {
      await phone.stop();
    }
  });

  describe('and plain ones where rules say which calls are taken', () => {
    let keys: Baresip;
    let dtls: Baresip;
    let plain: Baresip;
    /** Where a room is dialled at a listener: 0 says nothing about encryption, 1 takes none, 2 nothing else. */
    const at = (room: string, listener: 0 | 1 | 2): string => {
      const points = gateway.gateway.core.listening.filter(({ transport }) => transport === 'udp');
      return `sip:${room}@127.0.0.1:${points[listener]?.local.port ?? 0}`;
    };
    before(async () => {
      keys = await start({ name: 'keys', tone: 440, video: null, encryption: 'srtp-mand' });
      dtls = await start({ name: 'dtls', tone: 880, video: null, encryption: 'dtls_srtp' });
      plain = await start({ name: 'plain', tone: 1300, video: null });
    });
    after(() => Promise.all([keys, dtls, plain].map((one) => one?.stop())));
    const taken = async (one: Baresip, uri: string): Promise<void> => {
      one.events.length = 0;
      await one.dial(uri);
      await one.established();
    };
    const refused = async (one: Baresip, uri: string): Promise<string> => {
      one.events.length = 0;
      const before = one.log().length;
      await one.dial(uri);
      await until('the refusal', 5000, () => one.events.some(({ type }) => type === 'CALL_CLOSED') || null);
      return /^SIP\/2\.0 (?:[^1]\d\d)[^]*?^Warning: [^\r\n]*/m.exec(one.log().slice(before))?.[0] ?? '';
    };

    it('a room takes keys in the description and by DTLS, who hear each other, and refuses plain calls in words', async () => {
      await taken(keys, at('vault', 0));
      await taken(dtls, at('vault', 0));
      const answer = await refused(plain, at('vault', 0));
      assert.match(answer, /^SIP\/2\.0 488 /);
      assert.match(answer, /Warning: 399 \S+ "encrypted media \(SRTP\) is required here"/);
      const hears = (one: Baresip, tone: number): Promise<unknown> =>
        until(`${tone} Hz to be heard`, patience, async () => {
          const file = await one.recording();
          return file !== null && holdsTone(tonesAtEnd(file, 0.5), tone);
        });
      await Promise.all([hears(keys, 880), hears(dtls, 440)]);
      assert.equal(gateway.gateway.core.rooms.find('vault')?.size, 2);
    });

    it('a listener takes plain calls and another one refuses the same caller; with keys it is the other way round', async () => {
      await keys.hangup();
      await taken(plain, at('demo', 1));
      await plain.hangup();
      assert.match(await refused(plain, at('demo', 2)), /^SIP\/2\.0 488 [^]*is required here"/);
      await taken(keys, at('demo', 2));
      await keys.hangup();
      assert.match(await refused(keys, at('demo', 1)), /^SIP\/2\.0 488 [^]*encrypted media is not taken here"/);
    });
  });
});
