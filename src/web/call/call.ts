import { Inviter, SessionState, UserAgent, type SessionDescriptionHandlerFactory } from 'sip.js';
import type { SessionAnswer } from '../../services/api/contract';
import { DescriptionHandler, type CallTracks } from './description-handler';

/** Why a call did not come about or ended, for the words on the page. */
export type CallEnd =
  | { kind: 'left' }
  | { kind: 'ended'; reason: string }
  | { kind: 'refused'; status: number; reason: string }
  | { kind: 'signalling-lost' }
  | { kind: 'media-failed' };

/** What the page is told. */
export interface CallListener {
  connected(): void;
  /** A remote track began or changed; null streams are not there yet. */
  streams(main: MediaStream, content: MediaStream, audio: MediaStream): void;
  ended(end: CallEnd): void;
}

/** One call from this page into a room. */
export class Call {
  private handler: DescriptionHandler | null = null;
  private inviter: Inviter | null = null;
  private ending: CallEnd | null = null;
  private readonly agent: UserAgent;

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

  /** Connects and calls; the outcome comes through the listener. Rejects when the WebSocket cannot be opened. */
  async start(): Promise<void> {
    await this.agent.start();
    const target = UserAgent.makeURI(this.session.roomUri);
    if (!target) throw new Error('the gateway sent no usable room address');
    const inviter = new Inviter(this.agent, target, { extraHeaders: this.session.sipHeaders });
    this.inviter = inviter;
    inviter.stateChange.addListener((state) => {
      if (state === SessionState.Established) this.listener.connected();
      if (state === SessionState.Terminated) this.finish(this.ending ?? { kind: 'ended', reason: '' });
    });
    await inviter.invite({
      requestDelegate: {
        onReject: ({ message }) => {
          this.ending = { kind: 'refused', status: message.statusCode ?? 0, reason: message.reasonPhrase ?? '' };
        },
      },
    });
  }

  /** Shows (or with null stops showing) a screen on the content line. */
  async present(track: MediaStreamTrack | null): Promise<void> {
    if (track) track.contentHint = 'detail';
    await this.handler?.content.sender.replaceTrack(track);
  }

  async replaceCamera(track: MediaStreamTrack | null): Promise<void> {
    await this.handler?.video.sender.replaceTrack(track);
  }

  async replaceAudio(track: MediaStreamTrack | null): Promise<void> {
    await this.handler?.audio.sender.replaceTrack(track);
  }

  get connection(): RTCPeerConnection | null {
    return this.handler?.connection ?? null;
  }

  async leave(): Promise<void> {
    this.ending = { kind: 'left' };
    const inviter = this.inviter;
    if (inviter?.state === SessionState.Established) await inviter.bye();
    else if (inviter?.state === SessionState.Establishing) await inviter.cancel();
    this.finish({ kind: 'left' });
  }

  private createHandler(tracks: CallTracks): DescriptionHandler {
    const handler = new DescriptionHandler(tracks, this.session.iceServers);
    const { connection } = handler;
    connection.addEventListener('track', () => {
      const streamOf = (transceiver: RTCRtpTransceiver): MediaStream => new MediaStream([transceiver.receiver.track]);
      this.listener.streams(streamOf(handler.video), streamOf(handler.content), streamOf(handler.audio));
    });
    connection.addEventListener('connectionstatechange', () => {
      if (connection.connectionState === 'failed') this.finish({ kind: 'media-failed' });
    });
    return handler;
  }

  private finish(end: CallEnd): void {
    if (this.finished) return;
    this.finished = true;
    this.handler?.close();
    void this.agent.stop().catch(() => undefined);
    this.listener.ended(end);
  }

  private finished = false;
}
