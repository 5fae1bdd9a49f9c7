import type { Chance } from '../../base/ids.js';
import { MalformedSip } from '../../protocol/sip-values/errors.js';
import { parseNameAddrList } from '../../protocol/sip-values/name-addr.js';
import type { FloorTransport } from '../../protocol/sdp/floor-rules.js';
import type { Wanted } from './wanted.js';
import { DigestAnswers, type Credentials } from './outgoing-digest.js';
import type { Refused } from './outgoing-invite.js';
import type { SipResponse } from './srf.js';

/** What to do about a refusal. */
export type Remedy =
  /** The same once more with these headers, after a pause where `waitMs` is not 0. */
  | { kind: 'again'; headers: Record<string, string>; waitMs: number }
  /** Offer less. */
  | { kind: 'fewer'; wanted: Wanted }
  /** Try one of these addresses, the best first. */
  | { kind: 'elsewhere'; contacts: string[] };

/** Everything we can, with floor control over this. */
export function everything(floor: FloorTransport | null): Wanted {
  return { audio: true, video: true, content: true, floor };
}
/** What a device takes that chokes on floor control or a second picture, and one that has no picture at all. */
const lesser: readonly Wanted[] = [
  { ...everything(null), content: false },
  { ...everything(null), content: false, video: false },
];

/** Our session interval, seconds (RFC 4028). */
const interval = 1800;
const longestInterval = 86_400;

/** What is done about refusals of one call, each of it a limited number of times. */
export class Remedies {
  private readonly digest: DigestAnswers;
  private readonly lesser: Wanted[];
  private redirections = 3;
  private glares = 1;
  private briefs = 1;
  private authorization: Record<string, string> = {};
  private session: Record<string, string> = { 'Session-Expires': String(interval), 'Min-SE': '90' };

  constructor(
    credentials: Credentials | null,
    private readonly chance: Chance,
    /** Floor control is offered over these, one after the other. */
    private readonly floors: readonly FloorTransport[] = ['UDP'],
  ) {
    this.lesser = [...floors.slice(1).map(everything), ...lesser];
    this.digest = new DigestAnswers(credentials, chance);
  }

  /** Headers of the next attempt besides those of its own. */
  get headers(): Record<string, string> {
    return { ...this.session, ...this.authorization };
  }

  /** What is offered first. */
  get first(): Wanted {
    return everything(this.floors[0] ?? null);
  }

  /** Takes up what is offered next to a device that takes less, as is known of it. */
  lessAtOnce(): Wanted {
    return this.lesser.shift() ?? this.first;
  }

  /** Null when nothing helps. */
  for({ status, response, sent }: Refused, request: { uri: string; body: string }): Remedy | null {
    if (!response || !sent) return null;
    if (status === 401 || status === 407) return this.authorize(response, request);
    if (status === 422) return this.longer(response);
    if (status === 488 || status === 606 || status === 415) return this.fewer();
    if (status === 491 && this.glares-- > 0) return this.again(2100 + this.chance.int(0, 190) * 10);
    if (status >= 300 && status < 400 && this.redirections-- > 0) return elsewhere(response);
    return null;
  }

  private again(waitMs = 0): Remedy {
    return { kind: 'again', headers: this.headers, waitMs };
  }

  private authorize(response: SipResponse, request: { uri: string; body: string }): Remedy | null {
    const answer = this.digest.answer(response, { method: 'INVITE', ...request });
    if (!answer) return null;
    this.authorization = { ...this.authorization, ...answer };
    return this.again();
  }

  /** RFC 4028 §7.2: the interval that the far end wants at least. */
  private longer(response: SipResponse): Remedy | null {
    const least = Number.parseInt(response.get('Min-SE') ?? '', 10);
    if (!Number.isFinite(least) || least > longestInterval || this.briefs-- <= 0) return null;
    this.session = { 'Session-Expires': String(Math.max(interval, least)), 'Min-SE': String(least) };
    return this.again();
  }

  private fewer(): Remedy | null {
    const wanted = this.lesser.shift();
    return wanted ? { kind: 'fewer', wanted } : null;
  }
}

/** Contacts of a redirection by their q, the highest first. */
function elsewhere(response: SipResponse): Remedy | null {
  try {
    const listed = parseNameAddrList(response.get('Contact') ?? '').slice(0, 10);
    const sorted = listed
      .map(({ uri, params }) => ({ uri, q: Number(params.get('q') ?? 1) }))
      .sort((a, b) => b.q - a.q);
    return sorted.length > 0 ? { kind: 'elsewhere', contacts: sorted.map(({ uri }) => uri) } : null;
  } catch (error) {
    if (error instanceof MalformedSip) return null;
    throw error;
  }
}
