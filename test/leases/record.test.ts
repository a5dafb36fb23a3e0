import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { claimLines, headerLine, RecordText, withdrawalLines } from '../../src/leases/record.ts';
import { job, record as text } from './support.ts';

const here = job({ temp: '/temp', mark: undefined });
/** The facts that a reader knows: undefined ones are not written. */
const known = JSON.parse(JSON.stringify(here));

/** Reads a record in these pieces. */
function read(...pieces: (string | Buffer)[]): RecordText {
  const record = new RecordText();
  for (const piece of pieces) record.append(Buffer.from(piece));
  return record;
}

describe('records', () => {
  test('a record is read as it was written', () => {
    const record = read(
      headerLine(here, 'acme/app, run 7, job build') +
        claimLines([20001, 20002, 7]) +
        withdrawalLines([20002]) +
        claimLines([20003]) +
        withdrawalLines([20003, 20001]) +
        claimLines([20001]),
    );
    expect(record.job).toMatchObject(known);
    expect(record.owner).toBe('acme/app, run 7, job build');
    expect(record.ports).toEqual(new Set([7, 20001]));
  });

  test('an empty record has no job and no ports', () => {
    expect(read('')).toMatchObject({ job: undefined, owner: '', ports: new Set() });
  });

  test('a record is read in pieces of any size, and a line counts once it is complete', () => {
    const lines = `${headerLine({ ...here, temp: '/Jürgen Ω' }, 'me')}20001\n20002\n-20001\n`;
    const bytes = Buffer.from(lines);
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length)), (cuts) => {
        const ends = [...cuts.toSorted((a, b) => a - b), bytes.length];
        const record = read(...ends.map((end, i) => bytes.subarray(ends[i - 1] ?? 0, end)));
        expect(record.job?.temp).toBe('/Jürgen Ω');
        expect(record.ports).toEqual(new Set([20002]));
      }),
    );
    expect(read(lines.slice(0, 20)).job).toBeUndefined();
    expect(read(`${headerLine(here, 'me')}20001\n2000`).ports).toEqual(new Set([20001]));
  });

  test('the owner in a record is short and printable, whatever the file contains', () => {
    const owner = `a\n::error::b\r\u001b[31m\u007fü ~${'c'.repeat(500)}`;
    const shown = `a?::error::b??[31m?? ~${'c'.repeat(500)}`.slice(0, 200);
    expect(read(text([], { owner })).owner).toBe(shown);
    // The file has the short form too.
    expect(headerLine(here, owner)).toContain(`"${shown}"`);
  });

  test.each([undefined, null, 7, ['x'], { x: 1 }])('a record may have the owner %j', (owner) => {
    const record = read(text([20001], { owner }));
    expect(record.owner).toBe(`${owner}`);
    expect(record.ports).toEqual(new Set([20001]));
  });
});

describe('records that this action has not written', () => {
  test.each(['', '{', 'null', '[]', '1', '"x"', '{}', 'x'.repeat(100_000)])(
    'a record that starts with %j has no job',
    (line) => {
      expect(read(`${line}\n`).job).toBeUndefined();
    },
  );

  test('a record has its job in the first line, or not at all', () => {
    const record = read(`20001\n${headerLine(here, 'me')}20002\n`);
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
  ])('the unknown line %j is ignored', (line) => {
    const record = read(`${text([20001, 20002])}${line}\n-${line}\n20003\n`);
    expect(record.ports).toEqual(new Set([20001, 20002, 20003]));
  });

  test('any text is read without an error', () => {
    const content = fc.oneof(
      fc.string(),
      fc.json(),
      fc.jsonValue().map((owner) => text([20001], { owner })),
      fc.uint8Array().map((bytes) => Buffer.concat([Buffer.from(text([])), bytes])),
    );
    fc.assert(
      fc.property(content, (given) => {
        const record = read(given);
        expect(record.owner).toMatch(/^[ -~]{0,200}$/);
        for (const port of record.ports) expect(port).toBeLessThan(100_000);
      }),
    );
  });
});
