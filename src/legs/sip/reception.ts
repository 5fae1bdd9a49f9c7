import type { RoomDirectory } from '../../rooms/directory.js';
import { RoomNotFound } from '../../rooms/errors.js';
import { roomTokenHeader, type TokenGrant, type Tokens } from '../../rooms/tokens.js';
import type { Destination } from '../admission/destination.js';
import { Entrance, type Comer, type ToRoom } from '../admission/entrance.js';
import type { Lobby } from '../admission/lobby.js';
import type { RoomDoor } from '../admission/room-door.js';
import { dialledOf } from '../admission/rule.js';
import type { CallFacts, Decide, Verdict } from '../admission/verdict.js';
import { RefusedByPlan } from '../admission/errors.js';
import { BadCredentials } from './errors.js';
import { factsOf } from './facts.js';
import { nowhere, type Forward } from './forwarding.js';
import type { GatewayParts } from './gateway-parts.js';
import { IncomingCall } from './incoming.js';
import type { LoopMark } from './loop-mark.js';
import type { Referrals } from './refer.js';
import { offersAudio } from './request-checks.js';
import { sipSeating } from './room-seat.js';
import { Replaceable, seatOf } from './replaces.js';
import type { SipLeg } from './sip-leg.js';
import type { SipRequest, SipResponse } from './srf.js';

/** What to answer to who should say a password. */
interface Challenge {
  status: 401 | 407;
  headers: Record<string, string>;
}

/** Who sent a request, by the password it proves. */
export type Caller =
  | { kind: 'user'; user: { name: string; display: string | null } }
  | { kind: 'anonymous' }
  | { kind: 'challenge'; challenge: Challenge }
  | { kind: 'refused'; why: string };

/** Knows callers by their passwords. */
export interface Callers {
  identify(request: SipRequest): Promise<Caller>;
  challenge(request: SipRequest): Challenge;
}

/** What the reception works with. */
export interface ReceptionOptions extends GatewayParts {
  rooms: RoomDirectory;
  tokens: Tokens;
  /** The dial plan. */
  decide: Decide;
  /** Where all pass into rooms. */
  roomDoor: RoomDoor;
  /** Where callers are asked for PINs; without it, nobody is asked. */
  lobby?: Lobby;
  /** Whether who dials a room with a PIN and not its PIN is asked for it; by default not. */
  pinByPrompt?: boolean;
  /** Who calls, by password; without it nobody proves to be anybody. */
  callers?: Callers;
  /** Carries calls on to trunks and addresses. */
  forward?: Forward;
  /** Knows calls of ours that come back. */
  loops?: Pick<LoopMark, 'arrive'>;
  /** Decides on REFER inside calls. */
  referrals?: Pick<Referrals, 'attach'>;
  /** Name of the listener a request came in by. */
  listenerOf?(request: SipRequest): string | null;
}

interface Call {
  request: SipRequest;
  response: SipResponse;
  incoming: IncomingCall;
  grant: TokenGrant | null;
}

/**
 * What happens to every INVITE that opens a call, one step after the other:
 *
 *   claim its token -> identify the caller -> facts -> decide -> challenge | reject | room | lobby | forward
 */
export class Reception {
  private readonly calls = new Replaceable();
  private readonly entrance: Entrance<SipLeg>;

  constructor(private readonly options: ReceptionOptions) {
    this.entrance = new Entrance({ ...options, seating: sipSeating(options) });
  }

  /** The call's leg, or null where it was answered otherwise. Throws a DualstreamError for who is to be refused. */
  async receive(request: SipRequest, response: SipResponse): Promise<SipLeg | null> {
    const { tokens } = this.options;
    // first of all, since it notices a CANCEL
    const incoming = new IncomingCall(this.options, request, response);
    const grant = this.claim(request);
    const giveBack = (): void => void (grant && tokens.unclaim(grant.id));
    try {
      const leg = await this.route({ request, response, incoming, grant });
      leg?.on.on('ended', giveBack);
      if (!leg || leg.over) giveBack();
      if (leg && !leg.over) this.calls.add(leg);
      return leg;
    } catch (error) {
      giveBack();
      throw error;
    }
  }

  private claim(request: SipRequest): TokenGrant | null {
    const token = request.get(roomTokenHeader);
    return token === undefined ? null : this.options.tokens.claim(token);
  }

  private async route(call: Call): Promise<SipLeg | null> {
    const { request, response } = call;
    const caller: Caller = (await this.options.callers?.identify(request)) ?? { kind: 'anonymous' };
    if (caller.kind === 'refused') throw new BadCredentials(caller.why);
    if (caller.kind === 'challenge') return challenge(response, caller.challenge);
    const user = caller.kind === 'user' ? caller.user : null;
    const facts = factsOf(request, user?.name ?? null, this.options.listenerOf?.(request) ?? null);
    const leg = await this.act(this.decide(facts, call.grant), facts, call, user?.display ?? null);
    if (leg) this.options.referrals?.attach(leg, facts, this.options.roomDoor);
    return leg;
  }

  /** Who holds a token for the room that was dialled was let in already, whatever the plan says. */
  private decide(facts: CallFacts, grant: TokenGrant | null): Verdict {
    const room = grant?.room ?? null;
    if (grant && room !== null && dialledOf(facts.uri)?.name.toLowerCase() === room) {
      return { kind: 'room', room, role: grant.role };
    }
    return this.options.decide(facts);
  }

  private act(verdict: Verdict, facts: CallFacts, call: Call, name: string | null): Promise<SipLeg | null> {
    const { callers, forward = nowhere } = this.options;
    const { request, response, incoming } = call;
    const replaces = request.get('Replaces');
    // who may call a room at all, and knows both tags of a call in it, may take its place: no rule needs to know that name
    if (replaces !== undefined && (!verdict || verdict.kind === 'room')) {
      return incoming.answer(seatOf(this.options, this.calls.find(replaces), this.options.rooms.list()));
    }
    switch (verdict?.kind) {
      case undefined:
        throw new RoomNotFound(facts.uri);
      case 'authenticate':
        if (!callers) throw new RefusedByPlan(403, '');
        return Promise.resolve(challenge(response, callers.challenge(request)));
      case 'reject':
        throw new RefusedByPlan(verdict.status, verdict.reason);
      case 'forward':
        return forward({ request, response, incoming, trunk: verdict.trunk, to: verdict.to, facts }).then(() => null);
      case 'ivr':
        return incoming.answer(this.entrance.ask(verdict, comer(facts, call, name)));
      case 'room':
        this.options.loops?.arrive(request, `room:${verdict.room}`, false);
        return incoming.answer(this.admit(verdict, facts, call, name));
    }
  }

  private admit(to: ToRoom, facts: CallFacts, call: Call, name: string | null): Destination<SipLeg> {
    if (to.pin !== undefined) this.options.calls?.secret(call.request.get('Call-ID') ?? '', to.pin);
    return this.entrance.admit(to, comer(facts, call, name));
  }
}

function comer(facts: CallFacts, { request, grant }: Call, name: string | null): Comer {
  return { facts, grant, name, hears: offersAudio(request) };
}

function challenge(response: SipResponse, { status, headers }: Challenge): null {
  response.send(status, { headers });
  return null;
}
