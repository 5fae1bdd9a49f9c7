import type { Clock } from '../../base/clock.js';
import type { Endpoint } from '../../base/net.js';
import { MalformedSip } from '../sip-values/errors.js';
import { contactUri, differsFromSource } from '../sip/dialog.js';
import { tagOf, type Envelope } from '../sip/envelope.js';
import type { Flow } from '../sip/flow.js';
import type { Incoming } from '../sip/incoming.js';

/** A dialog we stay on the way of. */
interface Passage {
  /** Flows to ends that are our neighbours and cannot be reached by their Contact, by tag. */
  flows: Map<string, Flow>;
  /** How Record-Route names us on either side, `address port`. */
  names: Set<string>;
  /** Last request, by the clock. */
  used: number;
}

const maxPassages = 20_000;
/** A dialog without any request for so long is over, milliseconds. */
const idleMs = 12 * 3_600_000;

/**
 * Dialogs whose requests we pass on. Only these are: a Route that names us and a To tag cost an attacker nothing, and
 * would else let anybody send anything anywhere through us.
 */
export class ProxyDialogs {
  private readonly passages = new Map<string, Passage>();
  /** How many dialogs need a flow. */
  private readonly needed = new Map<Flow, number>();

  constructor(private readonly clock: Clock) {}

  get size(): number {
    return this.passages.size;
  }

  /** Whether a dialog leads down this connection. */
  uses(flow: Flow): boolean {
    return this.needed.has(flow);
  }

  /** The far end has shown its tag: `request` came from the caller, `response` from the callee. */
  learn(request: Incoming, response: Incoming, neighbour: boolean): void {
    const [near, far] = [tagOf(request.envelope.from) ?? '', tagOf(response.envelope.to)];
    if (far === null) return;
    const key = keyOf(request.envelope.callId, near, far);
    const passage = this.passages.get(key) ?? { flows: new Map<string, Flow>(), names: new Set<string>(), used: 0 };
    for (const { flow } of [request, response]) passage.names.add(nameOf(flow.advertised));
    if (request.envelope.vias.length === 1) this.note(passage, near, request);
    if (neighbour) this.note(passage, far, response);
    this.touch(key, passage);
    this.trim();
  }

  /** Whether a request belongs to such a dialog. */
  has(envelope: Envelope): boolean {
    return this.passages.has(keyIn(envelope));
  }

  /** Whether the Record-Route of this dialog named us so: a WebSocket has no listener to know it by. */
  names(envelope: Envelope, at: Endpoint): boolean {
    return this.passages.get(keyIn(envelope))?.names.has(nameOf(at)) ?? false;
  }

  /** Notes where its sender is now; returns the flow to the other end, where its Contact is not to be followed. */
  use(incoming: Incoming): Flow | null {
    const { envelope } = incoming;
    const key = keyIn(envelope);
    const passage = this.passages.get(key);
    if (!passage) return null;
    const from = tagOf(envelope.from) ?? '';
    const known = passage.flows.get(from);
    if (known && envelope.vias.length === 1 && incoming.flow.reliable) this.lead(passage, from, incoming.flow);
    this.touch(key, passage);
    const flow = passage.flows.get(tagOf(envelope.to) ?? '');
    return flow?.open ? flow : null;
  }

  end(envelope: Envelope): void {
    this.remove(keyIn(envelope));
  }

  private note(passage: Passage, tag: string, { flow, message }: Incoming): void {
    if (flow.reliable || isMisleading(contactOf(message.headers), flow)) this.lead(passage, tag, flow);
  }

  private lead(passage: Passage, tag: string, flow: Flow): void {
    const before = passage.flows.get(tag);
    if (before === flow) return;
    if (before) this.release(before);
    passage.flows.set(tag, flow);
    this.needed.set(flow, (this.needed.get(flow) ?? 0) + 1);
  }

  private release(flow: Flow): void {
    const left = (this.needed.get(flow) ?? 0) - 1;
    if (left > 0) this.needed.set(flow, left);
    else this.needed.delete(flow);
  }

  private remove(key: string): void {
    for (const flow of this.passages.get(key)?.flows.values() ?? []) this.release(flow);
    this.passages.delete(key);
  }

  /** The latest used stands last. */
  private touch(key: string, passage: Passage): void {
    passage.used = this.clock.now();
    this.passages.delete(key);
    this.passages.set(key, passage);
  }

  private trim(): void {
    for (const [key, { used }] of this.passages) {
      if (this.passages.size <= maxPassages && used > this.clock.now() - idleMs) return;
      this.remove(key);
    }
  }
}

function nameOf({ address, port }: Endpoint): string {
  return `${address} ${port}`;
}

function contactOf(headers: Parameters<typeof contactUri>[0]): string | null {
  try {
    return contactUri(headers);
  } catch (error) {
    if (error instanceof MalformedSip) return null;
    throw error;
  }
}

function isMisleading(contact: string | null, flow: Flow): boolean {
  return contact !== null && differsFromSource(contact, [], flow);
}

function keyIn({ callId, from, to }: Envelope): string {
  return keyOf(callId, tagOf(from) ?? '', tagOf(to) ?? '');
}

function keyOf(callId: string, ...tags: [string, string]): string {
  return [callId, ...tags.sort()].join('|');
}
