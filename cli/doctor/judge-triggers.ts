// What the triggers of a bucket should be: exactly the events that the handler forwards, of exactly the keys that the worker copies.

import { FORWARDED_EVENTS, SYMLINK_EVENT } from '../../aliyun-fc/forwarded-events.ts';
import { quoteText } from '../../shared/messages/quote-text.ts';
import type { FcTrigger } from './fc-shapes.ts';
import type { Faults } from './judge-function.ts';

export interface ExpectedTrigger {
  /** `acs:oss:REGION:ACCOUNT:BUCKET` */
  readonly sourceArn: string;
  readonly prefix: string;
  readonly suffix: string;
  readonly followSymlinks: boolean;
}

const OSS = 'oss';
const DEPLOY = 'run s deploy again';

/** @param triggers all of the function */
export function judgeTriggers(triggers: readonly FcTrigger[], expected: ExpectedTrigger): Faults {
  const ofBucket = triggers.filter(
    ({ triggerType, sourceArn }) => triggerType === OSS && sourceArn === expected.sourceArn,
  );
  const [first] = ofBucket;
  if (first === undefined) return { problems: [sayNoTrigger(triggers, expected)], warnings: [] };
  const wanted = wantedEvents(expected);
  const missing = wanted.filter(event => !ofBucket.some(({ events }) => events.some(sign => matches(sign, event))));
  const useless = [...new Set(ofBucket.flatMap(({ events }) => events))].filter(event => !wanted.includes(event));
  const problems = [
    missing.length === 0
      ? ''
      : `It is not told of ${missing.join(', ')}: such changes are found by a backfill only. Take the events of s.yaml, and ${DEPLOY}.`,
    ...ofBucket.map(trigger =>
      trigger.invocationRole ? '' : `Trigger ${trigger.triggerName} has no role: ${DEPLOY}.`,
    ),
    ...ofBucket.map(trigger => sayTooNarrow(trigger, expected)),
  ];
  const warnings = [
    useless.length === 0
      ? ''
      : `It is also invoked for ${useless.join(', ')}, which costs and brings nothing (parts of uploads above all). Take the events of s.yaml, and ${DEPLOY}.`,
    ...ofBucket.map(trigger => sayTooWide(trigger, expected)),
    ...overlapsWithin(ofBucket),
  ];
  return { problems: problems.filter(isSaid), warnings: warnings.filter(isSaid) };
}

function isSaid(sentence: string): boolean {
  return sentence !== '';
}

function wantedEvents({ followSymlinks }: ExpectedTrigger): readonly string[] {
  const names: readonly string[] = followSymlinks ? [...FORWARDED_EVENTS, SYMLINK_EVENT] : FORWARDED_EVENTS;
  return names.map(name => `oss:${name}`);
}

/** `oss:ObjectCreated:*` stands for all of its kind. */
function matches(subscribed: string, event: string): boolean {
  return subscribed === event || (subscribed.endsWith(':*') && event.startsWith(subscribed.slice(0, -1)));
}

function sayNoTrigger(triggers: readonly FcTrigger[], { sourceArn }: ExpectedTrigger): string {
  const others = triggers.flatMap(trigger => (trigger.triggerType === OSS ? (trigger.sourceArn ?? []) : []));
  if (others.length > 0) {
    return `Its trigger watches ${others.join(', ')}, not ${sourceArn}: check OSS_BUCKET, OSS_REGION and ALIYUN_ACCOUNT_ID, and ${DEPLOY}.`;
  }
  if (triggers.some(({ triggerType }) => triggerType === 'eventbridge')) {
    return 'It has an EventBridge trigger, whose rules are not looked at here, and no OSS trigger. Upload an object and see whether it arrives.';
  }
  return `It has no OSS trigger, so no upload is told of: ${DEPLOY}.`;
}

function sayTooNarrow({ triggerName, prefix, suffix }: FcTrigger, expected: ExpectedTrigger): string {
  if (expected.prefix.startsWith(prefix) && expected.suffix.endsWith(suffix)) return '';
  return `Trigger ${triggerName} is about keys ${inWords({ prefix, suffix })}; the worker copies those ${inWords(expected)}. Give OSS_PREFIX and OSS_SUFFIX the same values in .env and .env.function, and ${DEPLOY}.`;
}

function sayTooWide({ triggerName, prefix, suffix }: FcTrigger, expected: ExpectedTrigger): string {
  const isCovering = expected.prefix.startsWith(prefix) && expected.suffix.endsWith(suffix);
  if (!isCovering || (prefix === expected.prefix && suffix === expected.suffix)) return '';
  return `Trigger ${triggerName} is about keys ${inWords({ prefix, suffix })}, which is more than those ${inWords(expected)} that the worker is to copy (OSS_PREFIX, OSS_SUFFIX).`;
}

function inWords({ prefix, suffix }: { readonly prefix: string; readonly suffix: string }): string {
  if (prefix === '' && suffix === '') return 'of every name';
  return [
    prefix === '' ? undefined : `that begin with ${quoteText(prefix)}`,
    suffix === '' ? undefined : `that end with ${quoteText(suffix)}`,
  ]
    .filter(part => part !== undefined)
    .join(' and ');
}

function overlapsWithin(triggers: readonly FcTrigger[]): readonly string[] {
  return triggers.flatMap((trigger, index) =>
    triggers
      .slice(index + 1)
      .filter(other => overlaps(trigger, other))
      .map(
        other => `Triggers ${trigger.triggerName} and ${other.triggerName} tell of the same keys twice: remove one.`,
      ),
  );
}

/** Whether one change can set off both. */
export function overlaps(a: FcTrigger, b: FcTrigger): boolean {
  const begins = a.prefix.startsWith(b.prefix) || b.prefix.startsWith(a.prefix);
  const ends = a.suffix.endsWith(b.suffix) || b.suffix.endsWith(a.suffix);
  const sameEvent = a.events.some(one => b.events.some(other => matches(one, other) || matches(other, one)));
  return begins && ends && sameEvent;
}
