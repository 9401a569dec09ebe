// The report, for people.

import { escapeControls } from '../../shared/messages/quote-text.ts';
import type { EnvironmentLines, Lines } from './environment-lines.ts';
import type { Json } from './fill-template.ts';
import type { InitReport } from './init.ts';
import type { Policies } from './policies.ts';
import type { Difference } from './resource.ts';
import type { ResourceReport, ResourceState } from './run-init.ts';

const STATES: Readonly<Record<ResourceState, string>> = {
  create: 'create',
  created: 'created',
  exists: 'exists',
  differs: 'DIFFERS',
  updated: 'updated',
  left: 'left',
  blocked: 'BLOCKED',
};
const STATE_WIDTH = Math.max(...Object.values(STATES).map(({ length }) => length));
const INDENT = ' '.repeat(STATE_WIDTH + 4);
const VALUE_MAX_CHARACTERS = 2_000;

/** What was done or would be; and once all is there, what to do with it. */
export function formatResult(
  report: InitReport,
  { applied, folder }: { readonly applied: boolean; readonly folder: string | undefined },
): string {
  const plan = formatPlan(report);
  if (!applied || report.environment === undefined) return plan;
  const policies =
    folder === undefined
      ? formatPolicies(report.policies)
      : `# Policies: in ${folder}\n${formatIncomplete(report.policies)}`;
  return [plan, policies, formatEnvironment(report.environment)].join('\n');
}

/** Account, and a line for each resource with what is to be known of it. */
function formatPlan({ identity, resources, warnings }: InitReport): string {
  return [
    `Account ${identity.accountId}, region ${identity.region}, as ${identity.arn}`,
    '',
    ...resources.flatMap(formatResource),
    ...(warnings.length === 0 ? [] : ['', ...warnings.map(warning => `Note: ${warning}`)]),
    '',
  ].join('\n');
}

function formatResource(resource: ResourceReport): readonly string[] {
  const { kind, name, state, settings, differences, note } = resource;
  return [
    `  ${STATES[state].padEnd(STATE_WIDTH)}  ${kind} ${name}`,
    ...(state === 'differs' || state === 'blocked' ? [] : [`${INDENT}${settings.join(', ')}`]),
    ...(note === undefined ? [] : [`${INDENT}${note}`]),
    ...differences.flatMap(formatDifference),
  ];
}

function formatDifference({ setting, is, wouldBe, isSafe, note }: Difference): readonly string[] {
  const what = isSafe ? 'init --yes --update changes it' : 'left for you to decide';
  return [
    `${INDENT}${setting} (${what})`,
    `${INDENT}  is        ${plain(is)}`,
    `${INDENT}  would be  ${plain(wouldBe)}`,
    ...(note === undefined ? [] : [`${INDENT}  ${note}`]),
  ];
}

/** What a cloud gave back is somebody's text, and this may be a terminal. */
function plain(text: string): string {
  return escapeControls(text.slice(0, VALUE_MAX_CHARACTERS));
}

/** The documents, each with whom it belongs to. */
function formatPolicies(policies: Policies): string {
  const documents = policies.complete.map(
    ({ name, attachTo, document }) => `# ${name}: ${attachTo}\n${formatDocument(document)}`,
  );
  return [...documents, formatIncomplete(policies)].join('\n');
}

function formatIncomplete({ incomplete }: Policies): string {
  return incomplete.map(({ name, missing }) => `# ${name}: set ${missing.join(', ')} and run init again.\n`).join('');
}

export function formatDocument(document: Json): string {
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

function formatEnvironment(environment: EnvironmentLines): string {
  const { worker, function: ofFunction } = environment;
  return ['# .env', ...formatLines(worker), '', '# .env.function', ...formatLines(ofFunction), ''].join('\n');
}

function formatLines(lines: Lines): readonly string[] {
  return Object.entries(lines).map(([name, value]) => `${name}=${quoted(value)}`);
}

/** As .env files take it, in a quote that it does not have itself: https://nodejs.org/api/environment_variables.html#dotenv */
function quoted(value: string): string {
  if (/^[\w.,:/@+=-]*$/.test(value)) return value;
  const quote = ["'", '`', '"'].find(candidate => !value.includes(candidate)) ?? "'";
  return `${quote}${value}${quote}`;
}
