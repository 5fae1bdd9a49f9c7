import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Clock, Timer } from '../../base/clock.js';
import type { Disposable } from '../../base/disposables.js';
import { messageOf } from '../../base/errors.js';
import type { Log } from '../../base/log.js';
import type { Metrics } from '../../base/metrics.js';
import { namesHost, type ClientCertificates, type TlsMaterial, type TlsRules, type TlsServer } from '../../base/tls.js';
import { endsSoon, ownCertificate, selfSigned, type Certificate, type CertificateNames } from '../api/certificate.js';
import { CertificateUnusable } from '../api/errors.js';
import type { Live, LiveFiles, Source } from './live-files.js';

const day = 86_400_000;
/** Time left at which people are warned. */
const soonMs = 14 * day;

/** When a certificate counts, as milliseconds since 1970. */
export function validity({ cert }: { cert: string }): { from: number; to: number } {
  const { validFrom, validTo } = new X509Certificate(cert);
  return { from: Date.parse(validFrom), to: Date.parse(validTo) };
}

/** Why a certificate is not good now or soon; null when it is. */
export function complaintAbout(certificate: { cert: string }, now: number): { grave: boolean; text: string } | null {
  const { from, to } = validity(certificate);
  const on = (time: number): string => new Date(time).toISOString().slice(0, 10);
  if (to <= now) return { grave: true, text: `it expired on ${on(to)}: callers who check it hang up` };
  if (from > now) return { grave: true, text: `it is not valid before ${on(from)}: callers who check it hang up` };
  if (to - now < soonMs) return { grave: false, text: `it expires on ${on(to)}` };
  return null;
}

/** A certificate and its key, read again when their files change. Rejects with CertificateUnusable. */
export function liveCertificate(
  files: LiveFiles,
  what: string,
  at: { cert: string; key: string },
  clock: Clock,
): Promise<Live<Certificate>> {
  const source: Source<Certificate> = {
    what,
    files: [at.cert, at.key],
    read: () => ownCertificate(at.cert, at.key),
    worse(value, old) {
      const [fault, before] = [complaintAbout(value, clock.wall()), complaintAbout(old, clock.wall())];
      return fault?.grave && !before?.grave ? `${basename(at.cert)}: ${fault.text}` : null;
    },
  };
  return files.add(source);
}

/** The self-signed certificate kept in `directory`, made anew two weeks before its end. Rejects with CertificateUnusable. */
export function liveSelfSigned(
  files: LiveFiles,
  what: string,
  { directory, names }: { directory: string; names: () => CertificateNames },
  clock: Clock,
): Promise<Live<Certificate>> {
  return files.add<Certificate>({
    what,
    files: [],
    read: () => selfSigned(directory, names(), clock),
    describe: ({ fingerprint }) => ({ fingerprint }),
    due: ({ cert }) => endsSoon(new X509Certificate(cert), clock.wall()),
  });
}

/** Certificates of authorities, PEM, read again when their file changes. Rejects with CertificateUnusable. */
export function liveAuthorities(files: LiveFiles, what: string, file: string): Promise<Live<string>> {
  const read = async (): Promise<string> => {
    try {
      const text = await readFile(file, 'utf8');
      const found = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
      if (found.length === 0) throw new Error('there is no certificate in it');
      for (const one of found) new X509Certificate(one);
      return found.join('\n');
    } catch (error) {
      throw new CertificateUnusable(`${file} is not usable: ${messageOf(error)}`);
    }
  };
  return files.add({ what, files: [file], read });
}

/** What a listener shows and asks for. */
export interface ServerCertificates {
  /** Shown to callers who name no host or one of no other certificate. */
  main: Live<Certificate>;
  others: readonly { names: readonly string[]; certificate: Live<Certificate> }[];
  clients: ClientCertificates;
  /** Who vouches for callers; null for nobody. */
  clientCa: Live<string> | null;
  rules: TlsRules;
}

/** A TLS server that follows its files. */
export function liveTlsServer({ main, others, clients, clientCa, rules }: ServerCertificates): TlsServer {
  let ca = clientCa?.current;
  let made = new WeakMap<Certificate, TlsMaterial>();
  const material = (certificate: Certificate): TlsMaterial => {
    if (ca !== clientCa?.current) {
      ca = clientCa?.current;
      made = new WeakMap();
    }
    let one = made.get(certificate);
    if (!one) {
      one = { cert: certificate.cert, key: certificate.key, ...(ca === undefined ? {} : { ca }) };
      made.set(certificate, one);
    }
    return one;
  };
  return {
    clients,
    rules,
    materialFor(name) {
      const named = name === null ? undefined : others.find((each) => namesHost(each.names, name));
      return material((named?.certificate ?? main).current);
    },
    onChange(listener): Disposable {
      const all = [main.onChange(listener), ...(clientCa ? [clientCa.onChange(listener)] : [])];
      return { dispose: () => all.forEach((each) => each.dispose()) };
    },
  };
}

/** Warns of certificates of ours that have ended or will soon: at the start, daily, and when one is replaced. */
export class ExpiryWatch {
  private readonly watched: { what: string; live: Live<Certificate> }[] = [];
  private readonly bag: Disposable[] = [];
  private timer: Timer | null = null;

  constructor(private readonly clock: Clock) {}

  add(what: string, live: Live<Certificate>): Live<Certificate> {
    this.watched.push({ what, live });
    return live;
  }

  /** What is wrong now, one line each. */
  complaints(): string[] {
    return this.watched.flatMap(({ what, live }) => {
      const fault = complaintAbout(live.current, this.clock.wall());
      return fault ? [`${what}: ${fault.text}`] : [];
    });
  }

  start(tell: { log: Log; metrics: Metrics }): void {
    const check = (): void => this.check(tell);
    check();
    this.timer ??= this.clock.every(day, check);
    for (const { live } of this.watched) this.bag.push(live.onChange(check));
  }

  close(): void {
    this.timer?.cancel();
    for (const each of this.bag.splice(0)) each.dispose();
  }

  private check({ log, metrics }: { log: Log; metrics: Metrics }): void {
    for (const { what, live } of this.watched) {
      metrics.gauge('dualstream_certificate_ends_seconds', validity(live.current).to / 1000, { certificate: what });
      const fault = complaintAbout(live.current, this.clock.wall());
      if (fault?.grave) log.error({ certificate: what, why: fault.text }, 'A certificate of ours is not valid');
      else if (fault) log.warn({ certificate: what, why: fault.text }, 'A certificate of ours ends soon');
    }
  }
}
