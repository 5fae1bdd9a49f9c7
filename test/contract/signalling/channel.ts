import type { Step } from './transcript.js';

/** What was said, without what was noted beside it. */
export type Message = Exclude<Step, { kind: 'note' }>;

/** One end of a conversation that the replay plays: an application connection or a peer. */
export interface Channel {
  /** Messages that came and were not looked for yet. */
  arrived: string[];
  /** Messages seen, to know retransmissions. */
  seen: Set<string>;
  send(text: string): void;
  close(): void;
}

/** The engine that is played against, with its time and its network. */
export interface Stage {
  /** Time goes on until this moment of the recording. */
  until(at: number): Promise<void>;
  /** A little time passes, milliseconds of the engine's. */
  wait(ms: number): Promise<void>;
  /** Everything that was sent has been seen. */
  settle(): Promise<void>;
  /** Whether another message than the one that is waited for says that this one will not come. */
  readonly orderly: boolean;
  open(step: Message): Promise<Channel>;
  /** Differences that show only at the end. */
  close(): Promise<string[]>;
}

export function channelName(step: Message): string {
  return step.kind === 'admin' ? `admin ${step.connection}` : step.peer;
}

export function collector(send: (text: string) => void, close: () => void): Channel {
  return { arrived: [], seen: new Set(), send, close };
}

/** Keeps a message unless it repeats one. */
export function arrive(channel: Channel, text: string): void {
  if (text.trim() === '' || channel.seen.has(text)) return;
  channel.seen.add(text);
  channel.arrived.push(text);
}

/** Port of a peer, from the addresses the record shows. */
export function portOf(steps: readonly Step[], peer: string): number {
  for (const step of steps) {
    if (step.kind === 'admin' && /^\w+-.*\|sip\|network\|\d+\|\w+\|/.test(step.text) && peer.startsWith('client/')) {
      return Number(step.text.split('|')[6]);
    }
    if (step.kind !== 'sip' || step.peer !== peer) continue;
    const via = /^(?!SIP\/).*\r\nVia: SIP\/2\.0\/\w+ 127\.0\.0\.1:(\d+)/s.exec(step.text);
    if (step.toServer && via && !step.text.startsWith('SIP/')) return Number(via[1]);
    const target = /^\w+ sip:[^\s]*127\.0\.0\.1:(\d+)/.exec(step.text);
    if (!step.toServer && target) return Number(target[1]);
  }
  return peer === 'alice' ? 6001 : 6002;
}
