import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { DialplanUnusable, readDialplan } from '../../../src/legs/admission/dialplan.js';
import type { CallFacts, Verdict } from '../../../src/legs/admission/verdict.js';
import { context, deciding, factsOf, planText } from './support.js';

const room = (name: string): Verdict => ({ kind: 'room', room: name, role: 'participant' });
const away = '198.51.100.4';

describe('the dial plan that is shipped', () => {
  const plan = readDialplan(readFileSync('dialplans/rooms.json', 'utf8'));
  const find = (uri: string): Verdict => plan.decide(factsOf(uri));

  it('knows names and numbers', () => {
    assert.deepEqual(find('sip:demo@192.0.2.1'), room('demo'));
    assert.deepEqual(find('sips:ECHO@[2001:db8::1]:5061;transport=tls'), room('echo'));
    assert.deepEqual(find('sip:+4930123@gw.example.org'), room('4930123'));
    assert.deepEqual(find('sip:Board.Room-1@gw'), room('board.room-1'));
    assert.deepEqual(find('tel:+4930123'), room('4930123'));
    assert.deepEqual(find('demo'), room('demo'));
    assert.deepEqual(find('sip:Board*2468@gw'), { kind: 'room', room: 'board', role: 'participant', pin: '2468' });
  });

  it('lets nothing odd through', () => {
    for (const uri of [
      'sip:192.0.2.1',
      'sip:%zz@h',
      'sip:a%2Fb@h',
      `sip:${'a'.repeat(200)}@h`,
      'sip:..@h',
      'sip:board*12x4@h',
      '',
      'sip:',
    ]) {
      assert.equal(find(uri), null, uri);
    }
  });
});

