import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { byeReason } from '../../src/legs/sip/reasons.js';
import { ApiError, causeOf, DeviceError, NoH264, NoTransport, type CallEnd } from '../../src/web/errors.js';
import { isWord, sayNotice } from '../../src/web/i18n.js';
import { floorLoss, noticeOf, noticeOfEnd } from '../../src/web/notices.js';
import { problemOf } from '../../src/web/media.js';
import type { EndReason } from '../../src/rooms/leg.js';

const inWords = (notice: { word: string; values?: Record<string, string> }): string =>
  sayNotice('en', notice.word, notice.values);

describe('what a failure says to a person', () => {
  it('has words for every trouble with devices and screens', () => {
    const names = ['NotAllowedError', 'NotFoundError', 'OverconstrainedError', 'NotReadableError', 'AbortError', 'X'];
    for (const name of names) {
      const problem = problemOf(Object.assign(new Error(), { name }));
      for (const what of ['device', 'screen'] as const)
        assert.ok(isWord(noticeOf(new DeviceError(problem, what)).word));
    }
    for (const problem of ['insecure', 'unsupported'] as const) {
      assert.ok(isWord(noticeOf(new DeviceError(problem)).word));
      assert.ok(isWord(noticeOf(new DeviceError(problem, 'screen')).word));
    }
    assert.match(inWords(noticeOf(new DeviceError('denied'))), /not allowed to use camera/);
  });

  it('has words for every error of the API', () => {
    const source = readFileSync(join(import.meta.dirname, '../../src/services/api/contract.ts'), 'utf8');
    const listed = /`error` is one of: ([^.]+)\./.exec(source)?.[1]?.match(/[a-z_0-9]+/g) ?? [];
    assert.ok(listed.length > 10);
    for (const code of listed) assert.ok(isWord(noticeOf(new ApiError(code, 'x', false)).word), code);
  });

  it('names missing H.264 and a refused WebSocket, and quotes what it does not know', () => {
    assert.match(inWords(noticeOf(new NoH264())), /no H\.264/);
    assert.match(inWords(noticeOf(new NoTransport('1006'))), /WebSocket .* refused/);
    assert.equal(inWords(noticeOf(new Error('odd'))), 'It did not work: odd');
    assert.equal(inWords(noticeOf('odder')), 'It did not work: odder');
  });

  it('tells full rooms, locked rooms, no rooms and other refusals apart', () => {
    const refused = (status: number, reason: string): string =>
      inWords(noticeOfEnd({ kind: 'refused', status, reason }));
    assert.equal(refused(486, 'room demo is full (2 participants)'), 'The room is full.');
    assert.equal(refused(403, 'room demo is locked'), 'The room is locked.');
    assert.equal(refused(404, 'there is no room x'), 'There is no such room.');
    assert.match(refused(488, 'no common video'), /no common video/);
    assert.match(refused(503, 'the media engine is down'), /at the moment: the media engine is down/);
    assert.equal(refused(600, 'Busy Everywhere'), 'The room refused the call: 600 Busy Everywhere');
  });

  it('understands every reason that the gateway gives with its BYE', () => {
    const expected: [EndReason, RegExp][] = [
      [{ kind: 'left' }, /conference has ended/],
      [{ kind: 'room-closed' }, /conference has ended/],
      [{ kind: 'removed', by: 'Mo' }, /removed you/],
      [{ kind: 'shutdown' }, /shut down/],
      [{ kind: 'silent', ms: 15_000 }, /received no sound/],
      [{ kind: 'failed', why: 'the media engine was restarted, please call again' }, /carries sound and picture/],
      [{ kind: 'failed', why: 'something else' }, /something else/],
    ];
    for (const [reason, words] of expected) {
      assert.match(inWords(noticeOfEnd({ kind: 'ended', cause: causeOf(byeReason(reason)) })), words, reason.kind);
    }
  });

  it('has words for every end', () => {
    const ends: CallEnd[] = [
      { kind: 'left' },
      { kind: 'signalling-lost' },
      { kind: 'media-failed' },
      { kind: 'ended', cause: null },
      { kind: 'ended', cause: { protocol: 'SIP', cause: 500, text: '' } },
    ];
    for (const end of ends) assert.ok(isWord(noticeOfEnd(end).word), end.kind);
    assert.match(inWords(noticeOfEnd({ kind: 'media-failed' })), /ICE failed/);
  });

  it('says who took the floor, as soon as the room says it', () => {
    const holder = { id: 3, who: 7, name: 'Room 7', state: 'granted' as const, position: 0 };
    assert.deepEqual(floorLoss(holder, 2), { word: 'floorLost', values: { name: 'Room 7' } });
    assert.equal(floorLoss(holder, 7), null);
    assert.deepEqual(floorLoss(null, 7), { word: 'floorLostPlain' });
  });
});

describe('the words in the source of the page', () => {
  const folder = join(import.meta.dirname, '../../src/web');
  const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => /\.tsx?$/.test(file));

  it('are all in the tables', () => {
    for (const file of sources) {
      const text = readFileSync(join(folder, file), 'utf8');
      for (const [, word = ''] of text.matchAll(/\bword: '([\w-]+)'/g)) assert.ok(isWord(word), `${file}: ${word}`);
    }
  });
});
