import assert from 'node:assert/strict';
import { conferenceDocument, conferenceState, leftUser } from '../../../src/legs/sip/conference-info.js';
import { ConferenceSubscription } from '../../../src/legs/sip/conference-subscription.js';
import { element, document } from '../../../src/legs/sip/conference-xml.js';
import { FakeLeg } from '../../support/fakes/fake-leg.js';
import { fakeRoom, turn } from '../../support/fakes/rooms.js';
import { ManualClock } from '../../support/manual-clock.js';
import { all, readXml, textAt, type Node } from '../../support/xml.js';

/** Children of each element in the order of the schema (RFC 4575 §7), as far as we write them. */
const schema: Record<string, string[]> = {
  'conference-info': ['conference-description', 'conference-state', 'users'],
  'conference-description': ['display-text', 'free-text', 'maximum-user-count'],
  'conference-state': ['user-count', 'active', 'locked'],
  users: ['user'],
  user: ['display-text', 'roles', 'endpoint'],
  roles: ['entry'],
  endpoint: ['display-text', 'status', 'joining-method', 'joining-info', 'media'],
  'joining-info': ['when'],
  media: ['display-text', 'type', 'status'],
};

/** Asserts the order of children, and that every element is one of the schema. */
function assertSchema(node: Node): void {
  const known = schema[node.name] ?? [];
  const places = node.children.map(({ name }) => known.indexOf(name));
  assert.ok(!places.includes(-1), `${node.name} holds ${node.children.map(({ name }) => name).join()}`);
  assert.deepEqual(
    places,
    [...places].sort((a, b) => a - b),
    `order below ${node.name}`,
  );
  for (const child of node.children) assertSchema(child);
}

describe('conference-info documents', () => {
  it('escape whatever a name holds', () => {
    const evil = `</user>&<"'>]]>\u0000\u001f\ud800 \u4f1a\u8bae \u{1f600}\n`;
    const node = readXml(document(element('user', { entity: evil }, evil)));
    const clean = evil.replace(/[\u0000\u001f\ud800]/g, '').replace('\ud800', '');
    assert.equal(node.attributes['entity'], clean);
    assert.equal(node.text, clean);
  });

  it('tell everybody with roles, lines as they see them, and who is muted', async () => {
    const { room, bridge } = fakeRoom();
    const [anna, berta] = [new FakeLeg({ name: 'Anna <&>' }), new FakeLeg({ name: 'berta', video: 'sendonly' })];
    const one = room.join(anna, { role: 'moderator' });
    room.join(berta);
    one.desk.request();
    await turn();
    bridge.conferences.get('demo')?.events.emit('active', { member: berta.id });
    const entities = new Map<number, string>();
    const { description, state, users } = conferenceState(room, entities);
    const report = {
      entity: 'sip:demo@192.0.2.1',
      version: 0,
      full: true,
      description,
      state,
      users: [...users.values()],
    };
    const info = readXml(conferenceDocument(report));
    assertSchema(info);
    assert.deepEqual(info.attributes, {
      xmlns: 'urn:ietf:params:xml:ns:conference-info',
      entity: 'sip:demo@192.0.2.1',
      state: 'full',
      version: '0',
    });
    assert.equal(textAt(info, 'conference-state', 'user-count'), '2');
    const [first, second] = all(info.children[2]!, 'user');
    assert.equal(textAt(first!, 'display-text'), 'Anna <&>');
    const rolesOf = (user: Node): string[] => all(all(user, 'roles')[0]!, 'entry').map(({ text }) => text);
    assert.deepEqual(
      [rolesOf(first!), rolesOf(second!)],
      [
        ['moderator', 'presenter'],
        ['participant', 'active speaker'],
      ],
    );
    const media = all(all(second!, 'endpoint')[0]!, 'media').map((each) => [
      textAt(each, 'type'),
      textAt(each, 'status'),
    ]);
    assert.deepEqual(media.slice(0, 2), [
      ['audio', 'sendrecv'],
      ['video', 'recvonly'],
    ]);
  });

  it('tell that nothing of who is muted is heard', () => {
    for (const [audio, told] of [
      ['sendrecv', 'recvonly'],
      ['sendonly', 'recvonly'],
      ['recvonly', 'inactive'],
      ['inactive', 'inactive'],
    ] as const) {
      const { room } = fakeRoom();
      const one = room.join(new FakeLeg({ audio }));
      one.mute(true, 'Mona');
      const user = readXml(document([...conferenceState(room, new Map()).users.values()][0]!));
      const endpoint = all(user, 'endpoint')[0]!;
      const lines = all(endpoint, 'media').map((each) => textAt(each, 'status'));
      assert.deepEqual([textAt(endpoint, 'status'), lines.slice(0, 2)], ['muted-via-focus', [told, 'sendrecv']]);
    }
  });

  it('name each of two with the same address, and keep the names', () => {
    const { room } = fakeRoom();
    const legs = [new FakeLeg({ name: 'a' }), new FakeLeg({ name: 'a' }), new FakeLeg({ name: '' })];
    for (const leg of legs) room.join(leg);
    const entities = new Map<number, string>();
    const names = (): string[] => [...conferenceState(room, entities).users.keys()];
    assert.deepEqual(names().slice(0, 2), ['sip:a@test', 'sip:a@test;participant=2']);
    legs[0]?.hangUp();
    assert.equal(names()[0], 'sip:a@test;participant=2');
  });
});

