import type { CallSummary, DescribedExchange } from '../../rooms/call-archive.js';
import type { Language, Taped } from './tape.js';

/** How a call began, and what its signalling came to. */
export type Told = Pick<
  CallSummary,
  'direction' | 'from' | 'to' | 'agent' | 'transport' | 'peer' | 'status' | 'reason'
> & {
  /** Null where nothing final was said; whether it ended the call before it was answered. */
  final: { refused: boolean } | null;
};

/** How signalling of one kind is understood. What is asked for `secrets` gets messages as they were, all else masked ones. */
export interface Signalling {
  readonly protocol: CallSummary['protocol'];
  /** Said again and again while nothing happens. */
  dull(text: string, language?: Language): boolean;
  /** A message with its secrets crossed out. */
  mask(message: Taped, secrets: ReadonlySet<string>): Taped;
  /** Looks at no more messages than it needs: this is asked of many calls at once. */
  tell(messages: readonly Taped[], secrets: ReadonlySet<string>): Told;
  /** What a message says, in one line. */
  words(message: Taped): string;
  /** Offers and answers, where there are such. */
  exchanges(messages: readonly Taped[]): DescribedExchange[];
  /** A message as it goes over its transport. */
  framed(message: Taped): Buffer;
  /** What stands beside it in a capture; undefined where every reader of captures knows. */
  comment(message: Taped): string | undefined;
}

/** Where the first message came from or went to. */
export function peerOf(first: Taped | undefined): string {
  return first ? `${bracketed(first.remote.address)}:${first.remote.port}` : '';
}

function bracketed(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}
