import { useEffect, useState } from 'preact/hooks';
import { listDevices, mediaAllowed, type Device } from '../media';
import type { JoinWish, Notice } from '../meeting';
import { useNotice, useWords } from './language';

const noDevice = 'none';

interface JoinFormProps {
  room: string;
  busy: boolean;
  notice: Notice | null;
  onJoin: (wish: JoinWish) => void;
  onBack: () => void;
}

/** The door of a room: name, microphone, camera, and a PIN where one is asked for. */
export function JoinForm({ room, busy, notice, onJoin, onBack }: JoinFormProps) {
  const words = useWords();
  const inWords = useNotice();
  const [name, setName] = useState(localStorage.getItem('name') ?? '');
  const [pin, setPin] = useState('');
  const [audio, setAudio] = useState(mediaAllowed() ? '' : noDevice);
  const [video, setVideo] = useState(mediaAllowed() ? '' : noDevice);
  const [devices, setDevices] = useState<{ audio: Device[]; video: Device[] }>({ audio: [], video: [] });
  const askPin = notice?.word === 'pin_required' || notice?.word === 'wrong_pin';

  useEffect(() => {
    listDevices().then(setDevices, () => undefined);
  }, [notice]);

  const submit = (event: Event): void => {
    event.preventDefault();
    localStorage.setItem('name', name.trim());
    const choice = (value: string): string | null => (value === noDevice ? null : value);
    onJoin({ room, name: name.trim(), pin, devices: { audio: choice(audio), video: choice(video) } });
  };

  return (
    <form class="card join" onSubmit={submit}>
      <h2>
        {words('room')} <strong>{room}</strong>
      </h2>
      {notice && (
        <p class="notice" role="alert">
          {inWords(notice)}
        </p>
      )}
      {!mediaAllowed() && <p class="hint">{words('insecure')}</p>}
      <label>
        {words('name')}
        <input
          value={name}
          required
          maxLength={64}
          autocomplete="name"
          onInput={(event) => setName(event.currentTarget.value)}
        />
      </label>
      {askPin && (
        <label>
          {words('pin')}
          <input
            value={pin}
            type="password"
            inputMode="numeric"
            autocomplete="off"
            onInput={(event) => setPin(event.currentTarget.value)}
          />
        </label>
      )}
      <DevicePicker label={words('microphone')} value={audio} devices={devices.audio} onPick={setAudio} />
      <DevicePicker label={words('camera')} value={video} devices={devices.video} onPick={setVideo} />
      <div class="row">
        <button class="primary" type="submit" disabled={busy}>
          {words(busy ? 'joining' : 'join')}
        </button>
        <button type="button" onClick={onBack} disabled={busy}>
          {words('back')}
        </button>
      </div>
    </form>
  );
}

interface DevicePickerProps {
  label: string;
  value: string;
  devices: Device[];
  onPick: (value: string) => void;
}

function DevicePicker({ label, value, devices, onPick }: DevicePickerProps) {
  const words = useWords();
  return (
    <label>
      {label}
      <select value={value} onChange={(event) => onPick(event.currentTarget.value)}>
        {mediaAllowed() && <option value="">{words('default')}</option>}
        {devices.map(({ id, label: text }, index) => (
          <option key={id} value={id}>
            {text === '' ? `${label} ${index + 1}` : text}
          </option>
        ))}
        <option value={noDevice}>{words('none')}</option>
      </select>
    </label>
  );
}
