// The sign-in form. It is late because this script is.
import { callServer, element, pageData } from './aura.js';

function showForm() {
  const username = element('input', { type: 'text', class: 'inputBox input', placeholder: 'Username' });
  const password = element('input', { type: 'password', class: 'inputBox input', placeholder: 'Password' });
  const message = element('div', { class: 'loginError', 'aria-live': 'assertive' });
  if (pageData.messageRole) message.setAttribute('role', pageData.messageRole);
  const label = element('span', { class: 'label bBody' }, 'Log in');
  const button = element('button', { type: 'button', class: 'slds-button slds-button--brand loginButton' }, label);
  const send = () => signIn(username.value, password.value, message, button);
  button.addEventListener('click', send);
  password.addEventListener('keydown', (event) => event.key === 'Enter' && send());
  const form = element('div', { class: 'loginForm' }, message, username, password, button);
  document.getElementById('content').append(form);
}

function signIn(username, password, message, button) {
  message.textContent = '';
  button.disabled = true;
  callServer(
    'login',
    { username, password, startUrl: new URLSearchParams(location.search).get('startURL') },
    (answer) => {
      if (answer.url) return location.assign(answer.url);
      message.textContent = answer.message;
      button.disabled = false;
    },
    () => {
      button.disabled = false;
    },
  );
}

showForm();
