import type {
  FlowControlCommand,
  MiscellaneousCommand,
  MiscellaneousIndication,
  VendorIdentification,
} from '../h245/schema.js';
import type { Channels } from './channels.js';
import type { ControlSessionEvents, ControlVendor } from './contract.js';
import { asksForPicture, type FastUpdates } from './fast-updates.js';

/** Rates of flow control are in units of 100 bit/s and no larger than this. */
const rateUnit = 100;
const mostRate = 16_777_215;

/** How events are raised. */
export type Emit = <K extends keyof ControlSessionEvents>(name: K, value: ControlSessionEvents[K]) => void;

/** Commands and indications about channels that flow already, without an answer. */
export class ChannelCommands {
  constructor(
    private readonly channels: Channels,
    private readonly updates: FastUpdates,
    private readonly emit: Emit,
  ) {}

  onFlowControl({ scope, restriction }: FlowControlCommand): void {
    const { maximumBitRate } = restriction;
    const bps = maximumBitRate === undefined ? null : maximumBitRate * rateUnit;
    if (scope.wholeMultiplex) return this.emit('flowControl', { channel: null, bps });
    const channel = this.channels.sending(scope.logicalChannelNumber ?? 0);
    if (channel) this.emit('flowControl', { channel, bps });
    else this.emit('quirk', { label: 'flow_control_of_unknown_channel' });
  }

  /** False for what the session has to look at itself. */
  onCommand(command: MiscellaneousCommand): boolean {
    const { type, logicalChannelNumber } = command;
    const channel = this.channels.sending(logicalChannelNumber);
    if (asksForPicture(command)) {
      if (channel) this.updates.ask(channel.number);
      else this.emit('quirk', { label: 'fast_update_of_unknown_channel' });
    } else if (type.videoTemporalSpatialTradeOff !== undefined) {
      if (channel) this.emit('tradeOff', { channel, value: type.videoTemporalSpatialTradeOff });
    } else if (type.multipointModeCommand) this.emit('conference', { active: true });
    else if (type.cancelMultipointModeCommand) this.emit('conference', { active: false });
    else return !isKeyUpdate(type);
    return true;
  }

  onIndication({ type, logicalChannelNumber }: MiscellaneousIndication): void {
    const muted = type.logicalChannelInactive ? true : type.logicalChannelActive ? false : null;
    if (muted !== null) {
      const channel = this.channels.receiving(logicalChannelNumber);
      if (channel) this.emit('muted', { channel, muted });
      else this.emit('quirk', { label: 'mute_of_unknown_channel' });
    } else if (type.multipointConference) this.emit('conference', { active: true });
    else if (type.cancelMultipointConference) this.emit('conference', { active: false });
  }
}

/** Key material of H.235.6, which is for the layer above. */
function isKeyUpdate(type: MiscellaneousCommand['type']): boolean {
  return [
    type.encryptionUpdate,
    type.encryptionUpdateRequest,
    type.encryptionUpdateCommand,
    type.encryptionUpdateAck,
  ].some((one) => one !== undefined);
}

/** A restriction of flow control; null lifts it. Rounded down. */
export function restrictionOf(bps: number | null): FlowControlCommand['restriction'] {
  if (bps === null) return { noRestriction: true };
  return { maximumBitRate: Math.max(0, Math.min(mostRate, Math.floor(bps / rateUnit))) };
}

/** Product texts without the NULs that end them. */
export function readVendor({ vendor, productNumber, versionNumber }: VendorIdentification): ControlVendor {
  const text = (octets: Uint8Array | undefined): string =>
    Buffer.from(octets ?? [])
      .toString('latin1')
      .replace(/[\0-\x1f\x7f]+/g, ' ')
      .trim();
  const { object, h221NonStandard: h221 } = vendor;
  const number = h221 ? `${h221.t35CountryCode}/${h221.t35Extension}/${h221.manufacturerCode}` : '';
  return { vendor: object ?? number, product: text(productNumber), version: text(versionNumber) };
}
