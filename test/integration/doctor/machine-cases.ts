import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DoctorCase } from './doctor-cases.ts';

const NFS = 0x6969;
const EXT4 = 0xef53;
const GIBIBYTE = 1024 ** 3;
const disk = (type: number, freeBytes: number) => ({ disk: async () => ({ type, freeBytes }) });

export const MACHINE_CASES: readonly DoctorCase[] = [
  { id: 'config', when: 'it is complete', status: 'ok', says: 'local-source/ in cn-hangzhou to local-destination/' },
  {
    id: 'config',
    when: 'several things are wrong',
    status: 'problem',
    code: 'invalid-configuration',
    says: 'OSS_BUCKET is missing: the name of the OSS bucket to copy from. - S3_BUCKET is "No Bucket"',
    settings: { OSS_BUCKET: '', S3_BUCKET: 'No Bucket' },
  },
  {
    id: 'ledger',
    when: 'it can be written',
    status: 'ok',
    says: 'can be read and written (no backfill yet). Workers heard of in the last minute: 0',
  },
  {
    id: 'ledger',
    when: 'its path is a folder',
    status: 'problem',
    code: 'ledger-unavailable',
    says: 'Its path must name a file',
    arrange: ({ folder }) => mkdirSync(join(folder, 'folder'), { recursive: true }),
    settings: { LEDGER_URL: 'sqlite:FOLDER/folder' },
  },
  { id: 'ledger-disk', when: 'it is a local one', status: 'ok', says: '5.0 GiB free', seams: disk(EXT4, 5 * GIBIBYTE) },
  {
    id: 'ledger-disk',
    when: 'it is a network share',
    status: 'problem',
    code: 'ledger-on-network',
    says: 'network file system (NFS)',
    seams: disk(NFS, 5 * GIBIBYTE),
  },
  {
    id: 'ledger-disk',
    when: 'it is full',
    status: 'problem',
    code: 'disk-full',
    says: '0.0 GiB free',
    seams: disk(EXT4, 1024),
  },
  {
    id: 'ledger-disk',
    when: 'there is little space',
    status: 'warning',
    says: 'enlarge the volume',
    seams: disk(EXT4, GIBIBYTE),
  },
  { id: 'http-port', when: 'any will do', status: 'ok', says: 'any free one' },
  {
    id: 'http-port',
    when: 'another program has it',
    status: 'problem',
    code: 'listen-failed',
    says: 'in use by another program',
    settings: { PORT: 'TAKEN' },
  },
  {
    id: 'http-port',
    when: 'it is no address of this machine',
    status: 'problem',
    code: 'listen-failed',
    says: 'Set HOST',
    settings: { HOST: '192.0.2.1', PORT: '8080' },
  },
];
