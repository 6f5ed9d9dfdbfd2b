/**
 * Masks a page where it is shown, and writes it down as HTML without anything personal. What stays: structure, classes,
 * roles, the headers of columns, and a few words of the portal itself. Every other letter becomes `x`, every digit `9`.
 */

/** Texts that say which page this is, and nothing about a person. Compared without regard to case and outer spaces. */
const portalWords = [
  'username',
  'password',
  'log in',
  'my rentals',
  'home',
  'invalid page',
  'no items to display.',
  'verify your identity',
  'action',
  'show actions',
];

export interface MaskedPage {
  html: string;
  /** Nothing personal could be seen on the page, as it was before. */
  wasClean: boolean;
  /** Nothing personal can be seen on it now, so it may be photographed. */
  clean: boolean;
}

/** The script that masks the page in which it runs, and returns a {@link MaskedPage} whose HTML is cut at `maxLength`. */
export function maskScript(maxLength: number): string {
  const parts = { createRules, createWriter, createPainter };
  const sources = Object.entries(parts).map(([name, part]) => `${name}: ${part.toString()}`);
  return `(${maskPage.toString()})({ ${sources.join(',\n')} }, ${JSON.stringify({ words: portalWords, maxLength })})`;
}

interface Parts {
  createRules: typeof createRules;
  createWriter: typeof createWriter;
  createPainter: typeof createPainter;
}

// From here on everything runs in the page: no function may use anything but its arguments.

function maskPage(parts: Parts, { words, maxLength }: { words: string[]; maxLength: number }): MaskedPage {
  const rules = parts.createRules(words);
  const { paint, isClean } = parts.createPainter(rules);
  const root = document.documentElement;
  const html = `<!doctype html>\n${parts.createWriter(rules)(root)}\n`.slice(0, maxLength);
  const wasClean = isClean(root);
  paint(root);
  return { html, wasClean, clean: isClean(root) };
}

interface Rules {
  /** A text of an element, without anything personal. */
  masked(text: string, owner: Element | null): string;
  /** Nothing of it is shown or kept. */
  isDropped(element: Element): boolean;
}

function createRules(words: string[]): Rules {
  const dropped = new Set(['SCRIPT', 'NOSCRIPT', 'STYLE', 'LINK', 'META', 'BASE', 'TEMPLATE']);
  const mask = (text: string): string =>
    text
      .replace(/\p{Lu}/gu, 'X')
      .replace(/[\p{Ll}\p{Lt}\p{Lm}\p{Lo}\p{M}]/gu, 'x')
      .replace(/\p{N}/gu, '9')
      .replace(/[^\x20-\x7e\s]/gu, '*');
  const isHeader = (owner: Element | null): boolean =>
    Boolean(owner?.closest('th[scope="col"], [role="columnheader"]'));
  return {
    masked: (text, owner) => (isHeader(owner) || words.includes(text.trim().toLowerCase()) ? text : mask(text)),
    isDropped: (element) => dropped.has(element.tagName),
  };
}

/** Writes an element as masked HTML, open shadow roots included. */
function createWriter({ masked, isDropped }: Rules): (node: Node) => string {
  const kept = /^(class|role|type|scope|colspan|rowspan|hidden|disabled|dir|lang|aria-live)$/;
  const unkept = /^(on.*|srcdoc|style|nonce)$/i;
  const single = new Set(['AREA', 'BR', 'COL', 'EMBED', 'HR', 'IMG', 'INPUT', 'SOURCE', 'TRACK', 'WBR']);
  const escape = (text: string): string =>
    text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

  const attribute = (element: Element, { name, value }: Attr): string => {
    if (unkept.test(name)) return '';
    const stays = kept.test(name) || (name.startsWith('aria-') && /^(true|false|\d+)$/.test(value));
    return ` ${name}="${escape(stays ? value : masked(value, element))}"`;
  };
  const children = (node: Node): string => [...node.childNodes].map(written).join('');
  const written = (node: Node): string => {
    if (node.nodeType === Node.TEXT_NODE) return escape(masked(node.nodeValue ?? '', node.parentElement));
    if (!(node instanceof Element) || isDropped(node)) return '';
    const tag = `${node.localName}${[...node.attributes].map((each) => attribute(node, each)).join('')}`;
    if (single.has(node.tagName)) return `<${tag}>`;
    const shadow = node.shadowRoot ? `<template shadowrootmode="open">${children(node.shadowRoot)}</template>` : '';
    return `<${tag}>${shadow}${children(node)}</${node.localName}>`;
  };
  return written;
}

interface Painter {
  /** Masks what is shown, and hides what cannot be masked. */
  paint(root: Node): void;
  /** All that is shown is masked. */
  isClean(root: Node): boolean;
}

function createPainter({ masked, isDropped }: Rules): Painter {
  const foreign = 'iframe, frame, object, embed, canvas, img, picture, video, audio, portal, fencedframe';
  const shownAttribute = /^(title|placeholder|alt|label|aria-label|data-.*)$/;
  /** Components may draw themselves where no script can look. */
  const isClosed = (element: Element): boolean =>
    element.localName.includes('-') && element.matches(':defined') && element.shadowRoot === null;
  const valueOf = (element: Element): string =>
    'value' in element && typeof element.value === 'string' ? element.value : '';
  const maskedValue = (element: Element): string =>
    element.getAttribute('type') === 'password' ? '' : masked(valueOf(element), element);

  const paintElement = (element: Element): void => {
    if (element.matches(foreign) || isClosed(element)) {
      (element as HTMLElement).style.setProperty('visibility', 'hidden', 'important');
    }
    if (valueOf(element) !== '') (element as HTMLInputElement).value = maskedValue(element);
    for (const { name, value } of [...element.attributes]) {
      if (shownAttribute.test(name)) element.setAttribute(name, masked(value, element));
    }
    paint(element);
    if (element.shadowRoot) paint(element.shadowRoot);
  };
  const paint = (root: Node): void => {
    for (const node of [...root.childNodes]) {
      if (node.nodeType === Node.TEXT_NODE) node.nodeValue = masked(node.nodeValue ?? '', node.parentElement);
      else if (node instanceof Element && !isDropped(node)) paintElement(node);
    }
  };
  const isClean = (root: Node): boolean =>
    [...root.childNodes].every((node) => {
      if (node.nodeType === Node.TEXT_NODE) return masked(node.nodeValue ?? '', node.parentElement) === node.nodeValue;
      if (!(node instanceof Element) || isDropped(node)) return true;
      const inside = node.shadowRoot;
      return maskedValue(node) === valueOf(node) && isClean(node) && (inside === null || isClean(inside));
    });
  return { paint, isClean };
}
