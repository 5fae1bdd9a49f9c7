import { DualstreamError, messageOf } from '../../base/errors.js';
import type { Emitter } from '../../base/events.js';
import type { LegEvents } from '../../rooms/leg.js';
import type { DigitWay } from '../digit-inputs.js';
import type { Glare } from './glare.js';
import { readDtmfInfo } from './dtmf-info.js';
import { readMediaControl } from './media-control.js';
import type { SipLegParts } from './parts.js';
import { refuse } from './refusals.js';
import { descriptionOf, sdpType } from './request-checks.js';
import { sessionTimerHeaders } from './session-timer.js';
import type { SipDialog, SipRequest, SipResponse } from './srf.js';

/** Methods we take inside a dialog, for Allow. */
export const allowedMethods = 'INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, UPDATE, PRACK, SUBSCRIBE';

/** Extensions we speak, for Supported. */
export const supported = 'timer, replaces';

/** Answers a REFER. */
export type ReferHandler = (request: SipRequest, response: SipResponse, dialog: SipDialog) => void;

/** The leg as its dialog's requests see it. */
export interface DialogOwner {
  readonly id: string;
  readonly parts: Pick<SipLegParts, 'exchanges' | 'log' | 'metrics'>;
  readonly glare: Glare;
  readonly on: Emitter<LegEvents>;
  readonly over: boolean;
  readonly onRefer: ReferHandler | null;
  /** A key of the peer's. */
  digit(digit: string, way: DigitWay, durationMs: number | null): void;
  /** An exchange went through; `byPeer` where the offer was the peer's. */
  linesChanged(byPeer?: boolean): void;
}

/** What the peer asks inside an established call. */
export class InDialog {
  /** An offer of ours is in a 200 and its answer comes in the ACK. */
  private answerDue = false;
  /** An UPDATE of the peer is being worked on. */
  private updating = false;

  constructor(
    private readonly leg: DialogOwner,
    private readonly dialog: SipDialog,
  ) {}

  listen(): void {
    const allow = { headers: { Allow: allowedMethods, Accept: sdpType, Supported: supported } };
    this.answer('modify', (request, response) => this.inTurn(request, response));
    this.answer('update', (request, response) => this.session(request, response));
    this.dialog.on('ack', (request) => void this.ack(request));
    this.answer('info', (request, response) => this.info(request, response));
    this.answer('options', (_request, response) => response.send(200, allow));
    this.answer('message', (_request, response) => response.send(405, allow));
    this.answer('refer', (request, response) => this.refer(request, response));
  }

  /** Whatever goes wrong over a request of the peer is its answer, never the end of the process. */
  private answer(
    what: 'modify' | 'update' | 'info' | 'options' | 'message' | 'refer',
    handle: (request: SipRequest, response: SipResponse) => Promise<void> | void,
  ): void {
    this.dialog.on(what, (request, response) => {
      const run = async (): Promise<void> => handle(request, response);
      run().catch((error: unknown) => this.fail(response, error));
    });
  }

  /** The library tells a re-INVITE at once, but an ACK or a response that came right before it later. */
  private async inTurn(request: SipRequest, response: SipResponse): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    if (this.leg.over) return response.send(481);
    await this.session(request, response);
  }

  /** A re-INVITE or an UPDATE. */
  private async session(request: SipRequest, response: SipResponse): Promise<void> {
    const { glare } = this.leg;
    const timer = sessionTimerHeaders(request);
    const offer = descriptionOf(request);
    const update = request.method === 'UPDATE';
    if (update && this.updating) return this.later(response, glare.retryAfter());
    if (update && !offer) return response.send(200, { headers: timer });
    const turn = glare.theirs();
    if (!turn.go) {
      this.leg.parts.metrics.count('dualstream_sip_glare_total');
      return turn.status === 500 ? this.later(response, turn.retryAfter) : response.send(491);
    }
    this.updating = update;
    try {
      const body = await this.describe(offer);
      const headers = { ...timer, Contact: this.dialog.local.contact, 'Content-Type': sdpType, Allow: allowedMethods };
      this.dialog.local.sdp = body;
      response.send(200, { body, headers });
      if (this.answerDue) glare.offeredInAnswer();
      else {
        glare.theirsDone();
        this.leg.linesChanged(true);
      }
    } catch (error) {
      glare.theirsDone();
      this.fail(response, error);
    } finally {
      if (update) this.updating = false;
    }
  }

  private later(response: SipResponse, seconds: number): void {
    response.send(500, { headers: { 'Retry-After': String(seconds) } });
  }

  private async describe(theirs: string): Promise<string> {
    const { exchanges } = this.leg.parts;
    if (theirs) return exchanges.answer(theirs);
    const offer = await exchanges.offer({}, 'full');
    this.answerDue = true;
    return offer;
  }

  private async ack(request: SipRequest): Promise<void> {
    if (!this.answerDue) return;
    this.answerDue = false;
    const { exchanges } = this.leg.parts;
    try {
      await exchanges.accept(request.body);
      this.leg.linesChanged();
    } catch (error) {
      exchanges.rollback();
      this.leg.parts.log.warn({ leg: this.leg.id, error: messageOf(error) }, 'The answer in an ACK was not usable');
    }
    this.leg.glare.oursDone();
  }

  /** Nobody is called or moved but by who may (RFC 3515 §2.4.2 leaves it to us). */
  private refer(request: SipRequest, response: SipResponse): void {
    const { onRefer } = this.leg;
    if (onRefer) onRefer(request, response, this.dialog);
    else response.send(603);
  }

  private info(request: SipRequest, response: SipResponse): void {
    const type = request.get('Content-Type') ?? '';
    const control = readMediaControl(type, request.body);
    const pressed = readDtmfInfo(type, request.body);
    if (control) {
      const content = control.streamId !== null && control.streamId === this.contentLabel();
      this.leg.on.emit('refresh', { line: content ? 'content' : 'video' });
    } else if (pressed) {
      this.leg.digit(pressed.digit, 'signalling', pressed.durationMs);
    } else if (request.has('Info-Package')) {
      return response.send(469, 'Bad Info Package', { headers: { 'Recv-Info': 'dtmf' } });
    }
    response.send(200);
  }

  private contentLabel(): string | null {
    return this.leg.parts.exchanges.current?.lines.content?.label ?? null;
  }

  private fail(response: SipResponse, error: unknown): void {
    const { id, parts } = this.leg;
    const { log, metrics } = parts;
    if (!(error instanceof DualstreamError)) log.error({ leg: id, error: messageOf(error) }, 'A session change failed');
    refuse(response, error, metrics);
  }
}
