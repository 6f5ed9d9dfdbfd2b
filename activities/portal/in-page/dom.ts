/** What the scripts in the page share. Runs in the page: nothing outside of the function may be used. */

export interface Dom {
  /** Takes up room on the page, or would if it were empty. */
  shown(element: Element): boolean;
  /** The text that people see: white space folded, nothing hidden, words of neighbouring blocks kept apart. */
  textOf(element: Element): string;
  /** The texts of the page one by one, as people see them, without those of buttons. */
  visibleTexts(): string[];
}

export function createDom(): Dom {
  const unseen = 'script, style, template, noscript, svg, .slds-assistive-text, .assistiveText';

  function folded(text: string): string {
    return text.replace(/[\s\u200b\u2060\ufeff]+/g, ' ').trim();
  }

  function shown(element: Element): boolean {
    return (
      element.checkVisibility() || (boxless(element) && element.parentElement !== null && shown(element.parentElement))
    );
  }

  /** Has no box of its own; what is in it is shown all the same. */
  function boxless(element: Element): boolean {
    return getComputedStyle(element).display === 'contents';
  }

  function textNodes(root: Element): Text[] {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    const found: Text[] = [];
    while (walker.nextNode()) if (folded((walker.currentNode as Text).data)) found.push(walker.currentNode as Text);
    return found;
  }

  function seen(text: Text, root: Element): boolean {
    const parent = text.parentElement!;
    const hiding = parent.closest(unseen);
    if (hiding && hiding !== root && root.contains(hiding)) return false;
    return parent.checkVisibility({ visibilityProperty: true }) || (shown(parent) && visible(parent) >= visible(root));
  }

  function visible(element: Element): number {
    return getComputedStyle(element).visibility === 'visible' ? 1 : 0;
  }

  /** Text with a space wherever a block begins or ends, as the eye reads it. */
  function spaced(node: Node, root: Element): string {
    if (node instanceof Text) return folded(node.data) === '' || seen(node, root) ? node.data : '';
    if (!(node instanceof Element) || node.matches(unseen)) return '';
    if (node.tagName === 'BR') return ' ';
    const { display } = getComputedStyle(node);
    if (display === 'none') return '';
    const inner = Array.from(node.childNodes, (child) => spaced(child, root)).join('');
    return display.startsWith('inline') || display === 'contents' ? inner : ` ${inner} `;
  }

  function textOf(element: Element): string {
    const texts = textNodes(element);
    if (texts.length === 0) return '';
    if (texts.length === 1) return seen(texts[0]!, element) ? folded(texts[0]!.data) : '';
    return folded(Array.from(element.childNodes, (child) => spaced(child, element)).join(''));
  }

  function visibleTexts(): string[] {
    if (!document.body) return [];
    const texts = textNodes(document.body).filter((text) => !text.parentElement!.closest('button, [role=button]'));
    return texts.filter((text) => seen(text, document.body)).map((text) => folded(text.data));
  }

  return { shown, textOf, visibleTexts };
}
