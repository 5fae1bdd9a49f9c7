import type { Clock } from './base/clock.js';
import type { Log } from './base/log.js';
import type { Metrics } from './base/metrics.js';
import { modernTls, type TlsRules } from './base/tls.js';
import type { SipListener } from './compose.js';
import type { Config } from './config.js';
import { listenerName, type ListenSettings } from './config-listen-schema.js';
import type { EngineOptions } from './protocol/drachtio/server.js';
import { machineNames, type Certificate } from './services/api/certificate.js';
import {
  ExpiryWatch,
  liveAuthorities,
  liveCertificate,
  liveSelfSigned,
  liveTlsServer,
} from './services/certificates/certificates.js';
import { LiveFiles, type Live } from './services/certificates/live-files.js';

/** What the embedded engine is told of listening and of TLS. */
export type Listening = { listen: SipListener[] } & Pick<EngineOptions, 'tls' | 'tlsVerify' | 'keepAliveSeconds'> & {
    limits: NonNullable<EngineOptions['limits']>;
  };

const versions = { '1.2': 'TLSv1.2', '1.3': 'TLSv1.3' } as const;

/** Certificates of the gateway and the files they come from. */
export class Certificates {
  private readonly files: LiveFiles;
  private readonly expiry: ExpiryWatch;

  constructor(private readonly clock: Clock) {
    this.files = new LiveFiles(clock);
    this.expiry = new ExpiryWatch(clock);
  }

  /** That of the page, which is also that of listeners without one of their own. Rejects with CertificateUnusable. */
  async page({ web }: Config, directory: string, addresses: string[]): Promise<Live<Certificate>> {
    const { cert, key } = web;
    if (cert !== undefined && key !== undefined) return this.own('page', { cert, key });
    const from = { directory, names: () => machineNames({ addresses }) };
    return this.expiry.add('page', await liveSelfSigned(this.files, 'certificate of the page', from, this.clock));
  }

  /** Listeners and TLS of the embedded engine. Rejects with CertificateUnusable. */
  async listening({ sip }: Config, page: Live<Certificate>): Promise<Listening> {
    const { tls, limits } = sip;
    const rules: TlsRules = { minVersion: versions[tls.minVersion], ciphers: tls.ciphers ?? modernTls.ciphers };
    const ca = tls.ca === undefined ? null : await liveAuthorities(this.files, 'sip.tls.ca', tls.ca);
    const own =
      tls.cert === undefined || tls.key === undefined
        ? null
        : await this.own('sip.tls', { cert: tls.cert, key: tls.key });
    const listen: SipListener[] = [];
    for (const at of sip.listen) listen.push(await this.listener(at, page, rules));
    return {
      listen,
      limits: {
        message: limits.messageBytes,
        connections: limits.connections,
        connectionsPerSource: limits.connectionsPerSource,
        queued: limits.queuedBytes,
        idleSeconds: limits.idleSeconds,
        silentSeconds: limits.silentSeconds,
        handshakeSeconds: limits.handshakeSeconds,
      },
      keepAliveSeconds: sip.keepAliveSeconds,
      tlsVerify: tls.verify,
      tls: {
        rules,
        wildcards: tls.wildcards,
        current: () => ({
          ...(ca ? { ca: ca.current } : {}),
          ...(own ? { own: { cert: own.current.cert, key: own.current.key } } : {}),
        }),
      },
    };
  }

  /** What is wrong with the dates of our certificates, one line each. */
  complaints(): string[] {
    return this.expiry.complaints();
  }

  /** Begins to follow the files and the calendar. */
  watch(tell: { log: Log; metrics: Metrics }): void {
    this.files.watch(tell);
    this.expiry.start(tell);
  }

  /** Reads at once what has changed. */
  refresh(): Promise<void> {
    return this.files.refresh();
  }

  close(): void {
    this.files.close();
    this.expiry.close();
  }

  private async listener(at: ListenSettings, page: Live<Certificate>, rules: TlsRules): Promise<SipListener> {
    const { transport, address, port, name, advertise, origins } = at;
    const plain: SipListener = {
      transport,
      address,
      port,
      origins,
      // a port that the system picks gives the name when it is known
      ...(name === undefined && port === 0 ? {} : { name: listenerName(at) }),
      ...(advertise === undefined ? {} : { advertise }),
      ...(at.srtp === undefined ? {} : { srtp: at.srtp }),
    };
    if (transport !== 'tls' && transport !== 'wss') return plain;
    const label = listenerName(at);
    const { cert, key, sni, clientCertificates, clientCa } = at;
    const main = cert === undefined || key === undefined ? page : await this.own(label, { cert, key });
    const others = [];
    for (const one of sni) {
      const certificate = await this.own(`${label} ${one.names[0]}`, one);
      others.push({ names: one.names, certificate });
    }
    const ca = clientCa === undefined ? null : await liveAuthorities(this.files, `clientCa of ${label}`, clientCa);
    return { ...plain, tls: liveTlsServer({ main, others, clients: clientCertificates, clientCa: ca, rules }) };
  }

  private async own(what: string, at: { cert: string; key: string }): Promise<Live<Certificate>> {
    return this.expiry.add(what, await liveCertificate(this.files, `certificate of ${what}`, at, this.clock));
  }
}
