import type { FloorTicket, ParticipantId } from './floor-party.js';

/** What happens when somebody asks while somebody else presents. */
export type FloorPolicy = 'latest-takes-over' | 'first-keeps-it' | 'ask-moderator' | 'presenters-only';

/** A live request. */
interface Asked {
  readonly id: number;
  readonly who: ParticipantId;
  readonly name: string;
  readonly info: string;
  /** A moderator put it into the queue: it is granted when its turn comes. */
  readonly accepted?: true;
  /** The holder lost its connection and is awaited. */
  readonly away?: true;
}

/**
 * The room's one content floor: at most one holder, and those who wait: the queue of accepted ones first, then those that
 * no moderator has decided on, each in order.
 */
export interface FloorState {
  readonly holder: Asked | null;
  readonly waiting: readonly Asked[];
  /** Last ticket number given, 0..65535. */
  readonly last: number;
}

/** What can happen to the floor. */
export type FloorInput =
  | { kind: 'request'; who: ParticipantId; name: string; info: string; moderator: boolean; presenter?: boolean }
  | { kind: 'release'; who: ParticipantId; id: number }
  /** `away`: what it holds is kept for it. */
  | { kind: 'leave'; who: ParticipantId; away?: boolean }
  /** The holder that was away is back, as participant `to`. */
  | { kind: 'return'; to: ParticipantId }
  /** It is not awaited any longer. */
  | { kind: 'expire' }
  /** The policy, or who may present by it, is another one now; `barred` may not. */
  | { kind: 'policy'; barred: readonly ParticipantId[] }
  | { kind: 'grant'; id: number; by: string }
  /** Into the queue at a place from 1; 0 is its end. */
  | { kind: 'accept'; id: number; place: number; by: string }
  | { kind: 'deny'; id: number; by: string }
  | { kind: 'revoke'; id: number; by: string };

/**
 * What follows, in the order to be told. `changed` with `asked` is the answer to the participant's own input and is
 * returned to it; the others go to the ticket's owner. `marked` is for who watches the room: the holder went away, or came
 * back. `holderChanged` goes to everybody and comes last.
 */
export type FloorEffect =
  | { kind: 'changed'; ticket: FloorTicket; asked: boolean }
  | { kind: 'marked' }
  | { kind: 'holderChanged'; holder: FloorTicket | null };

/** New state and its effects. */
export interface FloorOutcome {
  state: FloorState;
  effects: FloorEffect[];
}

const onlyPresenters = 'only presenters may share here';

/** Nobody presents, nobody waits. */
export const freeFloor: FloorState = { holder: null, waiting: [], last: 0 };

/**
 * The floor machine (RFC 8855 §4.2 and §13, one floor, one request a participant):
 *
 *     request -> granted | pending | denied      pending -> granted | accepted | denied | cancelled
 *     granted -> released | revoked              accepted -> granted | denied | cancelled
 *
 * A holder that lost its connection stays the holder for a while: others take the floor from it as the policy lets them.
 * Denied, cancelled, released and revoked forget the ticket. A floor that gets free goes to the first accepted request.
 * An input that fits nothing (a foreign ticket, a ticket gone) changes nothing and has no effects.
 */
export function floorStep(state: FloorState, input: FloorInput, policy: FloorPolicy): FloorOutcome {
  switch (input.kind) {
    case 'request':
      return request(state, input, policy);
    case 'release':
      return release(state, input.who, input.id);
    case 'leave':
      return leave(state, input);
    case 'return':
      return comeBack(state, input.to);
    case 'expire':
      return state.holder?.away ? vacate(state, []) : nothing(state);
    case 'policy':
      return changePolicy(state, input.barred, policy);
    case 'grant': {
      const asked = state.waiting.find((one) => one.id === input.id);
      return asked ? grant(state, asked, input.by, false) : nothing(state);
    }
    case 'accept':
      return accept(state, input);
    case 'deny':
      return dropWaiting(state, (one) => one.id === input.id, { state: 'denied', info: input.by, asked: false });
    case 'revoke':
      if (state.holder?.id !== input.id) return nothing(state);
      return vacate(state, [changed(ended(state.holder, 'revoked', input.by), false)]);
  }
}

