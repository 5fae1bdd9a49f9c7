import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { here } from './gateway-process.js';

const single = { idr: 5, parameterSet: 7 };
const aggregate = 24;
const fragment = 28;

/** One receiver of content that looks for keyframes and decodes nothing. */
export class ContentWatch {
  private waiting: ((at: number) => void) | null = null;
  /** Timestamp of the keyframe whose last packet is missing yet. */
  private picture: number | null = null;

  private constructor(private readonly socket: Socket) {
    socket.on('message', (data) => this.take(data));
  }

  static async open(): Promise<ContentWatch> {
    const socket = createSocket({ type: 'udp4', recvBufferSize: 1 << 20 });
    socket.bind(0, here);
    await once(socket, 'listening');
    return new ContentWatch(socket);
  }

  get port(): number {
    return this.socket.address().port;
  }

  /** When the last packet of the next keyframe came, in the time of `performance`. */
  keyframe(withinMs: number): Promise<number> {
    this.picture = null;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no keyframe within ${withinMs} ms`)), withinMs);
      this.waiting = (at) => {
        clearTimeout(timer);
        this.waiting = null;
        resolve(at);
      };
    });
  }

  close(): void {
    this.socket.close();
  }

  private take(data: Buffer): void {
    const { waiting } = this;
    if (!waiting || data.length < 14 || data.readUInt8(0) >> 6 !== 2 || isRtcp(data)) return;
    const timestamp = data.readUInt32BE(4);
    if (startsKeyframe(data)) this.picture = timestamp;
    const last = (data.readUInt8(1) & 0x80) !== 0;
    if (last && this.picture === timestamp) waiting(performance.now());
  }
}

function isRtcp(data: Buffer): boolean {
  const type = data.readUInt8(1);
  return type >= 192 && type <= 223;
}

/** Of H.264 in packets without extensions, as the gateway sends them. */
function startsKeyframe(data: Buffer): boolean {
  const type = data.readUInt8(12) & 0x1f;
  const inner = data.readUInt8(13);
  if (type === fragment) return (inner & 0x80) !== 0 && (inner & 0x1f) === single.idr;
  if (type === aggregate) return data.length > 15 && isKey(data.readUInt8(15) & 0x1f);
  return isKey(type);
}

function isKey(type: number): boolean {
  return type === single.idr || type === single.parameterSet;
}
