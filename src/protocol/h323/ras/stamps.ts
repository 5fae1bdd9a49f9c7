import type { Clock } from '../../../base/clock.js';
import type { Chance } from '../../../base/ids.js';
import { passwordHash, sealed, type Secret } from '../h235/password.js';
import type { RasMessage } from '../h225/schema.js';
import type { PasswordForm } from './contract.js';
import { withTokens, writeRas } from './messages.js';

/** Between whom a message goes, in words of H.235. */
export interface Names {
  sendersID: string;
  generalID: string | null;
}

/** Puts passwords to messages that we send. */
export class Stamps {
  /** Rises with each message (H.235.1). */
  private random: number;

  constructor(
    private readonly clock: Pick<Clock, 'wall'>,
    chance: Chance,
  ) {
    this.random = chance.int(1, 0x3fffffff);
  }

  /** Seconds since 1970. */
  now(): number {
    return Math.max(1, Math.floor(this.clock.wall() / 1000));
  }

  /** The octets of a message that proves a password; without a secret the octets as they are. */
  write(message: RasMessage, names: Names, secret: Secret | null, form: PasswordForm = 'hmac-sha1-96'): Buffer {
    if (secret === null) return writeRas(message);
    const timeStamp = this.now();
    if (form === 'md5') return writeRas(withTokens(message, [passwordHash(names.sendersID, timeStamp, secret)]));
    this.random = this.random >= 0x7fffffff ? 1 : this.random + 1;
    const stamp = { ...names, timeStamp, random: this.random };
    return sealed((tokens) => writeRas(withTokens(message, tokens)), stamp, secret);
  }
}
