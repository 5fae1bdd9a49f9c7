import type { Endpoint } from '../../../base/net.js';
import type { Asker, GatekeeperHost } from '../../../protocol/h323/ras/contract.js';
import type { DevicePasswords } from '../../../rooms/device-passwords.js';
import type { RoomDirectory } from '../../../rooms/directory.js';
import type { Decide, Verdict } from '../../admission/verdict.js';
import { uriOf } from '../dialled.js';

/** What our gatekeeper knows of the product. */
export interface HostParts {
  passwords: DevicePasswords;
  /** The dial plan. */
  decide: Decide;
  rooms: Pick<RoomDirectory, 'find' | 'canOpen'>;
  /** Our call signalling address, and our RAS address, as somebody there reaches them. */
  signallingFor: (peer: Endpoint) => Endpoint;
  rasFor: (peer: Endpoint) => Endpoint;
}

/** Answers what the gatekeeper asks: passwords by the users, names by the dial plan. */
export function gatekeeperHost({ passwords, decide, rooms, signallingFor, rasFor }: HostParts): GatekeeperHost {
  const verdictOn = (alias: string, { address, account }: Asker): Verdict =>
    decide({ uri: uriOf(alias), alias: null, source: address, transport: 'h323', listener: null, user: account });
  return {
    signallingFor,
    rasFor,
    async credentialsOf(alias) {
      const found = await passwords.of(alias);
      return found?.secret ? { account: found.user, secret: found.secret } : null;
    },
    answersFor(alias, asker) {
      const verdict = verdictOn(alias, asker);
      if (verdict?.kind === 'room') return rooms.canOpen(verdict.room);
      return verdict?.kind === 'ivr' || verdict?.kind === 'forward';
    },
    async reserved(alias, asker) {
      const verdict = verdictOn(alias, asker);
      switch (verdict?.kind) {
        case 'room':
          if (rooms.find(verdict.room)) return true;
          break;
        case 'ivr':
        case 'forward':
        case 'authenticate':
          return true;
        case 'reject':
        case undefined:
      }
      // whose password is kept for SIP alone cannot prove it here, but nobody else is that user
      return (await passwords.of(alias)) !== null;
    },
  };
}
