// The three queues, as CreateQueue is told: what deploy/policies says, filled in.

import type { Attributes } from './compare-attributes.ts';
import { fillTemplate, type TemplateValues } from './fill-template.ts';
import type { InitSettings } from './init-settings.ts';
import { POLICIES, QUEUE_ATTRIBUTES } from './policy-templates.ts';

export interface QueueDefinition {
  readonly name: string;
  readonly attributes: Attributes;
  /** For people. */
  readonly settings: readonly string[];
}

export interface QueueNames {
  readonly live: string;
  readonly backfill: string;
  readonly deadLetters: string;
}

export function queueNames(name: string): QueueNames {
  return { live: name, backfill: `${name}-backfill`, deadLetters: `${name}-dead-letters` };
}

/** In the order in which they have to be made: SQS wants a dead-letter queue to be there before a queue names it. */
export function defineQueues(settings: InitSettings, values: TemplateValues): readonly QueueDefinition[] {
  const { live, backfill, deadLetters } = queueNames(settings.name);
  const isLive = (name: string) => name === live && settings.functionUserArn !== undefined;
  const define = (name: string, template: Attributes, settingsOf: readonly string[]): QueueDefinition => {
    const policy = fillTemplate(isLive(name) ? POLICIES.liveQueuePolicy : POLICIES.queuePolicy, {
      ...values,
      QUEUE_NAME: name,
    });
    return {
      name,
      attributes: { ...encrypted(filled(template, values), settings), Policy: JSON.stringify(policy) },
      settings: [
        ...settingsOf,
        settings.queueKmsKey === undefined ? 'encrypted by SQS' : `encrypted with ${settings.queueKmsKey}`,
        isLive(name) ? `TLS only, ${settings.functionUserArn} may send` : 'TLS only',
      ],
    };
  };
  const work = ['14 days', 'visibility 300 s', `to ${deadLetters} after 10 receives`];
  return [
    define(deadLetters, QUEUE_ATTRIBUTES.deadLetters, ['14 days', `of ${live} and ${backfill} alone`]),
    define(live, QUEUE_ATTRIBUTES.work, work),
    define(backfill, QUEUE_ATTRIBUTES.work, work),
  ];
}

/** By SQS itself, or with a key: a queue has one of the two. */
function encrypted(attributes: Attributes, { queueKmsKey }: InitSettings): Attributes {
  if (queueKmsKey === undefined) return attributes;
  const { SqsManagedSseEnabled: _, ...others } = attributes;
  return { ...others, KmsMasterKeyId: queueKmsKey };
}

function filled(template: Attributes, values: TemplateValues): Attributes {
  const entries = Object.entries(template).map(([name, text]) => [name, String(fillTemplate(text, values))] as const);
  return Object.fromEntries(entries);
}
