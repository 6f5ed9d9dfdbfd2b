import type { IncomingMessage } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { page, rowsFrom, serve, status, table, type Answer, type HandMadePortal } from './hand-made-portal.ts';
import { credentials, useReading, type Misread } from './reading.ts';

const reading = useReading();
let portal: HandMadePortal | undefined;
afterEach(() => portal?.close());

const form = `<div class="form"><div role="alert" class="answer"></div>
  <input type="text" class="inputBox" placeholder="Username"><input type="password" class="inputBox" placeholder="Password">
  <button type="button" class="loginButton">Log in</button></div>`;

/** Sends what is in the form, and lets `then` deal with the answer. */
const send = (then = `if (answer.url) location.href = answer.url; else $('.answer').textContent = answer.message;`) => `
  async function send() {
    const [username, password] = ['text', 'password'].map((type) => $('.form input[type=' + type + ']').value);
    const response = await fetch('/s/sfsites/aura', { method: 'POST', body: JSON.stringify({ username, password }) });
    const answer = await response.json();
    ${then}
  }`;

const onClick = `$('.loginButton').addEventListener('click', send);`;

const cookie = 'sid=good; Path=/; HttpOnly';

const letIn: Answer = (_request, body) => {
  const given = JSON.parse(body) as typeof credentials;
  const good = given.username === credentials.username && given.password === credentials.password;
  if (!good) return JSON.stringify({ message: 'Your login attempt has failed.' });
  return { headers: { 'set-cookie': cookie }, body: JSON.stringify({ url: '/s/' }) };
};

const list: Answer = (request) =>
  request.headers.cookie?.includes('sid=good')
    ? page(status('2 items') + table(rowsFrom(0, 2)))
    : { status: 302, headers: { location: '/s/login?startURL=%2Fs%2Fbooking-item' } };

/** A portal with this sign-in page. */
async function withSignIn(login: Answer, more: Record<string, Answer> = {}): Promise<string> {
  const pages = { '/s/login': login, '/s/': page('<a href="/s/list">My Rentals</a>'), '/s/booking-item': list };
  portal = await serve({ '/s/sfsites/aura': letIn, ...pages, ...more });
  return portal.url;
}

const sent = () => portal!.asked.filter((path) => path === 'POST /s/sfsites/aura').length;

async function refused(login: Answer, more?: Record<string, Answer>): Promise<Misread> {
  return reading.misread(await withSignIn(login, more));
}

