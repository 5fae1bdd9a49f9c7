import { isUnspecified } from './base/addressing.js';
import { systemClock } from './base/clock.js';
import { messageOf } from './base/errors.js';
import { systemChance } from './base/ids.js';
import type { Endpoint } from './base/net.js';
import { systemNet } from './base/system-net.js';
import { startCore, type Core, type CoreSettings } from './compose.js';
import { NoAnchor } from './legs/sip/errors.js';
import { externalRtpengine, startRtpengine, type AnchorEngine, type OutsideAddress } from './media/anchors/engine.js';
import type { Secure } from './media/negotiate.js';
import { startApi } from './services/api/api.js';
import type { AboutAnswer } from './services/api/contract.js';
import type { Api, ApiOptions } from './services/api/options.js';
import { PinGuesses } from './rooms/pin-guesses.js';
import { createTokens, type TokenStore } from './services/api/tokens.js';
import { DemoSystem } from './services/demo/demo-system.js';
import { SipTunnel } from './services/tunnel/sip-tunnel.js';
import { webFloorPlace, type PageListeners } from './web-floor-places.js';

/** Everything that main read from configuration and machine. */
export interface GatewaySettings extends Omit<
  CoreSettings,
  'tokens' | 'guesses' | 'openAnchor' | 'callerAt' | 'webPlace'
> {
  rtpengine:
    | { kind: 'managed'; command?: string; outside: readonly OutsideAddress[]; ports: { from: number; to: number } }
    | { kind: 'external'; at: Endpoint; local: string }
    | { kind: 'none'; why: string };
  web: {
    http: Endpoint | null;
    https: ApiOptions['https'];
    /** Built web client. */
    directory: string;
    /** Where an external SIP engine takes WebSockets; by default where it says. */
    sip?: string | null;
    hosts: readonly string[];
  };
  /** Told to the landing page, once the ports are known. */
  about(core: Core): Omit<AboutAnswer, 'product' | 'demo'>;
  /** Program of the demonstration room system, and whom it calls. */
  demo: { command: readonly [string, ...string[]]; uri(core: Core): string } | null;
}

/** A running gateway. */
export interface Gateway {
  core: Core;
  api: Api;
  tokens: TokenStore;
  rtpengine: AnchorEngine | null;
  /** Why there is no media engine for browsers, or null. */
  rtpengineProblem: string | null;
  /** Ends every call, child and socket; idempotent. */
  close(): Promise<void>;
}

