/**
 * The mail page: a list that follows the mailbox, and the message that the address' fragment names.
 * Everything is put on screen as text; a message's HTML lives in a sandboxed frame only.
 */

const element = (id) => document.getElementById(id);
const tabs = ['html', 'text', 'source'];

let messages = [];
let known = new Set();
let shown;

async function api(path, options) {
  const response = await fetch(`/api/v1/${path}`, options);
  if (!response.ok) throw new Error(`${response.status} for ${path}`);
  return response.json();
}

function make(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

const person = ({ Name, Address }) => (Name ? `${Name} <${Address}>` : Address);
const people = (list) => list.map(person).join(', ');

function moment(iso) {
  const date = new Date(iso);
  const isToday = date.toDateString() === new Date().toDateString();
  return date.toLocaleString(
    undefined,
    isToday ? { timeStyle: 'short' } : { dateStyle: 'medium', timeStyle: 'short' },
  );
}

async function refresh() {
  const query = element('search').value.trim();
  const path = query ? `search?limit=500&query=${encodeURIComponent(query)}` : 'messages?limit=500';
  const list = await api(path);
  messages = list.messages;
  element('count').textContent = list.total === 0 ? '' : `${list.total} · ${list.unread} unread`;
  element('delete-all').disabled = list.total === 0;
  const empty = element('empty');
  empty.hidden = messages.length > 0;
  empty.textContent = query
    ? 'No message matches.'
    : 'No mail yet. Sign up or reset a password, and it appears here.';
  announce(query);
  renderList();
}

/** Tells a screen reader of new messages; those found on opening the page are not news. */
function announce(query) {
  const fresh = messages.filter((mail) => !known.has(mail.ID));
  if (known.size > 0 && fresh.length > 0 && !query) {
    element('news').textContent = `New message: ${fresh[0].Subject}`;
  }
  known = new Set([...known, 'opened', ...messages.map((mail) => mail.ID)]);
}

function renderList() {
  const list = element('messages');
  const focused = list.contains(document.activeElement) ? document.activeElement.hash : undefined;
  list.replaceChildren(
    ...messages.map((mail) => {
      const link = make('a', mail.Read ? '' : 'unread');
      link.href = `#${mail.ID}`;
      if (mail.ID === shown?.ID) link.setAttribute('aria-current', 'true');
      const line = make('span', 'line');
      const time = make('time', '', moment(mail.Created));
      time.dateTime = mail.Created;
      line.append(make('span', 'recipient', people([...mail.To, ...mail.Cc, ...mail.Bcc])), time);
      link.append(
        line,
        make('span', 'subject', mail.Subject || '(no subject)'),
        make('span', 'snippet', mail.Snippet),
      );
      if (!mail.Read) link.append(make('span', 'hidden', 'unread'));
      const item = make('li');
      item.append(link);
      return item;
    }),
  );
  if (focused) [...list.querySelectorAll('a')].find((link) => link.hash === focused)?.focus();
}

async function open() {
  const id = location.hash.slice(1);
  shown = id ? await api(`message/${encodeURIComponent(id)}`).catch(() => undefined) : undefined;
  document.body.classList.toggle('reading', Boolean(shown));
  element('message').hidden = !shown;
  element('nothing').hidden = Boolean(shown);
  document.title = shown ? `${shown.Subject} · Mail · Tandem` : 'Mail · Tandem';
  if (shown) renderMessage(shown);
  await refresh();
}

function renderMessage(mail) {
  element('subject').textContent = mail.Subject || '(no subject)';
  const rows = [
    ['From', person(mail.From)],
    ['To', people(mail.To)],
    ['Cc', people(mail.Cc)],
    ['Blind copy', people(mail.Bcc)],
    ['Reply to', people(mail.ReplyTo)],
    ['Caught', new Date(mail.Date).toLocaleString(undefined, { dateStyle: 'full', timeStyle: 'medium' })],
  ].filter(([, value]) => value);
  element('head').replaceChildren(
    ...rows.flatMap(([term, value]) => [make('dt', '', term), make('dd', '', value)]),
    ...attachments(mail),
  );
  element('html').src = mail.HTML ? `/view/${mail.ID}.html` : 'about:blank';
  element('text').textContent = mail.Text;
  element('source').textContent = mail.HTML;
  element('tab-html').hidden = !mail.HTML;
  element('tab-source').hidden = !mail.HTML;
  select(mail.HTML ? 'html' : 'text');
  element('message').focus({ preventScroll: true });
}

function attachments(mail) {
  if (mail.Attachments.length === 0) return [];
  const files = make('dd');
  for (const file of mail.Attachments) {
    const link = make('a', '', `${file.FileName} (${Math.ceil(file.Size / 1024)} kB)`);
    link.href = `/api/v1/message/${mail.ID}/part/${file.PartID}`;
    files.append(link, ' ');
  }
  return [make('dt', '', 'Files'), files];
}

function select(chosen) {
  for (const name of tabs) {
    const tab = element(`tab-${name}`);
    tab.setAttribute('aria-selected', String(name === chosen));
    tab.tabIndex = name === chosen ? 0 : -1;
    element(`panel-${name}`).hidden = name !== chosen;
  }
}

for (const name of tabs) {
  const tab = element(`tab-${name}`);
  tab.addEventListener('click', () => select(name));
  tab.addEventListener('keydown', (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const visible = tabs.filter((other) => !element(`tab-${other}`).hidden);
    const next = visible.at((visible.indexOf(name) + step) % visible.length);
    select(next);
    element(`tab-${next}`).focus();
  });
}

async function remove(ids) {
  await api('messages', { method: 'DELETE', body: JSON.stringify({ IDs: ids }) });
  location.hash = '';
}

element('delete-one').addEventListener('click', () => remove([shown.ID]));
element('delete-all').addEventListener('click', () => element('confirm').showModal());
element('confirm').addEventListener('close', () => {
  if (element('confirm').returnValue === 'delete') remove([]);
  element('confirm').returnValue = '';
});
element('search').addEventListener('input', refresh);
addEventListener('hashchange', open);

const changes = new EventSource('/api/events');
changes.addEventListener('message', refresh);
// The connection comes back by itself after a restart; what happened meanwhile is read again.
changes.addEventListener('open', refresh);

await open();
