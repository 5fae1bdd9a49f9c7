import type { H2250Capability, MultipointCapability, RTPPayloadType, TerminalCapabilitySet } from '../h245/schema.js';
import { readCapability, writeCapability, type DirectedCapability } from './capability-values.js';
import { identifiers } from './identifiers.js';
import type { Capability, CapabilityDescriptor, CapabilityEntry, CapabilitySet, Packetization } from './values.js';

/** Entries of a set by their kind. */
export type EntryOf<K extends Capability['kind']> = CapabilityEntry & { capability: Extract<Capability, { kind: K }> };

/**
 * A set out of groups: one of each group at a time, alternatives in order of preference, numbered from 1 in their order. A
 * capability of security names an entry by its number, so it comes in last.
 */
export function capabilitySet(
  groups: readonly (readonly DirectedCapability[])[],
  more: Partial<Pick<CapabilitySet, 'packetizations' | 'maxAudioDelayJitter'>> = {},
): CapabilitySet {
  const entries: CapabilityEntry[] = [];
  const simultaneous = groups
    .filter((group) => group.length > 0)
    .map((group) =>
      group.map((one) => {
        entries.push({ number: entries.length + 1, ...one });
        return entries.length;
      }),
    );
  const descriptors = simultaneous.length > 0 ? [{ number: 0, simultaneous }] : [];
  return { entries, descriptors, packetizations: [], maxAudioDelayJitter: 250, ...more };
}

/** Object identifiers of the algorithms by which an entry's media may be encrypted (H.235.6); none is plain only. */
export function algorithmsOf({ entries }: CapabilitySet, number: number): string[] {
  return entries.flatMap(({ capability }) =>
    capability.kind === 'security' && capability.entry === number ? capability.algorithms : [],
  );
}

/**
 * Entries of a kind that the author receives, in order of preference: that of its descriptors, then those outside of all
 * descriptors, which some devices forget.
 */
export function receives<K extends Capability['kind']>(set: CapabilitySet, kind: K): EntryOf<K>[] {
  const order = [...new Set(set.descriptors.flatMap(({ simultaneous }) => simultaneous.flat()))];
  const place = ({ number }: CapabilityEntry): number => {
    const at = order.indexOf(number);
    return at < 0 ? order.length : at;
  };
  return set.entries
    .filter((entry): entry is EntryOf<K> => entry.capability.kind === kind && entry.direction !== 'transmit')
    .sort((a, b) => place(a) - place(b));
}

/**
 * Whether one descriptor has room for all of some entries at the same time: each out of a set of its own. Peers write sets
 * that would be long to try out, so that where each entry stands is looked up once.
 */
export function combinations({ descriptors }: CapabilitySet): (numbers: readonly number[]) => boolean {
  const places = descriptors.map(({ simultaneous }) => placesOf(simultaneous));
  return (numbers) => places.length === 0 || places.some((of) => fit(numbers.map((number) => of.get(number) ?? [])));
}

/** In which sets of a descriptor each entry is. */
function placesOf(simultaneous: readonly number[][]): ReadonlyMap<number, number[]> {
  const places = new Map<number, number[]>();
  for (const [place, alternatives] of simultaneous.entries()) {
    for (const number of new Set(alternatives)) {
      const found = places.get(number);
      if (found) found.push(place);
      else places.set(number, [place]);
    }
  }
  return places;
}

/** Whether each can have one of the places it may have: who came first moves on where it can. */
function fit(wanted: readonly (readonly number[])[]): boolean {
  const owners = new Map<number, number>();
  const seat = (who: number, tried: Set<number>): boolean =>
    (wanted[who] ?? []).some((place) => {
      if (tried.has(place)) return false;
      tried.add(place);
      const other = owners.get(place);
      if (other !== undefined && !seat(other, tried)) return false;
      owners.set(place, who);
      return true;
    });
  return wanted.every((places) => places.length > 0) && wanted.every((_, who) => seat(who, new Set()));
}

/** @throws RangeError for an entry that has only a name */
export function writeSet(set: CapabilitySet | null, sequenceNumber: number): TerminalCapabilitySet {
  const empty = { sequenceNumber, protocolIdentifier: identifiers.protocol };
  if (set === null) return empty;
  const descriptors = set.descriptors.map(({ number, simultaneous }) => ({
    capabilityDescriptorNumber: number,
    simultaneousCapabilities: simultaneous,
  }));
  return {
    ...empty,
    multiplexCapability: { h2250Capability: writeMultiplex(set) },
    capabilityTable: set.entries.map((entry) => ({
      capabilityTableEntryNumber: entry.number,
      capability: writeCapability(entry),
    })),
    ...(descriptors.length > 0 ? { capabilityDescriptors: descriptors } : {}),
  };
}

const noMultipoint: MultipointCapability = {
  multicastCapability: false,
  multiUniCastConference: false,
  mediaDistributionCapability: [
    {
      centralizedControl: false,
      distributedControl: false,
      centralizedAudio: false,
      distributedAudio: false,
      centralizedVideo: false,
      distributedVideo: false,
    },
  ],
};

function writeMultiplex({ packetizations, maxAudioDelayJitter }: CapabilitySet): H2250Capability {
  return {
    maximumAudioDelayJitter: maxAudioDelayJitter,
    receiveMultipointCapability: noMultipoint,
    transmitMultipointCapability: noMultipoint,
    receiveAndTransmitMultipointCapability: noMultipoint,
    mcCapability: { centralizedConferenceMC: false, decentralizedConferenceMC: false },
    rtcpVideoControlCapability: false,
    mediaPacketizationCapability: {
      h261aVideoPacketization: false,
      ...(packetizations.length > 0 ? { rtpPayloadType: packetizations.map(writePacketization) } : {}),
    },
    logicalChannelSwitchingCapability: false,
    t120DynamicPortCapability: false,
  };
}

