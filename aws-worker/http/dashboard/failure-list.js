// The failures below a <details>: read when it is opened, more by the page.

import { call } from './api.js';
import { make } from './elements.js';
import { formatBytes, formatKey, formatTime } from './format.js';

const PAGE_SIZE = 50;

export function attachFailureList(details, path) {
  const list = make('ul', { className: 'failures' });
  const message = make('p', { className: 'quiet' });
  const more = make('button', { type: 'button', className: 'plain', text: 'More', hidden: true });
  details.append(list, message, more);
  let next = '';

  async function readPage() {
    more.disabled = true;
    try {
      const page = await call(`${path}?limit=${PAGE_SIZE}&after=${encodeURIComponent(next)}`);
      list.append(...page.failures.map(makeFailure));
      message.textContent = list.children.length === 0 ? 'None.' : '';
      next = page.next ?? '';
      more.hidden = page.next === null;
    } catch (error) {
      message.textContent = error.message;
    } finally {
      more.disabled = false;
    }
  }

  more.addEventListener('click', readPage);
  details.addEventListener('toggle', () => {
    if (!details.open) return;
    list.replaceChildren();
    next = '';
    void readPage();
  });
}

function makeFailure({ key, sizeBytes, code, reason, at }) {
  return make('li', {}, [
    make('code', { text: formatKey(key) }),
    make('p', { text: reason }),
    make('p', { className: 'quiet', text: `${code} · ${formatBytes(sizeBytes)} · ${formatTime(at)}` }),
  ]);
}
