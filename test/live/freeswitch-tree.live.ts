import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { elements } from '../../scripts/freeswitch/tree.js';
import type { EslConversation } from '../../src/protocol/esl/conversation.js';
import { EslAddressRefused, EslPasswordRefused } from '../../src/protocol/esl/errors.js';
import {
  freeswitchProgram,
  openEsl,
  startFreeSwitch,
  withoutFreeSwitch,
  type OwnFreeSwitch,
} from '../support/freeswitch/real.js';
import { RawCall } from '../support/raw-call.js';
import { SipPeer } from '../support/sip-peer.js';
import { AudioCall, audioOffer } from '../support/freeswitch/audio-call.js';
import { waitUntil } from '../support/wait.js';

interface Listed {
  conference_name: string;
  rate: number;
  members: { uuid: string; caller_id_name: string; flags: Record<string, unknown> }[];
}

const stranger = '127.0.0.2';

describe('the FreeSWITCH tree on a real FreeSWITCH', () => {
  let freeswitch: OwnFreeSwitch;
  let esl: EslConversation;
  let peer: SipPeer;
  const calls: AudioCall[] = [];

  if (freeswitchProgram === '') return withoutFreeSwitch();

  before(async () => {
    freeswitch = await startFreeSwitch({ FREESWITCH_GATEWAYS: '127.0.0.1/32,192.0.2.0/24' });
    esl = await openEsl(freeswitch);
    peer = await SipPeer.udp(freeswitch.sip);
  });
  afterEach(() => Promise.all(calls.splice(0).map((call) => call.end())));
  after(async () => {
    esl?.close();
    peer?.close();
    await freeswitch?.stop();
  });

  const uri = (user: string): string => `sip:${user}@127.0.0.1:${freeswitch.sip.port}`;

  async function enter(user: string, headers: string[] = []): Promise<AudioCall> {
    const call = await AudioCall.place(peer, uri(user), headers);
    calls.push(call);
    return call;
  }

  async function refusal(user: string, headers: string[] = [], from = peer): Promise<string> {
    const call = new RawCall(from, uri(user));
    call.send('INVITE', audioOffer(40_000), headers);
    return (await call.final('INVITE')).start;
  }

  const list = async (): Promise<Listed[]> => JSON.parse(await esl.api('conference json_list compact')) as Listed[];

  /** The member of a call, once it is in its room. */
  async function member({ id }: AudioCall): Promise<{ room: string; rate: number; flags: Record<string, unknown> }> {
    let found: { room: string; rate: number; flags: Record<string, unknown> } | undefined;
    await waitUntil(() => {
      void list().then((rooms) => {
        for (const { conference_name: room, rate, members } of rooms) {
          const flags = members.find(({ uuid }) => uuid === id)?.flags;
          if (flags) found = { room, rate, flags };
        }
      });
      return found !== undefined;
    }, 3000);
    assert.ok(found);
    return found;
  }

  it('starts with every module and without a complaint', async () => {
    const modules = elements(readFileSync('freeswitch-conf/autoload_configs/modules.conf.xml', 'utf8'), 'load');
    for (const { module = '' } of modules) {
      const name = module.startsWith('$') ? 'mod_event_socket' : module;
      assert.equal(await esl.api(`module_exists ${name}`), 'true', name);
    }
    const complaints = freeswitch
      .log()
      .split('\n')
      .filter((line) => /\[(ERR|CRIT|ALERT)\]/.test(line));
    assert.deepEqual(complaints, []);
  });

  it('turns a wrong password away, and who is not on the list before it asks', async () => {
    await assert.rejects(openEsl({ ...freeswitch, password: 'of somebody else' }), EslPasswordRefused);
    await assert.rejects(openEsl(freeswitch, stranger), EslAddressRefused);
  });

  it('takes no call and no registration from strangers, and no registration from anybody', async () => {
    const from = await SipPeer.udp(freeswitch.sip, stranger);
    try {
      assert.match(await refusal('room-a', [], from), /^SIP\/2.0 403/);
      assert.match(await refusal('echo', ['X-Conference-Flags: moderator'], from), /^SIP\/2.0 403/);
      for (const each of [from, peer]) {
        const call = new RawCall(each, uri('alice'));
        call.send('REGISTER', '', ['Expires: 60']);
        assert.doesNotMatch((await call.final('REGISTER')).start, /^SIP\/2.0 2/);
      }
    } finally {
      from.close();
    }
    assert.deepEqual(await list(), []);
  });

  const entries: [user: string, headers: string[], rate: number, flags: Record<string, boolean>][] = [
    ['room-a', [], 48_000, { can_speak: true, can_hear: true, is_moderator: false }],
    ['room-a', ['X-Conference-Flags: mute|deaf'], 48_000, { can_speak: false, can_hear: false }],
    ['room-a', ['X-Conference-Profile: narrowband'], 8000, { can_speak: true }],
    ['room-a', ['X-Conference-Profile: wideband', 'X-Conference-Flags: mute'], 48_000, { can_speak: false }],
    ['moderator-a', [], 48_000, { is_moderator: true, can_speak: true }],
    ['listen-a', [], 48_000, { can_speak: false, can_hear: true }],
    ['listen-a', ['X-Conference-Flags: mute-detect'], 48_000, { can_speak: false, mute_detect: true }],
    ['link-a', ['X-Conference-Flags: mute'], 48_000, { can_speak: true }],
  ];
  for (const [index, [entry, headers, rate, flags]] of entries.entries()) {
    // a room that was just left may still be there, at its own rate
    const user = `${entry}${index}`;
    it(`lets ${[user, ...headers].join(', ')} in as it should, by its Call-ID`, async () => {
      const found = await member(await enter(user, headers));
      assert.equal(found.room, `a${index}`);
      assert.equal(found.rate, rate);
      assert.deepEqual({ ...found.flags, ...flags }, found.flags);
    });
  }

  it('keeps numbers and codec of the offer and takes no picture', async () => {
    const call = new RawCall(peer, uri('room-a'));
    const video = ['m=video 40002 RTP/AVP 97', 'a=rtpmap:97 H264/90000', ''];
    const answer = await call.invite(`${audioOffer(40_000, { pt: 120, codec: 'opus/48000/2' })}${video.join('\r\n')}`);
    await call.bye();
    assert.match(answer.text, /m=audio 3\d{4} RTP\/AVP 120 101\r\n/);
    assert.match(answer.text, /a=rtpmap:120 opus\/48000\/2\r\n/i);
    assert.match(answer.text, /m=video 0 /);
  });

  const codecs: [pt: number, codec: string][] = [
    [0, 'PCMU/8000'],
    [8, 'PCMA/8000'],
    [9, 'G722/8000'],
    [118, 'opus/48000/2'],
  ];
  for (const [pt, codec] of codecs) {
    it(`has ${codec}`, async () => {
      const call = new RawCall(peer, uri('echo'));
      const answer = await call.invite(audioOffer(40_000, { pt, codec }));
      await call.bye();
      assert.ok(answer.text.toLowerCase().includes(`a=rtpmap:${pt} ${codec.toLowerCase()}\r\n`), answer.text);
    });
  }

  it('sends back what it hears in echo', async () => {
    const call = await enter('echo');
    call.sing(700);
    await waitUntil(
      () => call.hears(700) > 0.1,
      5000,
      () => String(call.hears(700)),
    );
  });

  it('mixes, and mutes by *6 and back', async () => {
    const [anna, ben] = [await enter('room-a'), await enter('room-a')];
    anna.sing(500);
    await waitUntil(() => ben.hears(500) > 0.1, 5000);
    assert.ok(anna.hears(500) < 0.02);
    await esl.api(`uuid_recv_dtmf ${anna.id} *6`);
    await waitUntil(() => ben.hears(500) < 0.02, 5000);
    assert.equal((await member(anna)).flags['can_speak'], false);
    await esl.api(`uuid_recv_dtmf ${anna.id} *6`);
    await waitUntil(() => ben.hears(500) > 0.1, 5000);
  });

  it('refuses what it does not know', async () => {
    assert.match(await refusal('alice'), /^SIP\/2.0 404/);
    assert.match(await refusal('room-'), /^SIP\/2.0 404/);
    assert.match(await refusal('room-a%20b'), /^SIP\/2.0 404/);
    assert.match(await refusal(`room-${'a'.repeat(65)}`), /^SIP\/2.0 404/);
    assert.match(await refusal('room-a', ['X-Conference-Profile: default']), /^SIP\/2.0 400/);
    assert.match(await refusal('room-a', ['X-Conference-Flags: mute}@wideband']), /^SIP\/2.0 400/);
    assert.match(await refusal('room-a', ['X-Conference-Flags: endconf']), /^SIP\/2.0 400/);
    // rooms of the tests before end a moment after their last member
    let left = '';
    await waitUntil(
      () => {
        void list().then((rooms) => (left = JSON.stringify(rooms)));
        return left === '[]';
      },
      3000,
      () => left,
    );
  });

  it('does not start without a password', () => {
    const without = { PATH: process.env['PATH'] ?? '', LD_LIBRARY_PATH: process.env['LD_LIBRARY_PATH'] ?? '' };
    const told = spawnSync('freeswitch-conf/start', [freeswitchProgram], { env: without, encoding: 'utf8' });
    assert.equal(told.status, 2);
    assert.match(told.stderr, /FREESWITCH_ESL_PASSWORD is not set/);
    const folder = mkdtempSync(join(tmpdir(), 'freeswitch-'));
    try {
      const words = ['-nonat', '-nf', '-nc', '-conf', join(process.cwd(), 'freeswitch-conf'), '-log', folder];
      const places = ['-run', folder, '-db', folder];
      const { status, signal } = spawnSync(freeswitchProgram, [...words, ...places], { env: without, timeout: 20_000 });
      assert.notEqual(status, 0);
      assert.equal(signal, 'SIGABRT');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
