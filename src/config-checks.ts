import { isIP, isIPv6 } from 'node:net';
import { audioConflicts } from './config-audio-schema.js';
import { networkConflicts, pinConflicts } from './config-dialplan-checks.js';
import { addressFaults, listenConflicts } from './config-listen-checks.js';
import { gatekeeperConflicts } from './config-gatekeeper-schema.js';
import { registrationConflicts } from './config-registrations-schema.js';
import type { Settings } from './config-schema.js';
import { trunkConflicts } from './config-trunks-checks.js';
import { userConflicts } from './config-users-schema.js';

/** A contradiction between two settings; `path` is the one to change. */
export interface Conflict {
  path: string[];
  message: string;
}

interface Taken {
  path: string[];
  protocol: 'udp' | 'tcp';
  address: string;
  from: number;
  to: number;
}

/** What cannot work although each setting by itself is fine. */
export function findConflicts(settings: Settings): Conflict[] {
  return [
    ...rangeConflicts(settings),
    ...portConflicts(settings),
    ...addressConflicts(settings),
    ...settings.h323.listen.flatMap((at, index) =>
      addressFaults(at).map(([key, message]) => ({ path: ['h323', 'listen', String(index), key], message })),
    ),
    ...listenConflicts(settings.sip).map(({ path, message }) => ({ path: ['sip', ...path], message })),
    ...trunkConflicts(settings),
    ...h323Conflicts(settings),
    ...audioConflicts(settings.audio).map(({ path, message }) => ({ path: ['audio', ...path], message })),
    ...others(settings),
    ...networkConflicts(settings.sip.networks),
    ...pinConflicts(settings.rooms.permanent),
  ];
}

function h323Conflicts({ h323, sip }: Settings): Conflict[] {
  const trunks = sip.trunks.map(({ name }) => name);
  const networks = sip.networks.map(({ name }) => name);
  const registered = h323.registrations.map(({ name }) => name);
  const found = [
    ...registrationConflicts(h323.registrations, h323.dialOut.numbers, trunks, networks),
    ...gatekeeperConflicts(h323.gatekeeper, [...trunks, ...registered]),
  ];
  return found.map(({ path, message }) => ({ path: ['h323', ...path], message }));
}

function rangeConflicts({ media, bfcp, h323 }: Settings): Conflict[] {
  const ranges = [
    { path: ['media', 'ports'], range: media.ports },
    { path: ['bfcp', 'ports'], range: bfcp.ports },
    { path: ['h323', 'h245Ports'], range: h323.h245Ports },
    { path: ['media', 'rtpengine', 'ports'], range: 'ports' in media.rtpengine ? media.rtpengine.ports : null },
  ];
  return ranges.flatMap(({ path, range }) => {
    if (!range || range.to - range.from >= 9) return [];
    return [{ path, message: `expected at least 10 ports, ${range.from}-${range.to} are too few` }];
  });
}

function portConflicts(settings: Settings): Conflict[] {
  const taken = takenPorts(settings);
  return taken.flatMap((one, index) => {
    const other = taken.slice(0, index).find((earlier) => overlap(earlier, one));
    if (!other) return [];
    const ports = one.from === one.to ? `port ${one.from}` : `ports ${one.from}-${one.to}`;
    return [{ path: one.path, message: `${one.protocol} ${ports} is also asked for by ${other.path.join('.')}` }];
  });
}