describe('a rule of the dial plan', () => {
  it('of the older form still counts', () => {
    const { decide } = readDialplan(
      '{"rooms":[{"dialled":"(\\\\d+)x(\\\\d+)","room":"r$1","role":"guest","pin":"$2"}]}',
    );
    assert.deepEqual(decide(factsOf('sip:42x777@h')), { kind: 'room', room: 'r42', role: 'guest', pin: '777' });
  });

  it('counts when it is the first that fits, with its groups and role', () => {
    const find = deciding(
      { dialled: '9(\\d\\d)', room: 'meet-$1', role: 'moderator', language: 'zh' },
      { dialled: '9.*', room: 'lobby' },
    );
    assert.deepEqual(find('sip:942@h'), { kind: 'room', room: 'meet-42', role: 'moderator', language: 'zh' });
    assert.deepEqual(find('sip:9421@h'), room('lobby'));
    assert.equal(find('sip:1942@h'), null);
    assert.deepEqual(find('sip:942;phone-context=x@h')?.kind, 'room');
  });

  /** A condition, facts that it fits, and facts that it does not. */
  const conditions: [object, Partial<CallFacts>, Partial<CallFacts>][] = [
    [{ uri: 'sip:.*@a\\.example' }, { uri: 'sip:x@a.example' }, { uri: 'sip:x@axexample' }],
    [{ uri: '.*transport=tls' }, { uri: 'sip:x@h;transport=tls' }, { uri: 'sip:x@h' }],
    [{ uri: '.*' }, { uri: 'sip:x@h' }, { uri: `sip:x@h;${'a'.repeat(128)}` }],
    [{ alias: 'board' }, { alias: 'Board' }, { alias: null }],
    [{ alias: 'board' }, { alias: 'board' }, { alias: 'board2' }],
    [{ domain: 'a.example' }, { uri: 'sip:x@A.example:5070' }, { uri: 'sip:x@b.a.example' }],
    [{ domain: '*.a.example' }, { uri: 'sip:x@b.a.example' }, { uri: 'sip:x@a.example' }],
    [{ domain: ['a.example', '2001:db8::1'] }, { uri: 'sip:x@[2001:db8::1]' }, { uri: 'x' }],
    [{ source: '203.0.113.0/24' }, { source: '203.0.113.200' }, { source: '203.0.114.1' }],
    [{ source: '203.0.113.7' }, { source: '::ffff:203.0.113.7' }, { source: '203.0.113.8' }],
    [{ source: ['guests', '2001:db8::/32'] }, { source: '2001:db8:9::1' }, { source: '2001:db9::1' }],
    [{ source: ['guests', '2001:db8::/32'] }, { source: '10.2.255.1' }, { source: '' }],
    [{ transport: ['tls', 'tcp'] }, { transport: 'tcp' }, { transport: 'udp' }],
    [{ transport: 'h323' }, { transport: 'h323' }, { transport: 'tcp' }],
    [{ listener: 'inside' }, { listener: 'inside' }, { listener: null }],
    [{ listener: ['inside'] }, { listener: 'inside' }, { listener: 'outside' }],
    [{ user: 'any', challenge: false }, { user: 'alice' }, { user: null }],
    [{ user: 'none' }, { user: null }, { user: 'alice' }],
    [{ user: 'Alice', challenge: false }, { user: 'alice@a.example' }, { user: 'bob' }],
    [{ user: ['alice@a.example', 'bob'] }, { user: 'alice@a.example' }, { user: 'alice@b.example' }],
    [{ user: ['none', 'bob'] }, { user: null }, { user: 'alice' }],
    [{ user: { matches: 'staff-.*' } }, { user: 'staff-7' }, { user: 'guest-7' }],
    [
      { source: 'office', user: 'any' },
      { source: '10.1.2.3', user: 'a' },
      { source: '10.2.2.3', user: 'a' },
    ],
  ];
  for (const [condition, fits, doesNot] of conditions) {
    it(`fits or does not: ${JSON.stringify(condition)}`, () => {
      const find = deciding({ ...condition, room: 'r' });
      const ask = (facts: Partial<CallFacts>): Verdict => find(facts.uri ?? 'sip:x@h', facts);
      assert.deepEqual(ask(fits), room('r'));
      assert.equal(ask(doesNot), null);
    });
  }

  it('that wants a user asks who it is, or passes on where it is told to', () => {
    const asking = deciding(
      { dialled: '1', user: 'any', room: 'a', role: 'moderator' },
      { dialled: '[12]', room: 'a' },
    );
    assert.deepEqual(asking('sip:1@h'), { kind: 'authenticate' });
    assert.deepEqual(asking('sip:1@h', { user: 'bob' }), { kind: 'room', room: 'a', role: 'moderator' });
    assert.deepEqual(asking('sip:2@h'), room('a'));
    const passing = deciding({ user: 'bob', challenge: false, room: 'a', role: 'moderator' }, { room: 'a' });
    assert.deepEqual(passing('sip:1@h'), room('a'));
    const another = deciding({ user: 'bob', room: 'a' });
    assert.equal(another('sip:1@h', { user: 'alice' }), null, 'a password of somebody else is not asked for again');
  });

  it('may end in prompts or a refusal', () => {
    const find = deciding(
      { dialled: '8000', ivr: true, language: 'zh' },
      { dialled: '8(\\d+)', ivr: { room: 'm$1' }, role: 'guest' },
      { dialled: '7.*', reject: { status: 603, reason: 'Not today' } },
      { reject: { status: 410 } },
    );
    assert.deepEqual(find('sip:8000@h'), { kind: 'ivr', room: null, role: 'participant', language: 'zh' });
    assert.deepEqual(find('sip:8123@h'), { kind: 'ivr', room: 'm123', role: 'guest' });
    assert.deepEqual(find('sip:700@h'), { kind: 'reject', status: 603, reason: 'Not today' });
    assert.deepEqual(find('sip:600@h'), { kind: 'reject', status: 410, reason: '' });
  });
});