export function writePacketization({ format, payloadType }: Packetization): RTPPayloadType {
  const payloadDescriptor = 'oid' in format ? { oid: format.oid } : { 'rfc-number': format.rfc };
  return { payloadDescriptor, ...(payloadType === undefined ? {} : { payloadType }) };
}

/** Null for one that has neither an object identifier nor the number of an RFC. */
export function readPacketization({ payloadDescriptor, payloadType }: RTPPayloadType): Packetization | null {
  const { oid, 'rfc-number': rfc } = payloadDescriptor;
  const format = oid !== undefined ? { oid } : rfc !== undefined ? { rfc } : null;
  return format && { format, ...(payloadType === undefined ? {} : { payloadType }) };
}

/** What became of a received set. */
export type SetReading =
  { kind: 'empty' } | { kind: 'set'; set: CapabilitySet; quirks: string[] } | { kind: 'refused'; cause: SetRefusal };

/** Causes of TerminalCapabilitySetReject. */
export type SetRefusal =
  /** Its descriptors name nothing that is in the table. */
  | { undefinedTableEntryUsed: true }
  /** More than we keep: nothing of it was. */
  | { tableEntryCapacityExceeded: { noneProcessed: true } }
  | { descriptorCapacityExceeded: true };

/** What is kept of one peer, in however many pieces it came; devices have some dozens of each. */
const mostEntries = 256;
const mostDescriptors = 64;
/** Numbers in all descriptors together. */
const mostAlternatives = 1024;

/**
 * The peer's sets, one after the other. By H.245 a set only tells what changed; most devices tell everything each time.
 * One whose descriptors are satisfied by its own table is taken for everything.
 */
export class RemoteSets {
  private table = new Map<number, CapabilityEntry>();
  private descriptors = new Map<number, number[][]>();
  private packetizations: Packetization[] = [];
  private jitter = 0;

  take(message: TerminalCapabilitySet): SetReading {
    const { multiplexCapability, capabilityTable = [], capabilityDescriptors = [] } = message;
    if (multiplexCapability === undefined && capabilityTable.length + capabilityDescriptors.length === 0) {
      this.table.clear();
      this.descriptors.clear();
      return { kind: 'empty' };
    }
    const whole = isWhole(message);
    const table = new Map(whole ? [] : this.table);
    const descriptors = new Map(whole ? [] : this.descriptors);
    for (const { capabilityTableEntryNumber: number, capability } of capabilityTable) {
      if (capability) table.set(number, { number, ...readCapability(capability) });
      else table.delete(number);
    }
    for (const { capabilityDescriptorNumber: number, simultaneousCapabilities } of capabilityDescriptors) {
      if (simultaneousCapabilities) descriptors.set(number, simultaneousCapabilities);
      else descriptors.delete(number);
    }
    // A set that is refused changes nothing.
    if (table.size > mostEntries) return refused({ tableEntryCapacityExceeded: { noneProcessed: true } });
    if (isTooMuch(descriptors)) return refused({ descriptorCapacityExceeded: true });
    const { used, missing } = usable(table, descriptors);
    if (descriptors.size > 0 && used.length === 0) return refused({ undefinedTableEntryUsed: true });
    this.table = table;
    this.descriptors = descriptors;
    if (multiplexCapability?.h2250Capability) this.readMultiplex(multiplexCapability.h2250Capability);
    const entries = [...table.values()].sort((a, b) => a.number - b.number);
    const set = { entries, descriptors: used, packetizations: this.packetizations, maxAudioDelayJitter: this.jitter };
    return { kind: 'set', set, quirks: missing ? ['descriptor_names_missing_entry'] : [] };
  }

  private readMultiplex({ maximumAudioDelayJitter, mediaPacketizationCapability }: H2250Capability): void {
    this.jitter = maximumAudioDelayJitter;
    const told = mediaPacketizationCapability.rtpPayloadType ?? [];
    this.packetizations = told.map(readPacketization).filter((one) => one !== null);
  }
}

const refused = (cause: SetRefusal): SetReading => ({ kind: 'refused', cause });

function isTooMuch(descriptors: ReadonlyMap<number, number[][]>): boolean {
  const alternatives = [...descriptors.values()].flat(2).length;
  return descriptors.size > mostDescriptors || alternatives > mostAlternatives;
}

/** Descriptors without the entries that are not in the table. */
function usable(table: ReadonlyMap<number, unknown>, descriptors: ReadonlyMap<number, number[][]>) {
  let missing = false;
  const used: CapabilityDescriptor[] = [];
  for (const [number, told] of descriptors) {
    const whole = told.every((set) => set.length > 0 && set.every((entry) => table.has(entry)));
    const there = (): number[][] => told.map((set) => set.filter((entry) => table.has(entry)));
    const simultaneous = whole ? told : there().filter((set) => set.length > 0);
    missing ||= simultaneous.flat().length < told.flat().length;
    if (simultaneous.length > 0) used.push({ number, simultaneous });
  }
  return { used, missing };
}

/** Has a table, and descriptors that are content with it. */
function isWhole({ capabilityTable = [], capabilityDescriptors = [] }: TerminalCapabilitySet): boolean {
  if (capabilityTable.length === 0 || capabilityDescriptors.length === 0) return false;
  const named = new Set(
    capabilityTable.filter(({ capability }) => capability).map((entry) => entry.capabilityTableEntryNumber),
  );
  return capabilityDescriptors.every(
    ({ simultaneousCapabilities }) => simultaneousCapabilities?.flat().every((entry) => named.has(entry)) ?? false,
  );
}
