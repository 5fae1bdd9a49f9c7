import { readFileSync } from 'node:fs';

function read<T>(name: string, revive = (text: string): string => text): T[] {
  const text = readFileSync(new URL(`../../golden/h323/${name}.json`, import.meta.url), 'utf8');
  return JSON.parse(revive(text)) as T[];
}

/** A PDU that another stack sent, with its value. */
export interface Pdu {
  name: string;
  module: string;
  type: string;
  hex: string;
  reencode: 'identical' | 'equivalent';
  value: unknown;
}

/** A PDU of a rarer type, made by another encoder. */
export interface Synthetic {
  name: string;
  module: string;
  type: string;
  hex: string;
  /** The value as Erlang writes it. */
  erlangTerm: string;
}

/** An H.245 message, bare and in TPKT. */
export interface H245Vector {
  name: string;
  hex: string;
  tpkt: string;
}

/** A Q.931 message that another stack sent, with its information elements. */
export interface Q931Vector {
  name: string;
  hex: string;
  callReference: number;
  fromDestination: boolean;
  messageType: string;
  ies: { ie: string; len: number; hex: string }[];
}

// Bit strings are there as numbers of up to 96 bits: kept as text.
export const pdus = read<Pdu>('h323-pdus', (text) => text.replace(/"bits":\s*(\d+)/g, '"bits":"$1"'));
// Some modules spell three names of the Recommendation in the American way.
export const synthetic = read<Synthetic>('h323-synthetic', (text) =>
  text.replaceAll('h245Tunneling', 'h245Tunnelling').replaceAll('dialedDigits', 'dialledDigits'),
);
export const h245Vectors = read<H245Vector>('h245-vectors');
export const q931Vectors = read<Q931Vector>('q931');
