import { spawn } from 'node:child_process';
import { systemClock } from '../../src/base/clock.js';
import { emptyRtpHeader, isRtcp, readRtp } from '../../src/protocol/rtp/header.js';
import { Depacketizer } from '../../scripts/endpoint/rtp/depacketize.js';
import { Viewer, type Picture } from '../../scripts/endpoint/view/viewer.js';
import { waitUntil } from './wait.js';

/** Decodes the H.264 of one RTP stream and reads whose picture it is. */
export class RtpPictures {
  private readonly viewer = new Viewer(systemClock, { sees: () => undefined, needKeyframe: () => undefined });
  private readonly depacketizer = new Depacketizer((unit) => this.viewer.push(unit));
  private readonly header = emptyRtpHeader();
  packets = 0;

  /** Feeds one datagram; RTCP and foreign payload types are passed over when `pt` is given. */
  feed(datagram: Buffer, pt?: number): void {
    if (isRtcp(datagram) || readRtp(datagram, this.header) !== null) return;
    if (pt !== undefined && this.header.pt !== pt) return;
    this.packets++;
    this.depacketizer.push(this.header, datagram);
  }

  /** Newest figures. */
  get picture(): Picture {
    return this.viewer.tick();
  }

  /** Forms of payload received, e.g. to show that a mode 0 device got no FU-A. */
  get forms(): { single: number; stap: number; fu: number } {
    return this.depacketizer.forms;
  }

  /** Resolves when the picture passes `test`; rejects after `timeoutMs`. */
  waitFor(test: (picture: Picture) => boolean, timeoutMs: number): Promise<void> {
    return waitUntil(
      () => test(this.picture),
      timeoutMs,
      () => JSON.stringify(this.picture),
    );
  }

  close(): void {
    this.viewer.close();
  }
}

/**
 * Looks at what is sent to a UDP port on the loopback interface, for peers that do not tell what they see. Needs tshark
 * and the right to capture; `problem` says why nothing comes.
 */
export function sniffPictures(
  port: number,
  device = 'lo',
): { pictures: RtpPictures; problem: () => string; close: () => void } {
  const pictures = new RtpPictures();
  const args = ['-i', device, '-f', `udp dst port ${port}`, '-q', '-F', 'pcap', '-w', '-'];
  const child = spawn('tshark', args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let problem = '';
  child.on('error', (error) => (problem = error.message));
  child.stderr.on('data', (text: Buffer) => (problem = (problem + text.toString()).slice(-500)));
  let pending = Buffer.alloc(0);
  let begun = false;
  child.stdout.on('data', (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk]);
    if (!begun && pending.length >= 24) {
      begun = true;
      pending = pending.subarray(24);
    }
    while (begun && pending.length >= 16) {
      const length = pending.readUInt32LE(8);
      if (pending.length < 16 + length) break;
      const payload = udpPayload(pending.subarray(16, 16 + length));
      if (payload) pictures.feed(Buffer.from(payload));
      pending = pending.subarray(16 + length);
    }
  });
  const close = (): void => {
    child.kill('SIGKILL');
    pictures.close();
  };
  return { pictures, problem: () => problem, close };
}

/** Payload of an Ethernet frame with IPv4 and UDP. */
function udpPayload(frame: Buffer): Buffer | null {
  if (frame.length < 42 || frame.readUInt16BE(12) !== 0x0800 || frame[23] !== 17) return null;
  const ip = 14 + (frame[14]! & 15) * 4;
  return frame.subarray(ip + 8, ip + frame.readUInt16BE(ip + 4));
}
