// One backfill. The card is made once and then only updated, so that nothing that is focused, selected or open is lost.

import { call } from './api.js';
import { fillTiles, make, setText } from './elements.js';
import { attachFailureList } from './failure-list.js';
import { formatBytes, formatCount, formatKey, formatRate, formatSeconds, formatTime } from './format.js';

const OUTCOMES = [
  ['copied', 'Copied'],
  ['skipped', 'Already equal'],
  ['sourceMissing', 'Gone at the source'],
  ['archived', 'Archived'],
  ['unverified', 'Unverified'],
  ['failed', 'Failed'],
];
/** Those that somebody should look at. */
const ALARMING = new Set(['unverified', 'failed']);

/** `onChange` is called after a button has done something; `onError` with what went wrong. */
export function makeBackfillCard(id, { onChange, onError }) {
  const path = `/backfill/${encodeURIComponent(id)}`;
  const title = make('h3', { id: `backfill-${id}` });
  const badge = make('span', { className: 'badge' });
  const progress = make('progress', { max: 1 });
  progress.setAttribute('aria-labelledby', title.id);
  const summary = make('p', { className: 'quiet' });
  const reason = make('p', { className: 'notice', hidden: true });
  const tiles = make('dl', { className: 'tiles' });
  const buttons = Object.fromEntries(
    ['pause', 'resume', 'retry-failed', 'cancel'].map(change => [change, makeButton(change)]),
  );
  const failures = make('details', { hidden: true }, [make('summary', { text: 'Objects that failed' })]);
  attachFailureList(failures, `${path}/failures`);
  const element = make('article', { className: 'panel' }, [
    make('div', { className: 'row spread' }, [title, badge]),
    progress,
    summary,
    reason,
    tiles,
    make('div', { className: 'row buttons' }, Object.values(buttons)),
    failures,
  ]);
  element.setAttribute('aria-labelledby', title.id);

  function makeButton(change) {
    const button = make('button', {
      type: 'button',
      className: 'plain',
      text: change[0].toUpperCase() + change.slice(1).replace('-', ' '),
    });
    button.addEventListener('click', async () => {
      if (change === 'cancel' && !confirm('Cancel this backfill? What was copied stays; the rest is not copied.'))
        return;
      button.disabled = true;
      try {
        await call(`${path}/${change}`, { method: 'POST' });
        onChange();
      } catch (error) {
        onError(error);
      } finally {
        button.disabled = false;
      }
    });
    return button;
  }

  function update(backfill) {
    const { state, found, remaining } = backfill;
    setText(title, backfill.prefix === '' ? 'All objects' : formatKey(backfill.prefix));
    setText(badge, state);
    badge.dataset.state = state;
    showProgress(progress, backfill);
    setText(summary, summarise(backfill));
    setText(reason, backfill.reason ?? '');
    reason.hidden = backfill.reason === undefined;
    fillTiles(tiles, [
      ['Found', formatCount(found), formatBytes(backfill.bytes.found)],
      ...OUTCOMES.filter(([name]) => name === 'copied' || backfill[name] > 0).map(([name, label]) => [
        label,
        formatCount(backfill[name]),
        formatBytes(backfill.bytes[name]),
        ALARMING.has(name),
      ]),
      ['Remaining', formatCount(remaining), formatBytes(backfill.bytes.remaining)],
      ['Rate', `${formatBytes(backfill.megabytesPerSecond * 1e6)}/s`, formatRate(backfill.objectsPerSecond, 'objects')],
    ]);
    const isMoving = state === 'listing' || state === 'copying';
    buttons.pause.hidden = !isMoving;
    buttons.resume.hidden = state !== 'paused';
    buttons.cancel.hidden = !isMoving && state !== 'paused';
    buttons['retry-failed'].hidden = backfill.failed === 0 || state === 'cancelled';
    failures.hidden = backfill.failed === 0;
  }

  return { element, update };
}

/** By bytes where there are any; while listing nobody knows the whole, and the bar says so. */
function showProgress(progress, { state, found, remaining, bytes }) {
  const ofBytes = bytes.found > 0 ? 1 - bytes.remaining / bytes.found : 0;
  const ofObjects = found > 0 ? 1 - remaining / found : 0;
  if (state === 'listing') progress.removeAttribute('value');
  else progress.value = state === 'done' ? 1 : Math.min(ofBytes || ofObjects, ofObjects);
}

function summarise({ state, mode, createdAt, endedAt, etaSeconds }) {
  const parts = [mode === 'all' ? 'Every object' : 'What is missing', `started ${formatTime(createdAt)}`];
  if (endedAt !== null) parts.push(`ended ${formatTime(endedAt)}`);
  if (state === 'listing') parts.push('still listing, so nobody knows yet how much there is');
  if (state === 'copying' && etaSeconds !== null) parts.push(`about ${formatSeconds(etaSeconds)} left`);
  return parts.join(' · ');
}
