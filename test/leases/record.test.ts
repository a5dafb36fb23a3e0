import { spawnSync } from 'node:child_process';
import { appendFileSync, closeSync, openSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { currentJob } from '../../src/leases/job.ts';
import { claimLines, headerLine, ReadRecord, withdrawalLines } from '../../src/leases/record.ts';
import { onUnix, temporaryDirectory } from '../support.ts';
import { record as text } from './support.ts';

const here = currentJob();
const unlimited = Number.POSITIVE_INFINITY;

/** A file with a text in it, and its record, read up to the limit. */
function read(content: string | Buffer, limit = unlimited) {
  const file = join(temporaryDirectory(), 'record');
  writeFileSync(file, content);
  const record = new ReadRecord(file);
  record.read(limit);
  return { file, record };
}

describe('a record', () => {
  test('is read as it was written', () => {
    const { record } = read(
      headerLine(here, 'acme/app, run 7, job build') +
        claimLines([20001, 20002, 7]) +
        withdrawalLines([20002]) +
        claimLines([20003]) +
        withdrawalLines([20003, 20001]) +
        claimLines([20001]),
    );
    expect(record.job).toMatchObject({ ...here });
    expect(record.owner).toBe('acme/app, run 7, job build');
    expect([...record.ports].toSorted((a, b) => a - b)).toEqual([7, 20001]);
  });

  test('of nothing but a header claims nothing', () => {
    const { record } = read(headerLine(here, 'me'));
    expect(record).toMatchObject({ job: here, owner: 'me', ports: new Set() });
  });

  test('of nobody yet has no job', () => {
    const { record } = read('');
    expect(record).toMatchObject({ job: undefined, owner: '', ports: new Set(), bytes: 0 });
  });

  test('is read on from where it was left, and its last line once that has ended', () => {
    const header = headerLine(here, 'me');
    const { file, record } = read(header.slice(0, 20));
    expect(record).toMatchObject({ job: undefined, bytes: 20 });
    appendFileSync(file, header.slice(20));
    record.read(unlimited);
    expect(record).toMatchObject({ job: here, owner: 'me', bytes: header.length });
    appendFileSync(file, '20001\n200');
    record.read(unlimited);
    expect(record.ports).toEqual(new Set([20001]));
    appendFileSync(file, '02\n-2000');
    record.read(unlimited);
    expect(record.ports).toEqual(new Set([20001, 20002]));
    appendFileSync(file, '1\n');
    record.read(unlimited);
    expect(record.ports).toEqual(new Set([20002]));
  });

  test('is read no further than the limit, and on from there', () => {
    const header = headerLine(here, 'me');
    const { record } = read(`${header}20001\n20002\n20003\n`, header.length + 12);
    expect(record.ports).toEqual(new Set([20001, 20002]));
    expect(record.bytes).toBe(header.length + 12);
    record.read(0);
    record.read(-1);
    expect(record.bytes).toBe(header.length + 12);
    record.read(3);
    expect(record.ports).toEqual(new Set([20001, 20002]));
    record.read(3);
    expect(record.ports).toEqual(new Set([20001, 20002, 20003]));
  });

  test('is read whole, however long it is', () => {
    const ports = Array.from({ length: 60_000 }, (_, i) => i + 1);
    const content = headerLine(here, 'me') + claimLines(ports);
    const { record } = read(content);
    expect(record.ports).toEqual(new Set(ports));
    expect(record.bytes).toBe(content.length);
    expect(read(content, 200_000).record.bytes).toBe(200_000);
  });

  test('tells of a directory in any script', () => {
    const temp = 'C:\\Users\\Jürgen Ω\\temp';
    const content = headerLine({ ...here, temp }, 'me');
    expect(read(content).record.job?.temp).toBe(temp);
    const bytes = Buffer.from(content);
    // Within the two bytes of the ü.
    const { record } = read(bytes, bytes.indexOf('ü') + 1);
    record.read(unlimited);
    expect(record.job?.temp).toBe(temp);
  });

  test('cannot put anything but a short printable text into a message', () => {
    const owner = `a\n::error::b\r\u001b[31m\u007fü ~${'c'.repeat(500)}`;
    const shown = `a?::error::b??[31m?? ~${'c'.repeat(500)}`.slice(0, 200);
    expect(read(text([], { owner })).record.owner).toBe(shown);
    expect(read(headerLine(here, owner)).record.owner).toBe(shown);
    // The file has the short form too.
    expect(headerLine(here, owner)).toContain(shown);
    expect(headerLine(here, owner)).not.toContain('c'.repeat(200));
  });

  test.each([undefined, null, 7, ['x'], { x: 1 }])('can call its owner %j', (owner) => {
    const { record } = read(text([20001], { owner }));
    expect(record.owner).toBe(`${owner}`);
    expect(record.ports).toEqual(new Set([20001]));
  });
});

describe('what is no record of ours', () => {
  test.each(['', '{', 'null', '[]', '1', '"x"', '{}'])('has no job: %j', (line) => {
    expect(read(`${line}\n`).record.job).toBeUndefined();
  });

  test('has no job if its first line is long', () => {
    expect(read(`${'x'.repeat(100_000)}\n`).record.job).toBeUndefined();
  });

  test('has no job in any line but the first', () => {
    const { record } = read(`20001\n${headerLine(here, 'me')}20002\n`);
    expect(record).toMatchObject({ job: undefined, ports: new Set([20002]) });
  });

  test.each([
    'x20001',
    '20001x',
    '+20001',
    '--20001',
    ' 20001',
    '200001',
    '2e4',
    '',
    '-',
    '20001 ',
  ])('has lines that say nothing: %j', (line) => {
    const { record } = read(`${text([20001, 20002])}${line}\n-${line}\n20003\n`);
    expect(record.ports).toEqual(new Set([20001, 20002, 20003]));
  });

  test('is read without an error, whatever it is', () => {
    const content = fc.oneof(
      fc.string(),
      fc.json(),
      fc.jsonValue().map((owner) => text([20001], { owner })),
      fc.uint8Array().map((bytes) => Buffer.concat([Buffer.from(text([])), bytes])),
    );
    fc.assert(
      fc.property(content, (given) => {
        const { record } = read(given);
        expect(record.owner).toMatch(/^[ -~]{0,200}$/);
        for (const port of record.ports) expect(port).toBeLessThan(100_000);
      }),
    );
  });
});

describe('in place of a record', () => {
  test('nothing, and a directory, are errors', () => {
    const directory = temporaryDirectory();
    expect(() => new ReadRecord(join(directory, 'none')).read(unlimited)).toThrow('ENOENT');
    expect(() => new ReadRecord(directory).read(unlimited)).toThrow(/EISDIR|EPERM|EACCES/);
  });

  onUnix.test('a link is not followed', () => {
    const { file } = read(text([20001]));
    const link = join(temporaryDirectory(), 'link');
    symlinkSync(file, link);
    const record = new ReadRecord(link);
    expect(() => record.read(unlimited)).toThrow('ELOOP');
    expect(record.ports).toEqual(new Set());
  });

  onUnix.test('a pipe that nobody writes to is not waited for', () => {
    const pipe = join(temporaryDirectory(), 'pipe');
    expect(spawnSync('mkfifo', [pipe]).status).toBe(0);
    expect(() => new ReadRecord(pipe).read(unlimited)).toThrow('ESPIPE');
  });
});

test('no file stays open', () => {
  const { file } = read(text([20001]));
  const directory = temporaryDirectory();
  const nextDescriptor = () => {
    const fd = openSync(file, 'r');
    closeSync(fd);
    return fd;
  };
  const before = nextDescriptor();
  for (let i = 0; i < 100; i++) {
    new ReadRecord(file).read(unlimited);
    expect(() => new ReadRecord(directory).read(unlimited)).toThrow();
  }
  expect(nextDescriptor() - before).toBeLessThan(50);
});
