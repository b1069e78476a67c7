/**
 * Lets the app open without a network. Files of the app come from this browser; pages always from the server, and only
 * when it does not answer from what this browser keeps for the one person who uses it (IndexedDB, `data/kept`). Cache
 * Storage holds files of the app and an empty page, nothing of any person. What the API answers is never looked at.
 */
import { askedFor } from '$lib/data/kept/page-parts';
import { assetFor, isAsset, precache, removeOldAssets } from './assets';
import { answerData, keepPage } from './data';
import { answerPage, watchSignIn } from './pages';
import { signOut } from './sign-out';

declare const self: ServiceWorkerGlobalScope;

/** The API, and what is downloaded: the browser's own business. */
const UNTOUCHED =
  /^\/(rest|auth|storage|functions|realtime)\/v1\/|^\/(api|language)(\/|$)|^\/auth\/token$|\/export\//;

self.addEventListener('install', (event) => {
  // Open pages find the files of their own build in the cache of the worker before.
  event.waitUntil(precache().then(() => self.skipWaiting()));
});

self.addEventListener('activate', (event) => {
  const preload = self.registration.navigationPreload;
  event.waitUntil(Promise.all([removeOldAssets(), preload?.enable()]).then(() => self.clients.claim()));
});

self.addEventListener('message', (event) => {
  const { data } = event;
  if (data?.type === 'keep' && typeof data.path === 'string' && typeof data.language === 'string')
    event.waitUntil(keepPage(data.path, data.language));
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== self.location.origin || UNTOUCHED.test(url.pathname)) return;
  if (request.method === 'POST' && url.pathname === '/sign-out') return event.respondWith(signOut(event));
  if (request.method !== 'GET') return;
  if (isAsset(url.pathname)) return event.respondWith(assetFor(request));
  if (request.mode === 'navigate') return event.respondWith(answerPage(event, url));
  const asked = askedFor(url);
  if (asked) return event.respondWith(answerData(event, asked));
  if (url.pathname === '/sign-in/__data.json') return event.respondWith(watchSignIn(event, fetch(request)));
});
