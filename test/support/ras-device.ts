import { systemChance } from '../../src/base/ids.js';
import { silentLog } from '../../src/base/log.js';
import { createMetrics } from '../../src/base/metrics.js';
import type { Clock } from '../../src/base/clock.js';
import type { Endpoint, Net } from '../../src/base/net.js';
import { aliasOf } from '../../src/protocol/h323/aliases.js';
import type { ClientSettings } from '../../src/protocol/h323/ras/contract.js';
import { openClient, type OpenClient } from '../../src/protocol/h323/ras/edge.js';

/** A device that registers: RAS by our own client, its calls at `signalling`. Not started yet. */
export function rasDevice(
  { net, clock }: { net: Net; clock: Clock },
  names: readonly string[],
  signalling: Endpoint,
  more: Partial<ClientSettings> = {},
): Promise<OpenClient & { refused: string[]; lost: string[] }> {
  const opening = openClient(
    { net, clock, chance: systemChance, log: silentLog, metrics: createMetrics() },
    { address: signalling.address, port: 0 },
    (ras): ClientSettings => ({
      gatekeeper: { address: '127.0.0.1', port: 1719 },
      discover: true,
      aliases: names.map(aliasOf),
      kind: 'terminal',
      vendor: {
        vendor: { t35CountryCode: 9, t35Extension: 0, manufacturerCode: 61 },
        productId: Buffer.from('Roomy\0', 'latin1'),
      },
      signalling: [signalling],
      ras,
      timeToLive: 60,
      ...more,
    }),
  );
  return opening.then((open) => {
    const refused: string[] = [];
    const lost: string[] = [];
    open.client.on.on('refused', ({ reason }) => refused.push(reason));
    open.client.on.on('lost', ({ reason }) => lost.push(reason));
    return { ...open, refused, lost };
  });
}

/** The password of `alice`, who is 1001 too. */
export const alicesPassword = {
  password: { user: 'alice', secret: { password: 'a secret' }, form: 'hmac-sha1-96' },
} satisfies Partial<ClientSettings>;
