import assert from 'node:assert/strict';
import { Framer } from '../../../src/base/framer.js';
import { Conferences, type ConferenceChange } from '../../../src/protocol/esl/conferences.js';
import { EslUnreadable } from '../../../src/protocol/esl/errors.js';
import { readEvent, type EslEvent } from '../../../src/protocol/esl/event.js';
import { bodyLimit, eslFrames, readMessage, type EslMessage } from '../../../src/protocol/esl/message.js';
import { readSnapshot } from '../../../src/protocol/esl/snapshot.js';
import { serverBytes, transcriptNames } from './transcripts.js';

const messagesOf = (name: string): EslMessage[] =>
  new Framer(eslFrames, bodyLimit).push(serverBytes(name)).map(readMessage);

const isEvent = ({ contentType }: EslMessage): boolean => contentType.startsWith('text/event');

function eventsOf(name: string): EslEvent[] {
  return messagesOf(name).filter(isEvent).map(readEvent);
}

/** One change as a line; members by their number. */
function line(change: ConferenceChange): string {
  const { kind, room } = change;
  switch (change.kind) {
    case 'opened':
    case 'closed':
      return `${room} ${kind}`;
    case 'joined':
      return `${room} joined ${change.member.memberId}${change.member.moderator ? ' moderator' : ''}`;
    case 'left':
      return `${room} left ${change.member.memberId} ${change.cause}`.trim();
    case 'member':
      return `${room} ${change.member.memberId}${differences(change)}`;
    case 'floor':
      return `${room} floor ${change.uuid === null ? 'none' : 'taken'}`;
    case 'kicked':
      return `${room} kicked`;
    case 'locked':
      return `${room} ${change.on ? 'locked' : 'unlocked'}`;
    case 'played':
      return `${room} ${change.done ? 'played' : 'plays'}${change.uuid === null ? ' to all' : ''}${change.error}`;
    case 'recording':
      return `${room} recording ${change.state}`;
    case 'digits':
      return `${room} digits ${change.digits}`;
  }
}

function differences({ member, before }: { member: object; before: object }): string {
  return Object.entries(member)
    .filter(([key, value]) => (before as Record<string, unknown>)[key] !== value)
    .map(([key, value]) => ` ${key}=${String(value)}`)
    .join('');
}

function changesOf(events: readonly EslEvent[]): string[] {
  const conferences = new Conferences();
  return events.flatMap((event) => conferences.apply(event)).map(line);
}

