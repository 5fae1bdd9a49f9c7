import {
  bmpString,
  GENERAL_STRING,
  ia5String,
  numericString,
  printableString,
} from '../../../src/protocol/asn1/characters.js';
import { choice } from '../../../src/protocol/asn1/choice.js';
import { sequenceOf, setOf } from '../../../src/protocol/asn1/list.js';
import {
  BOOLEAN,
  enumerated,
  extensibleInteger,
  integer,
  NULL,
  OBJECT_IDENTIFIER,
} from '../../../src/protocol/asn1/numbers.js';
import { bitString, octetString } from '../../../src/protocol/asn1/octets.js';
import { lazy, optional, type AnySchema, type Schema } from '../../../src/protocol/asn1/schema.js';
import { sequence } from '../../../src/protocol/asn1/sequence.js';

// The schemas of test/golden/asn1/CONSTRUCTS.asn.

const digits = '0123456789#*,';

export const Numbers = sequence({
  bit: BOOLEAN,
  few: integer(-3, 3),
  octet: integer(0, 255),
  almost: integer(1, 255),
  word: integer(0, 256),
  words: integer(0, 65535),
  large: integer(0, 65536),
  huge: integer(0, 4294967295),
  above: integer(5),
  any: integer(),
  extensible: extensibleInteger(1, 32768),
});

export const Strings = sequence({
  bit: BOOLEAN,
  two: octetString(2),
  three: octetString(3),
  upToTwo: octetString(1, 2),
  most: octetString(1, 65535),
  free: octetString(),
  bits16: bitString(16),
  bits17: bitString(17),
  fewBits: bitString(1, 9),
  bits: bitString(),
  digits: ia5String(1, 128, digits),
  threeDigits: ia5String(3, 3, digits),
  fiveDigits: ia5String(5, 5, digits),
  someDigits: ia5String(1, 3, digits),
  signal: ia5String(1, 1, '0123456789#*ABCD!'),
  triple: ia5String(3),
  text: ia5String(),
  numbers: numericString(1, 9),
  printable: printableString(1, 20),
  wide: bmpString(1, 256),
  general: GENERAL_STRING,
  identifier: OBJECT_IDENTIFIER,
});

export const Choices = choice(
  {
    colour: enumerated(['red', 'green', 'blue']),
    fruit: enumerated(['pear', 'apple'], ['plum']),
    nothing: NULL,
    only: choice({ one: BOOLEAN }),
  },
  { later: Strings, empty: sequence({}), extended: sequence({}, {}) },
);

export const Versions = sequence(
  { first: BOOLEAN, second: optional(integer(0, 7)), last: optional(BOOLEAN) },
  {
    third: octetString(1, 4),
    group1: sequence({ fourth: BOOLEAN, fifth: optional(integer()) }),
    sixth: NULL,
  },
);

export const Lists = sequence({
  some: sequenceOf(BOOLEAN, 1, 4),
  three: sequenceOf(integer(0, 9), 3),
  many: sequenceOf(Numbers),
  set: setOf(Choices, 0, 300),
});

export interface Tree {
  name: string;
  children?: Tree[] | undefined;
}
export const Tree: Schema<Tree> = sequence(
  { name: ia5String(1, 8), children: optional(sequenceOf(lazy((): Schema<Tree> => Tree))) },
  {},
);

export const Long = choice(
  { octets: octetString(), bits: bitString(), wide: bmpString(), list: sequenceOf(integer(0, 255)) },
  { later: octetString() },
);

export const constructs = new Map<string, AnySchema>(
  Object.entries({ Numbers, Choices, Strings, Versions, Lists, Tree, Long }),
);
