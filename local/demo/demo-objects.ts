// What the demo's bucket holds before the worker starts: a few thousand objects from 0 bytes to 200 MiB, deterministic.

import { KIBIBYTE, MEBIBYTE } from '../../shared/limits.ts';
import { AWKWARD_KEYS } from './awkward-keys.ts';

export interface DemoObject {
  readonly key: string;
  readonly sizeBytes: number;
  readonly metadata: Readonly<Record<string, string>>;
}

const SMALL_OBJECTS = 2500;
const SMALL_SIZES = [
  0,
  1,
  17,
  500,
  2 * KIBIBYTE,
  4 * KIBIBYTE,
  9 * KIBIBYTE,
  10 * KIBIBYTE,
  33 * KIBIBYTE,
  100 * KIBIBYTE,
];
const MEDIUM_SIZES = [1, 2, 3, 5, 7.5, 8].map(mebibytes => mebibytes * MEBIBYTE);
const LARGE_SIZES = [8 * MEBIBYTE + 1, 24 * MEBIBYTE, 33 * MEBIBYTE + 12_345, 200 * MEBIBYTE];

export function demoObjects(): readonly DemoObject[] {
  return [
    ...Array.from({ length: SMALL_OBJECTS }, (_, index) => ({
      key: `photos/${2020 + (index % 6)}/${String(index).padStart(5, '0')}.jpg`,
      sizeBytes: SMALL_SIZES[index % SMALL_SIZES.length] ?? 0,
      metadata: index % 10 === 0 ? { album: `Ausflug nach 西湖 ${index}`, camera: 'demo' } : {},
    })),
    ...MEDIUM_SIZES.map((sizeBytes, index) => ({ key: `videos/clip-${index}.mp4`, sizeBytes, metadata: {} })),
    ...LARGE_SIZES.map((sizeBytes, index) => ({
      key: `backups/dump-${index}.tar`,
      sizeBytes,
      metadata: { kind: 'backup' },
    })),
    ...AWKWARD_KEYS.map((key, index) => ({ key, sizeBytes: index * 101, metadata: {} })),
  ];
}
