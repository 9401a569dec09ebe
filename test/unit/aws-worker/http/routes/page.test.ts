import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { openApp } from '../app-fixture.ts';

const FOLDER = new URL('../../../../../aws-worker/http/dashboard/', import.meta.url);

test('every file of the page is served, under a policy without inline code', async () => {
  const { app } = await openApp();
  for (const name of await readdir(FOLDER)) {
    const answer = await app.inject({ url: name === 'index.html' ? '/' : `/${name}` });
    expect(answer.statusCode, name).toBe(200);
    expect(answer.body).toBe(await readFile(new URL(name, FOLDER), 'utf8'));
    const policy = String(answer.headers['content-security-policy']);
    expect(policy).toContain("script-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('unsafe');
    expect(answer.headers['x-content-type-options']).toBe('nosniff');
  }
});

test.each([
  ['/', 'text/html; charset=utf-8'],
  ['/dashboard.css', 'text/css; charset=utf-8'],
  ['/dashboard.js', 'text/javascript; charset=utf-8'],
])('%s is %s', async (url, type) => {
  const { app } = await openApp();
  expect((await app.inject({ url })).headers['content-type']).toBe(type);
});

/** Every way in which text becomes an element, a script or an address that is followed. */
const MAKES_MARKUP_OR_CODE =
  /innerHTML|outerHTML|insertAdjacentHTML|setHTML|srcdoc|DOMParser|createContextualFragment|document\.write|\beval\(|new Function|javascript:|setTimeout\(['"`]|setAttribute\((?!'aria-)|\bhref\b|\bsrc\b|\.on[a-z]+ ?=|'(iframe|script|a|img|form|style|svg)'/;

test('the page keeps to its policy', async () => {
  const html = await readFile(new URL('index.html', FOLDER), 'utf8');
  expect(html).not.toMatch(/<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)/i);
  for (const name of (await readdir(FOLDER)).filter(file => file.endsWith('.js'))) {
    const script = await readFile(new URL(name, FOLDER), 'utf8');
    expect(script, name).not.toMatch(MAKES_MARKUP_OR_CODE);
  }
});

test('HEAD of the page has no body', async () => {
  const { app } = await openApp();
  const answer = await app.inject({ method: 'HEAD', url: '/' });
  expect(answer.statusCode).toBe(200);
  expect(answer.body).toBe('');
});

test('a worker without the page’s files says so when it is built', async () => {
  const empty = await mkdtemp(join(tmpdir(), 'no-dashboard-'));
  onTestFinished(async () => await rm(empty, { recursive: true }));
  await expect(openApp({ dashboardFolder: pathToFileURL(`${empty}/`) })).rejects.toMatchObject({
    code: 'dashboard-missing',
  });
});
