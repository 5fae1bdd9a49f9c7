import type { Disposables } from '../../base/disposables.js';
import type { SignalledCall } from '../../protocol/h323/call/contract.js';
import type { CapabilitySet, ControlSession } from '../../protocol/h323/control/contract.js';

/** What hold works on. */
export interface HoldingParts {
  session: Pick<ControlSession, 'changeCapabilities' | 'paused'>;
  call: Pick<SignalledCall, 'on'>;
  bag: Disposables;
  /** Our capability set. */
  ours: () => CapabilitySet;
  /** Whether the device holds is another now. */
  changed: () => void;
  /** The device may send again. */
  resumed: () => void;
}

/** Hold by the empty capability set (H.323 §8.4.6), both ways, and by the notification of Q.931. */
export class Holding {
  /** The device was told to send nothing. */
  held = false;
  private notified = false;

  constructor(private readonly parts: HoldingParts) {
    const { call, bag, changed } = parts;
    bag.add(
      call.on.on('held', (held) => {
        this.notified = held;
        changed();
      }),
    );
  }

  /** The device takes nothing for now. */
  get holds(): boolean {
    return this.notified || this.parts.session.paused;
  }

  /** The device shall send nothing, or may again. */
  hold(held: boolean): void {
    if (this.held === held) return;
    const { session, ours, resumed } = this.parts;
    this.held = held;
    session.changeCapabilities(held ? null : ours());
    if (!held) resumed();
  }
}
