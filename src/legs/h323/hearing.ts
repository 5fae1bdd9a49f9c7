import type { Disposables } from '../../base/disposables.js';
import type { ControlSession, ControlSessionEvents } from '../../protocol/h323/control/contract.js';

/** Listens to what H.245 tells, until the bag is disposed of. */
export type Hear = <K extends keyof ControlSessionEvents>(
  name: K,
  by: (value: ControlSessionEvents[K]) => void,
) => void;

export function hearing({ on }: Pick<ControlSession, 'on'>, bag: Disposables): Hear {
  return (name, by) => {
    bag.add(on.on(name, by));
  };
}
