import type { Picture } from '../../../scripts/endpoint/view/viewer.js';
import type { Seen } from '../../support/sip-peer.js';
import { SipPeer } from '../../support/sip-peer.js';
import { RawCall } from '../../support/raw-call.js';
import type { TestGateway } from './gateway.js';
import { PlainPeer } from './plain-peer.js';
import { until } from './until.js';

const here = '127.0.0.1';

/** A device with floor control and one video line that refuses every change of the session. */
export class RefusingDevice {
  /** Offers refused. */
  refused = 0;
  private closed = false;

  private constructor(
    private readonly sip: SipPeer,
    private readonly call: RawCall,
    private readonly media: PlainPeer,
  ) {}

  static async call(gateway: TestGateway, room: string, name: string): Promise<RefusingDevice> {
    const sip = await SipPeer.udp({ address: here, port: gateway.port('udp') });
    const media = await PlainPeer.open(name, 440);
    const call = new RawCall(sip, gateway.uri(room), name);
    await call.invite(offer(media.audio.port.port, media.video.port.port));
    media.audio.talking = false;
    media.start(call.sdp);
    const device = new RefusingDevice(sip, call, media);
    void device.refuse();
    return device;
  }

  /** What it shows. */
  get picture(): Picture {
    return this.media.video.viewer.picture;
  }

  /** Waits until it decodes the picture of that name and kind, e.g. `ANNA slides`. */
  async sees(what: string, timeoutMs: number): Promise<void> {
    const { picture } = this;
    const seen = (): string => `${picture.from} ${picture.kind}`;
    await until(`the device to see ${what}`, timeoutMs, () => seen() === what || null, seen);
  }

  async hangup(): Promise<void> {
    this.closed = true;
    await this.call.bye();
    this.sip.close();
    this.media.close();
  }

  private async refuse(): Promise<void> {
    while (!this.closed) {
      const request: Seen = await this.call.request('INVITE');
      this.refused += 1;
      this.sip.answer(request, '488 Not Acceptable Here');
    }
  }
}

function offer(audio: number, video: number): string {
  return [
    'v=0',
    `o=- 1 1 IN IP4 ${here}`,
    's=-',
    `c=IN IP4 ${here}`,
    't=0 0',
    `m=audio ${audio} RTP/AVP 0`,
    'a=rtpmap:0 PCMU/8000',
    `m=video ${video} RTP/AVP 97`,
    'a=rtpmap:97 H264/90000',
    'a=fmtp:97 profile-level-id=42e01f;packetization-mode=1',
    'a=rtcp-fb:97 nack pli',
    'm=application 9999 UDP/BFCP *',
    'a=floorctrl:c-s',
    '',
  ].join('\r\n');
}