/** The granted request as a ticket, or null. */
export function holderOf(state: FloorState): FloorTicket | null {
  return state.holder && ticketOf(state.holder, 'granted', 0);
}

/** All live requests, the holder's first. */
export function ticketsOf(state: FloorState): FloorTicket[] {
  const holder = holderOf(state);
  return [...(holder ? [holder] : []), ...state.waiting.map((one, index) => waitingTicket(one, index + 1))];
}

function request(
  state: FloorState,
  input: Extract<FloorInput, { kind: 'request' }>,
  policy: FloorPolicy,
): FloorOutcome {
  const mine = ticketsOf(state).find((ticket) => ticket.who === input.who);
  // Asking again while holding or waiting is answered with the same ticket (RFC 8855 §13.1 leaves it to the server).
  if (mine && !(mine.state !== 'granted' && input.moderator)) return { state, effects: [changed(mine, true)] };
  if (mine) return grant(state, state.waiting.find((one) => one.id === mine.id) as Asked, '', true);
  const id = freshId(state);
  const asked: Asked = { id, who: input.who, name: input.name, info: input.info };
  const numbered = { ...state, last: id };
  if (policy === 'presenters-only' && !input.moderator && input.presenter !== true)
    return { state: numbered, effects: [changed(ended(asked, 'denied', onlyPresenters), true)] };
  const takes = policy === 'latest-takes-over' || policy === 'presenters-only' || input.moderator;
  if (takes) return grant(numbered, asked, input.name, true);
  if (policy === 'ask-moderator') {
    const waiting = [...state.waiting, asked];
    return { state: { ...numbered, waiting }, effects: [changed(waitingTicket(asked, waiting.length), true)] };
  }
  if (!state.holder) return grant(numbered, asked, input.name, true);
  return { state: numbered, effects: [changed(ended(asked, 'denied', `${state.holder.name} is presenting`), true)] };
}

function grant(state: FloorState, asked: Asked, by: string, own: boolean): FloorOutcome {
  const old = state.holder;
  const waiting = state.waiting.filter((one) => one.id !== asked.id);
  const next: FloorState = { ...state, holder: asked, waiting };
  const granted = holderOf(next) as FloorTicket;
  return {
    state: next,
    effects: [
      // RFC 8855 §4.2: the old grant ends before the new one begins.
      ...(old ? [changed(ended(old, 'revoked', by), false)] : []),
      changed(granted, own),
      ...moves(state, next),
      { kind: 'holderChanged', holder: granted },
    ],
  };
}

function release(state: FloorState, who: ParticipantId, id: number): FloorOutcome {
  if (state.holder?.id === id && state.holder.who === who) {
    return vacate(state, [changed(ended(state.holder, 'released', ''), true)]);
  }
  const mine = (one: Asked): boolean => one.id === id && one.who === who;
  return dropWaiting(state, mine, { state: 'cancelled', info: '', asked: true });
}

function leave(state: FloorState, { who, away = false }: Extract<FloorInput, { kind: 'leave' }>): FloorOutcome {
  const rest: FloorState = { ...state, waiting: state.waiting.filter((one) => one.who !== who) };
  if (state.holder?.who !== who) return { state: rest, effects: moves(state, rest) };
  if (away) return { state: { ...rest, holder: { ...state.holder, away } }, effects: [{ kind: 'marked' }] };
  return vacate(rest, moves(state, rest));
}

/** Whoever it is now: what it waited for meanwhile it has. */
function comeBack(state: FloorState, to: ParticipantId): FloorOutcome {
  if (!state.holder?.away) return nothing(state);
  const { away: _away, ...was } = state.holder;
  const waiting = state.waiting.filter((one) => one.who !== to);
  const next: FloorState = { ...state, holder: { ...was, who: to }, waiting };
  const told: FloorEffect = was.who === to ? { kind: 'marked' } : { kind: 'holderChanged', holder: holderOf(next) };
  return { state: next, effects: [...moves(state, next), told] };
}

