/// <reference lib="dom" />

/** What runs inside the page: each function is sent there as text and must not refer to anything outside itself. */

/** Figures of one line of the newest call, sent and received. */
export interface LineFigures {
  framesDecoded: number;
  width: number;
  height: number;
  bytesReceived: number;
  packetsReceived: number;
  /** Sum of squared sample values times their duration. */
  energy: number;
  framesSent: number;
  bytesSent: number;
  sentWidth: number;
  sentHeight: number;
  /** The sender's bandwidth estimate by the content encoder's target, bit/s. */
  targetBitrate: number;
  /** Packets received that had been lost, and keyframes asked for. */
  resent: number;
  plis: number;
  /** Packets sent once more because they were asked for, and keyframes sent. */
  sentAgain: number;
  keyframesSent: number;
}

/** The three lines of a call. */
export type CallFigures = Record<'audio' | 'main' | 'content', LineFigures>;

interface Watched extends Window {
  connections: RTCPeerConnection[];
  displays: MediaStream[];
  sockets: WebSocket[];
  ear?: { context: AudioContext; analyser: AnalyserNode; stream: MediaProvider };
}

/** Keeps hold of every connection, socket and captured screen that the page makes. Runs before the page's own code. */
export function watch(): void {
  const seen = window as unknown as Watched & typeof globalThis;
  seen.connections = [];
  seen.displays = [];
  seen.sockets = [];
  const Socket = seen.WebSocket;
  seen.WebSocket = class extends Socket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols);
      seen.sockets.push(this);
    }
  };
  const Original = seen.RTCPeerConnection;
  seen.RTCPeerConnection = class extends Original {
    constructor(configuration?: RTCConfiguration) {
      super(configuration);
      seen.connections.push(this);
    }
  };
  const devices = navigator.mediaDevices as MediaDevices | undefined;
  if (!devices) return;
  const original = devices.getDisplayMedia.bind(devices);
  devices.getDisplayMedia = async (options) => {
    const stream = await original(options);
    seen.displays.push(stream);
    return stream;
  };
}

/** Figures of the newest call; null when there is none. */
export async function callFigures(): Promise<CallFigures | null> {
  const connection = (window as unknown as Watched).connections.at(-1);
  const [audio, main, content] = connection?.getTransceivers() ?? [];
  if (!audio || !main || !content) return null;
  const figures = async ({ receiver, sender }: RTCRtpTransceiver): Promise<LineFigures> => {
    const found: Record<string, number> = {};
    for (const source of [receiver, sender]) {
      for (const report of (await source.getStats()).values() as Iterable<Record<string, unknown>>) {
        if (report['type'] !== 'inbound-rtp' && report['type'] !== 'outbound-rtp') continue;
        const sent = report['type'] === 'outbound-rtp' ? 'sent.' : '';
        for (const [key, value] of Object.entries(report)) if (typeof value === 'number') found[sent + key] = value;
      }
    }
    return {
      framesDecoded: found['framesDecoded'] ?? 0,
      width: found['frameWidth'] ?? 0,
      height: found['frameHeight'] ?? 0,
      bytesReceived: found['bytesReceived'] ?? 0,
      packetsReceived: found['packetsReceived'] ?? 0,
      energy: found['totalAudioEnergy'] ?? 0,
      framesSent: found['sent.framesSent'] ?? 0,
      bytesSent: found['sent.bytesSent'] ?? 0,
      sentWidth: found['sent.frameWidth'] ?? 0,
      sentHeight: found['sent.frameHeight'] ?? 0,
      targetBitrate: found['sent.targetBitrate'] ?? 0,
      resent: found['retransmittedPacketsReceived'] ?? 0,
      plis: found['pliCount'] ?? 0,
      sentAgain: found['sent.retransmittedPacketsSent'] ?? 0,
      keyframesSent: found['sent.keyFramesEncoded'] ?? 0,
    };
  };
  return { audio: await figures(audio), main: await figures(main), content: await figures(content) };
}

/** The strongest frequencies in what the page plays, Hz, the loudest first. */
export function tonesPlayed(): number[] {
  const page = window as unknown as Watched;
  const stream = document.querySelector('audio')?.srcObject;
  if (!stream) return [];
  if (page.ear?.stream !== stream) {
    const context = page.ear?.context ?? new AudioContext();
    const analyser = context.createAnalyser();
    analyser.fftSize = 16_384;
    analyser.smoothingTimeConstant = 0;
    context.createMediaStreamSource(stream as MediaStream).connect(analyser);
    page.ear = { context, analyser, stream };
  }
  const { context, analyser } = page.ear;
  const levels = new Float32Array(analyser.frequencyBinCount);
  analyser.getFloatFrequencyData(levels);
  const peaks: { hz: number; level: number }[] = [];
  for (let i = 4; i < levels.length - 4; i += 1) {
    const level = levels[i] ?? -200;
    if (level < -60) continue;
    let highest = true;
    for (let d = -4; d <= 4; d += 1) if ((levels[i + d] ?? -200) > level) highest = false;
    if (highest) peaks.push({ hz: (i * context.sampleRate) / analyser.fftSize, level });
  }
  return peaks
    .sort((a, b) => b.level - a.level)
    .slice(0, 8)
    .map(({ hz }) => hz);
}

/** Brightness of a playing picture, 160 x 90; null when nothing is shown. */
export function lumaOf(selector: string): number[] | null {
  const video = document.querySelector<HTMLVideoElement>(selector);
  if (!video || video.videoWidth === 0) return null;
  const canvas = document.createElement('canvas');
  canvas.width = 160;
  canvas.height = 90;
  const pen = canvas.getContext('2d');
  if (!pen) return null;
  pen.drawImage(video, 0, 0, 160, 90);
  const { data } = pen.getImageData(0, 0, 160, 90);
  return Array.from({ length: 160 * 90 }, (_, i) => data[i * 4 + 1] ?? 0);
}

/** Controls and pictures that are not wholly inside the window, and whether the page can be scrolled sideways. */
export function outside(): string[] {
  const found = [...document.querySelectorAll('.controls button, video')].filter((one) => {
    const { left, top, right, bottom, width } = one.getBoundingClientRect();
    return width > 0 && (left < 0 || top < 0 || right > innerWidth + 0.5 || bottom > innerHeight + 0.5);
  });
  const scrolls = document.documentElement.scrollWidth > innerWidth;
  return [...found.map((one) => one.textContent || one.className || one.tagName), ...(scrolls ? ['sideways'] : [])];
}

/** Breaks the WebSockets of one subprotocol (`sip`, `bfcp`); how many there were. */
export function cut(protocol: string): number {
  const open = (window as unknown as Watched).sockets.filter(
    (one) => one.protocol === protocol && one.readyState === 1,
  );
  for (const socket of open) socket.close();
  return open.length;
}

/** Whether a WebSocket of a subprotocol is open. */
export function connected(protocol: string): boolean {
  return (window as unknown as Watched).sockets.some((one) => one.protocol === protocol && one.readyState === 1);
}

/** State of the tracks of every screen captured so far, the newest last: `live` or `ended`. */
export function captures(): string[] {
  return (window as unknown as Watched).displays.map((stream) =>
    stream.getTracks().some((track) => track.readyState === 'live') ? 'live' : 'ended',
  );
}
