import { useId } from 'preact/hooks';
import { mediaAllowed, type Device, type DeviceChoice } from '../media.js';
import { useWords } from './language.js';

interface DevicePickerProps {
  label: string;
  value: DeviceChoice;
  devices: Device[];
  onPick: (value: DeviceChoice) => void;
}

/** How "none" is written where null cannot be: option values and storage. */
export const noDevice = 'none';

/** One of the devices, the system's default, or none. */
export function DevicePicker({ label, value, devices, onPick }: DevicePickerProps) {
  const words = useWords();
  const id = useId();
  const pick = (chosen: string): void => onPick(chosen === noDevice ? null : chosen);
  const known = value === null || value === '' || devices.some((one) => one.id === value);
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select
        id={id}
        value={value === null ? noDevice : known ? value : ''}
        onChange={(e) => pick(e.currentTarget.value)}
      >
        {mediaAllowed() && <option value="">{words('default')}</option>}
        {devices.map((one, index) => (
          <option key={one.id} value={one.id}>
            {one.label === '' ? `${label} ${index + 1}` : one.label}
          </option>
        ))}
        <option value={noDevice}>{words('none')}</option>
      </select>
    </div>
  );
}