describe('forwarding to a trunk', () => {
  const forward = { trunk: 'pstn', to: '+49$1' };

  it('is for users and trusted networks only', () => {
    const find = deciding(
      { dialled: '0(\\d+)', source: 'office', forward },
      { dialled: '0(\\d+)', user: 'any', forward },
    );
    const out: Verdict = { kind: 'forward', trunk: 'pstn', to: '+4930123' };
    assert.deepEqual(find('sip:030123@h', { source: '10.1.2.3' }), out);
    assert.deepEqual(find('sip:030123@h', { source: '2001:db8:1::9' }), out);
    assert.deepEqual(find('sip:030123@h', { source: away, user: 'alice' }), out);
    for (const source of [away, '10.2.0.1', '192.168.1.1', '127.0.0.1', '']) {
      assert.deepEqual(find('sip:030123@h', { source }), { kind: 'authenticate' }, source);
    }
  });

  it('takes nothing from the caller that means something in a URI', () => {
    const find = deciding({
      dialled: '0(.*)',
      source: 'office',
      forward: { trunk: 'pstn', to: 'sip:$1@carrier.example' },
    });
    const from = { source: '10.1.2.3' };
    for (const evil of ['1%40evil.example', '1%3Cx%3E', '1%20x', '1%0d%0aX:y', '1%3Fa=b', '%2F%2F', '1:p', '1%26']) {
      assert.equal(find(`sip:0${evil}@h`, from), null, evil);
    }
    assert.deepEqual(find('sip:0+49*31%2330@h', from), {
      kind: 'forward',
      trunk: 'pstn',
      to: 'sip:+49*31#30@carrier.example',
    });
  });

  it('is refused at load when anybody could call', () => {
    const open = [
      { forward },
      { forward, source: '0.0.0.0/0' },
      { forward, source: '10.1.0.0/16' },
      { forward, source: 'guests' },
      { forward, source: ['office', 'guests'] },
      { forward, user: 'none' },
      { forward, user: ['none', 'alice'] },
      { forward, transport: 'tls', listener: 'inside', domain: 'a.example' },
    ];
    for (const rule of open) {
      assert.throws(
        () => readDialplan(planText({ room: 'a' }, rule), context),
        /^DialplanUnusable|rule 2, forward: anybody/,
      );
    }
    readDialplan(planText({ forward, source: 'office', user: 'none' }), context);
  });

  it('goes by a registration, and for calls that its gatekeeper itself brings', () => {
    const find = deciding(
      { dialled: '0(\\d+)', source: ['campus', 'office'], forward: { trunk: 'campus', to: '$1' } },
      { source: 'campus', room: 'lobby' },
    );
    const out: Verdict = { kind: 'forward', trunk: 'campus', to: '30' };
    const via = (gatekeeper: boolean, name = 'campus') => ({ source: away, via: { name, gatekeeper } });
    assert.deepEqual(find('030', via(true)), out);
    assert.deepEqual(find('030', { source: '10.1.2.3' }), out);
    assert.deepEqual(find('030', via(false)), { kind: 'reject', status: 403, reason: '' });
    assert.deepEqual(find('30', via(false)), { kind: 'room', room: 'lobby', role: 'participant' });
    for (const more of [via(true, 'other'), { source: away }]) assert.equal(find('30', more), null);
  });

  it('goes on without a trunk to users and to hosts that the plan itself names', () => {
    const decide = deciding(
      { dialled: '7(.+)', source: 'office', forward: { to: 'h323:$1@mcu.example:1720' } },
      { dialled: '8(.+)', source: 'office', forward: { to: 'user:$1' } },
      { dialled: '6(.+)', source: 'office', forward: { to: 'sips:$1@far.example' } },
    );
    const from = { source: '10.1.2.3' };
    const out = (to: string): Verdict => ({ kind: 'forward', trunk: null, to });
    assert.deepEqual(decide('sip:7board@h', from), out('h323:board@mcu.example:1720'));
    assert.deepEqual(decide('sip:8anna@h', from), out('user:anna'));
    assert.deepEqual(decide('sip:61@h', from), out('sips:1@far.example'));
    assert.equal(decide('sip:7board@h'), null);
    for (const to of ['h323:board@$1', 'sip:$1', 'h323:$1', 'user:$1@h', 'tel:$1', '$1', 'http://a@b', 'sip:a@b$1']) {
      const rule = { dialled: '(.*)', source: 'office', forward: { to } };
      assert.throws(() => readDialplan(planText(rule), context), /rule 1, forward: without a trunk/, to);
    }
  });

  it('never happens for whom nobody knows, whatever the rules were', () => {
    // everything a rule can hold, at random: what comes out for a stranger is no forwarding
    const users = [undefined, 'any', 'none', 'alice', ['none', 'alice'], { matches: '.*' }];
    const sources = [undefined, 'office', 'guests', 'campus', '0.0.0.0/0', ['office', 'guests'], away];
    let loaded = 0;
    for (const user of users) {
      for (const source of sources) {
        for (const challenge of [true, false]) {
          const text = planText({
            forward,
            challenge,
            ...(user === undefined ? {} : { user }),
            ...(source === undefined ? {} : { source }),
          });
          try {
            const { decide } = readDialplan(text, context);
            loaded += 1;
            for (const from of [away, '10.2.0.1', '', '::1', '127.0.0.1']) {
              for (const via of [undefined, { name: 'campus', gatekeeper: false }])
                assert.notEqual(decide(factsOf('sip:1@h', { source: from, via }))?.kind, 'forward', text);
            }
          } catch (error) {
            if (!(error instanceof DialplanUnusable)) throw error;
          }
        }
      }
    }
    assert.ok(loaded > 30, `only ${loaded} plans were good`);
  });
});

