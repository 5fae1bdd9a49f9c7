/** Prompts that are spoken to a caller, and to those in a room. */
export const promptNames = ['room', 'pin', 'wrong', 'goodbye', 'unavailable', 'recorded', 'not-recorded'] as const;
export type PromptName = (typeof promptNames)[number];

const noPin = { status: 403, why: 'No PIN of this room was given' };
/** Wrong or missing entries before the call ends. */
const tries = 3;
/** Longest entry; one digit more counts as its end. */
const longestEntry = 16;

/**
 * A caller who is asked for a room and its PIN.
 *
 *   asking room --entry--> checking --needs its PIN--> asking pin --entry--> checking
 *   checking --admitted--> gone      --unavailable--> leaving
 *   checking, asking (nothing entered) --a try lost--> asking from the start, or leaving after the third
 *   leaving --its prompt was played--> gone
 */
export interface IvrState {
  at: 'asking-room' | 'asking-pin' | 'checking' | 'leaving' | 'gone';
  /** Null asks for it. */
  readonly fixedRoom: string | null;
  /** What was entered as a room, or the fixed one. */
  room: string | null;
  /** Digits so far. */
  entered: string;
  /** Tries that came to nothing. */
  lost: number;
  /** Why the call will end. */
  end: { status: number; why: string };
}

export type IvrInput =
  | { kind: 'begin' }
  | { kind: 'digit'; digit: string }
  /** Nothing was entered for as long as was to be waited, or the last prompt is over. */
  | { kind: 'timeout' }
  | { kind: 'checked'; outcome: 'admitted' | 'needs-pin' | 'wrong' }
  | { kind: 'checked'; outcome: 'unavailable'; status: number; why: string };

export type IvrEffect =
  /** One after the other. */
  | { do: 'say'; prompts: PromptName[] }
  | { do: 'hush' }
  /** For the first digit, after what is said; for the next one; or just until all is said. */
  | { do: 'wait'; for: 'first' | 'next' | 'end' }
  /** Answered by `checked`. */
  | { do: 'check'; room: string; pin: string | undefined }
  | { do: 'hang-up'; status: number; why: string };

interface Step {
  state: IvrState;
  effects: IvrEffect[];
}

/** Before `begin`. */
export function ivrStart(room: string | null): IvrState {
  return { at: room === null ? 'asking-room' : 'asking-pin', fixedRoom: room, room, entered: '', lost: 0, end: noPin };
}

/** Pure. Inputs that mean nothing in a state change nothing. */
export function ivrStep(state: IvrState, input: IvrInput): Step {
  switch (state.at) {
    case 'asking-room':
    case 'asking-pin':
      return asking(state, input);
    case 'checking':
      return input.kind === 'checked' ? checked(state, input) : { state, effects: [] };
    case 'leaving':
      if (input.kind !== 'timeout') return { state, effects: [] };
      return { state: { ...state, at: 'gone' }, effects: [{ do: 'hang-up', ...state.end }] };
    case 'gone':
      return { state, effects: [] };
  }
}

function asking(state: IvrState, input: IvrInput): Step {
  switch (input.kind) {
    case 'begin':
      return ask(state, []);
    case 'digit':
      return digit(state, input.digit);
    case 'timeout':
      return state.entered === '' ? lose(state) : enter(state);
    case 'checked':
      return { state, effects: [] };
  }
}

/** `#` ends an entry, `*` takes it back; A to D are on no keypad that people have. */
function digit(state: IvrState, digit: string): Step {
  const first: IvrEffect[] = state.entered === '' ? [{ do: 'hush' }] : [];
  if (digit === '#' && state.entered === '') return { state, effects: [] };
  if (digit === '#') return enter(state);
  if (digit === '*') return { state: { ...state, entered: '' }, effects: [...first, { do: 'wait', for: 'first' }] };
  if (!/^\d$/.test(digit)) return { state, effects: [] };
  const next = { ...state, entered: state.entered + digit };
  if (next.entered.length >= longestEntry) return enter(next);
  return { state: next, effects: [...first, { do: 'wait', for: 'next' }] };
}

function enter(state: IvrState): Step {
  const { at, entered } = state;
  const room = at === 'asking-room' ? entered : (state.room ?? '');
  const pin = at === 'asking-room' ? undefined : entered;
  return { state: { ...state, at: 'checking', room, entered: '' }, effects: [{ do: 'check', room, pin }] };
}

function checked(state: IvrState, input: Extract<IvrInput, { kind: 'checked' }>): Step {
  switch (input.outcome) {
    case 'admitted':
      return { state: { ...state, at: 'gone' }, effects: [] };
    case 'needs-pin':
      return ask({ ...state, at: 'asking-pin' }, []);
    case 'wrong':
      return lose(state);
    case 'unavailable': {
      const { status, why } = input;
      const effects: IvrEffect[] = [
        { do: 'say', prompts: ['unavailable'] },
        { do: 'wait', for: 'end' },
      ];
      return { state: { ...state, at: 'leaving', end: { status, why } }, effects };
    }
  }
}

/** The number may have been the wrong one as well as its PIN, so both are asked for again. */
function lose(state: IvrState): Step {
  const lost = state.lost + 1;
  if (lost >= tries) {
    const effects: IvrEffect[] = [
      { do: 'say', prompts: ['goodbye'] },
      { do: 'wait', for: 'end' },
    ];
    return { state: { ...state, at: 'leaving', lost, entered: '' }, effects };
  }
  const at = state.fixedRoom === null ? 'asking-room' : 'asking-pin';
  return ask({ ...state, at, lost, room: state.fixedRoom }, ['wrong']);
}

function ask(state: IvrState, before: PromptName[]): Step {
  const prompt: PromptName = state.at === 'asking-room' ? 'room' : 'pin';
  const effects: IvrEffect[] = [
    { do: 'say', prompts: [...before, prompt] },
    { do: 'wait', for: 'first' },
  ];
  return { state: { ...state, entered: '' }, effects };
}
