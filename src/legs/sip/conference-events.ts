import type { Clock } from '../../base/clock.js';
import { Disposables } from '../../base/disposables.js';
import { messageOf } from '../../base/errors.js';
import type { Log } from '../../base/log.js';
import type { Metrics } from '../../base/metrics.js';
import type { Room } from '../../rooms/room.js';
import { conferenceState, conferenceType, type ConferenceState } from './conference-info.js';
import { ConferenceSubscription } from './conference-subscription.js';
import { ask } from './dialog-link.js';
import { allowedEvents, conferenceUri, focusContact } from './focus.js';
import { MuteWatch } from './mute-watch.js';
import type { SipLeg } from './sip-leg.js';
import type { Signalling, SipDialog, SipRequest, SipResponse } from './srf.js';

/** What the event package works with. */
export interface ConferenceTools {
  signalling: Signalling;
  clock: Clock;
  log: Log;
  metrics: Metrics;
  /** The room that a request asks for, if it exists. */
  roomOf(request: SipRequest): Room | null;
  /** Whether the request shows a token that is good for the room. */
  mayWatch(request: SipRequest, room: Room): boolean;
}

const longestSeconds = 3600;
const shortestSeconds = 60;
/** Subscribers of one room at most, and of one address. */
const perRoom = 200;
const perSource = 8;

interface Member {
  leg: SipLeg;
  room: Room;
  source: string | null;
  from: string;
}

/** A subscriber, by its own dialog or inside a call. */
interface Watcher {
  subscription: ConferenceSubscription;
  source: string;
  leg: SipLeg | null;
  inCall: boolean;
}

/** A room that somebody watches. */
interface Watched {
  watchers: Set<Watcher>;
  entities: Map<number, string>;
  state: ConferenceState | null;
  bag: Disposables;
  /** Something is other than before; `urgent` when it is to be seen at once. */
  changed: (urgent: boolean) => void;
}

/**
 * Conference event package (RFC 4575): tells devices who is in their room. Whoever sits in the room may subscribe, in the
 * call or beside it (then from the same address under the same name), and whoever has a token of the room.
 */
export class ConferenceEvents {
  private readonly members = new Map<SipLeg, Member>();
  private readonly watched = new Map<Room, Watched>();

  constructor(private readonly tools: ConferenceTools) {
    tools.signalling.subscribe((request, response) => this.outside(request, response));
  }

  /** Live subscriptions. */
  get size(): number {
    return [...this.watched.values()].reduce((sum, { watchers }) => sum + watchers.size, 0);
  }

  /** A call got its dialog: it may subscribe inside. */
  confirmed(leg: SipLeg, dialog: SipDialog): void {
    let watcher: Watcher | null = null;
    dialog.on('subscribe', (request, response) => {
      const room = this.members.get(leg)?.room;
      if (!room) return response.send(403);
      const seconds = this.admit(request, response, watcher ? null : room);
      if (seconds === null) return;
      response.send(200, { headers: { Expires: String(seconds), Contact: dialog.local.contact } });
      watcher ??= this.watch(room, dialog, request, { leg, inCall: true, over: () => (watcher = null) });
      watcher.subscription.refresh(seconds);
    });
    dialog.on('unsubscribe', () => watcher?.subscription.end('timeout'));
  }

  /** A call sits in its room now, or in another one than before. */
  seated(leg: SipLeg, room: Room): void {
    if (leg.over) return;
    leg.sitsIn(room.name);
    const before = this.members.get(leg);
    if (before) this.leaves(before, room);
    else this.follows(leg);
    this.members.set(leg, { leg, room, source: leg.parts.source ?? null, from: nameOf(leg.who.uri) });
  }

  private follows(leg: SipLeg): void {
    leg.on.on('ended', () => this.left(leg));
    // a hold is no news for the room
    leg.on.on('lines', () => {
      const room = this.members.get(leg)?.room;
      if (room) this.watched.get(room)?.changed(false);
    });
  }

  /** Who went to another room is told nothing more of this one. */
  private leaves({ leg, room }: Member, to: Room): void {
    if (room === to) return;
    for (const { subscription, leg: whose } of [...(this.watched.get(room)?.watchers ?? [])]) {
      if (whose === leg) subscription.end('noresource');
    }
  }

  /** Ends every subscription. */
  close(): void {
    for (const { watchers } of [...this.watched.values()]) {
      for (const { subscription } of [...watchers]) subscription.end('noresource');
    }
  }

  private left(leg: SipLeg): void {
    const room = this.members.get(leg)?.room;
    this.members.delete(leg);
    const { watchers } = (room && this.watched.get(room)) ?? { watchers: new Set<Watcher>() };
    for (const watcher of [...watchers]) {
      if (watcher.leg !== leg) continue;
      // inside the call there is nobody to tell any more
      if (watcher.inCall) watcher.subscription.drop();
      else watcher.subscription.end('rejected');
    }
  }

  /** A SUBSCRIBE that belongs to no dialog yet. */
  private outside(request: SipRequest, response: SipResponse): void {
    if (!isConference(request)) return badEvent(response);
    const room = this.tools.roomOf(request);
    if (!room) return response.send(404);
    const member = this.memberAt(request, room);
    if (!member && !this.tools.mayWatch(request, room)) return this.refuse(response, 403, 'forbidden');
    const seconds = this.admit(request, response, room);
    if (seconds === null) return;
    const headers = { Expires: String(seconds), ...focusContact(room.name, request) };
    this.tools.signalling.createUAS(request, response, { localSdp: '', headers }, (error, dialog) => {
      if (!dialog) return this.tools.log.info({ error: messageOf(error) }, 'A subscription failed');
      // the library forgets a dialog only by a last NOTIFY of its own
      const over = (told: boolean): void => void (told || dialog.destroy().catch(() => undefined));
      this.begin(dialog, seconds, this.watch(room, dialog, request, { leg: member?.leg ?? null, inCall: false, over }));
    });
  }

