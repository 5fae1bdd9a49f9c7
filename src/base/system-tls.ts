import type { X509Certificate } from 'node:crypto';
import { isIP, type Socket } from 'node:net';
import {
  connect,
  createSecureContext,
  createServer,
  rootCertificates,
  TLSSocket,
  type ConnectionOptions,
  type SecureContext,
  type SecureContextOptions,
  type Server,
} from 'node:tls';
import type { Endpoint, StreamKind } from './net.js';
import { modernTls, namesHost, readAltNames, type TlsMaterial, type TlsPeer, type TlsServer } from './tls.js';
import { WrongTlsHost } from './tls-faults.js';

export type TlsAcceptor = Server;

/** What becomes of connections given to a TLS server. */
export interface TlsEvents {
  secured(socket: TLSSocket): void;
  failed(error: Error, socket: Socket): void;
}

/**
 * The TLS half of a listener: takes raw connections by its `connection` event, as it does not listen itself. New
 * certificates count from the next handshake; connections that are up stay.
 */
export function tlsAcceptor(tls: TlsServer, handshakeMs: number, on: TlsEvents): TlsAcceptor {
  const optionsOf = (material: TlsMaterial): SecureContextOptions => ({ ...tls.rules, ...material });
  const contexts = new WeakMap<TlsMaterial, SecureContext>();
  const contextOf = (material: TlsMaterial): SecureContext => {
    let context = contexts.get(material);
    if (!context) contexts.set(material, (context = createSecureContext(optionsOf(material))));
    return context;
  };
  const server: TlsAcceptor = createServer({
    ...optionsOf(tls.materialFor(null)),
    handshakeTimeout: handshakeMs,
    requestCert: tls.clients !== 'off',
    rejectUnauthorized: tls.clients === 'required',
    SNICallback(name, callback) {
      try {
        callback(null, contextOf(tls.materialFor(name)));
      } catch (error) {
        callback(error instanceof Error ? error : new Error(String(error)));
      }
    },
  });
  const renewing = tls.onChange(() => server.setSecureContext(optionsOf(tls.materialFor(null))));
  server.on('close', () => renewing.dispose());
  server.on('secureConnection', (socket) => on.secured(socket));
  server.on('tlsClientError', (error, socket) => {
    // what a certificate of the client lacks is told nowhere else
    const lacks = (socket as { authorizationError?: unknown }).authorizationError;
    const code =
      typeof lacks === 'string' ? lacks : lacks instanceof Error ? (lacks as { code?: string }).code : undefined;
    on.failed(code === undefined ? error : Object.assign(new Error(code), { code }), socket);
  });
  return server;
}

/** Begins a TLS connection. */
export function tlsConnect(at: { host: string; port: number; localAddress?: string }, kind: StreamKind): TLSSocket {
  if (kind.type !== 'tls') throw new Error('not TLS');
  const { client = {}, serverName, verify } = kind;
  const { ca, own, refusal, rules = modernTls } = client;
  const wanted = serverName ?? at.host;
  const options: ConnectionOptions = {
    ...at,
    ...rules,
    ...(own ? { cert: own.cert, key: own.key } : {}),
    ...(ca === undefined ? {} : { ca: [...rootCertificates, ca] }),
    rejectUnauthorized: verify !== false,
    // an address is no server name (RFC 6066 §3)
    servername: isIP(wanted) === 0 ? wanted : '',
    checkServerIdentity(_host, certificate) {
      // called for verified certificates only
      const names = readAltNames(certificate.subjectaltname ?? '');
      const commonName = nameIn(certificate.subject);
      const peer: TlsPeer = { verified: true, commonName, names, fingerprint: certificate.fingerprint256 };
      const why = refusal ? refusal(peer) : hostRefusal(peer, wanted);
      return why === null ? undefined : new WrongTlsHost(why);
    },
  };
  return connect(options);
}

/** The certificate that the other end showed. */
export function tlsPeerOf(socket: Socket): TlsPeer | null {
  if (!(socket instanceof TLSSocket)) return null;
  const certificate: X509Certificate | undefined = socket.getPeerX509Certificate();
  if (!certificate) return null;
  const [, commonName] = /^CN=(.*)$/m.exec(certificate.subject) ?? [];
  return {
    verified: socket.authorized,
    commonName: commonName ?? null,
    names: readAltNames(certificate.subjectAltName ?? ''),
    fingerprint: certificate.fingerprint256,
  };
}

/** As of browsers (RFC 9525): alternative names only, wildcards for one label. */
function hostRefusal({ names }: TlsPeer, host: string): string | null {
  const named = isIP(host) === 0 ? namesHost(names.dns, host) : names.ips.includes(host);
  return named ? null : `its certificate does not name ${host}`;
}

function nameIn(subject: { CN?: string | string[] } | undefined): string | null {
  const name = subject?.CN;
  return (Array.isArray(name) ? name[0] : name) ?? null;
}

/** Where a socket's other end is, also when it is gone already. */
export function remoteOf(socket: Socket): Endpoint {
  return { address: plainAddress(socket.remoteAddress ?? '0.0.0.0'), port: socket.remotePort ?? 0 };
}

/** An IPv4 address that came in through a dual-stack socket, written plainly. */
export function plainAddress(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
}