describe('sign-in pages that let us in', () => {
  const ways: [string, string][] = [
    ['is there at once', page(form, send() + onClick)],
    [
      'appears late and piece by piece',
      page(
        '<main></main>',
        `${send()}
        const parts = document.createElement('div'); parts.innerHTML = ${JSON.stringify(form)};
        const box = parts.firstElementChild, late = [...box.children]; box.replaceChildren(); $('main').append(box);
        late.forEach((part, index) => setTimeout(() => { box.append(part); if (part.matches('button')) part.addEventListener('click', send); }, 60 * index));`,
      ),
    ],
    [
      'stands behind a hidden template of itself',
      page(
        `<div style="display:none"><input placeholder="Username"><input type="password"><button class="loginButton">Log in</button></div>
        <input type="text" placeholder="Search"><input type="hidden" value="x">${form}`,
        `${send()} document.querySelectorAll('.loginButton')[1].addEventListener('click', send);`,
      ),
    ],
    [
      'has other words around it',
      page(
        `<div class="form"><div class="answer"></div><label>E-mail <input type="email" class="inputBox" id="u"></label>
         <label>Secret <input type="password" class="inputBox"></label><a role="button" class="go"><span>LOG  IN</span></a></div>`,
        `${send().replace("['text', 'password']", "['email', 'password']")} $('.go').addEventListener('click', send);`,
      ),
    ],
    [
      'is drawn again while it is filled in',
      page(
        form,
        `${send()} let times = 0;
        const draw = () => { const box = $('.form'); box.innerHTML = box.innerHTML; $('.loginButton').addEventListener('click', send);
          $('.form input').addEventListener('input', () => { if (times++ < 1) queueMicrotask(draw); }); };
        draw();`,
      ),
    ],
    [
      'hears the second click only',
      page(
        form,
        `${send()} let deaf = true; setTimeout(() => { deaf = false; }, 500); $('.loginButton').addEventListener('click', () => { if (!deaf) send(); });`,
      ),
    ],
    [
      'takes its time over what is typed',
      page(
        form,
        `${send()} $('.loginButton').addEventListener('click', () => setTimeout(send, 50));
        const wait = () => { for (const until = Date.now() + 700; Date.now() < until;); };
        document.querySelectorAll('.form input').forEach((input) => input.addEventListener('input', wait));`,
      ),
    ],
    [
      'lies under a container that never goes away',
      page(`${form}<div style="position:fixed;inset:0;z-index:9"><div class="spinner"></div></div>`, send() + onClick),
    ],
    [
      'hears keys only',
      page(
        form,
        `${send().replace('const [username, password] =', 'const [username, password] = heard; void')} ${onClick}
        const heard = ['', '']; $('.loginButton').disabled = true;
        document.querySelectorAll('.form input').forEach((input, index) => input.addEventListener('keyup', () => {
          heard[index] = input.value; $('.loginButton').disabled = heard.includes(''); }));`,
      ),
    ],
    [
      'says that it is busy, and then takes its time',
      page(
        form,
        `${send(`setTimeout(() => { location.href = answer.url; }, 900);`)} ${onClick} $('.loginButton').addEventListener('click', () => { $('.answer').textContent = 'Loading...'; });`,
      ),
    ],
    [
      'speaks of something else meanwhile',
      page(
        form,
        `${send(`setTimeout(() => { location.href = answer.url; }, 900);`)} ${onClick} $('.loginButton').addEventListener('click', () => document.body.append('This site uses cookies.'));`,
      ),
    ],
    [
      'passes the time with messages',
      page(
        form,
        `${send(`setTimeout(() => { location.href = answer.url; }, 150);`)} ${onClick} $('.loginButton').addEventListener('click', () => { $('.answer').textContent = 'One moment please'; });`,
      ),
    ],
    [
      'keeps its page and changes what is on it',
      page(form, `${send(`document.body.innerHTML = '<nav><a href="/s/list">My Rentals</a></nav>';`)} ${onClick}`),
    ],
  ];
  it.each(ways)('work where the form %s', async (_, login) => {
    const { rentals, signedIn } = await reading.read(await withSignIn(login));
    expect(rentals).toHaveLength(2);
    expect(signedIn).toBe(true);
    expect(sent()).toBe(1);
  });

  it('work where the way in leads over another page that brings the session', async () => {
    const door: Answer = { status: 302, headers: { location: '/s/', 'set-cookie': cookie } };
    const answer = JSON.stringify({ url: '/secur/frontdoor.jsp?sid=x' });
    const url = await withSignIn(page(form, send() + onClick), {
      '/s/sfsites/aura': answer,
      '/secur/frontdoor.jsp': door,
    });
    const { rentals, cookies } = await reading.read(url);
    expect(rentals).toHaveLength(2);
    expect(cookies.map(({ name }) => name)).toEqual(['sid']);
  });

  it('work where the first page behind the sign-in brings the session', async () => {
    const home: Answer = { headers: { 'set-cookie': cookie }, body: page('<a href="/s/list">My Rentals</a>') };
    const url = await withSignIn(page(form, send() + onClick), {
      '/s/sfsites/aura': JSON.stringify({ url: '/s/' }),
      '/s/': home,
    });
    const { rentals } = await reading.read(url);
    expect(rentals).toHaveLength(2);
    expect(sent()).toBe(1);
  });

  it('work again where the session ended on the way over the link', async () => {
    let visits = 0;
    const link = '<a href="/s/booking-item/Booking_Item__c/00B">My Rentals</a>';
    const url = await withSignIn(page(form, send() + onClick), {
      '/s/booking-item': page(`${link}<h1>Invalid Page</h1>`),
      '/s/booking-item/Booking_Item__c/00B': (request) =>
        visits++ === 0
          ? { status: 302, headers: { location: '/s/login' } }
          : (list as (request: IncomingMessage, body: string) => string)(request, ''),
    });
    const { rentals } = await reading.read(url, { hasSession: true });
    expect(rentals).toHaveLength(2);
    expect(sent()).toBe(1);
  });

  it('work where analytics fail and polls stay open', async () => {
    const noise = `fetch('/analytics', { method: 'POST', body: 'x' }); fetch('/poll');`;
    const url = await withSignIn(
      page(
        form,
        send() +
          onClick +
          noise +
          `$('.loginButton').addEventListener('click', () => fetch('/analytics', { method: 'POST' }));`,
      ),
      {
        '/analytics': { status: 500 },
      },
    );
    expect((await reading.read(url)).rentals).toHaveLength(2);
  });
});

