// Whether a bucket's lifecycle rules end abandoned uploads already, and which rules it would have if they do not. Pure. A configuration is only
// ever written as a whole, so the rules that are there are carried over as they came.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html

import type { LifecycleRule } from '@aws-sdk/client-s3';
import type { Difference } from './resource.ts';

export interface WantedRule {
  readonly id: string;
  readonly prefix: string;
  readonly days: number;
}

export type LifecyclePlan =
  | { readonly state: 'equal'; readonly ruleId: string; readonly days: number; readonly prefix: string }
  | { readonly state: 'missing'; readonly rules: readonly LifecycleRule[] }
  | { readonly state: 'differs'; readonly differences: readonly Difference[] };

export function planLifecycle(existing: readonly LifecycleRule[], wanted: WantedRule): LifecyclePlan {
  const hasty = existing.filter(rule => overlaps(rule, wanted.prefix) && daysOf(rule) < wanted.days);
  if (hasty.length > 0) return { state: 'differs', differences: hasty.map(rule => tooSoon(rule, wanted)) };
  const fit = existing.find(rule => covers(rule, wanted.prefix) && Number.isFinite(daysOf(rule)));
  if (fit !== undefined) {
    return { state: 'equal', ruleId: fit.ID ?? '(no ID)', days: daysOf(fit), prefix: prefixOf(fit) };
  }
  const namesake = existing.find(({ ID }) => ID === wanted.id);
  if (namesake !== undefined) return { state: 'differs', differences: [otherRule(namesake, wanted)] };
  return { state: 'missing', rules: [...existing, newRule(existing, wanted)] };
}

/** S3 refuses rules of the older form (a prefix without a filter) and of the newer one in one configuration. */
function newRule(existing: readonly LifecycleRule[], { id, prefix, days }: WantedRule): LifecycleRule {
  const isOlderForm = existing.some(rule => rule.Prefix !== undefined);
  return {
    ID: id,
    Status: 'Enabled',
    ...(isOlderForm ? { Prefix: prefix } : { Filter: { Prefix: prefix } }),
    AbortIncompleteMultipartUpload: { DaysAfterInitiation: days },
  };
}

/** Infinite for a rule that ends no uploads. */
function daysOf(rule: LifecycleRule): number {
  const days = rule.AbortIncompleteMultipartUpload?.DaysAfterInitiation;
  return rule.Status === 'Enabled' && days !== undefined ? days : Number.POSITIVE_INFINITY;
}

function prefixOf({ Filter, Prefix }: LifecycleRule): string {
  return Filter?.Prefix ?? Filter?.And?.Prefix ?? Prefix ?? '';
}

/** Uploads have no tags and no size yet: a rule that asks for them is about none. */
function isAboutUploads({ Filter = {} }: LifecycleRule): boolean {
  return ![Filter.Tag, Filter.And, Filter.ObjectSizeGreaterThan, Filter.ObjectSizeLessThan].some(
    condition => condition !== undefined,
  );
}

function covers(rule: LifecycleRule, prefix: string): boolean {
  return isAboutUploads(rule) && prefix.startsWith(prefixOf(rule));
}

function overlaps(rule: LifecycleRule, prefix: string): boolean {
  return covers(rule, prefix) || (isAboutUploads(rule) && prefixOf(rule).startsWith(prefix));
}

function tooSoon(rule: LifecycleRule, { days }: WantedRule): Difference {
  return {
    setting: `rule ${rule.ID ?? '(no ID)'}`,
    is: `ends uploads under ${JSON.stringify(prefixOf(rule))} after ${daysOf(rule)} days`,
    wouldBe: `after ${days} days`,
    isSafe: false,
    note: 'S3 goes by the shortest. An object whose copy takes longer starts again from its beginning.',
  };
}

function otherRule(rule: LifecycleRule, { prefix, days }: WantedRule): Difference {
  const status = rule.Status === 'Enabled' ? '' : 'disabled, ';
  return {
    setting: `rule ${rule.ID ?? ''}`,
    is: `${status}under ${JSON.stringify(prefixOf(rule))}`,
    wouldBe: `ends uploads under ${JSON.stringify(prefix)} after ${days} days`,
    isSafe: false,
    note: 'Somebody changed it. Run init with another --name, or change the rule.',
  };
}