function takenPorts({ sip, media, bfcp, web, h323 }: Settings): Taken[] {
  const taken: Taken[] = [];
  const add = (path: string[], protocol: 'udp' | 'tcp', address: string, from: number, to = from): void => {
    if (from !== 0) taken.push({ path, protocol, address, from, to });
  };
  // with a drachtio-server none of these is ours
  if (sip.engine.kind === 'embedded') {
    for (const [index, at] of sip.listen.entries()) {
      add(['sip', 'listen', String(index)], at.transport === 'udp' ? 'udp' : 'tcp', at.address, at.port);
    }
    add(['sip', 'controlPort'], 'tcp', '127.0.0.1', sip.controlPort);
  }
  if (h323.enabled) {
    for (const [index, at] of h323.listen.entries()) {
      add(['h323', 'listen', String(index)], 'tcp', at.address, at.port);
    }
    const { h245Ports, nat, gatekeeper } = h323;
    if (nat.multiplexPort)
      add(['h323', 'nat', 'multiplexPort'], 'udp', '0.0.0.0', nat.multiplexPort, nat.multiplexPort + 1);
    for (const [index, { port }] of h323.registrations.entries()) {
      add(['h323', 'registrations', String(index), 'port'], 'udp', '0.0.0.0', port);
    }
    for (const [index, at] of gatekeeper.enabled ? gatekeeper.listen.entries() : []) {
      add(['h323', 'gatekeeper', 'listen', String(index)], 'udp', at.address, at.port);
    }
    if (h245Ports) add(['h323', 'h245Ports'], 'tcp', '0.0.0.0', h245Ports.from, h245Ports.to);
  }
  if (web.http) add(['web', 'http', 'port'], 'tcp', web.http.address, web.http.port);
  if (web.https) add(['web', 'https', 'port'], 'tcp', web.https.address, web.https.port);
  const addRange = (path: string[], range: { from: number; to: number } | null): void => {
    if (range) add(path, 'udp', '0.0.0.0', range.from, range.to);
  };
  addRange(['media', 'ports'], media.ports);
  addRange(['bfcp', 'ports'], bfcp.ports);
  if (media.rtpengine.kind === 'embedded') addRange(['media', 'rtpengine', 'ports'], media.rtpengine.ports);
  return taken;
}

function overlap(a: Taken, b: Taken): boolean {
  const anywhere = (address: string): boolean => address === '0.0.0.0' || address === '::';
  const sameFamily = isIPv6(a.address) === isIPv6(b.address);
  const sameAddress = a.address === b.address || (sameFamily && (anywhere(a.address) || anywhere(b.address)));
  return a.protocol === b.protocol && sameAddress && a.from <= b.to && b.from <= a.to;
}

function addressConflicts({ media, web }: Settings): Conflict[] {
  const found: Conflict[] = [];
  const interfaces = new Set<string>();
  for (const [index, entry] of media.externalAddress.entries()) {
    const path = ['media', 'externalAddress', String(index)];
    const one: { interface?: string | undefined; lan?: string | undefined; wan?: string | undefined } = entry;
    if (one.lan === undefined && one.wan === undefined) found.push({ path, message: 'expected lan, wan or both' });
    for (const key of ['lan', 'wan'] as const) {
      if (one[key] !== undefined && ['0.0.0.0', '::'].includes(one[key])) {
        found.push({ path: [...path, key], message: `${one[key]} is no address that a peer can reach` });
      }
    }
    const name = one.interface ?? '';
    if (interfaces.has(name)) found.push({ path, message: 'this interface is described twice' });
    interfaces.add(name);
  }
  for (const [index, network] of media.lanNetworks.entries()) {
    const [address = '', bits = ''] = network.split('/');
    const limit = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
    if (Number(bits) > limit) {
      found.push({ path: ['media', 'lanNetworks', String(index)], message: 'expected a network like 192.0.2.0/24' });
    }
  }
  if (web.http && !/^(127\.|::1$)/.test(web.http.address)) {
    found.push({ path: ['web', 'http', 'address'], message: 'unencrypted HTTP is served on loopback only' });
  }
  return found;
}

function others({ web, rooms, sip }: Settings): Conflict[] {
  const found = userConflicts(sip).map(({ path, message }) => ({ path: ['sip', ...path], message }));
  if ((web.cert === undefined) !== (web.key === undefined)) {
    found.push({ path: ['web', web.cert === undefined ? 'key' : 'cert'], message: 'cert and key go together' });
  }
  const names = new Set<string>();
  for (const [index, room] of rooms.permanent.entries()) {
    const path = ['rooms', 'permanent', String(index), 'name'];
    if (names.has(room.name)) found.push({ path, message: `the room ${room.name} is described twice` });
    names.add(room.name);
  }
  return found;
}
