/** The HTML of the pages. The scripts in browser/ bring everything that a visitor waits for. */

/** What Salesforce's framework tells of a viewer in New York who reads American English. */
const usualViewer = {
  ...{ userLocale: 'en-US', userLocaleLang: 'en', userLocaleCountry: 'US', langLocale: 'en_US' },
  ...{ timezone: 'America/New_York', shortDateFormat: 'M/d/yyyy', shortTimeFormat: 'h:mm a' },
  ...{ shortDatetimeFormat: 'M/d/yyyy h:mm a', decimal: '.', grouping: ',', currency: '$', currencyCode: 'USD' },
  currencyFormat: '¤#,##0.00;(¤#,##0.00)',
};

/** The script by which a page tells of its viewer, as its framework's `bootstrap.js` does; none where it tells nothing. */
export function bootstrap(viewer: Record<string, string> | null = {}): string {
  if (viewer === null) return '';
  const provider = { type: '$Locale', values: { ...usualViewer, ...viewer } };
  const told = { data: {}, context: { globalValueProviders: [{ type: '$Browser', values: {} }, provider] } };
  return `<script>window.Aura = { appBootstrap: ${JSON.stringify(told).replaceAll('<', '\\u003c')} };</script>`;
}

interface PageSettings {
  title: string;
  script: 'login' | 'site';
  /** What the page's script needs to know; lands in the HTML, so no secrets. */
  data: Record<string, unknown>;
  viewer?: Record<string, string> | null;
}

/** Any page of the community: an empty shell with the placeholders that are always there. */
export function shellPage({ title, script, data, viewer = null }: PageSettings): string {
  return `<!DOCTYPE html>
<html lang="en-US">
<head>
<meta charset="UTF-8">
<title>${escapeHtml(title)}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/s/sfsites/styles/site.css">
</head>
<body>
<div id="auraErrorMask" class="auraErrorMask"><div id="auraErrorTitle">Sorry to interrupt</div>
<div id="auraErrorMessage">This page has an error. You might just need to refresh it.</div></div>
<div class="forceToastManager navexToastManager" role="alert" aria-live="polite"></div>
<div class="assistiveAnnouncements" role="status" aria-live="polite"></div>
<div class="siteforceContentArea" id="content">
<div class="loadingBar" role="status"></div>
</div>
<div class="spinnerContainer" style="display:block"><div class="forceDotsSpinner slds-spinner">
<span class="slds-assistive-text">Loading</span></div></div>
<img class="siteHero" src="/s/sfsites/images/hero.svg" alt="" width="320" height="80">
<img class="siteLogo" src="/s/sfsites/images/logo.svg" alt="Gibney" width="120" height="40">
${bootstrap(viewer)}
<script type="application/json" id="page-data">${JSON.stringify(data).replaceAll('<', '\\u003c')}</script>
<link rel="modulepreload" href="/s/sfsites/scripts/aura.js">
<script type="module" src="/s/sfsites/scripts/${script}.js"></script>
</body>
</html>
`;
}

export function maintenancePage(): string {
  return plainPage(
    'Down For Maintenance',
    'Gibney is down for maintenance',
    'Sorry for the inconvenience. We will be back shortly.',
  );
}

export function errorPage(): string {
  return plainPage(
    'Error',
    'Internal Server Error',
    'An unexpected error occurred. Your request could not be completed.',
  );
}

export function tooManyRequestsPage(): string {
  return plainPage('Too Many Requests', 'Too Many Requests', 'You have exceeded the number of requests allowed.');
}

/** Salesforce's answer where a site is out of order, or over its limits: a page like any other to a program. */
export function outagePage(text = 'Service Not Available'): string {
  return plainPage(text, text, 'Sorry for the inconvenience.');
}

/** What Salesforce may want before it lets a user in: outside of the community's pages, too. */
export function demandPage(path: string): string {
  if (!/password/i.test(path)) return plainPage('Gibney', 'One more step', '<input type="submit" value="Next">');
  const fields = ['Current Password', 'New Password', 'Confirm New Password'].map(
    (label) => `<label>${label} <input type="password" autocomplete="off"></label>`,
  );
  return plainPage(
    'Change Your Password',
    'Change Your Password',
    `${fields.join('')}<button>Change Password</button>`,
  );
}

/** Where a visitor lands whose identity is to be verified: outside of the community's pages. */
export function verificationPage(): string {
  return plainPage(
    'Verify Your Identity',
    'Verify Your Identity',
    `You are trying to log in to Gibney. To make sure your account is secure, we have to verify your identity.</p>
<p>Enter the verification code we emailed to you.</p>
<form method="post"><label>Verification Code <input type="text" name="emc" id="emc" autocomplete="off"></label>
<input type="submit" value="Verify" name="save"></form><p>`,
  );
}

/** Leads to the sign-in page by script, as some sites do where others send a redirect. */
export function scriptRedirectPage(to: string): string {
  return `<!DOCTYPE html><html lang="en-US"><head><meta charset="UTF-8"><title>Gibney</title></head><body>
<script>window.location.replace(${JSON.stringify(to).replaceAll('<', '\\u003c')});</script></body></html>
`;
}

function plainPage(title: string, heading: string, html: string): string {
  return `<!DOCTYPE html><html lang="en-US"><head><meta charset="UTF-8"><title>${title}</title></head>
<body><h1>${heading}</h1><p>${html}</p></body></html>
`;
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
