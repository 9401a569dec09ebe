// The page: signs in, asks once a second how things are, and shows it. When the worker does not answer it asks less and less often;
// a tab that nobody looks at does not ask at all.

import { call, forgetToken, hasToken, keepToken, takeTokenFromAddress } from './api.js';
import { makeBackfillCard } from './backfill-card.js';
import { fillTiles, make, setText } from './elements.js';
import { attachFailureList } from './failure-list.js';
import { formatBytes, formatCount, formatSeconds } from './format.js';

const POLL_MILLISECONDS = 1000;
const MAX_POLL_MILLISECONDS = 30_000;
const SHOWN_BACKFILLS = 20;
/** Of how many answers the rate is the mean. */
const RATE_SAMPLES = 10;

const byId = id => document.getElementById(id);
const cards = new Map();
let samples = [];
let timer;
let pollDelay = POLL_MILLISECONDS;
let round = 0;

function show(isSignedIn) {
  byId('sign-in').hidden = isSignedIn;
  byId('board').hidden = !isSignedIn;
  byId('sign-out').hidden = !isSignedIn;
  if (!isSignedIn) byId('token').focus();
}

function say(message) {
  setText(byId('notice'), message);
  byId('notice').hidden = message === '';
}

function signOut(message) {
  round += 1; // an answer that is under way is for nobody now
  clearTimeout(timer);
  forgetToken();
  cards.clear();
  samples = [];
  byId('backfills').replaceChildren();
  setText(byId('worker'), '');
  byId('live-failures').open = false;
  say(message);
  show(false);
}

function signIn() {
  say('');
  show(true);
  pollNow();
}

function pollNow() {
  clearTimeout(timer);
  round += 1;
  pollDelay = POLL_MILLISECONDS;
  void poll(round);
}

async function poll(ownRound) {
  try {
    const [status, { backfills }] = await Promise.all([call('/status'), call(`/backfill?limit=${SHOWN_BACKFILLS}`)]);
    if (ownRound !== round) return;
    if (pollDelay > POLL_MILLISECONDS) say('');
    pollDelay = POLL_MILLISECONDS;
    showStatus(status);
    showBackfills(backfills);
  } catch (error) {
    if (ownRound !== round) return;
    if (error.status === 401) return signOut(error.message);
    pollDelay = Math.min(MAX_POLL_MILLISECONDS, pollDelay * 2);
    say(`${error.message} Trying again in ${formatSeconds(pollDelay / 1000)}; what is shown below may be old.`);
  }
  if (!document.hidden) timer = setTimeout(poll, pollDelay, ownRound);
}

function showStatus({ version, now, startedAt, problems, outcomes, bytesWritten, inFlight, lastObjectAt, lagSeconds }) {
  const time = Date.parse(now);
  const sinceLast =
    lastObjectAt === null ? undefined : Math.max(0, Math.floor((time - Date.parse(lastObjectAt)) / 1000));
  const { copied, skipped, unverified, failed } = outcomes;
  setText(byId('worker'), `${version} · up ${formatSeconds(Math.floor((time - Date.parse(startedAt)) / 1000))}`);
  const told = problems.map(({ message }) => message);
  const list = byId('problems');
  if (JSON.stringify(told) !== list.dataset.told) {
    list.dataset.told = JSON.stringify(told);
    list.replaceChildren(...told.map(text => make('li', { text })));
  }
  fillTiles(byId('tiles'), [
    ['In flight', formatCount(inFlight.messages), formatBytes(inFlight.bytes)],
    ['Copied', formatCount(copied.objects), formatBytes(copied.bytes)],
    ['Already equal', formatCount(skipped.objects)],
    ...(unverified.objects > 0 ? [['Unverified', formatCount(unverified.objects), '', true]] : []),
    ['Failed', formatCount(failed.objects), '', failed.objects > 0],
    ['Writing', `${formatBytes(bytesPerSecond(time, bytesWritten))}/s`],
    ...(lagSeconds === null ? [] : [['Lag of live objects', formatSeconds(lagSeconds)]]),
    ['Last object', sinceLast === undefined ? 'none yet' : `${formatSeconds(sinceLast)} ago`],
  ]);
}

function bytesPerSecond(time, bytes) {
  // Another worker behind the same address, or one that was restarted: begin again.
  if (samples.length > 0 && bytes < samples.at(-1).bytes) samples = [];
  samples = [...samples, { time, bytes }].slice(-RATE_SAMPLES);
  const [first] = samples;
  return time > first.time ? ((bytes - first.bytes) * 1000) / (time - first.time) : 0;
}

function showBackfills(backfills) {
  const parent = byId('backfills');
  byId('no-backfills').hidden = backfills.length > 0;
  const ids = new Set(backfills.map(({ id }) => id));
  for (const [id, { element }] of cards) {
    if (ids.has(id)) continue;
    element.remove();
    cards.delete(id);
  }
  backfills.forEach((backfill, index) => {
    const card = cards.get(backfill.id) ?? makeBackfillCard(backfill.id, { onChange: showChange, onError: tell });
    cards.set(backfill.id, card);
    card.update(backfill);
    if (parent.children[index] !== card.element) parent.insertBefore(card.element, parent.children[index] ?? null);
  });
}

function showChange() {
  say('');
  pollNow();
}

function tell(error) {
  if (error.status === 401) signOut(error.message);
  else say(error.message);
}

async function start(event) {
  event.preventDefault();
  const button = event.submitter;
  const prefix = byId('prefix').value;
  if (button !== null) button.disabled = true;
  try {
    await call('/backfill', {
      method: 'POST',
      body: { ...(prefix === '' ? {} : { prefix }), mode: byId('mode').value },
    });
    byId('prefix').value = '';
    showChange();
  } catch (error) {
    tell(error);
  } finally {
    if (button !== null) button.disabled = false;
  }
}

byId('start-form').addEventListener('submit', start);
byId('sign-out').addEventListener('click', () => signOut(''));
byId('token-form').addEventListener('submit', event => {
  event.preventDefault();
  keepToken(byId('token').value.trim());
  byId('token').value = '';
  signIn();
});
document.addEventListener('visibilitychange', () => {
  if (!document.hidden && hasToken()) pollNow();
});
addEventListener('hashchange', () => {
  if (takeTokenFromAddress()) signIn();
});
attachFailureList(byId('live-failures'), '/failures');
takeTokenFromAddress();
if (hasToken()) signIn();
else show(false);
