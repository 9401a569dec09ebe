import type { LifecycleRule } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { planLifecycle } from '../../../../cli/init/s3-lifecycle-rule.ts';

const WANTED = { id: 'bridge-abandoned-uploads', prefix: 'copy/', days: 7 };
const OURS: LifecycleRule = {
  ID: WANTED.id,
  Status: 'Enabled',
  Filter: { Prefix: 'copy/' },
  AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
};
const EXPIRY: LifecycleRule = {
  ID: 'logs',
  Status: 'Enabled',
  Filter: { Prefix: 'logs/' },
  Expiration: { Days: 30 },
};
const after = (days: number, rule: Partial<LifecycleRule>): LifecycleRule => ({
  ID: 'theirs',
  Status: 'Enabled',
  AbortIncompleteMultipartUpload: { DaysAfterInitiation: days },
  ...rule,
});

describe('the rule for abandoned uploads', () => {
  it('is added to the rules that are there, which stay as they are', () => {
    expect(planLifecycle([EXPIRY], WANTED)).toEqual({ state: 'missing', rules: [EXPIRY, OURS] });
    expect(planLifecycle([], WANTED)).toEqual({ state: 'missing', rules: [OURS] });
  });

  it('takes the older form where the others have it, for S3 refuses both in one configuration', () => {
    const older: LifecycleRule = { ID: 'old', Status: 'Enabled', Prefix: 'logs/', Expiration: { Days: 1 } };
    const { Filter: _, ...others } = OURS;
    expect(planLifecycle([older], WANTED)).toEqual({
      state: 'missing',
      rules: [older, { ...others, Prefix: 'copy/' }],
    });
  });

  it.each<[what: string, rule: LifecycleRule, days: number, prefix: string]>([
    ['ours', OURS, 7, 'copy/'],
    ['of the whole bucket', after(7, { Filter: { Prefix: '' } }), 7, ''],
    ['of the whole bucket without a filter', after(30, {}), 30, ''],
    ['of a shorter prefix', after(14, { Filter: { Prefix: 'co' } }), 14, 'co'],
    ['of the older form', after(7, { Prefix: 'copy/' }), 7, 'copy/'],
  ])('is there already, where one is %s', (_what, rule, days, prefix) => {
    expect(planLifecycle([EXPIRY, rule], WANTED)).toEqual({ state: 'equal', ruleId: rule.ID, days, prefix });
  });

  it.each<[what: string, rule: LifecycleRule]>([
    ['disabled', after(7, { Status: 'Disabled' })],
    ['of another prefix', after(7, { Filter: { Prefix: 'other/' } })],
    ['of a longer prefix', after(7, { Filter: { Prefix: 'copy/a/' } })],
    ['of tagged objects', after(7, { Filter: { Tag: { Key: 'a', Value: 'b' } } })],
    ['of large objects', after(7, { Filter: { ObjectSizeGreaterThan: 1 } })],
    ['about something else', { ...EXPIRY, Filter: { Prefix: '' } }],
  ])('is missing, where one is %s', (_what, rule) => {
    expect(planLifecycle([rule], WANTED)).toMatchObject({ state: 'missing', rules: [rule, OURS] });
  });

  it.each<[what: string, rule: LifecycleRule]>([
    ['whole bucket', after(1, { Filter: { Prefix: '' } })],
    ['same prefix', after(6, { Filter: { Prefix: 'copy/' } })],
    ['longer prefix', after(3, { Filter: { Prefix: 'copy/a/' } })],
  ])('differs, where uploads of the %s are ended sooner', (_what, rule) => {
    expect(planLifecycle([OURS, rule], WANTED)).toMatchObject({
      state: 'differs',
      differences: [{ setting: 'rule theirs', isSafe: false, wouldBe: 'after 7 days' }],
    });
  });

  it.each<[what: string, rule: LifecycleRule, is: string]>([
    ['disabled', { ...OURS, Status: 'Disabled' }, 'disabled, under "copy/"'],
    ['pointed elsewhere', { ...OURS, Filter: { Prefix: 'x/' } }, 'under "x/"'],
  ])('differs, where somebody has %s it', (_what, rule, is) => {
    expect(planLifecycle([rule], WANTED)).toMatchObject({ state: 'differs', differences: [{ is, isSafe: false }] });
  });
});