  private begin(dialog: SipDialog, seconds: number, { subscription }: Watcher): void {
    dialog.on('subscribe', (again, answer) => {
      const longer = this.admit(again, answer, null);
      if (longer === null) return;
      answer.send(200, { headers: { Expires: String(longer), Contact: dialog.local.contact } });
      subscription.refresh(longer);
    });
    dialog.on('unsubscribe', () => subscription.end('timeout'));
    dialog.on('destroy', () => subscription.drop());
    // 0 is a question that is asked once
    if (seconds === 0) subscription.end('timeout');
    else subscription.refresh(seconds);
  }

  /** Seconds granted, or null when the request was answered with a refusal; a room where a new subscription counts. */
  private admit(request: SipRequest, response: SipResponse, room: Room | null): number | null {
    const refused = (status: number, headers: Record<string, string>): null => {
      this.refuse(response, status, `status_${status}`, headers);
      return null;
    };
    if (!isConference(request)) {
      badEvent(response);
      return null;
    }
    if (!takes(request.get('Accept'))) return refused(406, { Accept: conferenceType });
    const asked = Number.parseInt(request.get('Expires') ?? '', 10);
    const seconds = Number.isFinite(asked) ? Math.min(Math.max(asked, 0), longestSeconds) : longestSeconds;
    if (seconds > 0 && seconds < shortestSeconds) return refused(423, { 'Min-Expires': String(shortestSeconds) });
    const watchers = [...((room && this.watched.get(room)?.watchers) ?? [])];
    const same = watchers.filter(({ source }) => source === request.source_address).length;
    if (watchers.length >= perRoom || same >= perSource) return refused(503, { 'Retry-After': '60' });
    return seconds;
  }

  private watch(
    room: Room,
    dialog: SipDialog,
    request: SipRequest,
    how: { leg: SipLeg | null; inCall: boolean; over(told: boolean): void },
  ): Watcher {
    const watched = this.watched.get(room) ?? this.follow(room);
    const watcher: Watcher = {
      source: request.source_address,
      leg: how.leg,
      inCall: how.inCall,
      subscription: new ConferenceSubscription({
        clock: this.tools.clock,
        entity: conferenceUri(room.name, request.uri),
        state: () => (watched.state ??= conferenceState(room, watched.entities)),
        notify: (state, body) => notify(dialog, state, body),
        over: (told) => {
          watched.watchers.delete(watcher);
          if (watched.watchers.size === 0) this.unfollow(room, watched);
          this.measure();
          how.over(told);
        },
      }),
    };
    watched.watchers.add(watcher);
    this.measure();
    return watcher;
  }

  private follow(room: Room): Watched {
    const watched: Watched = {
      ...{ watchers: new Set(), entities: new Map(), state: null, bag: new Disposables() },
      changed: (urgent) => {
        watched.state = null;
        for (const { subscription } of watched.watchers) subscription.changed(urgent);
      },
    };
    for (const event of ['participantJoined', 'participantLeft', 'activeSpeaker', 'locked', 'recording'] as const) {
      watched.bag.add(room.on.on(event, () => watched.changed(false)));
    }
    const mutes = new MuteWatch(room);
    watched.bag.add(room.on.on('participantChanged', (one) => watched.changed(mutes.changed(one))));
    watched.bag.add(
      room.on.on('closed', () => {
        for (const { subscription } of [...watched.watchers]) subscription.end('noresource');
      }),
    );
    this.watched.set(room, watched);
    return watched;
  }

  private unfollow(room: Room, watched: Watched): void {
    watched.bag.dispose();
    if (this.watched.get(room) === watched) this.watched.delete(room);
  }

  private memberAt(request: SipRequest, room: Room): Member | null {
    const { uri = '' } = (request.getParsedHeader('from') as { uri?: string } | undefined) ?? {};
    const from = nameOf(uri);
    const source = request.source_address;
    const members = [...this.members.values()];
    return members.find((one) => one.room === room && one.source === source && one.from === from) ?? null;
  }

  private refuse(response: SipResponse, status: number, reason: string, headers: Record<string, string> = {}): void {
    this.tools.metrics.count('dualstream_conference_refused_total', { reason });
    response.send(status, { headers });
  }

  private measure(): void {
    this.tools.metrics.gauge('dualstream_conference_subscriptions', this.size);
  }
}

async function notify(dialog: SipDialog, state: string, body: string | null): Promise<number> {
  const headers: Record<string, string> = { Event: 'conference', 'Subscription-State': state };
  headers['Contact'] = dialog.local.contact;
  if (body !== null) headers['Content-Type'] = conferenceType;
  const { status } = await ask(dialog, 'NOTIFY', headers, body ?? undefined);
  return status;
}

/** Whom an address names: how it is reached says nothing of that. */
function nameOf(uri: string): string {
  return uri.toLowerCase().replace(/;.*$/, '');
}

function isConference(request: SipRequest): boolean {
  return /^\s*conference\s*(;|$)/i.test(request.get('Event') ?? request.get('o') ?? '');
}

function badEvent(response: SipResponse): void {
  response.send(489, 'Bad Event', { headers: { 'Allow-Events': allowedEvents } });
}

function takes(accept: string | undefined): boolean {
  return accept === undefined || /application\/(conference-info\+xml|\*)|\*\/\*/i.test(accept);
}
