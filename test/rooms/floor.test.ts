import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  floorStep,
  freeFloor,
  holderOf,
  ticketsOf,
  type FloorEffect,
  type FloorInput,
  type FloorPolicy,
  type FloorState,
} from '../../src/rooms/floor.js';

const ask = (who: number, moderator = false): FloorInput => ({
  kind: 'request',
  who,
  name: `p${who}`,
  info: '',
  moderator,
});

function show(effect: FloorEffect): string {
  if (effect.kind === 'holderChanged') return `holder ${effect.holder?.name ?? 'nobody'}`;
  const { ticket, asked } = effect;
  const place = ticket.position > 0 ? ` at ${ticket.position}` : '';
  return `${asked ? 'answer' : 'tell'} ${ticket.name} ${ticket.id} ${ticket.state}${place}`;
}

function run(policy: FloorPolicy, inputs: FloorInput[]): { state: FloorState; last: string[] } {
  let state = freeFloor;
  let last: string[] = [];
  for (const input of inputs) {
    const outcome = floorStep(state, input, policy);
    state = outcome.state;
    last = outcome.effects.map(show);
  }
  return { state, last };
}

interface Row {
  title: string;
  policy: FloorPolicy;
  inputs: FloorInput[];
  effects: string[];
}

const table: Row[] = [
  {
    title: 'grants a free floor at once',
    policy: 'latest-takes-over',
    inputs: [ask(1)],
    effects: ['answer p1 1 granted', 'holder p1'],
  },
  {
    title: 'revokes the old presenter before the new one is granted',
    policy: 'latest-takes-over',
    inputs: [ask(1), ask(2)],
    effects: ['tell p1 1 revoked', 'answer p2 2 granted', 'holder p2'],
  },
  {
    title: 'answers the holder that asks again with its own ticket',
    policy: 'latest-takes-over',
    inputs: [ask(1), ask(1)],
    effects: ['answer p1 1 granted'],
  },
  {
    title: 'frees the floor on release',
    policy: 'latest-takes-over',
    inputs: [ask(1), { kind: 'release', who: 1, id: 1 }],
    effects: ['answer p1 1 released', 'holder nobody'],
  },
  {
    title: 'ignores the release of a ticket of somebody else',
    policy: 'latest-takes-over',
    inputs: [ask(1), { kind: 'release', who: 2, id: 1 }],
    effects: [],
  },
  {
    title: 'ignores a release that crosses the revocation',
    policy: 'latest-takes-over',
    inputs: [ask(1), ask(2), { kind: 'release', who: 1, id: 1 }],
    effects: [],
  },
  {
    title: 'frees the floor when the holder leaves',
    policy: 'latest-takes-over',
    inputs: [ask(1), { kind: 'leave', who: 1 }],
    effects: ['holder nobody'],
  },
  {
    title: 'lets the first keep it',
    policy: 'first-keeps-it',
    inputs: [ask(1), ask(2)],
    effects: ['answer p2 2 denied'],
  },
  {
    title: 'lets a moderator take it all the same',
    policy: 'first-keeps-it',
    inputs: [ask(1), ask(2, true)],
    effects: ['tell p1 1 revoked', 'answer p2 2 granted', 'holder p2'],
  },
  {
    title: 'makes people wait for the moderator',
    policy: 'ask-moderator',
    inputs: [ask(1), ask(2)],
    effects: ['answer p2 2 pending at 2'],
  },
  {
    title: 'grants by the moderator and moves the queue',
    policy: 'ask-moderator',
    inputs: [ask(1), ask(2), { kind: 'grant', id: 1, by: 'm' }],
    effects: ['tell p1 1 granted', 'tell p2 2 pending at 1', 'holder p1'],
  },
  {
    title: 'revokes the holder when the moderator grants another',
    policy: 'ask-moderator',
    inputs: [ask(1), ask(2), { kind: 'grant', id: 2, by: 'm' }, { kind: 'grant', id: 1, by: 'm' }],
    effects: ['tell p2 2 revoked', 'tell p1 1 granted', 'holder p1'],
  },
  {
    title: 'denies by the moderator',
    policy: 'ask-moderator',
    inputs: [ask(1), ask(2), { kind: 'deny', id: 1, by: 'm' }],
    effects: ['tell p1 1 denied', 'tell p2 2 pending at 1'],
  },
  {
    title: 'cancels a waiting request on release',
    policy: 'ask-moderator',
    inputs: [ask(1), { kind: 'release', who: 1, id: 1 }],
    effects: ['answer p1 1 cancelled'],
  },
  {
    title: 'revokes by the moderator',
    policy: 'latest-takes-over',
    inputs: [ask(1), { kind: 'revoke', id: 1, by: 'm' }],
    effects: ['tell p1 1 revoked', 'holder nobody'],
  },
  {
    title: 'moves the queue when somebody who waits leaves',
    policy: 'ask-moderator',
    inputs: [ask(1), ask(2), { kind: 'leave', who: 1 }],
    effects: ['tell p2 2 pending at 1'],
  },
];

describe('rooms/floor', () => {
  for (const row of table) {
    it(row.title, () => assert.deepEqual(run(row.policy, row.inputs).last, row.effects));
  }

  it('never reuses the number of a live ticket when it wraps', () => {
    const held = run('latest-takes-over', [ask(1)]).state;
    const { state } = floorStep({ ...held, last: 65535 }, ask(2), 'ask-moderator');
    assert.deepEqual(
      ticketsOf(state).map((ticket) => ticket.id),
      [1, 2],
    );
  });

  const who = fc.integer({ min: 1, max: 4 });
  const id = fc.integer({ min: 1, max: 12 });
  const anyInput: fc.Arbitrary<FloorInput> = fc.oneof(
    fc.record({
      kind: fc.constant('request' as const),
      who,
      name: fc.constant('n'),
      info: fc.constant(''),
      moderator: fc.boolean(),
    }),
    fc.record({ kind: fc.constant('release' as const), who, id }),
    fc.record({ kind: fc.constant('leave' as const), who }),
    fc.record({
      kind: fc.constantFrom('grant' as const, 'deny' as const, 'revoke' as const),
      id,
      by: fc.constant('m'),
    }),
  );
  const anyPolicy = fc.constantFrom<FloorPolicy>('latest-takes-over', 'first-keeps-it', 'ask-moderator');

  it('never has two granted, and whoever left has nothing', () => {
    fc.assert(
      fc.property(anyPolicy, fc.array(anyInput, { maxLength: 40 }), (policy, inputs) => {
        let state = freeFloor;
        const granted = new Set<number>();
        for (const input of inputs) {
          const outcome = floorStep(state, input, policy);
          for (const effect of outcome.effects) {
            if (effect.kind !== 'changed') continue;
            if (effect.ticket.state === 'granted') granted.add(effect.ticket.id);
            else granted.delete(effect.ticket.id);
            assert.ok(granted.size <= 1, 'two granted as told');
          }
          if (input.kind === 'leave') {
            if (state.holder?.who === input.who) granted.delete(state.holder.id);
            assert.ok(ticketsOf(outcome.state).every((ticket) => ticket.who !== input.who));
          }
          const last = outcome.effects.at(-1);
          const moved = holderOf(state)?.id !== holderOf(outcome.state)?.id;
          assert.equal(last?.kind === 'holderChanged', moved, 'holderChanged exactly when the holder changed');
          state = outcome.state;
          const owners = ticketsOf(state).map((ticket) => ticket.who);
          assert.equal(new Set(owners).size, owners.length, 'one live request a participant');
          assert.deepEqual([...granted], state.holder ? [state.holder.id] : []);
        }
      }),
    );
  });
});
