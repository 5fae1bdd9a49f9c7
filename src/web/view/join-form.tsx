import type { RefObject } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { mediaAllowed, type DeviceChoice, type DeviceKind } from '../media.js';
import type { JoinWish } from '../meeting.js';
import type { Notice } from '../notices.js';
import { recall, remember } from '../remember.js';
import { DeviceCheck } from './device-check.js';
import { DevicePicker } from './device-picker.js';
import { Insecure } from './insecure.js';
import { useNotice, useWords } from './language.js';
import { keepDevice, keptDevice, useDeviceList } from './use-devices.js';

interface JoinFormProps {
  room: string;
  /** Name from the address. */
  suggested: string | null;
  busy: boolean;
  notice: Notice | null;
  onJoin: (wish: JoinWish) => void;
  onBack: () => void;
}

/** The door of a room: name, microphone, camera, and a PIN where one is asked for. */
export function JoinForm({ room, suggested, busy, notice, onJoin, onBack }: JoinFormProps) {
  const words = useWords();
  const inWords = useNotice();
  const [name, setName] = useState(suggested ?? recall('name') ?? '');
  const [pin, setPin] = useState('');
  const [choice, setChoice] = useState({ audio: keptDevice('audio'), video: keptDevice('video') });
  const [checking, setChecking] = useState(false);
  const { askPin, wantsPin } = usePin(notice);
  const first = useFirstFocus(name !== '', notice, wantsPin);
  const submit = (event: Event): void => {
    event.preventDefault();
    remember('name', name.trim());
    setChecking(false);
    onJoin({ room, name: name.trim(), pin, devices: { ...choice } });
  };

  return (
    <form class="card join" onSubmit={submit} aria-busy={busy}>
      <h2>
        {words('room')} <strong>{room}</strong>
      </h2>
      {notice && (
        <p class="notice" role="alert">
          {inWords(notice)}
        </p>
      )}
      {!mediaAllowed() && <Insecure />}
      <NameField field={first.name} value={name} onName={setName} />
      {askPin && <PinField field={first.pin} value={pin} onPin={setPin} />}
      <Devices choice={choice} notice={notice} checking={checking} onChoice={setChoice} />
      <div class="row">
        <button ref={first.join} class="primary" type="submit" disabled={busy}>
          {words(busy ? 'joining' : 'join')}
        </button>
        {mediaAllowed() && (
          <button type="button" onClick={() => setChecking(!checking)} disabled={busy}>
            {words(checking ? 'checkEnd' : 'check')}
          </button>
        )}
        <button type="button" onClick={onBack} disabled={busy}>
          {words('back')}
        </button>
      </div>
    </form>
  );
}

type Choice = Record<DeviceKind, DeviceChoice>;

interface DevicesProps {
  choice: Choice;
  notice: Notice | null;
  checking: boolean;
  onChoice: (choice: Choice) => void;
}

function Devices({ choice, notice, checking, onChoice }: DevicesProps) {
  const words = useWords();
  const [permission, setPermission] = useState(0);
  const devices = useDeviceList(`${permission} ${notice?.word}`);
  const pick = (kind: DeviceKind, value: DeviceChoice): void => {
    keepDevice(kind, value);
    onChoice({ ...choice, [kind]: value });
  };
  return (
    <>
      {(['audio', 'video'] as const).map((kind) => (
        <DevicePicker
          key={kind}
          label={words(kind === 'audio' ? 'microphone' : 'camera')}
          value={choice[kind]}
          devices={devices[kind]}
          onPick={(value) => pick(kind, value)}
        />
      ))}
      {checking && <DeviceCheck choice={choice} onPermission={() => setPermission(permission + 1)} />}
    </>
  );
}

interface FieldProps {
  field: RefObject<HTMLInputElement | null>;
  value: string;
}

function NameField({ field, value, onName }: FieldProps & { onName: (name: string) => void }) {
  const words = useWords();
  return (
    <label>
      {words('name')}
      <input
        ref={field}
        value={value}
        required
        pattern=".*\S.*"
        maxLength={64}
        autocomplete="name"
        onInput={(event) => onName(event.currentTarget.value)}
      />
    </label>
  );
}

function PinField({ field, value, onPin }: FieldProps & { onPin: (pin: string) => void }) {
  const words = useWords();
  return (
    <label>
      {words('pin')}
      <input
        ref={field}
        value={value}
        type="password"
        inputMode="numeric"
        autocomplete="off"
        maxLength={32}
        onInput={(event) => onPin(event.currentTarget.value)}
      />
    </label>
  );
}

/** Whether the room asks for a PIN now, and whether it ever did. */
function usePin(notice: Notice | null): { askPin: boolean; wantsPin: boolean } {
  const wantsPin = notice?.word === 'pin_required' || notice?.word === 'wrong_pin';
  const [askPin, setAskPin] = useState(false);
  useEffect(() => {
    if (wantsPin) setAskPin(true);
  }, [wantsPin]);
  return { askPin, wantsPin };
}

/** Puts the focus where the person has something to do: the name, the PIN that is asked for, else the button. */
function useFirstFocus(named: boolean, notice: Notice | null, wantsPin: boolean) {
  const name = useRef<HTMLInputElement>(null);
  const pin = useRef<HTMLInputElement>(null);
  const join = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    const target = wantsPin ? pin : named ? join : name;
    // the PIN field is drawn one turn later
    const frame = requestAnimationFrame(() => target.current?.focus());
    return () => cancelAnimationFrame(frame);
  }, [notice, wantsPin]);
  return { name, pin, join };
}
