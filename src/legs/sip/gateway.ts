import { DualstreamError, messageOf } from '../../base/errors.js';
import type { Room } from '../../rooms/room.js';
import type { EndReason } from '../../rooms/leg.js';
import { roomTokenHeader } from '../../rooms/tokens.js';
import { dialledOf } from '../admission/rule.js';
import { atMost } from '../at-most.js';
import { ConferenceEvents } from './conference-events.js';
import { CallerGone, ShuttingDown } from '../admission/errors.js';
import { factsOf } from './facts.js';
import { allowedEvents } from './focus.js';
import { allowedMethods, supported } from './in-dialog.js';
import { Reception, type ReceptionOptions } from './reception.js';
import { refuse } from './refusals.js';
import type { Registrar } from './registrar.js';
import { watchedLeg } from './leg-facts.js';
import type { SipLeg } from './sip-leg.js';
import type { SipRequest, SipResponse } from './srf.js';
import { Watch, type WatchOptions } from './watch.js';

/** What the gateway's SIP side works with. */
export interface SipGatewayOptions extends ReceptionOptions, WatchOptions {
  /** Takes registrations of users; without one nobody but web users may register. */
  registrar?: Registrar;
}

const registrationSeconds = 600;
/** How long the end waits for calls that are being answered. */
const answeringMs = 1000;

/**
 * The SIP application: every INVITE becomes a leg of a room or a refusal. Runs on any signalling engine that speaks the
 * drachtio protocol.
 */
export class SipGateway {
  private readonly legs = new Set<SipLeg>();
  private readonly answering = new Set<Promise<void>>();
  private readonly reception: Reception;
  private readonly watch: Watch;
  /** Tells devices their roster. */
  readonly conference: ConferenceEvents;
  private closing = false;

  constructor(private readonly options: SipGatewayOptions) {
    const { signalling } = options;
    this.conference = new ConferenceEvents({
      ...options,
      roomOf: (request) => this.roomOf(request),
      mayWatch: (request, room) => this.mayWatch(request, room),
    });
    this.reception = new Reception({ ...options, conference: this.conference });
    this.watch = new Watch(options);
    signalling.invite((request, response) => {
      const answer = this.invite(request, response).finally(() => this.answering.delete(answer));
      this.answering.add(answer);
    });
    signalling.options((request, response) => this.answerOptions(request, response));
    signalling.register((request, response) => void this.register(request, response));
  }

  /** Live calls. */
  get size(): number {
    return this.legs.size;
  }

  /** Calls that live or are being answered. */
  get load(): number {
    return this.legs.size + this.answering.size;
  }

  /** Takes a leg that was made by a call of ours. */
  adopt(leg: SipLeg): void {
    this.keep(leg);
  }

  /** Live subscriptions of rosters. */
  get watchers(): number {
    return this.conference.size;
  }

  /** Ends the calls whose media passed an engine that is gone. */
  endAnchored(why: EndReason): void {
    for (const leg of [...this.legs]) if (leg.parts.anchored) void leg.end(why);
  }

  /** Ends every call with BYE and refuses new ones; idempotent. */
  async close(why: EndReason = { kind: 'shutdown' }): Promise<void> {
    this.closing = true;
    await atMost(this.options.clock, answeringMs, Promise.all(this.answering));
    await Promise.all([...this.legs].map((leg) => leg.end(why)));
    this.conference.close();
    await this.options.lobby?.close();
    this.options.signalling.disconnect();
  }

  private async invite(request: SipRequest, response: SipResponse): Promise<void> {
    const { metrics, log } = this.options;
    metrics.count('dualstream_sip_invites_total');
    if (this.watch.sentAway(request, response)) return;
    try {
      if (this.closing) throw new ShuttingDown();
      const leg = await this.reception.receive(request, response);
      if (leg) this.keep(leg);
    } catch (error) {
      if (error instanceof CallerGone) return;
      if (!(error instanceof DualstreamError)) log.error({ error: messageOf(error) }, 'A call could not be answered');
      else this.noteRefusal(request, error);
      refuse(response, error, metrics);
    }
  }

  private keep(leg: SipLeg): void {
    if (leg.over) return;
    this.follow(leg);
    this.legs.add(leg);
    this.options.metrics.gauge('dualstream_sip_legs', this.legs.size);
    leg.on.on('ended', () => {
      this.legs.delete(leg);
      this.options.metrics.gauge('dualstream_sip_legs', this.legs.size);
    });
    // the gateway was closed while this call was being answered
    if (this.closing) void leg.end({ kind: 'shutdown' });
  }

  private follow(leg: SipLeg): void {
    const watched = watchedLeg(leg);
    if (watched) this.options.calls?.answered(watched);
  }

  /** Whoever calls without end gets one line a second. */
  private noteRefusal(request: SipRequest, error: DualstreamError): void {
    this.watch.refused(request, error);
    const line = this.watch.line(request);
    const fields = { from: request.source_address, reason: withoutPin(error.message) };
    if (line) this.options.log.info(line.held > 0 ? { ...fields, ...line } : fields, 'call refused');
  }

  /** The room whose roster a SUBSCRIBE asks for: the one that is called so, else the one of that name. */
  private roomOf(request: SipRequest): Room | null {
    const { options } = this;
    const verdict = options.decide(factsOf(request, null, options.listenerOf?.(request) ?? null));
    const dialled = verdict?.kind === 'room' || verdict?.kind === 'ivr' ? verdict.room : null;
    return options.rooms.find(dialled ?? dialledOf(request.uri)?.name ?? '');
  }

  private mayWatch(request: SipRequest, room: Room): boolean {
    const token = request.get(roomTokenHeader);
    const grant = token === undefined ? null : this.options.tokens.verify(token);
    return grant !== null && (grant.room === null || grant.room === room.name);
  }

  private answerOptions(request: SipRequest, response: SipResponse): void {
    if (this.watch.sentAway(request, response)) return;
    // of a call that is over, or of one before a restart: its peer is to know
    if (/;\s*tag\s*=/i.test(request.get('To') ?? '')) return response.send(481);
    if (this.closing) return refuse(response, new ShuttingDown(), this.options.metrics);
    response.send(200, {
      headers: {
        Allow: allowedMethods,
        Accept: 'application/sdp',
        Supported: supported,
        'Allow-Events': allowedEvents,
      },
    });
  }

  private async register(request: SipRequest, response: SipResponse): Promise<void> {
    const { registrar, metrics } = this.options;
    if (this.watch.sentAway(request, response)) return;
    if (this.closing) return refuse(response, new ShuttingDown(), metrics);
    if (registrar && !request.has(roomTokenHeader)) return registrar.answer(request, response);
    this.registerWeb(request, response);
  }

  /** Web users need no registration; with a valid token it is answered so that their stack is content. */
  private registerWeb(request: SipRequest, response: SipResponse): void {
    const token = request.get(roomTokenHeader);
    const grant = token === undefined ? null : this.options.tokens.verify(token);
    const contact = request.get('Contact');
    if (!grant || contact === undefined) return response.send(403);
    const asked = Number.parseInt(request.get('Expires') ?? '', 10);
    const expires = Math.min(Number.isFinite(asked) ? asked : registrationSeconds, registrationSeconds);
    response.send(200, { headers: { Contact: contact, Expires: String(expires) } });
  }
}

/** What was dialled may be in a message, and a PIN in that. */
function withoutPin(message: string): string {
  return message.replace(/\*[^@;>\s]+/g, '*...');
}