describe('sign-in pages that do not', () => {
  const answering = (answer: Answer) => refused(page(form, send() + onClick), { '/s/sfsites/aura': answer });
  const saying = (message: string) => answering(JSON.stringify({ message }));

  it.each([
    ['Your login attempt has failed. Make sure the username and password are correct.', 'invalid_credentials'],
    ['We can’t log you in.', 'invalid_credentials'],
    ['Your account is locked. Please contact your administrator.', 'account_locked'],
    ['Your account has been temporarily locked for 15 minutes', 'account_locked'],
    ['Wrong password. Your account will be locked after 2 more attempts.', 'invalid_credentials'],
    ['Check your password. You may be temporarily locked out.', 'invalid_credentials'],
  ])('say %j', async (message, kind) => {
    expect((await saying(message)).kind).toBe(kind);
    expect(sent()).toBe(1);
  });

  it('say it in a place that was out of sight', async () => {
    const message = 'Your login attempt has failed.';
    const hidden = form.replace('class="answer">', `class="answer" style="visibility:hidden">${message}`);
    const show = send(`$('.answer').style.visibility = 'visible';`);
    expect((await refused(page(hidden, show + onClick))).kind).toBe('invalid_credentials');
  });

  it('say it with the status of a refusal', async () => {
    expect((await answering({ status: 401, body: '{"message":"Nope"}' })).kind).toBe('invalid_credentials');
  });

  it('are out of order where they answer with an error, whatever they say', async () => {
    const answer = { status: 503, body: '{"message":"Your login attempt has failed."}' };
    expect((await answering(answer)).kind).toBe('portal_unavailable');
  });

  it('ask to slow down', async () => {
    expect((await answering({ status: 429, headers: { 'retry-after': '30' }, body: '{}' })).kind).toBe(
      'portal_rate_limited',
    );
  });

  it('have changed where they answer and then do nothing', async () => {
    const mute = page(form, send('') + onClick);
    expect((await refused(mute, { '/s/sfsites/aura': '{}' })).kind).toBe('portal_changed');
    expect(sent()).toBe(1);
  });

  it('have changed where the form is not there', async () => {
    expect((await refused(page('<h1>Welcome</h1>'))).kind).toBe('portal_changed');
  });

  it('ask for a code on the page itself', async () => {
    const verify = page(
      form,
      `${send(`document.body.innerHTML = '<h2>Verify Your Identity</h2><input>';`)} ${onClick}`,
    );
    expect((await refused(verify)).kind).toBe('verification_required');
  });

  it('ask for a code on another page', async () => {
    const answer = JSON.stringify({ url: '/_ui/identity/verification/method?x=1' });
    const verify = { '/_ui/identity/verification/method': '<h1>Verify Your Identity</h1>' };
    expect((await refused(page(form, send() + onClick), { '/s/sfsites/aura': answer, ...verify })).kind).toBe(
      'verification_required',
    );
  });

  const wants: [string, string, Answer, string][] = [
    [
      'a new password',
      '/_ui/system/security/ChangePassword?retURL=%2Fs%2F',
      '<h1>Change Your Password</h1><input type="password">',
      'a new password',
    ],
    [
      'a new password on a page of the site',
      '/s/account',
      page('<main><h2>Your password has expired</h2><input type="password"></main>'),
      'a new password',
    ],
    ['an answer', '/loginflow/lightningLoginFlow.apexp', '<p>Which studio do you like?</p>', 'something'],
    ['a telephone number', '/_ui/identity/phone/AddPhoneNumber', '<h1>Register Your Mobile Phone</h1>', 'something'],
    ['consent', '/s/terms-of-use', page('<h1>Terms of Use</h1><button>I agree</button>'), 'consent'],
    ['consent in other words', '/s/welcome', page('<h1>Please review and accept our updated policies</h1>'), 'consent'],
    ['what nobody knows', '/apex/Hello', '<h1>Hello</h1><button>Next</button>', 'a page of its own'],
  ];
  it.each(wants)('want %s first', async (_, path, wanted, words) => {
    const listAfter: Answer = { status: 302, headers: { location: path } };
    const url = await withSignIn(page(form, send() + onClick), {
      '/s/sfsites/aura': { headers: { 'set-cookie': cookie }, body: JSON.stringify({ url: path }) },
      [new URL(path, 'http://x').pathname]: wanted,
      '/s/booking-item': listAfter,
    });
    const end = await reading.misread(url);
    expect(end.kind).toBe('action_required');
    expect(end.message).toContain(words);
    expect(sent()).toBe(1);
  });

  it('want something while the session is still good', async () => {
    const url = await withSignIn(page(form, send() + onClick), {
      '/s/booking-item': { status: 302, headers: { location: '/_ui/system/security/ChangePassword' } },
      '/_ui/system/security/ChangePassword': '<h1>Change Your Password</h1>',
    });
    expect((await reading.misread(url, { hasSession: true })).kind).toBe('action_required');
    expect(sent()).toBe(0);
  });

  it('only lead on where a page of theirs goes on by itself', async () => {
    const url = await withSignIn(page(form, send() + onClick), {
      '/s/sfsites/aura': { headers: { 'set-cookie': cookie }, body: '{"url":"/apex/door"}' },
      '/apex/door': `<p>One moment</p><script>setTimeout(() => location.replace('/s/'), 300)</script>`,
    });
    expect((await reading.read(url)).rentals).toHaveLength(2);
  });

  it('are out of order where they say so after the click', async () => {
    const url = await withSignIn(page(form, send() + onClick), {
      '/s/sfsites/aura': '{"url":"/secur/frontdoor.jsp"}',
      '/secur/frontdoor.jsp': '<h1>Site Under Construction</h1>',
    });
    expect((await reading.misread(url)).kind).toBe('portal_unavailable');
  });

  it('do not get the password a second time where the session does not last', async () => {
    const url = await withSignIn(page(form, send() + onClick), { '/s/sfsites/aura': '{"url":"/s/"}' });
    expect((await reading.misread(url)).kind).toBe('portal_unavailable');
    expect(sent()).toBe(1);
  });

  it('never get the password into an address', async () => {
    await saying('Your login attempt has failed.');
    expect(portal!.asked.join(' ')).not.toContain('Pli');
  });
});
