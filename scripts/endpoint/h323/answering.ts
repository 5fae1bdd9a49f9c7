import type { FullOptions } from '../options.js';
import type { IncomingCall } from '../side.js';
import { clientFeatures } from './nat.js';
import { register } from './registration.js';
import { incomingByH323 } from './side.js';
import { openSignalling } from './signalling.js';

/** Takes calls by H.323 at a port; `called` gets each. Rejects with the system's error when the port is taken. */
export async function listenByH323(
  options: FullOptions,
  port: number,
  called: (incoming: IncomingCall) => void,
): Promise<{ at: readonly string[]; close(): Promise<void> }> {
  const { bind, name } = options;
  const signalling = openSignalling(options);
  signalling.on.on('call', (call) => {
    const { nat } = options.h323;
    call.proceeding(nat === undefined ? {} : { features: clientFeatures(nat) });
    called(incomingByH323(call));
  });
  const { local } = await signalling.listen({ address: bind, port });
  const { gatekeeper } = options.h323;
  const registration = gatekeeper ? await register(options, gatekeeper, signalling, local) : null;
  const host = bind.includes(':') ? `[${bind}]` : bind;
  const close = async (): Promise<void> => {
    await registration?.close();
    await signalling.close();
  };
  return { at: [`h323:${encodeURIComponent(name)}@${host}:${local.port}`], close };
}
