import type { CallRole, CallState } from './contract.js';

/** Call states of Q.931 §2.1, as Status tells them. */
export function callStateOf(role: CallRole, state: CallState): number {
  return (role === 'caller' ? callerStates : calleeStates)[state];
}

const callerStates: Readonly<Record<CallState, number>> = {
  connecting: 0,
  initiated: 1,
  present: 1,
  proceeding: 3,
  alerting: 4,
  active: 10,
  released: 0,
};

const calleeStates: Readonly<Record<CallState, number>> = {
  ...callerStates,
  initiated: 6,
  present: 6,
  proceeding: 9,
  alerting: 7,
};
