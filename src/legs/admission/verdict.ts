import type { Role } from '../../rooms/rights.js';

/** Language of spoken prompts. */
export type PromptLanguage = 'en' | 'zh';

/** What is known of a call when it comes in, whatever protocol brought it. */
export interface CallFacts {
  /** Request URI, or the alias or number that was dialled, as it came. */
  uri: string;
  /** The name or number that the caller meant at first: user part of To, or a further alias; null when there is none. */
  alias: string | null;
  /** Source address, an IP literal. */
  source: string;
  /** `udp`, `tcp`, `tls`, `h323`; WebSockets are `tcp`, as a drachtio-server tells them. */
  transport: string;
  /** Name of the listener it came in by, or null. */
  listener: string | null;
  /** The user whose password was proved, as `name@domain` or `name`; null when nobody's was. */
  user: string | null;
  /** The registration of ours with a gatekeeper elsewhere that it is a call of; absent where it is of none. */
  via?: Via | undefined;
}

/** A registration by which a call came. */
export interface Via {
  name: string;
  /** It comes from the gatekeeper itself, and not only by its leave. */
  gatekeeper: boolean;
}

/** What becomes of a call. */
export type Verdict =
  | { kind: 'room'; room: string; role: Role; pin?: string; language?: PromptLanguage }
  /** Asked by spoken prompts: for the PIN of this room, or for a room's number first. */
  | { kind: 'ivr'; room: string | null; role: Role; language?: PromptLanguage }
  | { kind: 'reject'; status: number; reason: string }
  /** Goes on to this number of a trunk, or without one to this address or user. */
  | { kind: 'forward'; trunk: string | null; to: string }
  /** A rule wants a user and nobody proved to be one yet: ask for a password. */
  | { kind: 'authenticate' }
  /** Nobody is there. */
  | null;

/** Decides where a call goes: pure, the same for every protocol. */
export type Decide = (facts: CallFacts) => Verdict;
