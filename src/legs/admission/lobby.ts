import { DualstreamError, type Verdict as ErrorVerdict } from '../../base/errors.js';
import type { LegId } from '../../rooms/leg.js';
import { LobbyVisit, type LobbyOptions, type Visitor } from './lobby-visit.js';

/** Callers who may be asked at a time: all, and from one address. */
const most = { all: 100, perSource: 10 };

/** More callers are being asked for a PIN than we want at a time. */
export class LobbyFull extends DualstreamError {
  readonly verdict: ErrorVerdict = {
    sip: 503,
    h225: 'gatewayResources',
    bfcp: 0,
    http: 503,
    label: 'lobby_full',
    retry: true,
  };
  constructor() {
    super('too many callers are being asked for a PIN');
  }
}

/** Where callers are asked for a room and its PIN, each in an audio conference of its own. */
export class Lobby {
  private readonly visits = new Map<LegId, LobbyVisit>();

  constructor(private readonly options: LobbyOptions) {}

  /** Callers in it. */
  get size(): number {
    return this.visits.size;
  }

  /** Whether one more from this address may come in. @throws LobbyFull */
  ready(address: string): void {
    const same = [...this.visits.values()].filter(({ visitor }) => visitor.facts.source === address);
    if (this.visits.size >= most.all || same.length >= most.perSource) throw new LobbyFull();
  }

  /** Takes in a leg that has audio; it ends here or goes on to its room. */
  enter(visitor: Visitor): void {
    const { leg } = visitor;
    const visit = new LobbyVisit(visitor, this.options, () => {
      this.visits.delete(leg.id);
      this.measure();
    });
    this.visits.set(leg.id, visit);
    this.measure();
    visit.start();
  }

  /** Resolves when nobody is left in it; their legs are ended by who owns them. */
  async close(): Promise<void> {
    await Promise.all([...this.visits.values()].map((visit) => visit.over));
  }

  private measure(): void {
    this.options.metrics.gauge('dualstream_lobby_callers', this.visits.size);
  }
}
