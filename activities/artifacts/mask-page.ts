/**
 * Masks a page where it is shown, and writes it down as HTML without anything personal. What stays: structure, classes,
 * roles, the headers of columns, and a few words of the portal itself. Every other letter becomes `x`, every digit `9`.
 */

/** Texts that say which page this is, and nothing about a person. Compared without regard to case and outer spaces. */
export const portalWords = [
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

export interface MaskOptions {
  words: string[];
  /** Characters at which the HTML is cut. */
  maxLength: number;
}

export interface MaskedPage {
  html: string;
  /** Nothing personal could be seen on the page, as it was before. */
  wasClean: boolean;
  /** Nothing personal can be seen on it now, so it may be photographed. */
  clean: boolean;
}

/** Runs in the page: nothing outside of the function may be used. Masks what it shows, and returns it as HTML. */
export function maskPage({ words, maxLength }: MaskOptions): MaskedPage {
  const keptAttributes = new Set([
    'class',
    'role',
    'type',
    'scope',
    'colspan',
    'rowspan',
    'hidden',
    'disabled',
    'dir',
    'lang',
  ]);
  const dropped = new Set(['SCRIPT', 'NOSCRIPT', 'STYLE', 'LINK', 'META', 'BASE', 'TEMPLATE']);
  const single = new Set(['AREA', 'BR', 'COL', 'EMBED', 'HR', 'IMG', 'INPUT', 'SOURCE', 'TRACK', 'WBR']);
  /** Their insides cannot be masked. */
  const foreign = 'iframe, frame, object, embed, canvas, img, picture, video, audio, portal, fencedframe';

  const mask = (text: string): string =>
    text
      .replace(/\p{Lu}/gu, 'X')
      .replace(/[\p{Ll}\p{Lt}\p{Lm}\p{Lo}\p{M}]/gu, 'x')
      .replace(/\p{N}/gu, '9')
      .replace(/[^\x20-\x7e\s]/gu, '*');
  const isKnown = (text: string): boolean => words.includes(text.trim().toLowerCase());
  const isHeader = (element: Element | null): boolean =>
    element?.closest('th[scope="col"], [role="columnheader"]') != null;
  const masked = (text: string, owner: Element | null): string =>
    isHeader(owner) || isKnown(text) ? text : mask(text);
  const rootOf = (element: Element): ShadowRoot | null => element.shadowRoot;

  /** Components that may draw themselves where no script can look. */
  const isClosed = (element: Element): boolean =>
    customElements.get(element.localName) !== undefined && rootOf(element) === null;

  const shownValue = (element: Element): string =>
    'value' in element && typeof element.value === 'string' ? element.value : '';
  const maskedValue = (element: Element): string =>
    element.getAttribute('type') === 'password' ? '' : masked(shownValue(element), element);

  const hide = (element: Element): void =>
    (element as HTMLElement).style?.setProperty('visibility', 'hidden', 'important');

  const maskShown = (root: Node): void => {
    for (const node of [...root.childNodes]) {
      if (node.nodeType === Node.TEXT_NODE) node.nodeValue = masked(node.nodeValue ?? '', node.parentElement);
      if (!(node instanceof Element) || dropped.has(node.tagName)) continue;
      if (node.matches(foreign) || isClosed(node)) hide(node);
      if (shownValue(node) !== '') (node as HTMLInputElement).value = maskedValue(node);
      for (const { name, value } of [...node.attributes]) {
        if (/^(title|placeholder|alt|label|aria-label|data-.*)$/.test(name))
          node.setAttribute(name, masked(value, node));
      }
      maskShown(node);
      const inside = rootOf(node);
      if (inside) maskShown(inside);
    }
  };

  const isClean = (root: Node): boolean =>
    [...root.childNodes].every((node) => {
      if (node.nodeType === Node.TEXT_NODE) {
        return masked(node.nodeValue ?? '', node.parentElement) === node.nodeValue;
      }
      if (!(node instanceof Element) || dropped.has(node.tagName)) return true;
      const inside = rootOf(node);
      return maskedValue(node) === shownValue(node) && isClean(node) && (inside === null || isClean(inside));
    });

  const escape = (text: string): string =>
    text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

  const attributeOf = (element: Element, { name, value }: Attr): string => {
    if (/^on/i.test(name) || name === 'srcdoc' || name === 'style' || name === 'nonce') return '';
    const stays = keptAttributes.has(name) || (name.startsWith('aria-') && /^(true|false|\d+)$/.test(value));
    return ` ${name}="${escape(stays ? value : masked(value, element))}"`;
  };

  const written = (node: Node): string => {
    if (node.nodeType === Node.TEXT_NODE) return escape(masked(node.nodeValue ?? '', node.parentElement));
    if (!(node instanceof Element) || dropped.has(node.tagName)) return '';
    const attributes = [...node.attributes].map((attribute) => attributeOf(node, attribute)).join('');
    const inside = rootOf(node);
    const shadow = inside ? `<template shadowrootmode="open">${children(inside)}</template>` : '';
    if (single.has(node.tagName)) return `<${node.localName}${attributes}>`;
    return `<${node.localName}${attributes}>${shadow}${children(node)}</${node.localName}>`;
  };
  const children = (node: Node): string => [...node.childNodes].map(written).join('');

  const html = `<!doctype html>\n${written(document.documentElement)}\n`.slice(0, maxLength);
  const wasClean = isClean(document.documentElement);
  maskShown(document.documentElement);
  return { html, wasClean, clean: isClean(document.documentElement) };
}
