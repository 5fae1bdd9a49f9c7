import assert from 'node:assert/strict';
import fc from 'fast-check';
import { floorStep, freeFloor, holderOf, ticketsOf, type FloorInput, type FloorPolicy } from '../../src/rooms/floor.js';

const who = fc.integer({ min: 1, max: 4 });
const id = fc.integer({ min: 1, max: 12 });
const anyInput: fc.Arbitrary<FloorInput> = fc.oneof(
  fc.record({
    kind: fc.constant('request' as const),
    who,
    name: fc.constant('n'),
    info: fc.constant(''),
    moderator: fc.boolean(),
    presenter: fc.boolean(),
  }),
  fc.record({ kind: fc.constant('release' as const), who, id }),
  fc.record({ kind: fc.constant('leave' as const), who, away: fc.boolean() }),
  fc.record({ kind: fc.constant('return' as const), to: fc.integer({ min: 1, max: 6 }) }),
  fc.record({ kind: fc.constant('expire' as const) }),
  fc.record({ kind: fc.constant('policy' as const), barred: fc.uniqueArray(who) }),
  fc.record({
    kind: fc.constant('accept' as const),
    id,
    place: fc.integer({ min: 0, max: 4 }),
    by: fc.constant('m'),
  }),
  fc.record({
    kind: fc.constantFrom('grant' as const, 'deny' as const, 'revoke' as const),
    id,
    by: fc.constant('m'),
  }),
);
const anyPolicy = fc.constantFrom<FloorPolicy>(
  'latest-takes-over',
  'first-keeps-it',
  'ask-moderator',
  'presenters-only',
);

/** Random sequences of what happens to a floor never have two granted, and whoever left has nothing. */
export function fuzzFloor(seed: number, rounds: number): void {
  fc.assert(
    fc.property(anyPolicy, fc.array(anyInput, { maxLength: 40 }), (policy, inputs) => {
      let state = freeFloor;
      const granted = new Set<number>();
      for (const input of inputs) {
        const outcome = floorStep(state, input, policy);
        // who leaves is not told any more
        const kept = input.kind === 'leave' && input.away;
        if (input.kind === 'leave' && !kept && state.holder?.who === input.who) granted.delete(state.holder.id);
        if (input.kind === 'expire' && state.holder?.away) granted.delete(state.holder.id);
        for (const effect of outcome.effects) {
          if (effect.kind !== 'changed') continue;
          if (effect.ticket.state === 'granted') granted.add(effect.ticket.id);
          else granted.delete(effect.ticket.id);
          assert.ok(granted.size <= 1, 'two granted as told');
        }
        if (input.kind === 'leave') {
          const left = ticketsOf(outcome.state).filter((ticket) => ticket.who === input.who);
          assert.ok(left.every(({ id: own }) => kept && own === outcome.state.holder?.id && outcome.state.holder.away));
        }
        const last = outcome.effects.at(-1);
        const [before, after] = [holderOf(state), holderOf(outcome.state)];
        const moved = before?.id !== after?.id || before?.who !== after?.who;
        assert.equal(last?.kind === 'holderChanged', moved, 'holderChanged exactly when the holder changed');
        state = outcome.state;
        const owners = ticketsOf(state).map((ticket) => ticket.who);
        assert.equal(new Set(owners).size, owners.length, 'one live request a participant');
        const queued = state.waiting.map(({ accepted = false }) => accepted);
        assert.deepEqual(queued, [...queued].sort().reverse(), 'the queue before the undecided');
        assert.ok(state.holder || !queued.includes(true), 'nobody queues for a free floor');
        assert.deepEqual([...granted], state.holder ? [state.holder.id] : []);
      }
    }),
    { seed, numRuns: rounds },
  );
}
