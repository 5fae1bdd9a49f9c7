import { useEffect, useState } from 'preact/hooks';
import { listDevices, mediaAllowed, type Device, type DeviceChoice, type DeviceKind } from '../media.js';
import { recall, remember } from '../remember.js';
import { noDevice } from './device-picker.js';

const keys = { audio: 'microphone', video: 'camera' } as const;

/** What is plugged in; asked again when that changes, and whenever `permission` does, because it brings the labels. */
export function useDeviceList(permission: unknown): Record<DeviceKind, Device[]> {
  const [devices, setDevices] = useState<Record<DeviceKind, Device[]>>({ audio: [], video: [] });
  useEffect(() => {
    const look = (): void => void listDevices().then(setDevices, () => undefined);
    look();
    if (!mediaAllowed()) return undefined;
    navigator.mediaDevices.addEventListener('devicechange', look);
    return () => navigator.mediaDevices.removeEventListener('devicechange', look);
  }, [permission]);
  return devices;
}

/** The choice this browser keeps: at first the system's default. */
export function keptDevice(kind: DeviceKind): DeviceChoice {
  const kept = recall(keys[kind]);
  if (!mediaAllowed() || kept === noDevice) return null;
  return kept ?? '';
}

export function keepDevice(kind: DeviceKind, choice: DeviceChoice): void {
  if (mediaAllowed()) remember(keys[kind], choice ?? noDevice);
}