describe('conferences by their events', () => {
  for (const name of transcriptNames) {
    it(`agree with the server's own lists in ${name}, and end with them`, () => {
      const conferences = new Conferences();
      for (const message of messagesOf(name)) {
        if (isEvent(message)) conferences.apply(readEvent(message));
        if (!message.body.startsWith('[{')) continue;
        // a percent sign in a channel's name does not survive plain events
        if (message.body.includes('%41')) continue;
        const told = readSnapshot(message.body).map(({ rate: _, ...rest }) => rest);
        const known = conferences.list().filter(({ id }) => told.some((each) => each.id === id));
        if (known.length > 0) assert.deepEqual(sorted(known), sorted(told));
      }
      const destroyed = eventsOf(name).filter((event) => event.get('Action') === 'conference-destroy');
      const created = eventsOf(name).filter((event) => event.get('Action') === 'conference-create');
      assert.equal(conferences.list().length, created.length - destroyed.length);
    });
  }

  it('say each mute once, whoever asked and however often', () => {
    const told = changesOf(eventsOf('05-mute')).filter((each) => /speak|hear/.test(each));
    const events = eventsOf('05-mute').filter((event) => /^(un)?(mute|deaf)-member$/.test(event.get('Action')));
    assert.ok(told.length > 10 && told.length < events.length, `${told.length} of ${events.length}`);
    for (const [index, each] of told.entries()) {
      // no state is told twice in a row
      const before = told.slice(0, index).findLast((other) => key(other) === key(each));
      assert.notEqual(before, each);
    }
  });

  it('are silent about who is muted or leaves while talking', () => {
    assert.deepEqual(changesOf(eventsOf('06-talking-floor')), [
      'r1 opened',
      'r1 joined 8',
      'r1 floor taken',
      'r1 joined 9',
      'r1 8 talking=true',
      'r1 9 talking=true',
      'r1 floor taken',
      'r1 8 talking=false',
      'r1 9 talking=false',
      'r1 8 talking=true',
      'r1 floor taken',
      'r1 8 talking=false',
      'r1 8 talking=true',
      'r1 8 speak=false talking=false',
      'r1 played',
      'r1 8 speak=true',
      'r1 8 talking=true',
      'r1 played',
      'r1 floor none',
      'r1 left 8 NORMAL_CLEARING',
      'r1 floor taken',
      'r1 floor none',
      'r1 left 9 NORMAL_CLEARING',
      'r1 closed',
    ]);
  });

  it('take the join of one who has hung up already', () => {
    const told = changesOf(eventsOf('13-ordering-race'));
    const joins = told.filter((each) => / joined /.test(each));
    const leaves = told.filter((each) => / left /.test(each));
    assert.equal(joins.length, leaves.length);
    assert.ok(leaves.some((each) => each.endsWith('NORMAL_CLEARING')));
  });

  it('tell locks, recordings, prompts and keys', () => {
    const all = transcriptNames.flatMap((name) => changesOf(eventsOf(name)));
    for (const wanted of [
      'locked',
      'unlocked',
      'recording start',
      'recording pause',
      'recording resume',
      'recording stop',
      'plays to all',
      'played to all',
      'digits *0',
    ]) {
      assert.ok(
        all.some((each) => each.endsWith(wanted)),
        wanted,
      );
    }
  });

  it('take what is told twice, and a list that overlaps the events', () => {
    for (const name of transcriptNames) {
      const events = eventsOf(name);
      assert.deepEqual(
        changesOf(
          events.flatMap((event) =>
            /member|lock|floor/.test(event.get('Action')) && !/play|del|dtmf|kick|hup/.test(event.get('Action'))
              ? [event, event]
              : [event],
          ),
        ),
        changesOf(events),
      );
    }
    const [first] = messagesOf('03-lifecycle-plain').filter(({ body }) => body.startsWith('[{'));
    const list = readSnapshot(first?.body ?? '');
    const conferences = new Conferences();
    assert.deepEqual(conferences.replace(list).map(line), [
      'r1 opened',
      'r1 joined 5',
      'r1 joined 4 moderator',
      'r1 floor taken',
    ]);
    assert.deepEqual(conferences.replace(list), []);
    assert.deepEqual(conferences.replace([]).map(line), ['r1 left 5', 'r1 floor none', 'r1 left 4', 'r1 closed']);
  });

  it('read no list that is none, and no names of callers', () => {
    for (const text of ['', '{', '{}', '-ERR no', 'x']) assert.throws(() => readSnapshot(text), EslUnreadable);
    assert.deepEqual(readSnapshot('[]'), []);
    assert.deepEqual(readSnapshot('[{"members":[{"id":1,"type":"placeholder"}]}]')[0]?.members, []);
    const [message] = messagesOf('23-display-name-injection-heartbeat').filter(({ body }) => body.startsWith('[{'));
    assert.equal(readSnapshot(message?.body ?? '')[0]?.members.length, 1);
  });
});

function key(text: string): string {
  return text.replace(/=.*/, '');
}

function sorted<T extends { id: string; members: readonly { uuid: string }[] }>(list: readonly T[]): T[] {
  return list
    .map((each) => ({ ...each, members: each.members.toSorted((a, b) => a.uuid.localeCompare(b.uuid)) }))
    .toSorted((a, b) => a.id.localeCompare(b.id));
}
