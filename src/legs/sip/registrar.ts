import { DualstreamError, messageOf } from '../../base/errors.js';
import type { Log } from '../../base/log.js';
import type { Metrics } from '../../base/metrics.js';
import type { Accounts, User } from '../../rooms/store.js';
import type { Authenticator } from './authenticator.js';
import type { Held, Locations } from './locations.js';
import type { Reach } from './reach.js';
import { refuse } from './refusals.js';
import { ExtensionUnknown, FirstHopLacksOutbound, NotYourAddress } from './register-errors.js';
import { readRegister, type RegisterRequest } from './register-request.js';
import type { SipRequest, SipResponse } from './srf.js';

export interface RegistrarOptions {
  authenticator: Authenticator;
  accounts: Accounts;
  locations: Locations;
  log: Log;
  metrics: Metrics;
}

/**
 * Takes registrations of users that prove who they are (RFC 3261 §10.3, RFC 3327, RFC 5626). Works by what requests say,
 * so the same on either engine; a request for one of our users may name any domain.
 */
export class Registrar {
  constructor(private readonly options: RegistrarOptions) {}

  /** Answers a REGISTER, whatever is wrong with it. */
  async answer(request: SipRequest, response: SipResponse): Promise<void> {
    const { metrics, log } = this.options;
    try {
      const result = await this.take(request, response);
      metrics.count('dualstream_sip_registers_total', { result });
    } catch (error) {
      const label = error instanceof DualstreamError ? error.verdict.label : 'internal';
      metrics.count('dualstream_sip_registers_total', { result: label });
      if (!(error instanceof DualstreamError)) log.error({ error: messageOf(error) }, 'A registration failed');
      else log.debug({ from: request.source_address, reason: error.message }, 'registration refused');
      refuse(response, error, metrics);
    }
  }

  /** Where to call the user of this name or alias, the best first; empty when nobody has it or no device is there. */
  async bindingsOf(name: string): Promise<Reach[]> {
    const user = await this.options.accounts.find(name);
    return user ? this.options.locations.bindingsOf(user.name) : [];
  }

  private async take(request: SipRequest, response: SipResponse): Promise<string> {
    const { authenticator, locations, log } = this.options;
    const known = await authenticator.check(request);
    if (known.kind === 'challenge') {
      response.send(known.challenge.status, { headers: known.challenge.headers });
      return 'challenged';
    }
    if (known.kind !== 'user') {
      response.send(known.kind === 'refused' ? known.status : 403);
      return 'bad_credentials';
    }
    const asked = readRegister(request);
    if (asked.unknown.length > 0) throw new ExtensionUnknown(asked.unknown);
    this.checkOwner(known.user, asked.user);
    const flows =
      asked.contacts !== '*' && asked.contacts.some(({ regId, instance }) => regId !== null && instance !== null);
    if (flows && asked.outbound === 'not-on-this-way') throw new FirstHopLacksOutbound();
    const before = locations.of(known.user.name).length;
    const held = await locations.register(known.user.name, asked);
    if (held.length !== before) {
      log.info({ user: known.user.name, devices: held.length, from: request.source_address }, 'Registration changed');
    }
    response.send(200, {
      headers: answerHeaders(held, asked, (one) => locations.secondsLeft(one), flows && asked.outbound === 'yes'),
    });
    return asked.contacts.length === 0 ? 'queried' : 'done';
  }

  /** @throws NotYourAddress */
  private checkOwner(user: User, asked: string): void {
    if (asked !== user.name && !user.aliases.includes(asked)) throw new NotYourAddress(user.name, asked);
  }
}

/** What is registered now, each with the seconds that are left; what else the device may want to know. */
function answerHeaders(
  held: readonly Held[],
  asked: RegisterRequest,
  left: (held: Held) => number,
  outbound: boolean,
): Record<string, string> {
  const contacts = held.map((one) => {
    const { contact, params, q } = one.binding;
    return `<${contact}>${params}${q === 1000 ? '' : `;q=${q / 1000}`};expires=${left(one)}`;
  });
  const [only] = asked.contacts === '*' ? [] : asked.contacts;
  const mine = only && held.find((one) => one.binding.callId === asked.callId && one.binding.cseq === asked.cseq);
  return {
    ...(contacts.length > 0 ? { Contact: contacts.join(', ') } : {}),
    ...(mine ? { Expires: String(left(mine)) } : {}),
    ...(asked.path.length > 0 ? { Path: asked.path.join(', ') } : {}),
    Supported: 'path, outbound',
    ...(outbound ? { Require: 'outbound' } : {}),
  };
}
