/** RFC 8856 §5.1; `c-s` is the old RFC 4583 value, read as "either". */
export type FloorRole = 'c-only' | 's-only' | 'c-s';

/** One a=floorid line: a floor and the labels of the streams it controls. */
export interface FloorStreams {
  id: number;
  streams: string[];
}

/** Attributes of a BFCP m-section; null or empty where missing or unreadable. */
export interface FloorAttributes {
  roles: FloorRole[];
  /** 0..4294967295. */
  confId: number | null;
  /** 0..65535. */
  userId: number | null;
  floors: FloorStreams[];
  /** a=bfcpver in the order written. */
  versions: number[];
}

const ROLES: readonly string[] = ['c-only', 's-only', 'c-s'];

/**
 * Reads the BFCP attributes of a section's lines, in any order. A value out of range counts as missing. `mstrm` and
 * `m-stream`, after a colon, a blank or nothing, name the streams (RFC 8856 §5.4, RFC 4583 §6 and what vendors make of it).
 */
export function readFloorAttributes(lines: readonly string[]): FloorAttributes {
  const floor: FloorAttributes = { roles: [], confId: null, userId: null, floors: [], versions: [] };
  for (const line of lines) {
    const match = /^a=([a-z]+):(.*)$/i.exec(line);
    if (!match) continue;
    const value = (match[2] ?? '').trim();
    switch ((match[1] ?? '').toLowerCase()) {
      case 'floorctrl':
        floor.roles = words(value.toLowerCase()).filter((word): word is FloorRole => ROLES.includes(word));
        break;
      case 'confid':
        floor.confId = decimal(value, 0xffffffff);
        break;
      case 'userid':
        floor.userId = decimal(value, 0xffff);
        break;
      case 'floorid': {
        const streams = readFloorId(value);
        if (streams) floor.floors.push(streams);
        break;
      }
      case 'bfcpver':
        floor.versions = words(value).flatMap((word) => decimal(word, 255) ?? []);
        break;
      default:
    }
  }
  return floor;
}

/** The lines of `attributes`, in the order of RFC 8856's examples; `mstrm:` only where there are streams. */
export function printFloorAttributes(attributes: FloorAttributes): string[] {
  const lines: string[] = [];
  if (attributes.roles.length > 0) lines.push(`a=floorctrl:${attributes.roles.join(' ')}`);
  if (attributes.confId !== null) lines.push(`a=confid:${attributes.confId}`);
  if (attributes.userId !== null) lines.push(`a=userid:${attributes.userId}`);
  for (const { id, streams } of attributes.floors) {
    lines.push(streams.length > 0 ? `a=floorid:${id} mstrm:${streams.join(' ')}` : `a=floorid:${id}`);
  }
  if (attributes.versions.length > 0) lines.push(`a=bfcpver:${attributes.versions.join(' ')}`);
  return lines;
}

function readFloorId(value: string): FloorStreams | null {
  const match = /^(\d+)(?:\s+m-?str(?:ea)?m\s*[:\s]\s*(.*))?/i.exec(value);
  const id = decimal(match?.[1] ?? '', 0xffff);
  return id === null ? null : { id, streams: words(match?.[2] ?? '') };
}

function words(value: string): string[] {
  return value.split(/\s+/).filter((word) => word !== '');
}

function decimal(text: string, max: number): number | null {
  if (!/^\d{1,10}$/.test(text)) return null;
  const value = Number(text);
  return value <= max ? value : null;
}
