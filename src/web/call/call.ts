import { Inviter, SessionState, UserAgent, type SessionDescriptionHandlerFactory } from 'sip.js';
import type { SessionAnswer } from '../../services/api/contract.js';
import { causeOf, NoTransport, type CallEnd } from '../errors.js';
import { DescriptionHandler, type CallTracks } from './description-handler.js';
import { LowCall } from './low-call.js';
import type { LowWanted } from './low-pictures.js';

/** What the page is told. */
export interface CallListener {
  /** The room took the call. */
  answered(): void;
  /** Sound and picture can pass. */
  connected(): void;
  streams(main: MediaStream, content: MediaStream, audio: MediaStream): void;
  /** Once, last. */
  ended(end: CallEnd): void;
}

/** How long media may take to pass after the answer, milliseconds; browsers themselves wait half a minute. */
const mediaDeadlineMs = 10_000;

/** One call from this page into a room. */
export class Call {
  private handler: DescriptionHandler | null = null;
  private inviter: Inviter | null = null;
  private ending: CallEnd | null = null;
  private readonly agent: UserAgent;
  private deadline: ReturnType<typeof setTimeout> | undefined;
  private finished = false;
  private readonly low = new LowCall({
    stands: () => !this.finished && this.inviter?.state === SessionState.Established,
    handler: () => this.handler,
    offer: () => this.reoffer(),
  });

  constructor(
    private readonly session: SessionAnswer,
    tracks: CallTracks,
    private readonly listener: CallListener,
  ) {
    const factory: SessionDescriptionHandlerFactory = () => {
      this.handler ??= this.createHandler(tracks);
      return this.handler;
    };
    const uri = UserAgent.makeURI(session.sipUri);
    if (!uri) throw new Error('the gateway sent no usable address');
    this.agent = new UserAgent({
      uri,
      displayName: session.name,
      transportOptions: { server: session.wsUrl, connectionTimeout: 8, keepAliveInterval: 25 },
      sessionDescriptionHandlerFactory: factory,
      logBuiltinEnabled: false,
      delegate: { onDisconnect: (error) => error && this.finish({ kind: 'signalling-lost' }) },
    });
  }

  /** Connects and calls; the outcome comes through the listener. Throws NoTransport. */
  async start(): Promise<void> {
    try {
      await this.agent.start();
    } catch (error) {
      this.finished = true;
      throw new NoTransport(String(error));
    }
    if (this.finished) return void this.agent.stop().catch(() => undefined);
    const target = UserAgent.makeURI(this.session.roomUri);
    if (!target) throw new Error('the gateway sent no usable room address');
    const inviter = new Inviter(this.agent, target, { extraHeaders: this.session.sipHeaders });
    this.inviter = inviter;
    inviter.delegate = {
      onBye: (bye) => {
        this.ending = { kind: 'ended', cause: causeOf(bye.request.getHeader('Reason')) };
        void bye.accept();
      },
    };
    inviter.stateChange.addListener((state) => {
      if (state === SessionState.Established) this.answered();
      // the refusal that caused it is reported right after
      if (state === SessionState.Terminated) queueMicrotask(() => this.terminated());
    });
    await inviter.invite({
      requestDelegate: {
        onReject: ({ message }) => {
          const reason = textOf(message.getHeader('Warning')) ?? message.reasonPhrase ?? '';
          this.ending = { kind: 'refused', status: message.statusCode ?? 0, reason };
        },
      },
    });
  }

  /** Shows (or with null stops showing) a screen on the content line. */
  async present(track: MediaStreamTrack | null): Promise<void> {
    // sharp letters matter more than smooth movement
    if (track) track.contentHint = 'detail';
    await this.handler?.content.sender.replaceTrack(track);
    this.low.again();
  }

  /** Sends low encodings of the camera and of content, where they are wanted. */
  lower(wanted: LowWanted): void {
    this.low.follow(wanted);
  }

  async replace(kind: 'audio' | 'video', track: MediaStreamTrack | null): Promise<void> {
    await this.handler?.[kind].sender.replaceTrack(track);
    this.low.again();
  }

  /** Hangs up; resolves when the gateway was told. */
  async leave(): Promise<void> {
    const inviter = this.inviter;
    this.ending = { kind: 'left' };
    if (inviter?.state === SessionState.Established) await inviter.bye().catch(() => undefined);
    else if (inviter?.state === SessionState.Establishing) await inviter.cancel().catch(() => undefined);
    this.finish({ kind: 'left' });
  }

  /** Gives up what is left of a call that ended: its streams stop. Idempotent. */
  release(): void {
    this.handler?.release();
  }

  private answered(): void {
    this.deadline = setTimeout(() => this.finish({ kind: 'media-failed' }), mediaDeadlineMs);
    this.listener.answered();
    this.low.again();
    this.mediaChanged();
  }

  private terminated(): void {
    this.finish(this.ending ?? { kind: 'ended', cause: null });
  }

  private mediaChanged(): void {
    const state = this.handler?.connection.connectionState;
    if (state === 'failed') this.finish({ kind: 'media-failed' });
    if (state !== 'connected' || this.finished || this.deadline === undefined) return;
    clearTimeout(this.deadline);
    this.deadline = undefined;
    this.listener.connected();
  }

  /** Offers the session anew; whether the gateway took it. */
  private reoffer(): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const outcome = { onAccept: () => resolve(true), onReject: () => resolve(false) };
      this.inviter?.invite({ requestDelegate: outcome }).catch(reject);
    });
  }

  private createHandler(tracks: CallTracks): DescriptionHandler {
    const handler = new DescriptionHandler(tracks, this.session.iceServers);
    const { connection } = handler;
    connection.addEventListener('track', () => {
      const streamOf = (transceiver: RTCRtpTransceiver): MediaStream => new MediaStream([transceiver.receiver.track]);
      this.listener.streams(streamOf(handler.video), streamOf(handler.content), streamOf(handler.audio));
    });
    connection.addEventListener('connectionstatechange', () => this.mediaChanged());
    return handler;
  }

  private finish(end: CallEnd): void {
    if (this.finished) return;
    this.finished = true;
    clearTimeout(this.deadline);
    this.low.close();
    // a call that stands is ended by this with BYE, best effort
    void this.agent.stop().catch(() => undefined);
    this.listener.ended(end);
  }
}

/** The text of a Warning header (RFC 3261 §20.43). */
function textOf(warning: string | undefined): string | undefined {
  return /"((?:[^"\\]|\\.)*)"/.exec(warning ?? '')?.[1];
}
