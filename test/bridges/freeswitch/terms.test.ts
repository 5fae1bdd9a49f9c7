import assert from 'node:assert/strict';
import { difference, termsOf } from '../../../src/bridges/freeswitch/terms.js';
import { dbOf, stepsOf } from '../../../src/bridges/freeswitch/volume.js';
import { SoundSession } from '../../../src/media/sound-sdp.js';
import { NoCommonMedia } from '../../../src/media/negotiate.js';
import { passedFormat } from '../../../src/media/passed-sound.js';
import { paramsOf } from '../embedded/harness.js';
import { formats } from '../../media/mixer/bench-room.js';

describe('the call to FreeSWITCH for a line', () => {
  const words = (change: Partial<ReturnType<typeof paramsOf>>): string => {
    const terms = termsOf({ ...paramsOf('opus'), ...change });
    return terms
      ? `${terms.formats.map(({ name, pt }) => `${name}/${pt}`).join()} ${terms.direction}${terms.converted ? ' converted' : ''}`
      : 'none';
  };

  it('has its codec under the number that the member sends', () => {
    assert.equal(words({}), `opus/${formats.opus.pt} sendrecv`);
    const numbered = { ...formats.opus, pt: 97 };
    assert.equal(words({ receive: [formats.PCMU, numbered], send: [formats.opus] }), 'opus/97 sendrecv');
    assert.equal(words({ receive: [formats.PCMU], send: [formats.opus, formats.PCMU] }), 'PCMU/0 sendrecv');
    // which it does not take under another one
    const odd = { ...formats.PCMU, pt: 100 };
    assert.equal(words({ receive: [odd], send: [odd] }), 'PCMU/0 sendrecv');
  });

  it('is in a codec of its own where none goes both ways, or none can be mixed', () => {
    assert.equal(words({ receive: [formats.PCMU], send: [formats.G722] }), 'PCMU/0 sendrecv converted');
    const passed = passedFormat('G7221-24', 112);
    assert.equal(words({ receive: [passed], send: [passed] }), 'PCMU/0 sendrecv converted');
    assert.equal(words({ receive: [], send: [] }), 'none');
    assert.equal(termsOf(null), null);
  });

  it('goes the ways that the member goes', () => {
    assert.match(words({ direction: 'sendonly' }), / recvonly$/);
    assert.match(words({ direction: 'recvonly' }), / sendonly$/);
    assert.match(words({ remote: null }), / sendonly$/);
    assert.match(words({ held: true }), / inactive$/);
  });

  it('is renegotiated for another direction, and made anew for another codec', () => {
    const of = (change: Partial<ReturnType<typeof paramsOf>>): NonNullable<ReturnType<typeof termsOf>> => {
      const terms = termsOf({ ...paramsOf('PCMU'), ...change });
      assert.ok(terms);
      return terms;
    };
    assert.equal(difference(of({}), of({ cname: 'y' })), 'none');
    assert.equal(difference(of({}), of({ held: true })), 'direction');
    assert.equal(difference(of({}), of({ receive: [formats.PCMA], send: [formats.PCMA] })), 'codec');
    assert.equal(difference(of({}), of({ send: [formats.PCMA] })), 'codec');
  });
});

describe('the description of a call to FreeSWITCH', () => {
  const local = { address: '127.0.0.1', rtpPort: 4000, rtcpPort: 4001 };
  const answer = (line: string): string =>
    `v=0\r\no=FreeSWITCH 1 2 IN IP4 127.0.0.1\r\ns=x\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n${line}\r\n`;

  it('offers one codec with its number, and keys at its clock', () => {
    const sdp = new SoundSession('7', local).offer([{ ...formats.opus, pt: 101 }], 'sendrecv');
    assert.match(sdp, /^o=dualstream 7 1 IN IP4 127\.0\.0\.1\r\n/m);
    assert.match(sdp, /^m=audio 4000 RTP\/AVP 101 96\r\n/m);
    assert.match(sdp, /^a=rtpmap:101 opus\/48000\/2\r\n/m);
    assert.match(sdp, /^a=rtpmap:96 telephone-event\/48000\r\n/m);
    assert.doesNotMatch(sdp, /m=video/);
  });

  it('reads what was agreed on, again after a refusal, and raises its version', () => {
    const session = new SoundSession('7', local);
    session.offer([formats.PCMU], 'sendrecv');
    const agreed = session.accept(answer('m=audio 5000 RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000'));
    assert.deepEqual(agreed.remote, { address: '127.0.0.1', rtpPort: 5000, rtcpPort: 5001 });
    assert.deepEqual([agreed.receive[0]?.name, agreed.events.send[0]?.pt, agreed.direction], ['PCMU', 101, 'sendrecv']);
    session.offer([formats.PCMU], 'inactive');
    session.rollback();
    assert.match(session.offer([formats.PCMU], 'sendonly'), /^o=dualstream 7 3 /m);
    assert.throws(() => session.accept(answer('m=audio 0 RTP/AVP 0')), NoCommonMedia);
    assert.throws(() => session.accept(answer('m=audio 5000 RTP/AVP 18')), NoCommonMedia);
    assert.equal(session.accept(answer('m=audio 5000 RTP/AVP 0\r\na=recvonly')).direction, 'sendonly');
  });
});

describe('gain by steps', () => {
  const words = (db: number): string => Object.values(stepsOf(db)).join('/');

  it('takes the nearest steps, those of the conference alone where they do as well', () => {
    const table = [-30, -14, -12, -10, -3, -1, 0, 1, 5, 9, 12, 15, 30].map(words);
    assert.deepEqual(table, [
      '-4/-4',
      '0/-4',
      '-2/-3',
      '-1/-3',
      '-4/3',
      '-3/2',
      '0/0',
      '-1/1',
      '-1/2',
      '1/2',
      '0/4',
      '1/4',
      '4/4',
    ]);
  });

  it('is within a decibel of what speech needs, and never raised before it is lowered', () => {
    for (let db = -28; db <= 25; db += 0.1) {
      const steps = stepsOf(db);
      const error = Math.abs(dbOf(steps) - db);
      assert.ok(error <= (db >= -16 && db <= 15 ? 1.01 : 3.01), `${db} dB: ${error}`);
      assert.ok(steps.channel <= 0 || steps.conference >= 0, `${db} dB`);
    }
  });

  it('says what steps do', () => {
    const done = [dbOf({ channel: 0, conference: -4 }), dbOf({ channel: -4, conference: -4 }), dbOf(stepsOf(0))];
    assert.deepEqual([...done, dbOf({ channel: -4, conference: 4 })], [-14, -28, 0, -1.3]);
  });
});
