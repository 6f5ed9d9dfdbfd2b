// The framework that every page of the stand-in shares: requests for data, and the requests that never end.
export const pageData = JSON.parse(document.getElementById('page-data').textContent);
let requestNumber = 0;

function tabId() {
  const known = sessionStorage.getItem('tab');
  if (known) return known;
  const fresh = Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16)).join('');
  sessionStorage.setItem('tab', fresh);
  return fresh;
}

/** Asks the server for something; `done` gets its answer, `failed` the status where there is no answer. */
export function callServer(name, params, done, failed) {
  const request = new XMLHttpRequest();
  const action = { id: `${requestNumber};a`, descriptor: `apex://Community/ACTION$${name}`, params };
  request.open('POST', `/s/sfsites/aura?r=${requestNumber}&tab=${tabId()}`);
  requestNumber += 1;
  request.setRequestHeader('content-type', 'application/x-www-form-urlencoded; charset=UTF-8');
  request.onload = () => receive(request, done, failed);
  request.onerror = () => failed(0);
  request.send(new URLSearchParams({ message: JSON.stringify({ actions: [action] }), 'aura.context': '{}' }));
}

function receive(request, done, failed) {
  if (request.status !== 200) return failed(request.status);
  const answer = JSON.parse(request.responseText);
  if (answer.exceptionEvent) return location.reload();
  done(answer.actions[0].returnValue);
}

export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** Both stay open for as long as the page does. */
function startNeverEnding() {
  const ignore = () => undefined;
  if (pageData.signedIn) fetch(`/s/cometd/connect?tab=${tabId()}`, { cache: 'no-store' }).catch(ignore);
  fetch('/_nc_external/analytics/beacon', { method: 'POST', body: location.pathname }).catch(ignore);
}

startNeverEnding();