describe('a dial plan that cannot be used', () => {
  const says = (text: string, why: RegExp): void =>
    assert.throws(
      () => readDialplan(text, context),
      (error) => error instanceof DialplanUnusable && why.test(error.message),
      text,
    );
  const good = { room: 'a' };

  it('is answered with rule, key and reason', () => {
    says('{', /JSON/);
    says('[]', /file: /);
    says('{}', /file: expected a list of rules/);
    says('{"rooms": []}', /rooms: /);
    says('{"rules": [{"room":"a"}], "rooms": [{"room":"a"}]}', /expected a list/);
    says('{"rules": [{"room":"a"}], "more": 1}', /more: this key does not exist/);
    says(planText(good, { dialled: '(', room: 'a' }), /^rule 2, dialled: Invalid/);
    says(planText({ dialled: 'a', room: 'a', role: 'king' }), /^rule 1, role: /);
    says(planText({ dialed: 'a', room: 'a' }), /^rule 1, dialed: this key does not exist/);
    says(planText(good, good, 7), /^rule 3, all of it: /);
    says(planText({ dialled: 'a' }), /^rule 1, room: expected exactly one result/);
    says(planText({ room: 'a', reject: { status: 403 } }), /^rule 1, reject: expected exactly one/);
    says(planText({ ivr: true, pin: '$1' }), /^rule 1, pin: goes with room/);
    says(planText({ reject: { status: 200 } }), /^rule 1, reject\.status: /);
    says(planText({ reject: { status: 403, reason: 'a\r\nb' } }), /^rule 1, reject\.reason: /);
    says(planText({ source: '10.0.0.0/33', room: 'a' }), /^rule 1, source: /);
    says(planText({ source: 'branch', room: 'a' }), /^rule 1, source: there is no network branch/);
    says(planText({ listener: 'dmz', room: 'a' }), /^rule 1, listener: there is no listener dmz/);
    says(planText({ user: 'any', forward: { trunk: 'gsm', to: '1' } }), /^rule 1, forward: there is no trunk gsm/);
    says(planText({ user: { matches: '(a+)+' }, room: 'a' }), /^rule 1, user: what is repeated/);
  });
});
