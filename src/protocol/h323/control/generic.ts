import type { CapabilityIdentifier, GenericParameter, ParameterValue } from '../h245/schema.js';

/** Parameters of generic capabilities and messages by their standard number. */
export type Parameters = ReadonlyMap<number, number>;

/** Numbers of parameters; a logical one is 1, others than numbers are left out. */
export function readParameters(...lists: (readonly GenericParameter[] | undefined)[]): Parameters {
  const found = new Map<number, number>();
  for (const { parameterIdentifier, parameterValue } of lists.flatMap((list) => list ?? [])) {
    const value = numberIn(parameterValue);
    if (parameterIdentifier.standard !== undefined && value !== null) found.set(parameterIdentifier.standard, value);
  }
  return found;
}

function numberIn(value: ParameterValue): number | null {
  const { booleanArray, unsignedMin, unsignedMax, unsigned32Min, unsigned32Max, logical } = value;
  return booleanArray ?? unsignedMin ?? unsignedMax ?? unsigned32Min ?? unsigned32Max ?? (logical ? 1 : null);
}

export function parameter(standard: number, parameterValue: ParameterValue): GenericParameter {
  return { parameterIdentifier: { standard }, parameterValue };
}

/** A number for a capability: no more than this is possible. */
export const unsignedMin = (standard: number, value: number): GenericParameter =>
  parameter(standard, { unsignedMin: value });

/** Object identifier, or '' for others. */
export function identifierOf(identifier: CapabilityIdentifier): string {
  return identifier.standard ?? '';
}