/** Starts a whole gateway. Rejects with the system's error when a port is taken; nothing is left running then. */
export async function startGateway(settings: GatewaySettings): Promise<Gateway> {
  const tokens = createTokens({ clock: systemClock, chance: systemChance });
  const guesses = new PinGuesses(systemClock);
  const anchors = new Anchors();
  let tunnel: SipTunnel | null = null;
  let page: PageListeners | null = null;
  const undo: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    const core = await startCore({
      ...settings,
      tokens,
      guesses,
      callerAt: (source) => tunnel?.callerAt(source) ?? null,
      webPlace: (transport, advertise) => page && webFloorPlace(page, transport, advertise),
      openAnchor: (id, keying, peer, told) =>
        anchors.open(id, keying, told ?? (isUnspecified(peer) ? null : settings.media.advertise(peer))),
    });
    // legs give their anchors back before the media engine goes
    undo.push(
      () => anchors.close(),
      () => core.close(),
      () => Promise.resolve(tunnel?.close()),
    );
    await anchors.start(settings, core);
    tunnel = tunnelOf(settings, core);
    const { demo } = settings;
    const tools = { clock: systemClock, log: settings.log, metrics: core.metrics };
    const system = demo && new DemoSystem({ ...tools, command: demo.command, uri: demo.uri(core) });
    if (system) undo.push(() => system.stop());
    const { https, certificate } = watched(settings.web.https);
    const api = await openApi(settings, https, core, { tokens, guesses, tunnel, demo: system });
    undo.push(() => api.close());
    page = { http: api.http, https: api.https, certificate, hosts: settings.web.hosts };
    // first of all, so that calls end by BYE while the ways to them are still open
    undo.push(() => core.close());
    return { core, api, tokens, rtpengine: anchors.engine, rtpengineProblem: anchors.problem, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The media engine of encrypted legs; calls that went through it end when it is lost. */
class Anchors {
  engine: AnchorEngine | null = null;
  problem: string | null = null;

  async start(settings: GatewaySettings, core: Core): Promise<void> {
    const { rtpengine, log } = settings;
    if (rtpengine.kind === 'none') {
      this.problem = rtpengine.why;
      return;
    }
    try {
      this.engine =
        rtpengine.kind === 'external'
          ? externalRtpengine(rtpengine.at, rtpengine.local)
          : await startRtpengine({ net: systemNet, clock: systemClock, log, metrics: core.metrics, ...rtpengine });
    } catch (error) {
      this.problem = messageOf(error);
      log.warn({ error: this.problem }, 'rtpengine is not available: browsers and encrypted calls cannot join');
      return;
    }
    await this.engine.ping().catch((error: unknown) => {
      // one that runs elsewhere may come later
      this.problem = `it does not answer now (${messageOf(error)})`;
      log.warn({ error: this.problem }, 'rtpengine is not available: browsers and encrypted calls cannot join');
    });
    this.engine.on.on('lost', ({ reason }) => {
      log.error({ reason }, 'rtpengine was lost');
      core.sip.endAnchored({ kind: 'failed', why: 'the media engine was restarted, please call again' });
    });
  }

  open(id: string, keying: Secure, advertised: string | null): ReturnType<CoreSettings['openAnchor']> {
    if (this.engine?.up) return Promise.resolve(this.engine.open(id, keying, advertised));
    return Promise.reject(new NoAnchor(this.problem ?? 'rtpengine is down'));
  }

  async close(): Promise<void> {
    await this.engine?.close();
  }
}

/** With a drachtio-server, browsers' signalling goes on to its WebSocket listener; null where that is not known. */
function tunnelOf({ web, log }: GatewaySettings, { engine, metrics, webSocket }: Core): SipTunnel | null {
  const url = web.sip ?? webSocket;
  return engine || url === null ? null : new SipTunnel({ url, log, metrics });
}

/** Also tells which certificate is shown now. */
function watched(https: ApiOptions['https']): { https: ApiOptions['https']; certificate: () => string | null } {
  let shown = https?.cert ?? null;
  const { renewed } = https ?? {};
  if (!https || !renewed) return { https, certificate: () => shown };
  const told: typeof renewed = (take) =>
    renewed((material) => {
      shown = material.cert;
      take(material);
    });
  return { https: { ...https, renewed: told }, certificate: () => shown };
}

function openApi(
  settings: GatewaySettings,
  https: ApiOptions['https'],
  core: Core,
  lent: Pick<ApiOptions, 'tokens' | 'guesses' | 'demo'> & { tunnel: SipTunnel | null },
): Promise<Api> {
  const { http, directory, hosts } = settings.web;
  const { tokens, guesses, tunnel, demo } = lent;
  return startApi({
    http,
    https,
    hosts,
    ...{ tokens, guesses, demo },
    quarantine: core.guard?.defence ?? null,
    rooms: core.rooms,
    registrations: core.registrations,
    calls: core.calls,
    trunks: core.trunkStates,
    audioServers: core.audioServers,
    recordings: core.recordings && { shelf: core.recordings, who: settings.recordings?.who ?? 'admin' },
    dialOut: { who: settings.outgoing?.who ?? 'moderator', call: (room, who) => core.dialOut.call(room, who) },
    web: directory,
    onSip: (stream, secure) => {
      if (core.engine) core.engine.acceptWebSocket(stream, secure);
      else if (tunnel) tunnel.accept(stream, secure);
      else stream.close();
    },
    onBfcp: (stream, token) => core.webFloor.accept(stream, token),
    bfcpFor: (room, participant) => {
      const access = core.accessOf(room, participant);
      return access && { token: access.token, confId: access.confId, userId: access.userId, floorId: access.floorId };
    },
    about: settings.about(core),
    log: settings.log,
    metrics: core.metrics,
    clock: systemClock,
    chance: systemChance,
  });
}
