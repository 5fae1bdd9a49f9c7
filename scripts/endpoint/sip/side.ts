import { floorTransport } from '../../../src/protocol/sdp/floor-rules.js';
import { MalformedSdp } from '../../../src/protocol/sdp/errors.js';
import type { EndpointFloor } from '../floor.js';
import type { FullOptions } from '../options.js';
import type { CallSdp } from '../sdp/call-sdp.js';
import type { Outcome } from '../sdp/outcome.js';
import type { FloorOver } from '../sdp/roles.js';
import type { Agreed, CallSide, IncomingCall, OpenSide, SideListener } from '../side.js';
import { vendorNamed } from '../vendors/index.js';
import type { IncomingInvite } from './answering.js';
import { CallFailed, placeCall, type CallHandlers, type SipCall } from './call.js';
import { offeredTransport, openParts, type SipParts } from './parts.js';

/** A call of ours by SIP. */
export const dialSip: OpenSide = async (options, media, listener) =>
  new SipSide(options, await openParts(options, media, offeredTransport(options), listener), listener, null);

/** A call that came in by SIP. */
export function incomingBySip(invite: IncomingInvite): IncomingCall {
  return {
    from: invite.from,
    open: async (options, media, listener) => {
      const parts = await openParts(options, media, transportFor(options, invite.offer), listener);
      return new SipSide(options, parts, listener, invite);
    },
    refuse: (why) => invite.refuse({ busy: 486, malformed: 400, failed: 500 }[why]),
  };
}

/** What is wrong with a call that could not be taken. */
export function isMalformed(error: unknown): boolean {
  return error instanceof MalformedSdp;
}

function transportFor(options: FullOptions, offer: string): FloorOver {
  const [, offered = ''] = /^m=application [1-9]\d* (\S+\/BFCP)/m.exec(offer) ?? [];
  const over = floorTransport(offered);
  return over === null || over === 'WS' || over === 'WSS' ? offeredTransport(options) : over;
}

/** Length of one pressed key, ms. */
const keyMs = 160;

/** One call by SIP: SDP for the lines, BFCP for the floor. */
class SipSide implements CallSide {
  readonly floor: EndpointFloor;
  private readonly sdp: CallSdp;
  private call: SipCall | null = null;

  constructor(
    private readonly options: FullOptions,
    { floor, sdp }: SipParts,
    private readonly listener: SideListener,
    /** Null where we call. */
    private readonly invite: IncomingInvite | null,
  ) {
    this.floor = floor;
    this.sdp = sdp;
  }

  get descriptions(): { local: string; remote: string } {
    return { local: this.sdp.local, remote: this.sdp.remoteText };
  }

  async begin(): Promise<Agreed> {
    const { invite } = this;
    if (invite) {
      this.listener.tell({ event: 'called', from: invite.from });
      const { sdp, outcome } = this.sdp.answer(invite.offer);
      this.call = await invite.answer(sdp, this.handlers());
      return this.agreed(outcome);
    }
    const { uri, name, transport, bind, vendor, clock } = this.options;
    this.listener.tell({ event: 'calling', to: uri, vendor, transport });
    const { agent } = vendorNamed(vendor);
    this.call = await placeCall({ uri, name, transport, bind, agent, sdp: this.sdp.offer(), clock }, this.handlers());
    return this.agreed(this.sdp.answered(this.call.answer));
  }

  async direct(direction: 'sendrecv' | 'sendonly' | 'inactive'): Promise<void> {
    const answer = await this.call?.reinvite(this.sdp.reoffer(direction));
    if (answer !== undefined) this.listener.changed(this.agreed(this.sdp.answered(answer)));
  }

  take(kbps: number): Promise<void> {
    this.sdp.takes(kbps);
    return this.direct('sendrecv');
  }

  mute(): void {
    // SIP has no words for it
  }

  async press(keys: string): Promise<void> {
    const headers = { 'Content-Type': 'application/dtmf-relay' };
    for (const key of keys) {
      const status = await this.call?.request('INFO', headers, `Signal=${key}\r\nDuration=${keyMs}\r\n`);
      if (status !== 200) throw new CallFailed(status ?? 0, 'the key was not taken', '');
    }
  }

  async hangup(): Promise<void> {
    const { call } = this;
    this.call = null;
    await call?.hangup();
  }

  close(): void {
    this.floor.close();
  }

  private handlers(): CallHandlers {
    return {
      reoffered: (offer) => {
        const { sdp, outcome } = this.sdp.answer(offer);
        this.listener.changed(this.agreed(outcome));
        return sdp;
      },
      // RFC 5168: without a stream it means the main picture
      keyframe: (stream) =>
        this.listener.keyframe(stream !== null && this.sdp.isContentLabel(stream) ? 'content' : 'main', 'info'),
      ended: (reason) => {
        this.call = null;
        this.listener.ended(reason);
      },
    };
  }

  private agreed(outcome: Outcome): Agreed {
    const { floor } = outcome;
    this.floor.apply(floor);
    const at = floor && `${floor.transport} ${floor.remote.address}:${floor.remote.port} user ${floor.userId}`;
    return { lines: outcome, floor: at };
  }
}