describe('one subscription', () => {
  const made = () => {
    const { room } = fakeRoom({ capacity: 300 });
    const clock = new ManualClock();
    const entities = new Map<number, string>();
    const sent: { state: string; info: Node | null }[] = [];
    let status = 200;
    let over = 0;
    const subscription = new ConferenceSubscription({
      clock,
      entity: 'sip:demo@test',
      state: () => conferenceState(room, entities),
      notify: (state, body) => {
        const info = body === null ? null : readXml(body);
        if (info) assertSchema(info);
        sent.push({ state, info });
        return Promise.resolve(status);
      },
      over: () => (over += 1),
    });
    return { room, clock, sent, subscription, fail: () => (status = 481), overs: () => over };
  };
  const usersOf = (info: Node | null | undefined): string[] =>
    (info ? all(info, 'users') : []).flatMap((users) =>
      all(users, 'user').map(({ attributes }) => `${attributes['state']} ${attributes['entity']}`),
    );

  it('tells everything, then what changed, one a second at most, each with the next version', async () => {
    const { room, clock, sent, subscription } = made();
    const anna = new FakeLeg({ name: 'anna' });
    room.join(anna);
    subscription.refresh(600);
    await turn();
    assert.deepEqual(usersOf(sent[0]?.info), ['full sip:anna@test']);
    const berta = new FakeLeg({ name: 'berta' });
    room.join(berta);
    subscription.changed();
    room.join(new FakeLeg({ name: 'carl' }));
    subscription.changed();
    clock.advance(999);
    await turn();
    assert.equal(sent.length, 1);
    clock.advance(1);
    await turn();
    assert.deepEqual(usersOf(sent[1]?.info), ['full sip:berta@test', 'full sip:carl@test']);
    assert.equal(sent[1]?.info?.attributes['state'], 'partial');
    berta.hangUp();
    subscription.changed();
    clock.advance(1000);
    await turn();
    assert.deepEqual(usersOf(sent[2]?.info), ['deleted sip:berta@test']);
    assert.deepEqual(
      sent.map(({ info }) => info?.attributes['version']),
      ['0', '1', '2'],
    );
    subscription.changed();
    clock.advance(5000);
    await turn();
    assert.equal(sent.length, 3, 'nothing is told twice');
    subscription.refresh(600);
    await turn();
    assert.equal(sent[3]?.info?.attributes['state'], 'full');
    subscription.end('noresource');
    assert.equal(clock.pending, 0);
  });

  it('lets mutes not wait, a few of them, and the others for their pause', async () => {
    const { room, clock, sent, subscription } = made();
    const one = room.join(new FakeLeg({ name: 'anna' }));
    subscription.refresh(600);
    const toggle = async (): Promise<number> => {
      one.mute(!one.muted, 'Mona');
      subscription.changed(true);
      await turn();
      return sent.length;
    };
    await turn();
    room.join(new FakeLeg({ name: 'berta' }));
    subscription.changed();
    await turn();
    assert.equal(sent.length, 1, 'in the pause');
    const counts: number[] = [];
    for (let n = 0; n < 20; n += 1) counts.push(await toggle());
    assert.deepEqual([...counts.slice(0, 5), counts.at(-1)], [2, 3, 4, 5, 5, 5]);
    await toggle();
    clock.advance(1000);
    await turn();
    assert.equal(sent.length, 6, 'how it is in the end');
    assert.equal(clock.pending, 1, 'no timer but the expiry');
    subscription.drop();
    assert.equal(clock.pending, 0);
  });

  it('tells a mute that comes while a NOTIFY is under way when that is answered', async () => {
    const { room, clock, sent, subscription } = made();
    const one = room.join(new FakeLeg({ name: 'anna' }));
    subscription.refresh(600);
    one.mute(true, 'Mona');
    subscription.changed(true);
    subscription.changed();
    assert.equal(sent.length, 1);
    await turn();
    assert.equal(sent.length, 2);
    subscription.drop();
    assert.equal(clock.pending, 0);
  });

  it('tells a large room in several documents that each pass', async () => {
    const { room, clock, sent, subscription } = made();
    for (let n = 0; n < 100; n += 1) room.join(new FakeLeg({ name: `somebody with a long name, number ${n}` }));
    subscription.refresh(600);
    for (let n = 0; n < 20; n += 1) {
      await turn();
      clock.advance(1000);
    }
    const users = sent.flatMap(({ info }) => usersOf(info));
    assert.equal(users.length, 100);
    assert.equal(new Set(users).size, 100);
    assert.ok(sent.length > 3 && sent.length < 15, `${sent.length} documents`);
    assert.deepEqual([sent[0]?.info?.attributes['state'], sent[1]?.info?.attributes['state']], ['full', 'partial']);
    subscription.drop();
    assert.equal(clock.pending, 0);
  });

  it('ends when its time is over, and at the first NOTIFY that is refused', async () => {
    const timed = made();
    timed.subscription.refresh(60);
    await turn();
    timed.clock.advance(60_000);
    assert.equal(timed.sent.at(-1)?.state, 'terminated;reason=timeout');
    assert.deepEqual([timed.overs(), timed.clock.pending], [1, 0]);
    const refused = made();
    refused.fail();
    refused.subscription.refresh(60);
    await turn();
    assert.deepEqual([refused.sent.length, refused.overs(), refused.clock.pending], [1, 1, 0]);
    assert.equal(leftUser('sip:x@y'), '<user entity="sip:x@y" state="deleted"/>');
  });
});