/** Without a moderator to decide, those who wait have their turn one after the other. */
function changePolicy(state: FloorState, barred: readonly ParticipantId[], policy: FloorPolicy): FloorOutcome {
  if (policy === 'ask-moderator') return { state, effects: [{ kind: 'marked' }] };
  const out = policy === 'presenters-only' ? barred : [];
  const denied = state.waiting.filter(({ who }) => out.includes(who));
  const stay = state.waiting.filter(({ who }) => !out.includes(who));
  const next: FloorState = { ...state, waiting: stay.map((one) => ({ ...one, accepted: true as const })) };
  const effects: FloorEffect[] = [
    ...denied.map((one) => changed(ended(one, 'denied', onlyPresenters), false)),
    ...moves(state, next),
    { kind: 'marked' },
  ];
  if (next.holder && out.includes(next.holder.who))
    return vacate(next, [changed(ended(next.holder, 'revoked', onlyPresenters), false), ...effects]);
  return !next.holder && next.waiting.length > 0 ? vacate(next, effects) : { state: next, effects };
}

/** RFC 8855 §4.1: an accepted request waits in the queue; on a free floor the first of it has its turn at once. */
function accept(state: FloorState, input: Extract<FloorInput, { kind: 'accept' }>): FloorOutcome {
  const asked = state.waiting.find((one) => one.id === input.id);
  if (!asked) return nothing(state);
  const others = state.waiting.filter((one) => one !== asked);
  const queue = others.filter((one) => one.accepted);
  const place = input.place === 0 ? queue.length : Math.min(input.place - 1, queue.length);
  const waiting = [...others.slice(0, place), { ...asked, accepted: true as const }, ...others.slice(place)];
  const next: FloorState = { ...state, waiting };
  if (!state.holder && place === 0) return grant(next, waiting[0] as Asked, '', false);
  return { state: next, effects: moves(state, next) };
}

/** The holder is gone, which `effects` tell: the first of the queue gets the floor, or nobody has it. */
function vacate(state: FloorState, effects: FloorEffect[]): FloorOutcome {
  const free: FloorState = { ...state, holder: null };
  const next = free.waiting.find((one) => one.accepted);
  if (!next) return { state: free, effects: [...effects, { kind: 'holderChanged', holder: null }] };
  const granted = grant(free, next, '', false);
  return { state: granted.state, effects: [...effects, ...granted.effects] };
}

function dropWaiting(
  state: FloorState,
  which: (one: Asked) => boolean,
  end: { state: 'denied' | 'cancelled'; info: string; asked: boolean },
): FloorOutcome {
  const gone = state.waiting.find(which);
  if (!gone) return nothing(state);
  const next: FloorState = { ...state, waiting: state.waiting.filter((one) => one !== gone) };
  return { state: next, effects: [changed(ended(gone, end.state, end.info), end.asked), ...moves(state, next)] };
}

/** Those still waiting whose place changed. */
function moves(before: FloorState, after: FloorState): FloorEffect[] {
  return after.waiting
    .map((one, index) => ({ one, index }))
    .filter(({ one, index }) => before.waiting[index] !== one)
    .map(({ one, index }) => changed(waitingTicket(one, index + 1), false));
}

function freshId(state: FloorState): number {
  const live = new Set(ticketsOf(state).map((ticket) => ticket.id));
  let id = state.last;
  do id = (id % 65535) + 1;
  while (live.has(id));
  return id;
}

function waitingTicket(one: Asked, position: number): FloorTicket {
  return ticketOf(one, one.accepted ? 'accepted' : 'pending', position);
}

function ticketOf({ id, who, name, info }: Asked, state: FloorTicket['state'], position: number): FloorTicket {
  return { id, who, name, info, state, position };
}

function ended(one: Asked, state: 'denied' | 'cancelled' | 'released' | 'revoked', info: string): FloorTicket {
  return { ...ticketOf(one, state, 0), info };
}

function changed(ticket: FloorTicket, asked: boolean): FloorEffect {
  return { kind: 'changed', ticket, asked };
}

function nothing(state: FloorState): FloorOutcome {
  return { state, effects: [] };
}
